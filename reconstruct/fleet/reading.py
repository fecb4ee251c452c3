"""One input → its images, each with its name and key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import BytesIO

from reconstruct.digest import sha256_hex
from reconstruct.errors import ReconstructError, UnreadableError
from reconstruct.fleet.inputs import Item
from reconstruct.record import replace
from reconstruct.typed import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from reconstruct.image import Image
    from reconstruct.sources.interface import Candidate, Reading
    from reconstruct.sources.layers import Opened

Named = tuple[str, "Image | ReconstructError"]
_Made = TypeVar("_Made")
# The same, with access to the layers.
NamedOpened = tuple[str, "Opened | ReconstructError"]


def images(
    item: Item,
    *,
    manifest: str | None = None,
    platform: str | None = None,
    tag: str | None = None,
    strict: bool = False,
) -> Iterator[Named]:
    """(name, image) of every image in an input, or of the one selected by `platform` and `tag`; (name, error) for one that
    can't be read. Never raises for an input.

    The name is the input's, with the image's tag and platform if the input has several.
    """
    try:
        if item.error:
            raise UnreadableError(item.error)
        if manifest is not None or platform is not None or tag is not None:
            yield _chosen(item, manifest, platform, tag, strict)
        elif item.data is None:
            yield from _saved(item.path, item.label, strict)
        else:
            yield from _content(item, strict)
    except ReconstructError as error:
        yield item.label, error


def image_at(
    item: Item, index: int, *, platform: str | None = None, tag: str | None = None, strict: bool = False
) -> Image:
    """The image at that position of `images`, without reading those before it. Raises ReconstructError."""
    from reconstruct.fleet.inputs import with_data
    from reconstruct.sources import image_of, read

    item = with_data(item)
    if item.error or item.data is not None or platform is not None or tag is not None:
        _, image = list(images(item, platform=platform, tag=tag, strict=strict))[index]
        if isinstance(image, ReconstructError):
            raise image
        return image
    candidates, reading, _ = read(item.path, strict=strict)
    try:
        return _checked(image_of(_uncovered(candidates, reading)[index], reading), item.label, strict)
    finally:
        reading.close()


def opened(
    item: Item, *, platform: str | None = None, tag: str | None = None, strict: bool = False
) -> Iterator[NamedOpened]:
    """Like `images`, each with access to its layers until the next is requested."""
    from reconstruct.sources import open_image

    try:
        if item.error:
            raise UnreadableError(item.error)
        if item.data is not None:
            raise UnreadableError(f"{item.label}: a JSON line has no layers")
        if platform is None and tag is None:
            yield from _saved_opened(item.path, item.label, strict)
            return
        with open_image(item.path, platform=platform, tag=tag, strict=strict) as found:
            _checked(found.image, item.label, strict)
            yield _name(item.label, found.image, alone=True), found
    except ReconstructError as error:
        yield item.label, error


def worth_telling(item: Item) -> bool:
    """Whether an unreadable input is an error: the user named it, or its name claims that it is an image."""
    from reconstruct.sources.suffixes import claims_an_image

    return item.named or claims_an_image(item.path or item.label)


def key_of(image: Image) -> str:
    """The image's unique key: its ID, else its digest, else the SHA-256 of the saved form."""
    if image.image_id or image.digest:
        return str(image.image_id or image.digest)
    saved = json.dumps(
        [image.raw_config, [(e.created_by, e.created, e.comment, e.empty_layer, e.size) for e in image.history]],
        sort_keys=True,
        default=str,
    )
    return "sha256:" + sha256_hex(saved.encode("utf-8", "backslashreplace"))


class _Content(BytesIO):
    """An input's content, with its name in messages."""

    name = ""


def source_of(item: Item) -> str | BytesIO:
    """The source to read for an input: its path, or its content."""
    if item.data is None:
        return item.path
    content = _Content(item.data)
    content.name = item.label
    return content


def _chosen(item: Item, manifest: str | None, platform: str | None, tag: str | None, strict: bool) -> Named:
    from reconstruct.sources import load

    image = load(source_of(item), manifest=manifest, platform=platform, tag=tag, strict=strict)
    return _name(item.label, image, alone=True), _checked(image, item.label, strict)


