"""Opens an input as a directory, an archive, or a document, detected by content."""

from __future__ import annotations

import io
import itertools
import os
import re
import sys
from collections.abc import Mapping

from reconstruct import pattern
from reconstruct.errors import NotFoundError, UnreadableError
from reconstruct.sources import document, magic
from reconstruct.sources.interface import Document, Reading
from reconstruct.sources.limits import MAX_DOCUMENT
from reconstruct.typed import TYPE_CHECKING, Any, BinaryIO, cast

if TYPE_CHECKING:
    from reconstruct.sources.files import Files

_SNIFF = 512
# The start of a `docker history` table, and of a JSON document on a line of its own.
_TABLE_HEAD = pattern.compile(r"\s*(?:IMAGE|ID|SNAPSHOT|LAYER) +CREATED")
# A line of a log and a shell's prompt, which begin as a JSON array does.
_NO_ARRAY = pattern.compile(r"\s*\[(?:\d{4}-\d\d-|[\w.+-]{1,64}@)")
_JSON_LINE = pattern.compile(r'^(?:[\[{]$|\[\{|\{")', re.MULTILINE)


def label_of(source: Any) -> str:
    """The input's name in messages."""
    if isinstance(source, (str, os.PathLike)):
        text = os.fspath(source)
        return "standard input" if text == "-" else str(text)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else "input"


def open_source(source: Any, reading: Reading) -> Files | Document:
    """A directory or archive as Files, anything else as a Document. NotFoundError if there is no such file."""
    label = reading.label
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _from_bytes(bytes(source), reading)
    if isinstance(source, (Mapping, list, tuple)):
        return Document(label, (document.as_go_reads(source),))
    if isinstance(source, (str, os.PathLike)):
        return _from_path(os.fspath(source), reading)
    if hasattr(source, "read"):
        return _from_stream(_binary(source), reading, None)
    raise UnreadableError(f"{label}: a path, bytes, a file or parsed JSON is expected, not {type(source).__name__}")


def _binary(stream: Any) -> BinaryIO:
    if isinstance(stream, io.TextIOBase):
        buffer = getattr(stream, "buffer", None)
        if buffer is not None:
            return cast(BinaryIO, buffer)
        return io.BytesIO(stream.read().encode("utf-8", "surrogatepass"))
    return cast(BinaryIO, stream)


def _from_path(path: str | bytes, reading: Reading) -> Files | Document:
    label = reading.label
    path = os.fsdecode(path)
    if path == "-":
        if sys.stdin is None:
            raise UnreadableError("-: standard input is closed")
        return _from_stream(sys.stdin.buffer, reading, None)
    if not os.path.exists(path) and path.lstrip()[:1] in ("{", "["):
        return _from_text(path, "input", None, None)
    if os.path.isdir(path):
        from reconstruct.sources.files import Folder

        return Folder(path, label, reading.note)
    from reconstruct.sources.regular import open_regular

    try:
        file = open_regular(path, label)
    except NotFoundError:
        from reconstruct.sources import mistakes

        raise NotFoundError(f"{label}: {mistakes.missing(path)}") from None
    reading.opened.append(file)
    return _from_stream(file, reading, os.path.dirname(os.path.abspath(path)))


def _from_bytes(data: bytes, reading: Reading) -> Files | Document:
    head = data[:_SNIFF]
    if not head or _is_tar(head) or magic.kind_of(head) is not None:
        return _from_stream(io.BytesIO(data), reading, None)
    data = data[: MAX_DOCUMENT + 1]
    return _from_text(_decoded(data, reading), reading.label, None, data)


def _from_stream(stream: BinaryIO, reading: Reading, folder: str | None) -> Files | Document:
    label = reading.label
    seekable = bool(getattr(stream, "seekable", lambda: False)())
    head = _read(stream, _SNIFF, label)
    if not head:
        raise UnreadableError(f"{label}: empty")
    if (kind := magic.kind_of(head)) is not None:
        from reconstruct.sources.compression import decompressed

        inner = decompressed(_Ahead(head, stream), kind, label)
        return _contents(_read(inner, _SNIFF, label), inner, reading, None, seekable=False)
    return _contents(head, stream, reading, folder, seekable)


