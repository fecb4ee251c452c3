"""REC021: Entry markings do not match their builder."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import is_install
from reconstruct.audit.rule import Hit, Reference, Rule, slsa
from reconstruct.pairing import EMPTY_DIFF_ID
from reconstruct.syntax import Add, Copy, Dialect, Run

_SETTINGS = frozenset(
    {
        "ENV",
        "LABEL",
        "CMD",
        "ENTRYPOINT",
        "EXPOSE",
        "USER",
        "VOLUME",
        "STOPSIGNAL",
        "SHELL",
        "HEALTHCHECK",
        "ARG",
        "MAINTAINER",
    }
)
# The builders that mark every instruction without layer.
_MARKING = (Dialect.BUILDKIT, Dialect.CLASSIC)
# The number of findings that is enough to see what happened.
_MOST = 20


def check(context: Context) -> Iterator[Hit]:
    """Fires if `empty_layer` contradicts what the builder writes, or a Windows image runs a step in /bin/sh."""
    image = context.image
    if not image.raw_config or not image.has_history:
        return
    empty = [step.entry.empty_layer for step in context.steps if step.entry is not None]
    found = 0
    # If no entry or every entry is marked, another tool wrote or merged the layers: see REC001, REC002 and REC010.
    for position, step in enumerate(context.steps) if any(empty) and not all(empty) else ():
        entry, instruction = step.entry, step.instruction
        if entry is None or found >= _MOST:
            continue
        message = kind = ""
        if step.dialect is Dialect.BUILDKIT and entry.empty_layer and isinstance(instruction, Run | Copy | Add):
            message = f"{instruction.keyword} is marked as an empty layer, but BuildKit creates a layer for each"
            kind = "empty"
        elif step.dialect in _MARKING and not (entry.empty_layer or image.windows) and instruction.keyword in _SETTINGS:
            message = f"{instruction.keyword} is marked as a layer, but never creates one"
            kind = "layer"
        if message:
            found += 1
            yield Hit(position, message, subject=(kind,))
    for position in _emptied(context):
        yield Hit(position, "the step installs something, but its layer is empty", subject=("installs",))
    if image.windows:
        for position, step in enumerate(context.steps):
            if step.entry is not None and step.entry.created_by.startswith(("/bin/sh -c ", "RUN /bin/sh -c ")):
                yield Hit(position, "a step of a Windows image runs in /bin/sh", subject=("/bin/sh",), whole=True)
                return


def _emptied(context: Context) -> Iterator[int]:
    """The first steps that install packages and whose layer is the empty one."""
    found = 0
    for position, commands in context.runs():
        layer = context.steps[position].layer
        if layer is not None and layer.diff_id == EMPTY_DIFF_ID and found < _MOST and any(map(is_install, commands)):
            found += 1
            yield position


rule = Rule(
    id="REC021",
    name="entry-marked-wrong",
    family=Family.RECORD,
    severity=Severity.MEDIUM,
    summary="Entry markings do not match their builder",
    why=(
        "Each builder has its own way of marking entries without a layer (`empty_layer`), and runs steps in its "
        "platform's shell. An entry marked otherwise was edited or did not come from that builder, and the layers "
        "after it belong to other steps than they seem to."
    ),
    fix="Compare with the image as first published; rebuild it from source.",
    references=(
        Reference(
            "OCI image specification: config, history",
            "https://github.com/opencontainers/image-spec/blob/main/config.md",
        ),
        slsa("threats: build process", "threats#e-build-process"),
    ),
    check=check,
)
