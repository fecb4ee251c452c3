"""REC003: The config has values that no step sets."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Reference, Rule, slsa
from reconstruct.builders import registry
from reconstruct.builders.hints import container_settings
from reconstruct.leftovers import leftovers
from reconstruct.syntax import Env, Instruction, Label, Onbuild, RootFilesystem, User

# Variables that make programs load or run other code.
_LOADS = (
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "PYTHONPATH",
    "NODE_OPTIONS",
    "BASH_ENV",
    "PERL5OPT",
    "RUBYOPT",
    "JAVA_TOOL_OPTIONS",
)


def check(context: Context) -> Iterator[Hit]:
    """Fires for each keyword whose value in the config no step and no known base sets; HIGH for variables that load code."""
    image = context.image
    if not image.has_history or not image.has_config or not context.dockerfile_built:
        return
    known = context.base.image if context.base is not None else None
    steps = tuple(step for step in context.steps if step.entry is not None)
    extra = leftovers(image, steps, base=known)
    grouped: dict[str, list[str]] = {}
    for step in extra:
        grouped.setdefault(step.instruction.keyword, []).append(_name(step.instruction))
    told_triggers = {
        " ".join(onbuild.trigger.split())
        for position, onbuild in context.of(Onbuild)
        if context.steps[position].entry is not None
    }
    # BuildKit writes no entry for an ONBUILD.
    silent = bool(steps) and not registry.of(steps[-1].dialect).keeps_onbuild
    listed = context.config("OnBuild")
    triggers = listed if isinstance(listed, list) and not silent else []
    for trigger in triggers:
        if " ".join(str(trigger).split()) not in told_triggers and (len(told_triggers) < len(triggers)):
            grouped.setdefault("ONBUILD", []).append(str(trigger))
    brought = known.config if known is not None else {}
    settings = [key for key, value in container_settings(image.config).items() if brought.get(key) != value]
    if settings:
        told = ", ".join(str(key)[:60] for key in settings[:5])
        message = f"the config has settings that only containers have: {told}"
        yield Hit(None, message, told, Severity.LOW, subject=("config", *map(str, settings)))
    for keyword, names in grouped.items():
        severity = _severity(context, keyword, names)
        listed = ", ".join(name[:60] for name in names[:5]) + (" …" if len(names) > 5 else "")
        told = f"{keyword} {listed}".strip()
        message = f"in the config, but not set by any step: {told}"
        yield Hit(None, message, told, severity, subject=(keyword, *sorted(names)))


def _severity(context: Context, keyword: str, names: list[str]) -> Severity | None:
    if keyword == "ENV" and any(name in _LOADS for name in names):
        return Severity.HIGH
    if context.base is not None and context.base.image is not None:
        return None
    if context.foreign_built or _rootless_base(context) or keyword in ("LABEL", "CMD"):
        # A base without history, or another maker, brings a config of its own.
        return Severity.INFO if keyword in ("LABEL", "CMD", "ENV") else Severity.LOW
    return None


def _rootless_base(context: Context) -> bool:
    """Whether the base came in without its instructions: an import, a Windows root, buildah's bare first entry."""
    return any(
        isinstance(step.instruction, RootFilesystem) and step.instruction.kind != "debuerreotype"
        for step in context.steps[:2]
    )


def _name(instruction: Instruction) -> str:
    if isinstance(instruction, Env | Label):
        return instruction.pairs[0].key
    if isinstance(instruction, User):
        return instruction.user
    return " ".join(str(word) for word in getattr(getattr(instruction, "command", None), "words", ()))


rule = Rule(
    id="REC003",
    name="config-without-step",
    family=Family.RECORD,
    severity=Severity.MEDIUM,
    summary="The config has values that no step sets",
    why=(
        "Builders write an entry for every instruction. A value that no entry explains was set some other way: by "
        "`docker commit --change`, by an image editing tool, or in a base whose history was truncated."
    ),
    fix=(
        "Ask whoever built the image what set it; look first at ENTRYPOINT, USER and the variables from which "
        "programs load code."
    ),
    references=(
        Reference(
            "OCI image specification: config, history",
            "https://github.com/opencontainers/image-spec/blob/main/config.md",
        ),
        slsa("threats: build process", "threats#e-build-process"),
    ),
    check=check,
)
