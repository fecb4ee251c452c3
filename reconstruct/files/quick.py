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
from itertools import chain, compress, repeat
from operator import ne
from struct import Struct
from typing import NamedTuple

from reconstruct.errors import UnreadableError
from reconstruct.files.members import BLOCK, FILE, FOLDER, SYMLINK, Members, text
from reconstruct.files.tree import MAX_ROWS, Tree
from reconstruct.sources.layers import LayerStream

# Name; mode, uid and gid; size; time; checksum; the rest, from the type on.
_FIELDS = Struct("100s24s12s12s8s356s")
Fields = tuple[bytes, bytes, bytes, bytes, bytes, bytes]
_FILE, _FOLDER, _LINK = FILE[0], FOLDER[0], SYMLINK[0]
_KINDS = {b"0": _FILE, b"5": _FOLDER, b"2": _LINK}
_MAGIC = (b"ustar\0", b"ustar ")
_ODD = frozenset(("", ".", ".."))
_MODULUS = 65521
# Longer names are measured in bytes by the slow path.
_SHORT = 63
_MOST_MEMOS = 4096
# Members taken at once.
_MOST = 1024


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


class _Rest(NamedTuple):
    """The part of a header from its type on: the kind of member, the target of a link, and the sum of the bytes."""

    kind: int
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


class _Batch(NamedTuple):
    """Members by the column: directory and name of each, and the values of its row."""

    headers: Sequence[Fields]
    paths: Sequence[str]
    heads: Sequence[str]
    leaves: Sequence[str]
    kinds: bytes
    links: Sequence[str]
    owners: Sequence[tuple[int, int, int]]
    sizes: Sequence[int]
    times: Sequence[int]
    plain: bool


