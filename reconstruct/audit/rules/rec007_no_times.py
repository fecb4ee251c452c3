"""REC007: Timestamps are zero or missing."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Reference, Rule, several
from reconstruct.audit.times import is_zero
from reconstruct.builders import registry
from reconstruct.syntax import Foreign, RootFilesystem


def check(context: Context) -> Iterator[Hit]:
    """Fires once if entries have a zero time or none; LOW if only a part has, and no builder explains it."""
    entries = [
        (position, step)
        for position, step in enumerate(context.steps)
        if step.entry is not None and step.index is not None
    ]
    if not entries or not context.image.has_history:
        return
    times = context.times
    zero = [position for position, _ in entries if (time := times[position]) is None or is_zero(time)]
    if not zero:
        return
    missing = [position for position in zero if not context.steps[position].entry.created]  # type: ignore[union-attr]
    makers = all(
        isinstance(context.steps[position].instruction, Foreign | RootFilesystem)
        or registry.of(context.steps[position].dialect).no_times
        for position in zero
    )
    some = len(zero) < len(entries) and not makers
    what = "no timestamp" if len(missing) == len(zero) else "a zero timestamp"
    own_part = some and len(missing) != len(zero)
    yield Hit(
        zero[0],
        f"{len(zero)} of {several(len(entries), 'history entry', 'history entries')} {'has' if len(zero) == 1 else 'have'} {what}",
        severity=Severity.LOW if own_part else None,
        related=tuple(zero[1:50]),
        whole=True,
    )


rule = Rule(
    id="REC007",
    name="times-zeroed",
    family=Family.RECORD,
    severity=Severity.INFO,
    summary="Timestamps are zero or missing",
    why=(
        "Some builders omit timestamps so that the same input gives the same image (Bazel, ko, Jib, Nix, kaniko "
        "with `--reproducible`). In an image built by Docker or buildah, timestamps that are zero in part of the "
        "history were removed, and the image's age cannot be determined."
    ),
    fix="For a reproducible build, do nothing; otherwise ask why.",
    references=(
        Reference(
            "OCI image specification: config, history",
            "https://github.com/opencontainers/image-spec/blob/main/config.md",
        ),
        Reference("Reproducible Builds: SOURCE_DATE_EPOCH", "https://reproducible-builds.org/docs/source-date-epoch/"),
    ),
    check=check,
)
