"""REC010: Layers were merged into one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Reference, Rule


def check(context: Context) -> Iterator[Hit]:
    for position, step in enumerate(context.steps):
        comment = step.entry.comment if step.entry else ""
        if re.match(r"merge sha256:|create new from sha256:", comment):
            yield Hit(
                position,
                "docker build --squash merged the steps above into one layer",
                bytes=context.layer_bytes(position),
            )
        elif (
            re.search(r"docker-squash|squashed|Squashed from", comment, re.IGNORECASE) and not step.instruction.keyword
        ):
            yield Hit(position, "a tool merged layers here", bytes=context.layer_bytes(position))


rule = Rule(
    id="REC010",
    name="squashed",
    family=Family.RECORD,
    severity=Severity.LOW,
    summary="Layers were merged into one",
    why=(
        "Squashing puts the files of many steps into one layer: what each step did to the files can't "
        "be told any more, and the base's layers are not shared."
    ),
    fix="Use a stage and COPY --from to leave things out, and keep the layers.",
    references=(
        Reference(
            "OCI image specification: config, history",
            "https://github.com/opencontainers/image-spec/blob/main/config.md",
        ),
    ),
    check=check,
)
