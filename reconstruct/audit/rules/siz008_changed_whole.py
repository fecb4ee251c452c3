"""SIZ008: The owner, mode or path of files from an earlier layer is changed."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.files import Brought, brought_by, changed_whole
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, docker

LARGE = 100_000_000


def check(context: Context) -> Iterator[Hit]:
    """Fires if chown, chmod, chgrp or mv stores again what an earlier layer brought; MEDIUM from 100 MB."""
    changing = {position for position, _ in context.calls("chown", "chmod", "chgrp", "mv") if context.ran(position)}
    if not changing:
        return
    brought = Brought()
    for position in range(max(changing) + 1):
        paths = brought_by(context, position)
        own = Brought()
        for path in paths if position in changing else ():
            own.add(path, position)
        for command, path, whole in changed_whole(context, position) if position in changing else ():
            earlier = brought.holding(path) if whole else brought.file(path)
            if earlier is None or own.bringer(path) is not None:
                continue
            size = context.layer_bytes(position)
            if size is None:
                size = context.layer_bytes(earlier)
            yield Hit(
                position,
                f"{command} {context.show(path, 100)} stores the files of an earlier layer again",
                severity=Severity.MEDIUM if size and size >= LARGE else None,
                bytes=size,
                related=(earlier,),
                subject=(command, path),
            )
            break
        for path in paths:
            brought.add(path, position)


rule = Rule(
    id="SIZ008",
    name="owner-changed-in-later-layer",
    family=Family.WEIGHT,
    severity=Severity.LOW,
    summary="The owner, mode or path of files from an earlier layer is changed",
    why=(
        "Changing the owner or mode of a file in a later step stores the whole file again, so the image contains "
        "it twice."
    ),
    fix="Set both when the files are added: `COPY --chown=… --chmod=…`, or change them in the RUN that creates them.",
    references=(
        docker(
            "understanding the image layers", "get-started/docker-concepts/building-images/understanding-image-layers/"
        ),
        docker("COPY --chown --chmod", "reference/dockerfile/#copy---chown---chmod"),
    ),
    check=check,
)
