"""Provenance on its own: an in-toto statement, a SLSA predicate, or the output of `docker buildx build --metadata-file`."""

from __future__ import annotations

from collections.abc import Mapping

from reconstruct.image import Image
from reconstruct.sources import document
from reconstruct.sources.interface import Candidate, Document, Reading

NAME = "provenance"


def recognises(value: object) -> bool:
    """By the statement that the object is or contains."""
    from reconstruct.sources import provenance

    return isinstance(value, Mapping) and provenance.statement_in(value) is not None


def images(value: object, found: Document, reading: Reading) -> list[Candidate]:
    """The build's facts, without an image."""
    from reconstruct.sources import provenance

    value = document.mapping(value)
    statement = provenance.statement_in(value)
    parsed = provenance.from_statement(statement or {})
    name = document.string(value.get("image.name"))
    image = Image(
        provenance=parsed,
        attestations=(parsed.predicate_type,),
        image_id=document.optional_string(value.get("containerimage.config.digest")),
        digest=document.optional_string(value.get("containerimage.digest")),
        tags=tuple(part.strip() for part in name.split(",") if part.strip()),
        has_history=False,
        has_config=False,
    )
    return [Candidate(lambda: image, tags=image.tags, digest=image.digest)]
