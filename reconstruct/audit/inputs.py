"""The images that the command line names: files of every saved form, all images in each, and folders of such files."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from reconstruct.errors import ReconstructError, UnreadableError
from reconstruct.record import dataclass, replace

if TYPE_CHECKING:
    from reconstruct.image import Image

# A folder is walked this deep and no further than so many files: it is a folder of images, not a file system.
MAX_DEPTH = 4
MAX_FILES = 20_000


@dataclass(frozen=True)
class Input:
    """A place to read images from. `named` is whether the user named it, and not a folder that holds it."""

    path: str
    named: bool = True


@dataclass(frozen=True)
class Expansion:
    """The inputs behind the paths of a command line.

    `notes` tell what of the folders is passed over by its kind, `errors` (path, text) what should have been read.
    """

    inputs: tuple[Input, ...] = ()
    notes: tuple[str, ...] = ()
    errors: tuple[tuple[str, str], ...] = ()


def expand(paths: Sequence[str]) -> Expansion:
    """The inputs behind the paths: a folder that is no saved form itself stands for the files and folders in it.

    Raises UnreadableError for a path that is not there and for a folder without files.
    """
    found: list[Input] = []
    notes: list[str] = []
    errors: list[tuple[str, str]] = []
    for path in paths:
        if path != "-" and not os.path.exists(path) and not _is_reference(path):
            raise UnreadableError(f"{path}: there is no such file or folder")
        if not os.path.isdir(path) or _is_form(path):
            found.append(Input(path))
            continue
        walk = _Walk(path)
        inside = [Input(inner, named=False) for inner in walk.files(path, 0)]
        if not inside:
            raise UnreadableError(f"{path}: the folder holds no file")
        found += inside
        notes += walk.notes()
        if walk.left_out:
            errors.append((path, f"{walk.left_out:,} of its files were not read: more than {MAX_FILES:,} are here"))
    return Expansion(tuple(found), tuple(notes), tuple(errors))


def _is_reference(path: str) -> bool:
    """Whether a path that is no file may still mean something to the sources (a store and a name)."""
    return "://" in path or path.startswith("fd:")


def _is_form(folder: str) -> bool:
    from reconstruct.sources import is_saved_form

    return is_saved_form(folder)


@dataclass()
class _Walk:
    """One way through a folder, which stays inside it and counts what it passes over."""

    root: str
    found: int = 0
    left_out: int = 0
    outside: list[str] = field(default_factory=list)
    special: list[str] = field(default_factory=list)
    deep: list[str] = field(default_factory=list)

    def files(self, folder: str, depth: int) -> Iterator[str]:
        """The files to read, and the folders that are a saved form each; hidden ones are none of ours."""
        for name in sorted(os.listdir(folder)):
            if not name.startswith("."):
                yield from self._one(os.path.join(folder, name), depth)

    def _one(self, path: str, depth: int) -> Iterator[str]:
        try:
            linked = os.path.islink(path)
            mode = os.stat(path).st_mode
        except OSError:
            return
        if linked and (stat.S_ISDIR(mode) or not self._holds(path)):
            self.outside.append(path)
        elif stat.S_ISREG(mode):
            yield from self._counted(path)
        elif not stat.S_ISDIR(mode):
            self.special.append(path)
        elif self.left_out == 0 and _is_form(path):
            yield from self._counted(path)
        elif depth < MAX_DEPTH:
            yield from self.files(path, depth + 1)
        else:
            self.deep.append(path)

    def _holds(self, path: str) -> bool:
        above = os.path.realpath(self.root)
        return os.path.commonpath([above, os.path.realpath(path)]) == above

    def _counted(self, path: str) -> Iterator[str]:
        if self.found < MAX_FILES:
            self.found += 1
            yield path
        else:
            self.left_out += 1

    def notes(self) -> list[str]:
        """What was passed over, a line for each kind."""
        kinds = (
            (self.outside, "a link that leads elsewhere", "links that lead elsewhere"),
            (self.special, "no regular file", "no regular files"),
            (self.deep, f"a folder deeper than {MAX_DEPTH}", f"folders deeper than {MAX_DEPTH}"),
        )
        return [
            f"{paths[0]} is not read: {one}"
            if len(paths) == 1
            else f"{paths[0]} and {len(paths) - 1:,} more are not read: {many}"
            for paths, one, many in kinds
            if paths
        ]


def images(
    source: Input,
    *,
    manifest: str | None = None,
    platform: str | None = None,
    tag: str | None = None,
    strict: bool = False,
) -> Iterator[tuple[str, Image | ReconstructError]]:
    """(name, image) of every image in an input, or of the one that `platform` and `tag` choose; in an image's place the
    error where that one of several can't be read.

    Raises ReconstructError where none can be read.
    """
    from reconstruct.audit.agreement import require_agreement
    from reconstruct.sources import image_of, load, read

    def checked(image: Image) -> Image:
        return require_agreement(image, source.path) if strict else image

    if manifest is not None or platform is not None or tag is not None:
        image = load(source.path, manifest=manifest, platform=platform, tag=tag, strict=strict)
        yield _name(source.path, image, alone=True), checked(image)
        return
    candidates, reading, _ = read(source.path, strict=strict)
    if len(candidates) == 1:
        try:
            image = image_of(candidates[0], reading)
        finally:
            reading.close()
        yield _name(source.path, image, alone=True), checked(image)
        return
    told = tuple(reading.notes)
    errors: list[tuple[str, ReconstructError]] = []
    for candidate in candidates:
        try:
            image = checked(candidate.image)
        except ReconstructError as error:
            errors.append((", ".join((source.path, *candidate.tags[:1])), error))
            continue
        yield _name(source.path, image, alone=False), replace(image, notes=tuple(dict.fromkeys((*told, *image.notes))))
    reading.close()
    if len(errors) == len(candidates):
        raise errors[0][1]
    yield from errors


def _name(path: str, image: Image, *, alone: bool) -> str:
    """What the report calls an image: the input, and its tag and platform where the input holds several."""
    if path == "-":
        path = image.tags[0] if image.tags else "standard input"
    if alone:
        return path
    parts = [image.tags[0] if image.tags else (image.image_id or "")[:19], image.platform if image.architecture else ""]
    inner = ", ".join(part for part in parts if part)
    return f"{path} ({inner})" if inner else path
