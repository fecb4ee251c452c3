"""A fast path for the commonest members: files, directories and symbolic links with a plain ustar header, at new paths, in
known directories. Anything else is left to `Members` and `Tree.add`, with which this must agree.

Headers are cut up one by one, as each says where the next one is. What they hold is decoded, checked and stored by the
column, for hundreds of members at a time: a built-in function that goes over a list takes a fraction of the time of the same
work member by member (benchmarks/files.py). A property test checks that both ways agree.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterator, Sequence
from itertools import compress, repeat
from operator import ne
from struct import Struct

from reconstruct.errors import UnreadableError
from reconstruct.files.members import BLOCK, FILE, FOLDER, SYMLINK, Members, text
from reconstruct.files.tree import MAX_ROWS, Tree
from reconstruct.named import NamedTuple
from reconstruct.sources.layers import LayerStream
from reconstruct.typed import Any

# Name; mode, uid and gid; size; time; checksum; type; the rest.
_FIELDS = Struct("100s24s12s12s8s1s355s")
_KINDS = {b"0": FILE, b"5": FOLDER, b"2": SYMLINK}
_IS_FOLDER = bytes(flag == ord("5") for flag in range(256))
_IS_EMPTY = bytes(flag in b"25" for flag in range(256))
_AS_KINDS = bytes.maketrans(b"".join(_KINDS), b"".join(_KINDS.values()))
_FOLDER, _LINK = FOLDER[0], SYMLINK[0]
_MAGIC = (b"ustar\0", b"ustar ")
_ODD = frozenset(("", ".", ".."))
_MODULUS = 65521
# Longer names are measured in bytes by the slow path.
_SHORT = 63
_MOST_MEMOS = 4096
_MOST_SIZES = 1 << 15
# Members taken at once.
_MOST = 1024
# Bytes that are looked at for members at once: few after one that isn't plain, which may have others behind it.
_NEAR, _FAR = 4 << 10, 1 << 20
# Farther than any member reaches.
_BEYOND = 1 << 62


def scan(stream: LayerStream, tree: Tree) -> None:
    """Reads all members of a layer into the tree."""
    members = Members(stream)
    reader = _Quick(stream, tree, members)
    while True:
        reader.run()
        member = members.next()
        if member is None:
            return
        tree.add(member)


class _Steps(dict[bytes, int]):
    """Bytes from a file's header to the next one, by the notation of its size; _BEYOND for any notation but octal digits.
    `sizes` has the sizes themselves."""

    def __init__(self) -> None:
        self.sizes: dict[bytes, int] = {}

    def __missing__(self, field: bytes) -> int:
        digits = field.split(b"\0", 1)[0].strip(b" ")
        try:
            size = int(digits, 8) if digits.isdigit() else -1
        except ValueError:
            size = -1
        self.sizes[field] = size
        step = self[field] = BLOCK + size + -size % BLOCK if size >= 0 else _BEYOND
        return step

    def trim(self) -> None:
        """Forgets the notations if there are many, between the batches that need them."""
        if len(self) > _MOST_SIZES:
            self.clear()
            self.sizes.clear()


class _Rest(NamedTuple):
    """The part of a header behind its type: the target of a link, and the sum of the bytes."""

    link: str
    sum: int


class _Checks(dict[bytes, int]):
    """Checksums by their notation: six digits, NUL, blank, as every writer has it. ValueError for any other."""

    def __missing__(self, field: bytes) -> int:
        if len(self) > _MOST_MEMOS:
            self.clear()
        if field[6:] != b"\0 ":
            raise ValueError(field)
        value = self[field] = int(field[:6], 8)
        return value


class _Headers(NamedTuple):
    """Headers by the column, as they are."""

    names: list[bytes]
    owners: list[bytes]
    sizes: list[bytes]
    times: list[bytes]
    checks: list[bytes]
    flags: list[bytes]
    rests: list[bytes]


class _Batch(NamedTuple):
    """Members by the column: directory and name of each, and the values of its row. `links` are only those of links."""

    headers: _Headers
    paths: Sequence[str]
    heads: Sequence[str]
    leaves: Sequence[str]
    kinds: bytes
    links: dict[int, str]
    owners: Sequence[tuple[int, int, int]]
    sizes: Sequence[int]
    times: Sequence[int]
    plain: bool


class _Quick:
    def __init__(self, stream: LayerStream, tree: Tree, members: Members) -> None:
        self.stream = stream
        self.tree = tree
        self.members = members
        self.steps = _Steps()
        self.rests: dict[bytes, _Rest | None] = {}
        self.checks = _Checks()
        self.reach = _NEAR

    def run(self) -> None:
        """Reads members until one needs more than its header; the stream is then at that."""
        self.members.settle()
        while not self.members.global_records and len(self.tree.kind) < MAX_ROWS - 100_000:
            headers = _Headers([], [], [], [], [], [], [])
            error = self._gather(headers)
            if headers.names:
                self._add(headers)
            if error is not None:
                raise error
            if not headers.names:
                return

    # -- headers -----------------------------------------------------------------------------------------------------

    def _gather(self, headers: _Headers) -> UnreadableError | None:
        """The headers of the next members; returns the error if the last one's content is cut off."""
        self.steps.trim()
        while len(headers.names) < _MOST:
            buffer, at = self.stream.window(BLOCK)
            places, end = self._places(buffer, at)
            count = self._cut(buffer, places, headers) if places else 0
            if count < len(places) or not count:
                self.reach = _NEAR
                self.stream.move(places[count] if places else at)
                break
            self.reach = min(2 * self.reach, _FAR)
            try:
                self.members.check_end(self.stream.move(end), -self.steps.sizes[headers.sizes[-1]] % BLOCK)
            except UnreadableError as error:
                return error
        return None

    def _places(self, buffer: bytes, at: int) -> tuple[list[int], int]:
        """The positions of the headers in the buffer, if every member has as much content as it says; and that of what follows."""
        places: list[int] = []
        add, steps = places.append, self.steps
        last = min(len(buffer) - BLOCK, at + self.reach)
        while at <= last:
            add(at)
            at += steps[buffer[at + 124 : at + 136]]
        return (places, at) if at < _BEYOND else (places, places.pop())

    def _cut(self, buffer: bytes, places: Sequence[int], headers: _Headers) -> int:
        """Adds the headers at these places, up to the first that may need more; returns their number."""
        columns = list(zip(*map(_FIELDS.unpack_from, repeat(buffer), places), strict=True))
        count = self._plain(columns[0], columns[2], columns[5])
        for column, more in zip(headers, columns, strict=True):
            column += more if count == len(more) else more[:count]
        return count

    def _plain(self, names: Sequence[bytes], sizes: Sequence[bytes], flags: Sequence[bytes]) -> int:
        """The number of members, from the first on, whose content is as long as they say."""
        kinds = b"".join(flags)
        joined = b"".join(names)
        folders = b"".join(compress(names, kinds.translate(_IS_FOLDER)))
        empty = set(compress(sizes, kinds.translate(_IS_EMPTY)))
        if (
            not kinds.translate(None, b"".join(_KINDS))
            and not joined[99::100].strip(b"\0")
            # A slash at the end of a file's name makes it a directory, which has no content.
            and joined.count(b"/\0") == folders.count(b"/\0")
            and all(self.steps[size] == BLOCK for size in empty)
        ):
            return len(names)
        plain = map(self._is_plain, names, sizes, flags)
        return next((at for at, each in enumerate(plain) if not each), len(names))

    def _is_plain(self, name: bytes, size: bytes, flag: bytes) -> bool:
        if self.steps[size] == BLOCK:
            return flag in _KINDS
        return flag == b"0" and b"/\0" not in name and not name[99]

    def _rest(self, flag: bytes, field: bytes) -> _Rest | None:
        """What the rest of a header says; None if it is not plain."""
        found = self.rests.get(flag + field)
        if found is None and field[100:106] in _MAGIC and not field[188]:
            link = text(field[:100].split(b"\0", 1)[0]) if flag == b"2" else ""
            if len(self.rests) > _MOST_MEMOS:
                self.rests.clear()
            found = self.rests[flag + field] = _Rest(link, _sum(flag + field))
        return found

    # -- columns -----------------------------------------------------------------------------------------------------

    def _add(self, headers: _Headers) -> None:
        """Adds members: by the column where all of a directory's are plain and new, else one by one."""
        batch = self._batch(headers)
        if batch is None:
            self._add_slowly(headers, 0, len(headers.names))
            return
        done = start = 0
        for end in _ends(batch.heads):
            if not self._place(batch, start, end, len(self.tree.names) + start - done):
                self._add_rows(batch, done, start)
                self._add_slowly(headers, start, end)
                done = end
            start = end
        self._add_rows(batch, done, start)

    def _add_slowly(self, headers: _Headers, start: int, end: int) -> None:
        for fields in zip(*(column[start:end] for column in headers), strict=True):
            self.tree.add(self.members.plain(b"".join(fields)))

    def _batch(self, headers: _Headers) -> _Batch | None:
        """The members by the column; None if something about one of them isn't plain."""
        kinds = b"".join(headers.flags).translate(_AS_KINDS)
        paths = _paths(headers.names, kinds)
        links = self._links(headers)
        if paths is None or links is None:
            return None
        try:
            told = {spelt: self.members.owner(spelt) for spelt in set(headers.owners)}
            moments = {spelt: self.members.time(spelt) for spelt in set(headers.times)}
        except UnreadableError:
            return None
        self.members.first = False
        heads, _, leaves = zip(*map(str.rpartition, paths, repeat("/")), strict=True)
        return _Batch(
            headers, paths, heads, leaves, kinds, links, list(map(told.__getitem__, headers.owners)),
            list(map(self.steps.sizes.__getitem__, headers.sizes)),
            list(map(moments.__getitem__, headers.times)), _are_plain(leaves),
        )  # fmt: skip

    def _links(self, headers: _Headers) -> dict[int, str] | None:
        """The targets of links by their places; None if the headers aren't plain, or their checksums are wrong."""
        links: dict[int, str] = {}
        total = start = 0
        # Rests repeat, but for those of links.
        for end in _ends(headers.rests):
            flags = headers.flags[start:end]
            for flag in set(flags):
                rest = self._rest(flag, headers.rests[start])
                if rest is None:
                    return None
                total += rest.sum * flags.count(flag)
                if rest.link:
                    links.update((at, rest.link) for at in range(start, end) if headers.flags[at] == flag)
            start = end
        for column in (headers.names, headers.owners, headers.sizes, headers.times):
            total += _sum(b"".join(column))
        try:
            wanted = sum(map(self.checks.__getitem__, headers.checks))
        except ValueError:
            return None
        # A checksum counts its own field as eight blanks.
        return links if (total + 256 * len(headers.checks) - wanted) % _MODULUS == 0 else None

    def _place(self, batch: _Batch, start: int, end: int, node: int) -> bool:
        """Adds the paths from `start` to `end`, all of one directory, as nodes from `node` on; False if one is odd or not new."""
        tree, names = self.tree, batch.leaves[start:end]
        parent = tree.known.get(batch.heads[start])
        if parent is None or not (batch.plain or _are_plain(names)) or not self._show(parent, names, node):
            return False
        tree.parents.extend(array("i", [parent]) * len(names))
        at = batch.kinds.find(_FOLDER, start, end)
        while at >= 0:
            tree.known[batch.paths[at]] = node + at - start
            at = batch.kinds.find(_FOLDER, at + 1, end)
        return True

    def _show(self, parent: int, names: Sequence[str], node: int) -> bool:
        """Adds names to a directory, as nodes from `node` on; does nothing and returns False if one isn't new there."""
        inside = self.tree.live.setdefault(parent, {})
        gone = self.tree.dead.get(parent)
        if (gone and not gone.keys().isdisjoint(names)) or (inside and not inside.keys().isdisjoint(names)):
            return False
        count = len(inside) + len(names)
        inside.update(zip(names, range(node, node + len(names)), strict=True))
        if len(inside) == count:
            return True
        for name in names:
            inside.pop(name, None)
        return False

    def _add_rows(self, batch: _Batch, start: int, end: int) -> None:
        """The names and rows of the members from `start` to `end`, whose paths are in place."""
        tree, count = self.tree, end - start
        if not count:
            return
        row, node, ordinal = len(tree.kind), len(tree.names), tree.ordinals
        names, kinds = batch.leaves[start:end], batch.kinds[start:end]
        modes, uids, gids = zip(*batch.owners[start:end], strict=True)
        none = array("i", [-1]) * count
        tree.names.extend(names)
        tree.weigh(sum(map(len, names)))
        tree.current.extend(range(row, row + count))
        tree.node.extend(range(node, node + count))
        tree.layer.extend(array("H", [tree.layers - 1]) * count)
        tree.kind += kinds
        tree.mode.extend(modes)
        tree.uid.extend(uids)
        tree.gid.extend(gids)
        tree.size.extend(batch.sizes[start:end])
        tree.mtime.extend(batch.times[start:end])
        tree.ordinal.extend(range(ordinal, ordinal + count))
        tree.before.extend(none)
        tree.gone.extend(none)
        tree.ordinals += count
        at = kinds.find(_LINK)
        while at >= 0:
            if link := batch.links.get(start + at):
                tree.link[row + at] = link
                tree.weigh(len(link))
            at = kinds.find(_LINK, at + 1)