def _contents(head: bytes, stream: Any, reading: Reading, folder: str | None, seekable: bool) -> Files | Document:
    label = reading.label
    if _is_tar(head):
        from reconstruct.sources.files import Archive

        if not seekable and reading.contents:
            from reconstruct.sources.keeping import kept

            stream, seekable = kept(head, stream, reading), True
        if seekable:
            return Archive(stream, label, seekable=True)
        return Archive(cast(BinaryIO, _Ahead(head, stream)), label, seekable=False)
    data = head + _read(stream, MAX_DOCUMENT + 1 - len(head), label)
    return _from_text(_decoded(data, reading), label, folder, data)


def _decoded(data: bytes, reading: Reading) -> str:
    """The text; a few bytes of invalid UTF-8 (a name in Latin-1) become U+FFFD, as in Go, with a note."""
    try:
        return document.decode(data, reading.label)
    except UnreadableError:
        text = data.decode("utf-8", "replace") if len(data) <= MAX_DOCUMENT and data[:2] not in _UTF_16 else ""
        broken = text.count("\ufffd")
        if not text or "\0" in text or broken * 100 > len(text):
            raise
        reading.note(f"invalid UTF-8, {broken:,} byte{'s' * (broken > 1)}: read as U+FFFD")
        return text


_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def _is_tar(head: bytes) -> bool:
    # Tar headers are padded with zeros, which texts don't contain, so a document never needs the archive reader.
    if b"\0" not in head:
        return False
    from reconstruct.sources.tar import is_header

    return is_header(head)


def _from_text(text: str, label: str, folder: str | None, data: bytes | None) -> Document:
    if text.lstrip()[:1] in ("{", "[") and not _NO_ARRAY.match(text) and not _is_python(text):
        values, rest = document.parse_leading(text, label)
        if rest and not _TABLE_HEAD.match(rest):
            rest = _behind_json(text, rest, label)
        return Document(label, tuple(values), rest, folder, data)
    if not text.strip():
        raise UnreadableError(f"{label}: empty")
    start = _json_after_table(text, label) if _TABLE_HEAD.match(text) else len(text)
    values = document.parse_all(text[start:], label) if start < len(text) else []
    return Document(label, tuple(values), text[:start], folder, data)


def _is_python(text: str) -> bool:
    """Whether it is what Python prints of parsed JSON; only its quotation mark tells."""
    if text.startswith('{"') or "'" not in text[:_SNIFF]:
        return False
    from reconstruct.sources import wrapped

    return wrapped.is_python(text)


def _behind_json(text: str, rest: str, label: str) -> str:
    """Nothing, if a prompt or the end of a code block follows the JSON. UnreadableError for anything else."""
    from reconstruct.sources import pasted

    if not pasted.is_prompt(rest):
        document.parse_all(text, label)
    return ""


def _json_after_table(text: str, label: str) -> int:
    """The start of JSON printed after a table (`docker history X; docker inspect X`), else the end."""
    for match in itertools.islice(_JSON_LINE.finditer(text), 16):
        try:
            document.parse_all(text[match.start() :], label)
        except UnreadableError:
            continue
        return match.start()
    return len(text)


def _read(stream: Any, length: int, label: str) -> bytes:
    """Up to `length` bytes, because a pipe may give less at a time."""
    parts = []
    while length > 0:
        try:
            part = stream.read(min(length, 1 << 20))
        except OSError as error:
            raise UnreadableError(f"{label}: {error.strerror or error}") from None
        if not part:
            break
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


class _Ahead:
    """A stream whose first bytes were already read, and which knows its position."""

    def __init__(self, head: bytes, stream: Any) -> None:
        self._head = head
        self._stream = stream
        self._position = 0

    def read(self, length: int) -> bytes:
        parts = [self._head[:length]]
        self._head = self._head[length:]
        missing = length - len(parts[0])
        while missing > 0:
            part = self._stream.read(missing)
            if not part:
                break
            parts.append(part)
            missing -= len(part)
        data = b"".join(parts)
        self._position += len(data)
        return data

    def tell(self) -> int:
        return self._position
