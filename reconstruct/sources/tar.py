"""The members of a tar archive: only names, offsets and sizes, in one pass that seeks over contents.

The standard library's tarfile reads extended headers and sparse maps of any size into memory, and loops forever on
negative sizes in Python releases before 2025 (CVE-2025-8194). Image archives need so little of the format (POSIX ustar
and pax, GNU long names, base-256 sizes) that reading just that, within limits, is safer.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.errors import UnreadableError
from reconstruct.named import NamedTuple
from reconstruct.sources.limits import MAX_HEADER, MAX_MEMBERS
from reconstruct.typed import BinaryIO

BLOCK = 512
_CHUNK = 1 << 20
_FILES = b"0\x007S"
_LINKS = {b"1": "hard", b"2": "soft"}


class Member(NamedTuple):
    """One file or link: the start (`offset`) and length (`size`) of its content; `link` is a link's target."""

    name: str
    size: int
    offset: int
    link: str | None = None
    hard: bool = False


def is_header(block: bytes) -> bool:
    """Whether `block` (512 bytes) is a tar header with a correct checksum."""
    if len(block) < BLOCK or not block.strip(b"\0"):
        return False
    try:
        return _number(block[148:156]) == sum(block[:148]) + 256 + sum(block[156:BLOCK])
    except ValueError:
        return False


def members(file: BinaryIO, label: str, seekable: bool) -> Iterator[Member]:
    """The archive's files and links, in order; devices, directories and the like are skipped.

    When a member is yielded, `file` is positioned at its content, and the caller may read up to `size` bytes. Raises
    UnreadableError if the archive is broken or truncated.
    """
    walker = _Walker(file, label, seekable)
    count = 0
    while (member := walker.next()) is not None:
        count += 1
        if count > MAX_MEMBERS:
            raise UnreadableError(f"{label}: more than {MAX_MEMBERS:,} members: too many for a saved image")
        yield member


class _Walker:
    """Walks over headers, tracking the position for files that can't tell it."""

    def __init__(self, file: BinaryIO, label: str, seekable: bool) -> None:
        self.file = file
        self.label = label
        self.seekable = seekable
        self.end = self._length() if seekable else None
        self.next_header = 0
        self.position = 0

    def _length(self) -> int:
        return self.file.seek(0, 2)

    def next(self) -> Member | None:
        """The next file or link, None at the archive's end."""
        name: str | None = None
        link: str | None = None
        size: int | None = None
        while True:
            header = self._header()
            if header is None:
                return None
            kind = header[156:157]
            stored = self._stored_size(header)
            content = self.next_header
            if kind in b"xgLK" and kind:
                data = self._extension(stored)
                if kind == b"L":
                    name = _text(data.rstrip(b"\0"))
                elif kind == b"K":
                    link = _text(data.rstrip(b"\0"))
                elif kind == b"x":
                    records = _pax(data, self.label)
                    name = records.get("path", records.get("GNU.sparse.name", name))
                    link = records.get("linkpath", link)
                    size = self._pax_size(records.get("size"), size)
                continue
            if size is not None:
                stored = size
            if kind in _LINKS and kind:
                # A link has no content, whatever size its header gives (POSIX leaves a hard link's undefined).
                return Member(name or _name(header), 0, content, link or _text(_cut(header[157:257])), kind == b"1")
            if kind not in _FILES and kind not in b"gx":
                self._pass(stored if kind not in b"3456" else 0)
                name = link = size = None
                continue
            self._pass(stored)
            if kind == b"S":
                return self._sparse(header, name or _name(header), stored)
            self._check_end(content, stored, name or _name(header))
            return Member(name or _name(header), stored, content)

    def _pax_size(self, text: str | None, current: int | None) -> int | None:
        if text is None:
            return current
        if not text.isascii() or not text.isdigit() or len(text) > 18:
            raise UnreadableError(f"{self.label}: broken tar: invalid size {text[:40]!r}")
        return int(text)

    def _sparse(self, header: bytes, name: str, stored: int) -> Member:
        """A GNU sparse file: only its size matters. The map may continue in further blocks."""
        more = header[482:483]
        while more not in (b"\0", b""):
            block = self._extension(BLOCK)
            more = block[504:505]
        try:
            size = _number(header[483:495])
        except ValueError:
            size = stored
        return Member(name, size, self.next_header)

    def _header(self) -> bytes | None:
        self._go(self.next_header)
        block = self.file.read(BLOCK)
        self.position += len(block)
        if not block or (len(block) == BLOCK and not block.strip(b"\0")):
            return None
        if len(block) < BLOCK:
            raise UnreadableError(f"{self.label}: the tar is truncated at byte {self.position}")
        if not is_header(block):
            raise UnreadableError(f"{self.label}: broken tar header at byte {self.next_header}")
        self.next_header += BLOCK
        return block

    def _stored_size(self, header: bytes) -> int:
        try:
            size = _number(header[124:136])
        except ValueError:
            size = -1
        if size < 0 or size > 1 << 60:
            raise UnreadableError(f"{self.label}: broken tar: invalid size at byte {self.next_header - BLOCK}")
        return size

    def _pass(self, size: int) -> None:
        self.next_header += -(-size // BLOCK) * BLOCK

    def _extension(self, size: int) -> bytes:
        if size > MAX_HEADER:
            raise UnreadableError(f"{self.label}: broken tar: an extended header of {size:,} bytes")
        data = self.file.read(size)
        self.position += len(data)
        if len(data) < size:
            raise UnreadableError(f"{self.label}: the tar is truncated at byte {self.position}")
        self._pass(size)
        return data

    def _check_end(self, content: int, size: int, name: str) -> None:
        if self.end is not None and content + size > self.end:
            raise UnreadableError(f"{self.label}: the tar is truncated inside {name!r}")

    def _go(self, target: int) -> None:
        if self.seekable:
            self.file.seek(target)
            self.position = target
            return
        # The stream itself counts what the caller read of the last member.
        self.position = self.file.tell()
        while self.position < target:
            chunk = self.file.read(min(_CHUNK, target - self.position))
            if not chunk:
                raise UnreadableError(f"{self.label}: the tar is truncated at byte {self.position}")
            self.position += len(chunk)


def _number(field: bytes) -> int:
    """A header's number: octal digits, or base-256 if the first bit is set (GNU)."""
    if field[0] & 0x80:
        if field[0] == 0x80:
            return int.from_bytes(field[1:], "big")
        raise ValueError("negative")
    digits = _cut(field).strip(b" ")
    return int(digits, 8) if digits else 0


def _cut(field: bytes) -> bytes:
    return field.split(b"\0", 1)[0]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _name(header: bytes) -> str:
    name = _text(_cut(header[:100]))
    prefix = _text(_cut(header[345:500])) if header[257:263] == b"ustar\0" else ""
    return f"{prefix}/{name}" if prefix else name


def _pax(data: bytes, label: str) -> dict[str, str]:
    """The records `<length> <key>=<value>\\n` of a pax header."""
    records: dict[str, str] = {}
    position = 0
    while position < len(data):
        blank = data.find(b" ", position, position + 12)
        length = data[position:blank]
        if blank < 0 or not length.isdigit():
            break
        end = position + int(length)
        if end > len(data) or end <= blank:
            raise UnreadableError(f"{label}: broken tar: an extended header's record is longer than the header")
        key, _, value = data[blank + 1 : end].rstrip(b"\n").partition(b"=")
        records[_text(key)] = _text(value)
        position = end
    return records
