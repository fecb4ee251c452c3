"""USR001: The container runs as root."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, cis, cwe, docker
from reconstruct.syntax import Cmd, Copy, Entrypoint, Env, Instruction, User

_ROOT = lazy.compile(r"(?:root|0+)(?::.*)?|(?:.*\\\\)?(?:ContainerAdministrator|Administrator)", re.IGNORECASE)
_DROPS = lazy.compile(r"\b(?:gosu|su-exec|setpriv|s6-setuidgid|setuidgid|chpst|runuser|step-down)\b")


def check(context: Context) -> Iterator[Hit]:
    """Fires if the last USER is root, or none is set and CMD or ENTRYPOINT is; then INFO with gosu or similar."""
    last = context.last(User)
    if last is not None:
        position, instruction = last
        user = context.resolve(instruction.user, position)
        if _ROOT.fullmatch(user):
            # The default user of containers on Windows.
            severity = Severity.LOW if context.image.windows else Severity.MEDIUM
            yield Hit(position, f"the last USER is {context.show(user, 60)}", severity=severity, whole=True)
        return
    user = str(context.config("User") or "")
    if (
        (user and not _ROOT.fullmatch(user))
        or context.image.windows
        or not context.steps
        or not context.image.has_config
    ):
        return
    places = [found[0] for found in (context.last(Entrypoint), context.last(Cmd)) if found is not None]
    if not places:
        return
    drops = any(
        _DROPS.search(context.text(position)) or _DROPS.search(" ".join(_names(env)))
        for position, env in _settings(context)
    )
    message = "no USER is set: the container starts as root"
    if drops:
        message += " (a step installs a tool that drops privileges)"
    yield Hit(places[0], message, severity=Severity.INFO if drops else None, whole=True)


def _settings(context: Context) -> Iterator[tuple[int, Instruction]]:
    return ((position, step.instruction) for position, step in enumerate(context.steps))


def _names(instruction: Instruction) -> list[str]:
    """Names and values that show gosu and the like: `GOSU_VERSION`, a COPY of su-exec."""
    if isinstance(instruction, Env):
        return [pair.key.split("_")[0].lower() for pair in instruction.pairs]
    if isinstance(instruction, Copy):
        return [*instruction.sources, instruction.destination]
    return []


rule = Rule(
    id="USR001",
    name="runs-as-root",
    family=Family.RUNNING,
    severity=Severity.LOW,
    summary="The container runs as root",
    why=(
        "A process that runs as root in the container is one kernel or runtime flaw away from root on the host, "
        "and can write to every file of the image and of mounted volumes. An explicit final `USER root` is "
        "deliberate; no USER at all is common in images meant as bases."
    ),
    fix=(
        "Create a user and switch to it at the end: `RUN useradd --system --uid 10001 app`, `USER 10001`. If the "
        "program must start as root, have its entrypoint drop privileges (gosu, su-exec, setpriv)."
    ),
    references=(
        cis("4.1", "Ensure that a user for the container has been created"),
        cwe(250, "Execution with Unnecessary Privileges"),
        docker("USER", BEST_PRACTICES + "#user"),
    ),
    check=check,
)
