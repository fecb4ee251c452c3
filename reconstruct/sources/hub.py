"""Docker Hub's API: the images of a tag (`/v2/namespaces/…/tags/TAG/images`), instructions with transfer sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconstruct import entries
from reconstruct.errors import UnreadableError
from reconstruct.image import HistoryEntry, Image, Layer
from reconstruct.sources import document
from reconstruct.sources.interface import Candidate, Document, Reading
from reconstruct.typed import Any

NAME = "Docker Hub"


def recognises(value: object) -> bool:
    """By the image objects of a tag, all of them."""
    items = _items(value)
    return bool(items) and all(_is_image(item) for item in items)


def _is_image(item: Any) -> bool:
    if not isinstance(item, Mapping) or "architecture" not in item or "config" in item:
        return False
    steps = document.sequence(item.get("layers"))
    instructed = bool(steps) and all(isinstance(step, Mapping) and "instruction" in step for step in steps)
    return instructed or "last_pushed" in item or "os_features" in item


def _items(value: Any) -> Sequence[Any]:
    """The images of a tag: alone, as a list, or inside the tag's own object."""
    if isinstance(value, Mapping):
        return document.sequence(value.get("images")) or [value]
    return document.sequence(value)


def images(value: object, found: Document, reading: Reading) -> list[Candidate]:
    """An image for each platform, attestations left out. UnreadableError if no object lists layers."""
    items = [item for item in _items(value) if isinstance(item.get("layers"), list)]
    if not items:
        raise UnreadableError(f"{reading.label}: Docker Hub's tag list has no layers; get …/tags/TAG/images")
    return [
        Candidate(lambda item=item: _image(item), digest=document.optional_string(item.get("digest")))  # type: ignore[misc]
        for item in items
        if item.get("os") != "unknown" or item.get("architecture") != "unknown"
    ]


def _image(item: Mapping[str, Any]) -> Image:
    history = []
    layers = []
    for step in document.sequence(item.get("layers")):
        known = document.mapping(step)
        digest = document.optional_string(known.get("digest"))
        size = document.size(known.get("size"))
        empty = not size and digest is None
        text = entries.with_frame(document.string(known.get("instruction")))
        history.append(HistoryEntry(text, empty_layer=empty))
        if not empty:
            layers.append(Layer(digest=digest, compressed_size=size))
    return Image(
        history=tuple(history),
        layers=tuple(layers),
        os=document.string(item.get("os")) or "linux",
        os_version=document.optional_string(item.get("os_version")),
        architecture=document.optional_string(item.get("architecture")),
        variant=document.optional_string(item.get("variant")),
        digest=document.optional_string(item.get("digest")),
        has_config=False,
    )