def _checked(image: Image, label: str, strict: bool) -> Image:
    if not strict:
        return image
    from reconstruct.audit.agreement import require_agreement

    return require_agreement(image, label)


def _content(item: Item, strict: bool) -> Iterator[Named]:
    """A line of JSON or a whole file: a saved form, or an object with a config as `image` and sizes next to it."""
    import reconstruct

    assert item.data is not None
    value = _json(item.data)
    if _is_wrapped(value):
        image = _beside(reconstruct.load(value["image"], strict=strict), value)
        yield item.label, _checked(replace(image, source=item.label), item.label, strict)
        return
    yield from _saved(source_of(item), item.label, strict)


def form_of(item: Item, strict: bool) -> str:
    """The form in which a line of JSON has its image."""
    from reconstruct.sources import read

    assert item.data is not None
    value = _json(item.data)
    return read(value["image"] if _is_wrapped(value) else source_of(item), strict=strict)[2]


def _is_wrapped(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("image"), dict)


def _json(data: bytes) -> Any:
    try:
        return json.loads(data) if data.lstrip()[:1] == b"{" else None
    except (ValueError, RecursionError):
        return None


def _beside(image: Image, value: dict[str, Any]) -> Image:
    """The image with what the line has besides its config: the layers' sizes (bytes, uncompressed) and names."""
    sizes, tags = value.get("layers"), value.get("tags")
    if isinstance(sizes, list) and len(sizes) == len(image.layers) and all(type(size) is int for size in sizes):
        layers = zip(image.layers, sizes, strict=True)
        image = replace(image, layers=tuple(replace(layer, size=size) for layer, size in layers))
    if isinstance(tags, list) and all(isinstance(tag, str) for tag in tags):
        image = replace(image, tags=tuple(tags))
    return image


def _saved(source: str | BytesIO, label: str, strict: bool) -> Iterator[Named]:
    from reconstruct.sources import image_of, read

    candidates, reading, _ = read(source, strict=strict)

    def made(candidate: Candidate) -> tuple[Image, Image]:
        image = _checked(image_of(candidate, reading), label, strict)
        return image, image

    return _each(candidates, reading, label, made)


def _saved_opened(source: str, label: str, strict: bool) -> Iterator[NamedOpened]:
    from reconstruct.sources import image_of, layers_of, read
    from reconstruct.sources.layers import Opened

    candidates, reading, _ = read(source, strict=strict, contents=True)

    def made(candidate: Candidate) -> tuple[Image, Opened]:
        image = _checked(image_of(candidate, reading), label, strict)
        return image, Opened(image, layers_of(image, candidate.stored, reading.label, strict), None)

    return _each(candidates, reading, label, made)


def _each(
    candidates: list[Candidate], reading: Reading, label: str, made: Callable[[Candidate], tuple[Image, _Made]]
) -> Iterator[tuple[str, _Made | ReconstructError]]:
    """What `made` makes of each image of an input, with the image's name; the reading is closed at the end."""
    alone = len(candidates) == 1
    candidates = _uncovered(candidates, reading)
    candidates.reverse()
    try:
        while candidates:
            # Removed from the list, so that an image is freed when the next one is read.
            candidate = candidates.pop()
            try:
                image, found = made(candidate)
                yield _name(label, image, alone), found
            except ReconstructError as error:
                yield label if alone else ", ".join((label, *candidate.tags[:1])), error
    finally:
        reading.close()


def _uncovered(candidates: list[Candidate], reading: Reading) -> list[Candidate]:
    """The images to process: without those of a long line that others in it are built on, which a note says."""
    found = [candidate for candidate in candidates if candidate.covered is None or not candidate.covered()]
    if count := len(candidates) - len(found):
        reading.note(f"{count:,} base images of others in it skipped: their steps are in those (--tag chooses one)")
    return found


def _name(label: str, image: Image, alone: bool) -> str:
    if label == "-":
        label = image.tags[0] if image.tags else "standard input"
    if alone:
        return label
    parts = [image.tags[0] if image.tags else (image.image_id or "")[:19], image.platform if image.architecture else ""]
    inner = ", ".join(part for part in parts if part)
    return f"{label} ({inner})" if inner else label
