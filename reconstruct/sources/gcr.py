"""Google's registries: `/v2/NAME/tags/list` with each image's digest, size and time, and `gcloud`'s summary.

Neither has layers or steps; images are identified by digest, so that other inputs can be merged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconstruct import reference, times
from reconstruct.golang import is_digits
from reconstruct.image import Image
from reconstruct.sources import document
from reconstruct.sources.interface import Candidate, Document, Reading
from reconstruct.typed import Any

NAME = "GCR"

_NOTE = "this only names the image: add its manifest and config (crane manifest, crane config)"


def recognises(value: object) -> bool:
    """By a tags list with `imageSizeBytes`, or by `gcloud`'s summary."""
    known = document.mapping(value)
    return bool(_listed(known)) or bool(_summary(known))


def images(value: object, found: Document, reading: Reading) -> list[Candidate]:
    """An image for each digest of the list, or the summary's one; neither has layers or steps."""
    known = document.mapping(value)
    return list(_of_list(known)) if _listed(known) else [_of_summary(_summary(known))]


def _listed(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The images of a tags list, by digest; empty if it isn't Google's."""
    listed = document.mapping(value.get("manifest"))
    fits = all(
        reference.is_descriptor_digest(key) and "imageSizeBytes" in document.mapping(item)
        for key, item in listed.items()
    )
    return listed if fits and "name" in value else {}


def _of_list(value: Mapping[str, Any]) -> Iterator[Candidate]:
    name = document.string(value.get("name"))
    for digest, item in _listed(value).items():
        known = document.mapping(item)
        tags = tuple(f"{name}:{tag}" for tag in document.strings(known.get("tag")))
        kind = document.optional_string(known.get("mediaType"))
        created = _time(known.get("timeCreatedMs"))
        yield _candidate(digest, tags or ((name,) if name else ()), kind, created)


def _summary(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The output of `gcloud container images describe` or `gcloud artifacts docker images describe`."""
    known = document.mapping(value.get("image_summary"))
    return known if reference.is_descriptor_digest(known.get("digest")) else {}


def _of_summary(summary: Mapping[str, Any]) -> Candidate:
    whole = document.string(summary.get("fully_qualified_digest"))
    name = whole.partition("@")[0]
    return _candidate(document.string(summary.get("digest")), (name,) if name else (), None, None)


def _candidate(digest: str, tags: tuple[str, ...], kind: str | None, created: str | None) -> Candidate:
    image = Image(
        digest=digest, tags=tags, media_type=kind, created=created, has_history=False, has_config=False, notes=(_NOTE,)
    )
    return Candidate(lambda: image, tags=tags, digest=digest)


def _time(value: Any) -> str | None:
    text = document.string(value)
    if not (is_digits(text) and len(text) < 16):
        return None
    seconds = int(text) // 1000
    return times.from_seconds(seconds) if seconds else None
