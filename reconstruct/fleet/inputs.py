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

from reconstruct.errors import NotFoundError, UnreadableError
from reconstruct.named import NamedTuple
from reconstruct.typed import Any, BinaryIO

# The maximum depth for walking a directory, which is one of images, not a file system.
MAX_DEPTH = 16
# The limit for a line of JSON; the config with the largest history is far below.
MAX_LINE = 64 << 20
# File name endings of JSON lines files.
LINES = (".jsonl", ".ndjson")
# The number of bytes of a JSON lines file or of standard input examined to detect its contents.
_SNIFFED = 1 << 16
_SNIFFED_PATHS = 20


class Item(NamedTuple):
    """One input. `data` is its content if it is a line of the file `path`, at byte `offset`; `named`: the user named it;
    `error`: why it can't be read; `given`: its own options, for a command that takes them."""

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
    """Every input in the sources, in order, found on demand.

    A directory that is itself a saved form is one input, any other means its contents; a JSON lines file means its
    lines, unless `whole`. With `lists`, `-` is a list of paths, one per line. What can't be read is an input with an
    error. `passed_over` collects what is skipped in directories.
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
    """Raises NotFoundError for a path that doesn't exist, so typing errors are reported before any work is done."""
    for source in sources:
        if source != "-" and "://" not in source and not source.startswith("fd:") and not os.path.exists(source):
            raise NotFoundError(f"{source}: no such file or directory")


def count(sources: Sequence[str]) -> int | None:
    """The approximate number of inputs, for progress; None if it can't be known without reading."""
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

    The examined bytes remain readable.
    """
    head = _ahead()
    if b"\0" in head or head.lstrip()[:1] in (b"{", b"["):
        return False
    names = (line.rstrip(b"\r") for line in head.split(b"\n"))
    return default or any(name and os.path.exists(os.fsdecode(name)) for name in islice(names, _SNIFFED_PATHS))


def _ahead() -> bytes:
    """The first bytes of standard input, which remain readable."""
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
    """The files to try, and the directories that are a saved form; hidden ones are skipped."""
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
    """The non-empty lines of an open JSON lines file, numbered from 1; an overlong one is an error and is skipped."""
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
    """The input without its content, which `with_data` reads again, so many inputs take little memory."""
    return item._replace(data=None) if item.offset >= 0 else item


def with_data(item: Item) -> Item:
    """The input with its content, or with an error if it is no longer readable."""
    if item.offset < 0 or item.data is not None:
        return item
    try:
        with open(item.path, "rb") as file:
            file.seek(item.offset)
            return item._replace(data=file.readline(MAX_LINE + 1))
    except OSError as error:
        return item._replace(error=f"{item.label}: {error.strerror or error}")
