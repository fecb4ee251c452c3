"""The members of a layer's tar, with everything that a file system stores about them, in one pass that reads no content.

It reads what engines read: POSIX ustar and pax, GNU long names and base-256 numbers, sparse files in GNU's four
formats, extended attributes as `SCHILY.xattr.*` (Go's archive/tar, strconv.go and reader.go; GNU tar's manual, Tar
Internals). `reconstruct.sources.tar` reads the archive around the layers, for which names and sizes are enough.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping

from reconstruct.errors import UnreadableError
from reconstruct.named import NamedTuple
from reconstruct.sources.layers import LayerStream
from reconstruct.sources.limits import MAX_HEADER

BLOCK = 512
# No file system has a larger file, and no layer tar is longer; anything that claims to be is refused.
MAX_SIZE = 1 << 60
MAX_SPARSE = 200_000
# The latest time that engines set, in 2262 (moby, pkg/system/chtimes.go: what a signed 64-bit number of nanoseconds holds).
MAX_TIME = (1 << 63) - 1
_MOST_DEVICES = 0o7777777
_PIECE = 256 << 10

FILE, LINK, SYMLINK, CHAR, BLOCKDEV, FOLDER, FIFO = b"f", b"h", b"l", b"c", b"b", b"d", b"p"
_KINDS = {
    b"\0": FILE, b"0": FILE, b"7": FILE, b"S": FILE, b"1": LINK, b"2": SYMLINK,
    b"3": CHAR, b"4": BLOCKDEV, b"5": FOLDER, b"6": FIFO,
}  # fmt: skip
_XATTR = b"SCHILY.xattr."
_SPARSE = {b"GNU.sparse.major", b"GNU.sparse.map", b"GNU.sparse.size"}
_NOTHING: Mapping[str, bytes] = {}
# adler32 sums bytes modulo this, starting at 1, which gives a header's checksum at C speed.
_MODULUS = 65521


class Member(NamedTuple):
    """One member. `name` and `link` are as in the archive, with invalid UTF-8 bytes as surrogates.

    `kind` is one of FILE, LINK (hard), SYMLINK, CHAR, BLOCKDEV, FOLDER, FIFO. `size` is the file's bytes, `stored` the bytes
    in the archive (fewer for a sparse file, whose pieces `sparse` lists as offset and length). `mtime` in nanoseconds.
    """

    name: str
    kind: bytes
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    link: str = ""
    xattrs: Mapping[str, bytes] = _NOTHING
    device: tuple[int, int] = (0, 0)
    stored: int = 0
    sparse: tuple[tuple[int, int], ...] | None = None


class Members:
    """A layer's members in order, from header to header.

    `content` gives the current member's content; unread content is skipped. Raises UnreadableError if the tar is
    broken or truncated. Owners and modes repeat, so each notation of the three is parsed once.
    """

    def __init__(self, stream: LayerStream) -> None:
        self.stream = stream
        self.owners: dict[bytes, tuple[int, int, int]] = {}
        self.times: dict[bytes, int] = {}
        self.global_records: dict[bytes, bytes] = {}
        self.rest = self.padding = 0
        self.first = True

    def __iter__(self) -> Iterator[Member]:
        while (member := self.next()) is not None:
            yield member

    def stored(self, member: Member) -> Iterator[bytes]:
        """The stored bytes of the current member, in pieces; for a sparse file, only its data."""
        left = member.stored
        while left > 0:
            data = self.stream.take(min(left, _PIECE))
            if not data:
                raise UnreadableError(f"{self.stream.label}: the layer's tar is truncated inside {member.name[:80]!r}")
            left -= len(data)
            self.rest -= len(data)
            yield data

    def content(self, member: Member) -> Iterator[bytes]:
        """The content of the current member, in pieces; a sparse file's holes are zeros."""
        if member.sparse is None:
            yield from self.stored(member)
            return
        position = 0
        pieces = self.stored(member)
        held = b""
        for offset, length in (*member.sparse, (member.size, 0)):
            while position < offset:
                hole = min(offset - position, _PIECE)
                position += hole
                yield bytes(hole)
            while length > 0:
                held = held or next(pieces, b"")
                if not held:
                    return
                data, held = held[:length], held[length:]
                length -= len(data)
                position += len(data)
                yield data

    def next(self) -> Member | None:
        """The layer's next member, with extended headers applied; None at the end. UnreadableError for a broken tar."""
        records: dict[bytes, bytes] = {}
        long_name: bytes | None = None
        long_link: bytes | None = None
        while True:
            header = self._header()
            if header is None:
                return None
            flag = header[156:157]
            if flag in b"0\x0057S" or flag in b"12346":
                break
            if flag == b"x":
                records = self._records(header)
            elif flag == b"g":
                self.global_records.update(self._records(header))
            elif flag == b"L":
                long_name = self._extension(header).split(b"\0", 1)[0]
            elif flag == b"K":
                long_link = self._extension(header).split(b"\0", 1)[0]
            else:
                # A volume label, a directory of an incremental dump: not part of a file system.
                self._pass(_number(header, 124, 12, self.stream))
                records, long_name, long_link = {}, None, None
        if records or self.global_records or flag == b"S":
            return self._extended(header, {**self.global_records, **records}, long_name, long_link)
        found = self._plain(header, flag, long_name, long_link)
        self._pass(found.size)
        return found

    def plain(self, header: bytes) -> Member:
        """The member of a header that no extended one precedes; its content is the caller's to skip."""
        self._check(header)
        return self._plain(header, header[156:157], None, None)

    def _plain(self, header: bytes, flag: bytes, long_name: bytes | None, long_link: bytes | None) -> Member:
        name = long_name if long_name is not None else _name(header)
        kind = _kind(flag, name)
        mode, uid, gid = self.owner(header[100:124])
        # Go's reader, which engines use, reads no content for links and directories, whatever the size says.
        size = _number(header, 124, 12, self.stream) if kind == FILE else 0
        link = ""
        if kind in (LINK, SYMLINK):
            link = text(long_link if long_link is not None else header[157:257].split(b"\0", 1)[0])
        device = (0, 0)
        if kind in (CHAR, BLOCKDEV):
            device = _device(header, 329, self.stream), _device(header, 337, self.stream)
        return Member(text(name), kind, mode, uid, gid, size, self.time(header[136:148]), link, _NOTHING, device, size)

    def _extended(
        self, header: bytes, records: Mapping[bytes, bytes], long_name: bytes | None, long_link: bytes | None
    ) -> Member:
        """A member with pax records, or one of GNU's old sparse files."""
        flag = header[156:157]
        name = records.get(b"path") or (long_name if long_name is not None else _name(header))
        name = records.get(b"GNU.sparse.name", name)
        kind = _kind(flag, name)
        mode, uid, gid = self.owner(header[100:124])
        stored = _number(header, 124, 12, self.stream) if kind == FILE else 0
        if kind == FILE and b"size" in records:
            stored = self._decimal(records[b"size"], "size")
        if stored > MAX_SIZE:
            raise UnreadableError(f"{self.stream.label}: broken tar: a member of {stored:,} bytes")
        uid = self._decimal(records[b"uid"], "uid") if b"uid" in records else uid
        gid = self._decimal(records[b"gid"], "gid") if b"gid" in records else gid
        mtime = _nanoseconds(records[b"mtime"], self.stream) if b"mtime" in records else self.time(header[136:148])
        link = records.get(b"linkpath") or (long_link if long_link is not None else header[157:257].split(b"\0", 1)[0])
        device = (0, 0)
        if kind in (CHAR, BLOCKDEV):
            device = _device(header, 329, self.stream), _device(header, 337, self.stream)
        size, sparse = stored, None
        if kind == FILE and (flag == b"S" or not _SPARSE.isdisjoint(records)):
            size, stored, sparse = self._sparse(header, records, stored)
        self._pass(stored)
        xattrs = {text(key[len(_XATTR) :]): value for key, value in records.items() if key.startswith(_XATTR)}
        return Member(
            text(name), kind, mode, uid & 0xFFFFFFFF, gid & 0xFFFFFFFF, size, mtime,
            text(link) if kind in (LINK, SYMLINK) else "", xattrs or _NOTHING, device, stored, sparse,
        )  # fmt: skip

    # -- headers -----------------------------------------------------------------------------------------------------

    def _header(self) -> bytes | None:
        self.settle()
        block = self.stream.take(BLOCK)
        if not block.strip(b"\0"):
            # A block of zeros ends an archive, and so does the end of file; an empty file is an empty layer.
            return None
        if len(block) < BLOCK:
            raise UnreadableError(f"{self.stream.label}: the layer's tar is truncated")
        self._check(block)
        return block

    def _check(self, header: bytes) -> None:
        """Raises UnreadableError if a header's checksum is wrong."""
        if not _sum_fits(header):
            what = "not a tar archive" if self.first else "broken tar header"
            raise UnreadableError(f"{self.stream.label}: {what}")
        self.first = False

    def settle(self) -> None:
        """Skips the rest of the current member."""
        if self.rest:
            self.check_end(self.stream.skip(self.rest), self.padding)
            self.rest = 0

    def check_end(self, missing: int, padding: int) -> None:
        """Raises UnreadableError if more than a file's padding is missing at the end."""
        if missing > padding:
            raise UnreadableError(f"{self.stream.label}: the layer's tar is truncated inside a file")

    def _pass(self, size: int) -> None:
        if size > MAX_SIZE:
            raise UnreadableError(f"{self.stream.label}: broken tar: a member of {size:,} bytes")
        self.padding = -size % BLOCK
        self.rest = size + self.padding

    def _extension(self, header: bytes) -> bytes:
        size = _number(header, 124, 12, self.stream)
        if size > MAX_HEADER:
            raise UnreadableError(f"{self.stream.label}: broken tar: an extended header of {size:,} bytes")
        data = self.stream.take(-(-size // BLOCK) * BLOCK)
        if len(data) < size:
            raise UnreadableError(f"{self.stream.label}: the layer's tar is truncated")
        return data[:size]

    def _records(self, header: bytes) -> dict[bytes, bytes]:
        """The records `<length> <key>=<value>\\n` of a pax header. Of GNU's sparse pairs, which repeat, a map is made."""
        data = self._extension(header)
        records: dict[bytes, bytes] = {}
        pairs: list[bytes] = []
        position = 0
        while position < len(data):
            blank = data.find(b" ", position, position + 12)
            length = data[position:blank] if blank > 0 else b""
            end = position + int(length) if length.isdigit() else 0
            if end <= blank + 1 or end > len(data):
                if not data[position:].strip(b"\0"):
                    break
                raise UnreadableError(f"{self.stream.label}: broken tar: invalid record in an extended header")
            key, _, value = data[blank + 1 : end - 1].partition(b"=")
            if key in (b"GNU.sparse.offset", b"GNU.sparse.numbytes"):
                pairs.append(value)
            records[key] = value
            position = end
        if pairs:
            records[b"GNU.sparse.map"] = b",".join(pairs)
        return records

    # -- numbers -----------------------------------------------------------------------------------------------------

    def owner(self, spelt: bytes) -> tuple[int, int, int]:
        """Mode, uid and gid, from a header's fields."""
        found = self.owners.get(spelt)
        if found is None:
            mode, uid, gid = (_number(spelt, at, 8, self.stream) for at in (0, 8, 16))
            found = self.owners[spelt] = (mode & 0o7777, uid & 0xFFFFFFFF, gid & 0xFFFFFFFF)
            if len(self.owners) > 4096:
                self.owners.clear()
        return found

    def time(self, spelt: bytes) -> int:
        """Nanoseconds since 1970, from a header's field."""
        found = self.times.get(spelt)
        if found is None:
            if len(self.times) > 4096:
                self.times.clear()
            found = self.times[spelt] = _clamped(_number(spelt, 0, 12, self.stream, signed=True) * 1_000_000_000)
        return found

    def _decimal(self, text: bytes, what: str) -> int:
        if not text.isdigit() or len(text) > 19:
            raise UnreadableError(f"{self.stream.label}: broken tar: invalid {what} {text[:40]!r}")
        return int(text)

    # -- sparse files ------------------------------------------------------------------------------------------------

    def _sparse(
        self, header: bytes, records: Mapping[bytes, bytes], stored: int
    ) -> tuple[int, int, tuple[tuple[int, int], ...]]:
        """Size, remaining stored bytes, and pieces of a sparse file; reads the map before the content."""
        if header[156:157] == b"S":
            size, numbers = self._old_sparse(header)
        elif records.get(b"GNU.sparse.major") == b"1":
            size = self._decimal(records.get(b"GNU.sparse.realsize", b""), "sparse file size")
            numbers, taken = self._leading_map(stored)
            stored -= taken
        else:
            size = self._decimal(records.get(b"GNU.sparse.size", b""), "sparse file size")
            text = records.get(b"GNU.sparse.map", b"")
            numbers = [self._decimal(part, "sparse map") for part in text.split(b",")] if text else []
        pieces = tuple(zip(numbers[::2], numbers[1::2], strict=False))
        if len(pieces) > MAX_SPARSE or size > MAX_SIZE:
            raise UnreadableError(f"{self.stream.label}: broken tar: a sparse file of {len(pieces):,} pieces")
        end = 0
        for offset, length in pieces:
            if offset < end or offset + length > size:
                raise UnreadableError(f"{self.stream.label}: broken tar: a sparse file's pieces overlap")
            end = offset + length
        if sum(length for _, length in pieces) > stored:
            raise UnreadableError(f"{self.stream.label}: broken tar: a sparse file is shorter than its pieces")
        return size, stored, pieces

    def _old_sparse(self, header: bytes) -> tuple[int, list[int]]:
        """GNU's old form: four pieces in the header, more in the blocks after it."""
        size = _number(header, 483, 12, self.stream)
        numbers = self._pairs(header, 386, 4)
        more = header[482:483]
        while more not in (b"\0", b""):
            block = self.stream.take(BLOCK)
            if len(block) < BLOCK or len(numbers) > 2 * MAX_SPARSE:
                raise UnreadableError(f"{self.stream.label}: the layer's tar is truncated in a sparse file's map")
            numbers += self._pairs(block, 0, 21)
            more = block[504:505]
        return size, numbers

    def _pairs(self, block: bytes, start: int, count: int) -> list[int]:
        numbers: list[int] = []
        for at in range(start, start + 24 * count, 24):
            if not block[at : at + 24].strip(b"\0 "):
                break
            numbers += [_number(block, at, 12, self.stream), _number(block, at + 12, 12, self.stream)]
        return numbers

    def _leading_map(self, stored: int) -> tuple[list[int], int]:
        """The map of version 1.0 (lines of digits before the content, padded to a block), and its length."""
        numbers: list[int] = []
        wanted, rest, taken = 1, b"", 0
        while len(numbers) < wanted:
            block = self.stream.take(BLOCK)
            taken += BLOCK
            if len(block) < BLOCK or taken > stored:
                raise UnreadableError(f"{self.stream.label}: broken tar: invalid map of a sparse file")
            *lines, rest = (rest + block).split(b"\n")
            found = lines[: wanted - len(numbers)] if numbers else lines[:1]
            numbers += [self._decimal(line, "sparse map") for line in found]
            if len(numbers) == 1:
                wanted = 1 + 2 * min(numbers[0], MAX_SPARSE + 1)
                numbers += [self._decimal(line, "sparse map") for line in lines[1:wanted]]
            if len(numbers) < wanted and len(rest) > 32:
                raise UnreadableError(f"{self.stream.label}: broken tar: invalid map of a sparse file")
        return numbers[1:], taken


def _sum_fits(block: bytes) -> bool:
    """Whether a header's checksum is right: the sum of its bytes, with its own field as blanks."""
    field = block[148:156]
    try:
        wanted = int(field.strip(b" \0") or b"x", 8)
    except ValueError:
        return False
    found = (zlib.adler32(block) & 0xFFFF) - (zlib.adler32(field) & 0xFFFF) + 256
    return (found - wanted) % _MODULUS == 0


def _number(block: bytes, start: int, length: int, stream: LayerStream, signed: bool = False) -> int:
    """A header's number: octal digits, or base-256 if the first bit is set (GNU)."""
    field = block[start : start + length]
    if field and field[0] & 0x80:
        value = int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
        if field[0] & 0x40:
            value -= 1 << (8 * length - 1)
        if value < 0 and not signed:
            raise UnreadableError(f"{stream.label}: broken tar: a negative number")
        return value
    digits = field.split(b"\0", 1)[0].strip(b" ")
    try:
        return int(digits, 8) if digits else 0
    except ValueError:
        raise UnreadableError(f"{stream.label}: broken tar: {digits[:20]!r} is not a number") from None


def _device(header: bytes, start: int, stream: LayerStream) -> int:
    """Half of a device number; headers can contain larger ones than any system has."""
    return min(_number(header, start, 8, stream), _MOST_DEVICES)


def _nanoseconds(text: bytes, stream: LayerStream) -> int:
    """A pax time: decimal seconds with a fraction, exact to the nanosecond."""
    whole, _, part = text.partition(b".")
    negative = whole.startswith(b"-")
    digits = whole.removeprefix(b"-")
    if not (digits + part).isdigit() or len(digits) > 40:
        raise UnreadableError(f"{stream.label}: broken tar: invalid time {text[:40]!r}")
    value = int(digits or b"0") * 1_000_000_000 + int((part + b"0" * 9)[:9])
    return _clamped(-value if negative else value)


def _clamped(time: int) -> int:
    return max(-MAX_TIME, min(time, MAX_TIME))


def _kind(flag: bytes, name: bytes) -> bytes:
    # Pre-POSIX archives mark a directory only by its name.
    return FOLDER if flag in b"\x000" and name.endswith(b"/") else _KINDS[flag]


def _name(header: bytes) -> bytes:
    name = header[:100].split(b"\0", 1)[0]
    if header[345] and header[257:263] == b"ustar\0":
        return header[345:500].split(b"\0", 1)[0] + b"/" + name
    return name


def text(data: bytes) -> str:
    """A name as text, with invalid UTF-8 bytes as surrogates."""
    return data.decode("utf-8", "surrogateescape")
