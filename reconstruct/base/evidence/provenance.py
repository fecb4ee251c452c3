"""BuildKit's provenance: it names the last stage's base first, and its Dockerfile shows how many entries are the build's own."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.base.evidence import Case
from reconstruct.base.model import Claim, Source
from reconstruct.base.names import is_name
from reconstruct.image import Image
from reconstruct.syntax import Certainty


def claims(case: Case) -> Iterator[Claim]:
    """The first base image of the build's provenance; exact if the Dockerfile's steps show its end."""
    provenance = case.image.provenance
    if provenance is None or not provenance.base_images:
        return
    name, digest = provenance.base_images[0]
    if is_name(name):
        entries = _below_dockerfile(case.image) or None
        certainty = Certainty.EXACT if entries else Certainty.INFERRED
        yield Claim(
            Source.PROVENANCE, "named by the build's provenance", name, entries, certainty, digest=digest or None
        )


def _below_dockerfile(image: Image) -> int:
    """The number of entries that the provenance's Dockerfile doesn't account for; 0 if unknown."""
    from reconstruct.builders.predicting import predict
    from reconstruct.errors import ReconstructError

    text = image.provenance.dockerfile if image.provenance else None
    if text is None:
        return 0
    try:
        own = predict(text, builder="buildkit", platform=image.platform).own
    except ReconstructError:
        return 0
    entries = len(image.history) - len(own)
    tail = image.history[entries:] if entries > 0 else ()
    return entries if tail and all(made.matches(entry.created_by) for made, entry in zip(own, tail, strict=True)) else 0
