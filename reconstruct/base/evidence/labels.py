"""The labels and annotations that name a base (OCI image spec, annotations.md: org.opencontainers.image.base.*).

Labels are inherited: one set by a base names that base's own base. So its place in history limits where the image that it
names can end. An annotation belongs to the manifest and isn't inherited.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.base.evidence import Case
from reconstruct.base.model import Claim, Source
from reconstruct.base.names import is_digest, is_name
from reconstruct.syntax import Label

NAME = "org.opencontainers.image.base.name"
DIGEST = "org.opencontainers.image.base.digest"
# Written by Docker's own build action before the OCI key existed.
OLDER = "image.base.ref.name"


def claims(case: Case) -> Iterator[Claim]:
    """The bases named by the OCI annotation and label and the older label, without where they end."""
    annotated = case.image.annotations.get(NAME)
    if isinstance(annotated, str) and is_name(annotated) and annotated != "scratch":
        digest = case.image.annotations.get(DIGEST)
        reason = f"named by the annotation {NAME}"
        yield Claim(Source.LABELS, reason, annotated, digest=digest if is_digest(digest) else None)
    labels = case.image.config.get("Labels")
    labels = labels if isinstance(labels, dict) else {}
    for key, steps in _set_by_steps(case).items():
        if (value := labels.get(key)) is not None and value not in steps:
            # A label that no step set was given on the command line, in this build or a base's.
            steps[value] = None
        for name, within in steps.items():
            if isinstance(name, str) and is_name(name) and name not in ("scratch", annotated):
                last = name == value
                digest = labels.get(DIGEST) if last else None
                reason = f"named by the label {key}"
                yield Claim(Source.LABELS, reason, name, digest=digest if is_digest(digest) else None, within=within)


def _set_by_steps(case: Case) -> dict[str, dict[object, int | None]]:
    """The values that steps give each label, with the history entry of the first step that sets it."""
    found: dict[str, dict[object, int | None]] = {NAME: {}, OLDER: {}}
    for step in case.steps:
        if isinstance(step.instruction, Label) and step.index is not None:
            for pair in step.instruction.pairs:
                if pair.key in found:
                    found[pair.key].setdefault(pair.value, step.index)
    return found