class _Quick:
    def __init__(self, stream: LayerStream, tree: Tree, members: Members) -> None:
        self.stream = stream
        self.tree = tree
        self.members = members
        self.sizes: dict[bytes, int] = {}
        self.rests: dict[bytes, _Rest | None] = {}
        self.checks = _Checks()

    def run(self) -> None:
        """Reads members until one needs more than its header; the stream is then at that."""
        self.members.settle()
        while not self.members.global_records and len(self.tree.kind) < MAX_ROWS - 100_000:
            headers: list[Fields] = []
            rests: list[_Rest] = []
            sizes: list[int] = []
            error = self._gather(headers, rests, sizes)
            if headers:
                self._add(headers, rests, sizes)
            if error is not None:
                raise error
            if not headers:
                return

    def _gather(self, headers: list[Fields], rests: list[_Rest], sizes: list[int]) -> UnreadableError | None:
        """The headers of the next members; returns the error if the last one's content is cut off."""
        while len(headers) < _MOST:
            buffer, at = self.stream.window(BLOCK)
            end = self._cut(buffer, at, headers, rests, sizes)
            if end == at:
                break
            try:
                self.members.check_end(self.stream.move(end), -sizes[-1] % BLOCK)
            except UnreadableError as error:
                return error
        return None

    def _cut(self, buffer: bytes, at: int, headers: list[Fields], rests: list[_Rest], sizes: list[int]) -> int:
        """Cuts up the headers in the buffer, until it ends or one may need more; returns the position of what follows."""
        add, add_rest, add_size, cut = headers.append, rests.append, sizes.append, _FIELDS.unpack_from
        known, known_sizes = self.rests, self.sizes
        last, last_rest, rest = len(buffer) - BLOCK, b"", None
        while at <= last:
            fields: Fields = cut(buffer, at)
            if fields[5] != last_rest:
                last_rest = fields[5]
                rest = known[last_rest] if last_rest in known else self._rest(last_rest)
            if rest is None:
                break
            size = 0
            if rest.kind == _FILE:
                size = known_sizes.get(fields[2], -1)
                if size < 0:
                    size = self._size(fields[2])
                    if size < 0:
                        break
                # A slash at the end of the name makes it a directory, which has no content.
                if size and (b"/\0" in fields[0] or fields[0][99]):
                    break
                at += size + -size % BLOCK
            at += BLOCK
            add(fields)
            add_rest(rest)
            add_size(size)
        return at

    def _rest(self, field: bytes) -> _Rest | None:
        """What the rest of a header says; None if it is not plain, or no header."""
        kind = _KINDS.get(field[:1])
        rest = None
        if kind is not None and field[101:107] in _MAGIC and not field[189]:
            link = text(field[1:101].split(b"\0", 1)[0]) if field[:1] == b"2" else ""
            rest = _Rest(kind, link, _sum(field))
        if len(self.rests) > _MOST_MEMOS:
            self.rests.clear()
        self.rests[field] = rest
        return rest

    def _size(self, field: bytes) -> int:
        """The size from its digits; -1 for any other notation. Sizes repeat and are kept."""
        digits = field.split(b"\0", 1)[0].strip(b" ")
        try:
            size = int(digits, 8) if digits.isdigit() else -1
        except ValueError:
            return -1
        if len(self.sizes) > _MOST_MEMOS:
            self.sizes.clear()
        self.sizes[field] = size
        return size

    # -- columns -----------------------------------------------------------------------------------------------------

    def _add(self, headers: Sequence[Fields], rests: Sequence[_Rest], sizes: Sequence[int]) -> None:
        """Adds members: by the column where all of a directory's are plain and new, else one by one."""
        batch = self._batch(headers, rests, sizes)
        if batch is None:
            self._add_slowly(headers)
            return
        done = start = 0
        for end in _ends(batch.heads):
            if not self._place(batch, start, end, len(self.tree.names) + start - done):
                self._add_rows(batch, done, start)
                self._add_slowly(headers[start:end])
                done = end
            start = end
        self._add_rows(batch, done, start)

    def _add_slowly(self, headers: Sequence[Fields]) -> None:
        for fields in headers:
            self.tree.add(self.members.plain(b"".join(fields)))

    def _batch(self, headers: Sequence[Fields], rests: Sequence[_Rest], sizes: Sequence[int]) -> _Batch | None:
        """The members by the column; None if something about one of them isn't plain."""
        names, owners, written, times, checks, _ = zip(*headers, strict=True)
        kinds = bytes([rest.kind for rest in rests])
        paths = _paths(names, kinds)
        if paths is None or not self._sums_fit(b"".join(chain(names, owners, written, times)), checks, rests):
            return None
        try:
            told = {spelt: self.members.owner(spelt) for spelt in set(owners)}
            moments = {spelt: self.members.time(spelt) for spelt in set(times)}
        except UnreadableError:
            return None
        self.members.first = False
        heads, _, leaves = zip(*map(str.rpartition, paths, repeat("/")), strict=True)
        return _Batch(
            headers, paths, heads, leaves, kinds, [rest.link for rest in rests], list(map(told.__getitem__, owners)),
            sizes, list(map(moments.__getitem__, times)), _are_plain(leaves),
        )  # fmt: skip

    def _sums_fit(self, data: bytes, checks: Sequence[bytes], rests: Sequence[_Rest]) -> bool:
        """Whether the checksums of all headers together are right; `data` is what they hold but for checksums and rests."""
        try:
            wanted = sum(map(self.checks.__getitem__, checks))
        except ValueError:
            return False
        # A checksum counts its own field as eight blanks.
        return (_sum(data) + sum([rest.sum for rest in rests]) + 256 * len(checks) - wanted) % _MODULUS == 0

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
            if link := batch.links[start + at]:
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
    return (
        _ODD.isdisjoint(names)
        and max(map(len, names)) <= _SHORT
        and not any(map(str.startswith, names, repeat(".wh.")))
    )


def _ends(heads: Sequence[str]) -> Iterator[int]:
    """The ends of the runs of equal strings."""
    yield from compress(range(1, len(heads)), map(ne, heads, heads[1:]))
    yield len(heads)
