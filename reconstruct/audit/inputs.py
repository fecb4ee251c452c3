"""The images that the command line names: files of every saved form, all images in each, and folders of such files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconstruct.errors import ReconstructError, UnreadableError

if TYPE_CHECKING:
    from reconstruct.image import Image

# A folder is walked this deep and no further than so many files: it is a folder of images, not a file system.
MAX_DEPTH = 4
MAX_FILES = 20_000


@dataclass(frozen=True, slots=True)
class Input:
    """A place to read images from. `named` is whether the user named it, and not a folder that holds it."""

    path: str
    named: bool = True


def expand(paths: Sequence[str]) -> list[Input]:
    """The inputs behind the paths: a folder that is no saved form itself stands for the files and folders in it.

    Raises UnreadableError for a path that is not there and for a folder without files.
    """
    found: list[Input] = []
    for path in paths:
        if path != "-" and not os.path.exists(path) and not _is_reference(path):
            raise UnreadableError(f"{path}: there is no such file or folder")
        if os.path.isdir(path) and not _is_form(path):
            inside = [Input(inner, named=False) for inner in _walk(path, 0)]
            if not inside:
                raise UnreadableError(f"{path}: the folder holds no file")
            found.extend(inside[:MAX_FILES])
        else:
            found.append(Input(path))
    return found


def _is_reference(path: str) -> bool:
    """Whether a path that is no file may still mean something to the sources (a store and a name)."""
    return "://" in path or path.startswith("fd:")


def _is_form(folder: str) -> bool:
    """Whether a folder is itself a saved form: an OCI layout, a `dir:` copy, an engine's store."""
    from reconstruct.sources import read

    try:
        read(folder)
    except ReconstructError:
        # Broken, but marked as one: its own error is better than walking through its blobs.
        return any(os.path.exists(os.path.join(folder, name)) for name in ("oci-layout", "index.json", "manifest.json"))
    return True


def _walk(folder: str, depth: int) -> Iterator[str]:
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.startswith("."):
            continue
        if os.path.isfile(path):
            yield path
        elif os.path.isdir(path) and not os.path.islink(path):
            if _is_form(path):
                yield path
            elif depth < MAX_DEPTH:
                yield from _walk(path, depth + 1)


def images(
    source: Input, *, manifest: str | None = None, platform: str | None = None, tag: str | None = None
) -> Iterator[tuple[str, Image]]:
    """(name, image) of every image in an input, or of the one that `platform` and `tag` choose.

    Raises ReconstructError where the input can't be read.
    """
    from reconstruct.sources import load, read

    if manifest is not None or platform is not None or tag is not None:
        image = load(source.path, manifest=manifest, platform=platform, tag=tag)
        yield _name(source.path, image, alone=True), image
        return
    candidates, _, _ = read(source.path)
    if len(candidates) == 1:
        image = load(source.path)
        yield _name(source.path, image, alone=True), image
        return
    errors: list[ReconstructError] = []
    some = False
    for candidate in candidates:
        try:
            image = candidate.image
        except ReconstructError as error:
            errors.append(error)
            continue
        some = True
        yield _name(source.path, image, alone=False), image
    if errors and not some:
        raise errors[0]


def _name(path: str, image: Image, *, alone: bool) -> str:
    """What the report calls an image: the input, and its tag and platform where the input holds several."""
    if path == "-":
        path = image.tags[0] if image.tags else "standard input"
    if alone:
        return path
    parts = [image.tags[0] if image.tags else (image.image_id or "")[:19], image.platform if image.architecture else ""]
    inner = ", ".join(part for part in parts if part)
    return f"{path} ({inner})" if inner else path
