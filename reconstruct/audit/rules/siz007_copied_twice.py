"""SIZ007: The same files are copied twice."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, docker
from reconstruct.syntax import Copy


def check(context: Context) -> Iterator[Hit]:
    """Fires if COPY or ADD has the same checksum, or the same sources and destination, as one before it."""
    seen: dict[tuple[str, ...], int] = {}
    for position, copy in context.of(Copy):
        if copy.heredocs or any(name == "from" for name, _ in copy.flags):
            continue
        sources = (copy.checksum,) if copy.checksum else tuple(sorted(copy.sources))
        if not copy.checksum and any(source.startswith("/") for source in copy.sources):
            # History doesn't keep --from: the same path may come from two stages.
            continue
        target = "" if copy.checksum else context.destination(position, copy)
        if not sources or (copy.checksum and position == 0):
            continue
        key = (*sources, target)
        first = seen.setdefault(key, position)
        if first != position:
            what = copy.checksum or ", ".join(copy.sources)
            yield Hit(
                position,
                f"{context.show(what, 80)} is copied a second time",
                bytes=context.layer_bytes(position),
                related=(first,),
                subject=copy.sources,
            )


rule = Rule(
    id="SIZ007",
    name="copied-twice",
    family=Family.WEIGHT,
    severity=Severity.LOW,
    summary="The same files are copied twice",
    why="Each COPY creates its own layer, so files copied twice are stored and pulled twice.",
    fix=(
        "Drop one of the two, or first copy only the few files that a step needs (such as a package list), then "
        "the rest without them."
    ),
    references=(
        docker(
            "understanding the image layers", "get-started/docker-concepts/building-images/understanding-image-layers/"
        ),
    ),
    check=check,
)
