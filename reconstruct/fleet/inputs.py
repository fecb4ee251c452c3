"""The sources on the command line as single inputs: files, directories of any size, JSON lines, lists of paths.

Only directories and lines are read here. Links that lead out of a directory aren't followed, and only
regular files are opened.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

from reconstruct.errors import NotFoundError, UnreadableError

# The maximum depth for walking a directory, which is one of images, not a file system.
MAX_DEPTH = 16
# One line of a file of JSON lines; a config of the largest history stays far below.
MAX_LINE = 64 << 20
# File name endings of JSON lines files.
LINES = (".jsonl", ".ndjson")
# Of a file of JSON lines or of standard input so much is looked at to tell what it holds.
_SNIFFED = 1 << 16
_SNIFFED_PATHS = 20


class Item(NamedTuple):
    """One input. `data` is its content where it is a line of the file `path`, from byte `offset` on; `named` whether the user named it himself; `error` says
    why there is nothing to read; `given` are options of its own, for a command that takes them."""

    label: str
    path: str = ""
    data: bytes | None = None
    named: bool = True
    error: str = ""
    given: Mapping[str, Any] | None = None
    offset: int = -1


class PassedOver:
    """What is skipped in directories: by kind, the first of each and their number."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str], tuple[str, int]] = {}

    def add(self, path: str, one: str, many: str) -> None:
        """Counts `path`, which is `one` of the kind `many`."""
        first, count = self._kinds.get((one, many), (path, 0))
        self._kinds[one, many] = first, count + 1

    def notes(self) -> list[str]:
        """One line per kind."""
        return [
            f"{first} skipped: {one}" if count == 1 else f"{first} and {count - 1:,} more skipped: {many}"
            for (one, many), (first, count) in self._kinds.items()
        ]


def items(
    sources: Iterable[str], passed_over: PassedOver | None = None, *, whole: bool = False, lists: bool = True
) -> Iterator[Item]:
    """Every input behind the sources, in order, found as they are asked for: nothing is gathered.

    A directory that is itself a saved form is one input, any other means its contents; a JSON lines file means its
    lines, unless `whole`. `-` is a list of paths, one a line, where `lists` says so. What can't be read is an input with
    an error. `passed_over` hears what of folders was left out.
    """
    passed_over = passed_over or PassedOver()
    for source in sources:
        if source == "-" and lists:
            yield from items(_listed(), passed_over, whole=whole, lists=False)
        elif source != "-" and os.path.isdir(source) and not is_form(source):
            for path in _walk(source, source, 0, passed_over):
                yield from [path] if isinstance(path, Item) else _file(path, named=False, whole=whole)
        else:
            yield from _file(source, named=True, whole=whole)


def require(sources: Iterable[str]) -> None:
    """Raises NotFoundError for a path that doesn't exist, so that typing errors are reported before any work."""
    for source in sources:
        if source != "-" and "://" not in source and not source.startswith("fd:") and not os.path.exists(source):
            raise NotFoundError(f"{source}: no such file or directory")


def count(sources: Sequence[str]) -> int | None:
    """About how many inputs there are, to tell how far a run is; None where that can't be told without reading."""
    total = 0
    for source in sources:
        if source == "-" or is_lines(source):
            return None
        total += sum(len(files) for _, _, files in os.walk(source)) if os.path.isdir(source) else 1
    return total


def is_many(source: str) -> bool:
    """Whether an input means many: a directory that isn't a saved form itself, a JSON lines file, a list of paths."""
    if source == "-":
        return lists_paths()
    return is_lines(source) or (os.path.isdir(source) and not is_form(source))


def is_form(folder: str) -> bool:
    """Whether a directory is itself a saved form: an OCI layout, a `dir:` copy, an engine's store."""
    from reconstruct.sources import is_saved_form

    return is_saved_form(folder)


def is_lines(path: str) -> bool:
    """Whether a file has one saved form per line. `docker history` prints JSON lines too, but for one image."""
    return os.path.isfile(path) and lines_ahead(path, lambda: open(path, "rb"))


