"""One input → the images in it, each with what it is called and its key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconstruct.errors import ReconstructError
from reconstruct.fleet.inputs import Item

if TYPE_CHECKING:
    from reconstruct.image import Image


def images(item: Item, *, strict: bool = False) -> Iterator[tuple[str, Image | ReconstructError]]:
    """(name, image) of every image in an input, or (name, error) for one that can't be read."""
    try:
        yield from _saved(item.path, item.label, strict) if item.data is None else _content(item, strict)
    except ReconstructError as error:
        yield item.label, error


def key_of(image: Image) -> str:
    """What tells the image from others: its ID, else its digest, else the SHA-256 of what was saved of it."""
    if image.image_id or image.digest:
        return str(image.image_id or image.digest)
    saved = json.dumps(
        [image.raw_config, [(e.created_by, e.created, e.comment, e.empty_layer, e.size) for e in image.history]],
        sort_keys=True,
        default=str,
    )
    return "sha256:" + hashlib.sha256(saved.encode("utf-8", "backslashreplace")).hexdigest()


def _content(item: Item, strict: bool) -> Iterator[tuple[str, Image | ReconstructError]]:
    """A line of JSON or a whole file: a saved form, or an object that holds a config as `image`, sizes beside it."""
    import reconstruct

    assert item.data is not None
    value = _json(item.data)
    if isinstance(value, dict) and isinstance(value.get("image"), dict):
        yield item.label, _beside(reconstruct.load(value["image"], strict=strict), value)
        return
    yield from _saved(item.data, item.label, strict)


def _json(data: bytes) -> Any:
    try:
        return json.loads(data) if data.lstrip()[:1] == b"{" else None
    except (ValueError, RecursionError):
        return None


def _beside(image: Image, value: dict[str, Any]) -> Image:
    """The image with what the line says of it beside its config: layers' sizes (bytes, uncompressed) and names."""
    sizes, tags = value.get("layers"), value.get("tags")
    if isinstance(sizes, list) and len(sizes) == len(image.layers) and all(type(size) is int for size in sizes):
        layers = zip(image.layers, sizes, strict=True)
        image = replace(image, layers=tuple(replace(layer, size=size) for layer, size in layers))
    if isinstance(tags, list) and all(isinstance(tag, str) for tag in tags):
        image = replace(image, tags=tuple(tags))
    return image


def _saved(source: str | bytes, label: str, strict: bool) -> Iterator[tuple[str, Image | ReconstructError]]:
    from reconstruct.sources import read

    candidates, reading, _ = read(source, strict=strict)
    try:
        for candidate in candidates:
            name = label
            try:
                image = candidate.image
            except ReconstructError as error:
                yield name, error
                continue
            if len(candidates) > 1 and (tag := next(iter(image.tags), (image.image_id or "")[:19])):
                name = f"{label} ({tag})"
            yield name, replace(image, source=label, notes=(*reading.notes, *image.notes))
    finally:
        reading.close()
