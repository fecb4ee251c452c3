"""One input → the images in it, each with what it is called and its key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconstruct.errors import ReconstructError, UnreadableError
from reconstruct.fleet.inputs import Item

if TYPE_CHECKING:
    from reconstruct.image import Image


def images(item: Item, *, strict: bool = False) -> Iterator[tuple[str, Image | ReconstructError]]:
    """(name, image) of every image in an input, or (name, error) for one that can't be read."""
    try:
        yield from _line(item, strict) if item.data is not None else _saved(item, strict)
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


def _line(item: Item, strict: bool) -> Iterator[tuple[str, Image]]:
    """A line of JSON: a saved form of its own, or an object that holds one as `image`, sizes of layers beside it."""
    import reconstruct

    assert item.data is not None
    try:
        value = json.loads(item.data)
    except (ValueError, RecursionError):
        raise UnreadableError(f"{item.label}: no JSON on this line") from None
    if isinstance(value, dict) and isinstance(value.get("image"), dict):
        image = reconstruct.load(value["image"], strict=strict)
        yield item.label, _beside(image, value)
        return
    if not isinstance(value, (dict, list)):
        raise UnreadableError(f"{item.label}: JSON that is no image")
    image = reconstruct.load(item.data, strict=strict)
    yield item.label, replace(image, source=item.label)


def _beside(image: Image, value: dict[str, Any]) -> Image:
    """The image with what the line says of it beside its config: layers' sizes (bytes, uncompressed) and names."""
    sizes, tags = value.get("layers"), value.get("tags")
    if isinstance(sizes, list) and len(sizes) == len(image.layers) and all(type(size) is int for size in sizes):
        layers = zip(image.layers, sizes, strict=True)
        image = replace(image, layers=tuple(replace(layer, size=size) for layer, size in layers))
    if isinstance(tags, list) and all(isinstance(tag, str) for tag in tags):
        image = replace(image, tags=tuple(tags))
    return image


def _saved(item: Item, strict: bool) -> Iterator[tuple[str, Image | ReconstructError]]:
    from reconstruct.sources import read

    candidates, reading, _ = read(item.path, strict=strict)
    try:
        for candidate in candidates:
            name = item.label
            try:
                image = candidate.image
            except ReconstructError as error:
                yield name, error
                continue
            if len(candidates) > 1 and (tag := next(iter(image.tags), (image.image_id or "")[:19])):
                name = f"{item.label} ({tag})"
            yield name, replace(image, source=image.source or item.label, notes=(*reading.notes, *image.notes))
    finally:
        reading.close()