def _sum(data: bytes) -> int:
    """The sum of the bytes, modulo adler32's modulus: its lower half is that plus 1."""
    return (zlib.adler32(data) & 0xFFFF) - 1


def _paths(names: Sequence[bytes], kinds: bytes) -> list[str] | None:
    """The names without padding, those of directories without the slash at the end; None if one is not plain."""
    stripped = list(map(bytes.rstrip, names, repeat(b"\0")))
    joined = b"\n".join(stripped)
    if b"\0" in joined or joined.count(b"\n") != len(names) - 1:
        return None
    joined += b"\n"
    slashes = joined.count(b"/\n")
    if slashes:
        folders = compress(stripped, map(_FOLDER.__eq__, kinds))
        if slashes != kinds.count(_FOLDER) or not all(map(bytes.endswith, folders, repeat(b"/"))):
            return None
        joined = joined.replace(b"/\n", b"\n")
    try:
        return joined[:-1].decode().split("\n")
    except UnicodeDecodeError:
        return None


def _are_plain(names: Sequence[str]) -> bool:
    """Whether these are names of files: short, none that leads elsewhere, no whiteout."""
    return _ODD.isdisjoint(names) and max(map(len, names)) <= _SHORT and "\n.wh." not in "\n" + "\n".join(names)


def _ends(heads: Sequence[Any]) -> Iterator[int]:
    """The ends of the runs of equal strings."""
    yield from compress(range(1, len(heads)), map(ne, heads, heads[1:]))
    yield len(heads)
