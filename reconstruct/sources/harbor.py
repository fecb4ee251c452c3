"""Harbor's API: an artifact, or a list of them (`/api/v2.0/projects/…/artifacts`).

It has the config in force (`extra_attrs`), but no steps; these are in `…/additions/build_history`, a config's history.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconstruct.errors import UnreadableError
from reconstruct.image import Image
from reconstruct.record import replace
from reconstruct.sources import config as configs
from reconstruct.sources import document
from reconstruct.sources.interface import Candidate, Document, Reading
from reconstruct.typed import Any

NAME = "Harbor"

_NOTE = "a Harbor artifact has no steps: add its …/additions/build_history"


def recognises(value: object) -> bool:
    """By `digest` and `manifest_media_type`, in one artifact or in all of a list."""
    items = value if isinstance(value, list) else [value]
    return bool(items) and all(
        isinstance(item, Mapping) and {"digest", "manifest_media_type"} <= item.keys() and "layers" not in item
        for item in items
    )


def images(value: object, found: Document, reading: Reading) -> list[Candidate]:
    """The artifacts that are images; of an index's children only the names are known."""
    items = [document.mapping(item) for item in (value if isinstance(value, list) else [value])]
    candidates = [_candidate(item) for item in items if _is_image(item)]
    if not candidates:
        kinds = ", ".join(dict.fromkeys(document.string(item.get("type")) or "unknown" for item in items))
        raise UnreadableError(
            f"{reading.label}: this Harbor artifact is not an image (type {kinds}); get …/artifacts/DIGEST of "
            "one of its references"
        )
    return candidates


def _is_image(item: Mapping[str, Any]) -> bool:
    return isinstance(document.mapping(item.get("extra_attrs")).get("config"), Mapping)


def _candidate(item: Mapping[str, Any]) -> Candidate:
    tags = tuple(
        name
        for tag in document.sequence(item.get("tags"))
        if (name := document.string(document.mapping(tag).get("name")))
    )
    digest = document.optional_string(item.get("digest"))
    return Candidate(lambda: _image(item), tags=tags, digest=digest)


def _image(item: Mapping[str, Any]) -> Image:
    image = configs.to_image(
        document.mapping(item.get("extra_attrs")),
        digest=document.optional_string(item.get("digest")),
        media_type=document.optional_string(item.get("manifest_media_type")),
        annotations=document.string_map(item.get("annotations")),
    )
    return replace(image, notes=(*image.notes, _NOTE))
