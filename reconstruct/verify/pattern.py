"""The Dockerfile for each of many images: `services/{name}/Dockerfile`."""

from __future__ import annotations

import os
import re

from reconstruct import reference
from reconstruct.errors import UnreadableError
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.image import Image

# The names allowed in braces → their meaning.
PLACES = {
    "name": "the last part of the image's name, or else of the file's",
    "repository": "the full name without registry and tag",
    "tag": "the tag",
    "file": "the file's name without its extension",
    "folder": "the file's directory",
}
_PLACE = re.compile(r"\{(" + "|".join(PLACES) + r")\}")
_ENDINGS = re.compile(r"(?:\.(?:json|tar|tgz|gz|zst|xz|bz2|oci))+$", re.IGNORECASE)


def is_pattern(path: str) -> bool:
    """Whether a path is filled in for each image; an existing path isn't."""
    return _PLACE.search(path) is not None and not os.path.exists(path)


def filled(pattern: str, image: Image, source: str) -> str:
    """The path for an image that was read from `source`.

    Raises UnreadableError if the image has no such value, or one that would lead elsewhere; image values aren't trusted.
    """
    values = _values(image, source)

    def value(place: re.Match[str]) -> str:
        found = values[place[1]]
        if not found:
            raise UnreadableError(f"{source}: it has no {place[1]} for {pattern}")
        if place[1] != "folder" and any(part in ("", ".", "..") for part in re.split(r"[/\\]", found)):
            raise UnreadableError(f"{source}: its {place[1]} {found!r} can't be part of a path")
        return found

    return _PLACE.sub(value, pattern)


def _values(image: Image, source: str) -> dict[str, str]:
    name = reference.split(image.tags[0]) if image.tags else None
    file = _ENDINGS.sub("", os.path.basename(os.path.normpath(source)))
    repository = reference.without_host(name.repository) if name else file
    return {
        "name": repository.rpartition("/")[2],
        "repository": repository,
        "tag": name.tag if name else "",
        "file": file,
        "folder": os.path.dirname(source) or ".",
    }