def lines_ahead(name: str, opened: Callable[[], Any]) -> bool:
    """The same of a file of that name, which `opened` opens."""
    if not name.lower().endswith(LINES):
        return False
    try:
        with opened() as file:
            value = json.loads(file.readline(_SNIFFED))
    except (OSError, ValueError, RecursionError):
        return True
    return not (isinstance(value, dict) and any(key.lower().replace("_", "") == "createdby" for key in value))


def lists_paths(default: bool = False) -> bool:
    """Whether standard input has file paths, one per line, and not an image; `default` if unclear.

    What was looked at stays to be read.
    """
    head = _ahead()
    if b"\0" in head or head.lstrip()[:1] in (b"{", b"["):
        return False
    names = (line.rstrip(b"\r") for line in head.split(b"\n"))
    return default or any(name and os.path.exists(os.fsdecode(name)) for name in islice(names, _SNIFFED_PATHS))


def _ahead() -> bytes:
    """The first bytes of standard input, which stay to be read."""
    stream: Any = getattr(sys.stdin, "buffer", None)
    if stream is None:
        return b""
    try:
        if hasattr(stream, "peek"):
            return bytes(stream.peek(_SNIFFED)[:_SNIFFED])
        place = stream.tell()
        head = bytes(stream.read(_SNIFFED))
        stream.seek(place)
    except (OSError, ValueError):
        return b""
    return head


def _listed() -> Iterator[str]:
    if sys.stdin is None:
        raise UnreadableError("-: standard input is closed")
    for line in sys.stdin.buffer:
        if path := line.rstrip(b"\r\n"):
            yield os.fsdecode(path)


def _walk(root: str, folder: str, depth: int, passed_over: PassedOver) -> Iterator[str | Item]:
    """The files to try, and the folders that are a saved form each; hidden ones are none of ours."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield Item(folder, named=True, error=f"{folder}: {error.strerror or error}")
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_symlink() and not _leads_to_a_file_in(root, entry.path):
            passed_over.add(entry.path, "a link out of the directory", "links out of the directory")
        elif entry.is_file():
            yield entry.path
        elif not entry.is_dir(follow_symlinks=False):
            passed_over.add(entry.path, "not a regular file", "not regular files")
        elif is_form(entry.path):
            yield Item(entry.path, entry.path, named=False)
        elif depth >= MAX_DEPTH:
            passed_over.add(entry.path, f"a directory deeper than {MAX_DEPTH}", f"directories deeper than {MAX_DEPTH}")
        else:
            yield from _walk(root, entry.path, depth + 1, passed_over)


def _leads_to_a_file_in(root: str, link: str) -> bool:
    above = os.path.realpath(root)
    target = os.path.realpath(link)
    try:
        return os.path.commonpath([above, target]) == above and stat.S_ISREG(os.stat(link).st_mode)
    except (OSError, ValueError):
        return False


def _file(path: str, *, named: bool, whole: bool) -> Iterator[Item]:
    if whole or not is_lines(path):
        yield Item(path, path, named=named)
        return
    try:
        with open(path, "rb") as file:
            yield from lines(path, file)
    except OSError as error:
        yield Item(path, error=f"{path}: {error.strerror or error}")


def lines(path: str, file: BinaryIO) -> Iterator[Item]:
    """The lines of an open file of JSON lines that hold anything, numbered from 1; one too long is an error and passed by."""
    number = offset = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        label, begin = f"{path}:{number}", offset
        offset += len(line)
        if len(line) > MAX_LINE:
            while line and not line.endswith(b"\n"):
                line = file.readline(MAX_LINE + 1)
                offset += len(line)
            yield Item(label, error=f"{label}: a line of more than {MAX_LINE >> 20} MiB")
        elif line.strip():
            yield Item(label, path, data=line, offset=begin)


def without_data(item: Item) -> Item:
    """The input without its content, which `with_data` reads again, so that many take little memory."""
    return item._replace(data=None) if item.offset >= 0 else item


def with_data(item: Item) -> Item:
    """The input with its content, or with an error if that can't be read any more."""
    if item.offset < 0 or item.data is not None:
        return item
    try:
        with open(item.path, "rb") as file:
            file.seek(item.offset)
            return item._replace(data=file.readline(MAX_LINE + 1))
    except OSError as error:
        return item._replace(error=f"{item.label}: {error.strerror or error}")
