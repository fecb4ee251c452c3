"""A fast path for the commonest members: files, directories and symbolic links with a plain ustar header, at new paths, in
known directories. Anything else is left to `Members` and `Tree.add`, with which this must agree.

Headers are cut up one by one, as each says where the next one is. What they hold is decoded, checked and stored by the
column, for hundreds of members at a time: a built-in function that goes over a list takes a fraction of the time of the same
work member by member (benchmarks/files.py). A property test checks that both ways agree.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
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
# Members taken at once; the fewest after some that were not plain.
_FEWEST, _MOST = 8, 1024
# Members left to the slow path if the first of them is not plain.
_MOST_SLOW = 64


def scan(stream: LayerStream, tree: Tree) -> None:
    """Reads all members of a layer into the tree."""
    members = Members(stream)
    reader = _Quick(stream, tree, members)
    slow = 1
    while True:
        slow = 1 if reader.run() else min(2 * slow, _MOST_SLOW)
        for _ in range(slow):
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


class _Quick:
    def __init__(self, stream: LayerStream, tree: Tree, members: Members) -> None:
        self.stream = stream
        self.tree = tree
        self.members = members
        self.limit = _MOST
        self.sizes: dict[bytes, int] = {}
        self.rests: dict[bytes, _Rest | None] = {}
        self.checks = _Checks()

    def run(self) -> int:
        """Reads members until one needs the slow path; the stream is then at its header. Returns the number read."""
        self.members.settle()
        taken = 0
        while not self.members.global_records and len(self.tree.kind) < MAX_ROWS - 100_000:
            headers, rests, sizes, length = self._headers()
            count = self._take(headers, rests, sizes) if headers else 0
            taken += count
            if count:
                if count < len(headers):
                    length = BLOCK * count + sum([size + -size % BLOCK for size in sizes[:count]])
                self.members.check_end(self.stream.skip(length), -sizes[count - 1] % BLOCK)
                self.members.first = False
            self.limit = min(2 * self.limit, _MOST) if count == len(headers) else max(2 * count, _FEWEST)
            if count < len(headers) or not headers:
                break
        return taken

    def _headers(self) -> tuple[list[Fields], list[_Rest], list[int], int]:
        """The headers of the next members that may be plain, as far as the buffer reaches; their sizes; the length of all."""
        buffer, at = self.stream.window(BLOCK)
        start = at
        headers: list[Fields] = []
        rests: list[_Rest] = []
        sizes: list[int] = []
        add, add_rest, add_size, cut = headers.append, rests.append, sizes.append, _FIELDS.unpack_from
        known, known_sizes = self.rests, self.sizes
        last, last_rest, rest = len(buffer) - BLOCK, b"", None
        limit = self.limit
        while at <= last and limit:
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
                at += size + -size % BLOCK
            at += BLOCK
            add(fields)
            add_rest(rest)
            add_size(size)
            limit -= 1
        return headers, rests, sizes, at - start

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

    def _take(self, headers: Sequence[Fields], rests: Sequence[_Rest], sizes: Sequence[int]) -> int:
        """Adds as many of the members, from the first on, as are plain and new; returns their number."""
        names, owners, written, times, checks, _ = zip(*headers, strict=True)
        kinds = bytes([rest.kind for rest in rests])
        paths = _paths(names, kinds)
        if paths is None or not self._sums_fit(b"".join(chain(names, owners, written, times)), checks, rests):
            # One of them is not plain: which one, the slow path tells.
            return 0
        try:
            told = {spelt: self.members.owner(spelt) for spelt in set(owners)}
            moments = {spelt: self.members.time(spelt) for spelt in set(times)}
        except UnreadableError:
            return 0
        count = self._place(paths, kinds)
        if count:
            self._add_links(rests[:count], kinds[:count])
            modes, uids, gids = zip(*map(told.__getitem__, owners[:count]), strict=True)
            self._add_rows(kinds[:count], sizes[:count], map(moments.__getitem__, times[:count]))
            self.tree.mode.extend(modes)
            self.tree.uid.extend(uids)
            self.tree.gid.extend(gids)
        return count

    def _sums_fit(self, data: bytes, checks: Sequence[bytes], rests: Sequence[_Rest]) -> bool:
        """Whether the checksums of all headers together are right; `data` is what they hold but for checksums and rests."""
        try:
            wanted = sum(map(self.checks.__getitem__, checks))
        except ValueError:
            return False
        # A checksum counts its own field as eight blanks.
        return (_sum(data) + sum([rest.sum for rest in rests]) + 256 * len(checks) - wanted) % _MODULUS == 0

    def _place(self, paths: Sequence[str], kinds: bytes) -> int:
        """Adds the paths to the tree, directory by directory, until one is odd or not new; returns their number."""
        tree = self.tree
        heads, _, leaves = zip(*map(str.rpartition, paths, repeat("/")), strict=True)
        plain = _are_plain(leaves)
        node, start = len(tree.names), 0
        for end in _ends(heads):
            names = leaves[start:end]
            parent = tree.known.get(heads[start])
            if parent is None or not (plain or _are_plain(names)) or not self._show(parent, names, node):
                break
            tree.parents.extend(array("i", [parent]) * len(names))
            at = kinds.find(_FOLDER, start, end)
            while at >= 0:
                tree.known[paths[at]] = node + at - start
                at = kinds.find(_FOLDER, at + 1, end)
            node += len(names)
            start = end
        tree.names.extend(leaves[:start])
        tree.weigh(sum(map(len, leaves[:start])))
        return start

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

    def _add_links(self, rests: Sequence[_Rest], kinds: bytes) -> None:
        row, at = len(self.tree.kind), kinds.find(_LINK)
        while at >= 0:
            if link := rests[at].link:
                self.tree.link[row + at] = link
                self.tree.weigh(len(link))
            at = kinds.find(_LINK, at + 1)

    def _add_rows(self, kinds: bytes, sizes: Sequence[int], times: Iterable[int]) -> None:
        """Rows for the newest nodes, all but their modes and owners."""
        tree, count = self.tree, len(kinds)
        row, nodes, ordinal = len(tree.kind), len(tree.names), tree.ordinals
        none = array("i", [-1]) * count
        tree.current.extend(range(row, row + count))
        tree.node.extend(range(nodes - count, nodes))
        tree.layer.extend(array("H", [tree.layers - 1]) * count)
        tree.kind += kinds
        tree.size.extend(sizes)
        tree.mtime.extend(times)
        tree.ordinal.extend(range(ordinal, ordinal + count))
        tree.before.extend(none)
        tree.gone.extend(none)
        tree.ordinals += count


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
