"""What the command line names, as single inputs: files, folders of any size, JSON lines, lists of paths.

Nothing is read here but folders and lines; a folder's links are not followed, and only regular files are opened.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, NamedTuple

from reconstruct.errors import NotFoundError, UnreadableError

# A folder is a folder of images, not a file system: it is walked no deeper than this.
MAX_DEPTH = 16
# One line of a file of JSON lines; a config of the largest history stays far below.
MAX_LINE = 64 << 20
# What files of JSON lines are called.
LINES = (".jsonl", ".ndjson")
# What lies in a folder beside images, by its ending: not worth an error.
_FORMS = (".json", ".tar", ".tgz", ".gz", ".zst", ".xz", ".bz2", ".md", ".txt", "")


class Item(NamedTuple):
    """One input. `data` is its content where it is a line of a file; `named` whether the user named it himself."""

    label: str
    path: str = ""
    data: bytes | None = None
    named: bool = True


def items(sources: Iterable[str], skipped: Callable[[str], None] = lambda note: None) -> Iterator[Item]:
    """Every input behind the sources, in order, found as they are asked for: nothing is gathered.

    `-` is a list of paths on standard input, one a line. A folder that is a saved form itself is one input, any other
    stands for what is in it. `skipped` hears what was left out (links, devices, folders too deep), a line each.

    Raises NotFoundError for a path that is not there.
    """
    for source in sources:
        if source == "-":
            yield from items(_listed(), skipped)
        elif os.path.isdir(source) and not is_form(source):
            yield from _walk(source, 0, skipped)
        elif not os.path.exists(source):
            raise NotFoundError(f"{source}: there is no such file or folder")
        elif not os.path.isdir(source) and not stat.S_ISREG(os.stat(source).st_mode):
            raise UnreadableError(f"{source}: neither a file nor a folder")
        else:
            yield from _file(source, named=True)


def count(sources: Iterable[str]) -> int | None:
    """About how many inputs there are, to tell how far a run is; None where that can't be told without reading."""
    total = 0
    for source in sources:
        if source.lower().endswith(LINES):
            return None
        total += sum(len(files) for _, _, files in os.walk(source)) if os.path.isdir(source) else 1
    return total


def is_form(folder: str) -> bool:
    """Whether a folder is itself a saved form: an OCI layout, a `dir:` copy, an engine's store."""
    from reconstruct.sources import is_saved_form

    return is_saved_form(folder)


def _listed() -> Iterator[str]:
    if sys.stdin is None:
        raise UnreadableError("-: standard input is closed")
    for line in sys.stdin:
        if path := line.rstrip("\r\n"):
            yield path


def _walk(folder: str, depth: int, skipped: Callable[[str], None]) -> Iterator[Item]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        skipped(f"{folder}: {error.strerror or error}")
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_symlink():
            skipped(f"{entry.path}: a link, not followed")
        elif entry.is_file(follow_symlinks=False):
            if os.path.splitext(entry.name)[1].lower() in (*_FORMS, *LINES):
                yield from _file(entry.path, named=False)
        elif not entry.is_dir(follow_symlinks=False):
            skipped(f"{entry.path}: neither a file nor a folder")
        elif is_form(entry.path):
            yield Item(entry.path, entry.path, named=False)
        elif depth >= MAX_DEPTH:
            skipped(f"{entry.path}: more than {MAX_DEPTH} folders deep")
        else:
            yield from _walk(entry.path, depth + 1, skipped)


def _file(path: str, *, named: bool) -> Iterator[Item]:
    if not path.lower().endswith(LINES):
        yield Item(path, path, named=named)
        return
    try:
        with open(path, "rb") as file:
            yield from lines(path, file)
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror or error}") from None


def lines(path: str, file: BinaryIO) -> Iterator[Item]:
    """The lines of an open file of JSON lines that hold anything, numbered from 1; UnreadableError for one too long."""
    number = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raise UnreadableError(f"{path}:{number}: a line of more than {MAX_LINE >> 20} MiB")
        if line.strip():
            yield Item(f"{path}:{number}", data=line)
