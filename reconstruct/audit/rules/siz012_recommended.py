"""SIZ012: apt installs recommended packages too."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import APT, installed, verb
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, docker

_CONFIGURED = lazy.compile(r"(?i)install-recommends\W+(?:false|0|no)\b")


def check(context: Context) -> Iterator[Hit]:
    """Fires for an apt install of named packages where no option and no step so far switches recommended ones off."""
    done = -1
    for position, command in context.calls(*APT):
        if position == done or verb(command) != "install" or "--no-install-recommends" in command.words:
            continue
        if _CONFIGURED.search(" ".join(command.words)) or _switched_off(context, position):
            continue
        if not installed(command) or all(word.startswith(("./", "/")) for word in installed(command)):
            continue
        done = position
        yield Hit(
            position, f"{command.name} install without --no-install-recommends", bytes=context.layer_bytes(position)
        )


def _switched_off(context: Context, position: int) -> bool:
    """Whether a step up to here configures apt so, once for all."""
    return any(
        earlier <= position and _CONFIGURED.search(text) for earlier, text in context.texts_with("install-recommends")
    )


rule = Rule(
    id="SIZ012",
    name="recommended-packages",
    family=Family.WEIGHT,
    severity=Severity.LOW,
    summary="apt installs recommended packages too",
    why=(
        "apt-get installs the packages that a package recommends along with its dependencies, often several times "
        "as much, and every additional package is one more to patch."
    ),
    fix="Use `apt-get install -y --no-install-recommends …`, and list what is really needed.",
    references=(docker("apt-get", BEST_PRACTICES + "#apt-get"),),
    check=check,
)
