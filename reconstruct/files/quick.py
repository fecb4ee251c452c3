"""A fast path for the commonest members: files and directories with a plain ustar header, at new paths, in known
directories. Anything else is left to `Members` and `Tree.add`, with which this must agree.

It exists because it takes half of their time (benchmarks/files.py); a property test checks that the two agree.
"""

from __future__ import annotations

import zlib

from reconstruct.files.members import BLOCK, FILE, FOLDER, Members
from reconstruct.files.tree import MAX_ROWS, Tree
from reconstruct.sources.layers import LayerStream

_FILE, _FOLDER = ord("0"), ord("5")
_MAGIC = (b"ustar\0", b"ustar ")
_ODD = ("", ".", "..")
_MODULUS = 65521
# Longer names are measured in bytes by the slow path.
_SHORT = 63
_MOST_MEMOS = 4096


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


class _Quick:
    def __init__(self, stream: LayerStream, tree: Tree, members: Members) -> None:
        self.stream = stream
        self.tree = tree
        self.members = members
        self.sizes: dict[bytes, int] = {}

    def run(self) -> None:
        """Reads members until one needs the slow path; the stream is then at its header."""
        members, tree, stream = self.members, self.tree, self.stream
        members.settle()
        if members.global_records or len(tree.kind) > MAX_ROWS - 100_000:
            return
        known, live, dead = tree._known, tree.live, tree.dead
        owners, times, sizes = members.owners, members.times, self.sizes
        names, parents, current = tree.names, tree.parents, tree.current
        add_name, add_parent, add_current = names.append, parents.append, current.append
        add_node, add_layer, add_kind = tree.node.append, tree.layer.append, tree.kind.append
        add_mode, add_uid, add_gid = tree.mode.append, tree.uid.append, tree.gid.append
        add_size, add_time, add_ordinal = tree.size.append, tree.mtime.append, tree.ordinal.append
        add_before, add_gone = tree.before.append, tree.gone.append
        adler = zlib.adler32
        layer, ordinal = tree.layers - 1, tree._ordinal
        node, row = len(names), len(tree.kind)
        file_kind, folder_kind = FILE[0], FOLDER[0]
        text = 0
        buffer, at = stream.window(BLOCK)
        end = len(buffer)
        while at + BLOCK <= end:
            block = buffer[at : at + BLOCK]
            flag = block[156]
            if (flag != _FILE and flag != _FOLDER) or block[345] or block[257:263] not in _MAGIC:
                break
            field = block[148:156]
            try:
                raw = block[:100].split(b"\0", 1)[0].decode()
                # Six digits, NUL, blank: every writer's notation of a checksum.
                wanted = int(field[:6], 8)
            except ValueError:
                break
            if ((adler(block) & 0xFFFF) - (adler(field) & 0xFFFF) + 256 - wanted) % _MODULUS:
                break
            spelt = raw[:-1] if flag == _FOLDER and raw[-1:] == "/" else raw
            head, _, name = spelt.rpartition("/")
            parent = known.get(head)
            if parent is None or name in _ODD or len(name) > _SHORT or name[:4] == ".wh.":
                break
            owner = owners.get(block[100:124])
            mtime = times.get(block[136:148])
            if owner is None or mtime is None:
                owner, mtime = members._owner(block), members._time(block)
            size = 0
            if flag == _FILE:
                found = sizes.get(block[124:136])
                if found is None:
                    found = self._size(block)
                    if found < 0:
                        break
                size = found
            inside = live.get(parent)
            if inside is None:
                inside = live[parent] = {}
            if name in inside or (parent in dead and name in dead[parent]):
                break
            inside[name] = node
            add_name(name)
            add_parent(parent)
            add_current(row)
            add_node(node)
            add_layer(layer)
            add_kind(file_kind if flag == _FILE else folder_kind)
            add_mode(owner[0])
            add_uid(owner[1])
            add_gid(owner[2])
            add_size(size)
            add_time(mtime)
            add_ordinal(ordinal)
            add_before(-1)
            add_gone(-1)
            text += len(name)
            node += 1
            row += 1
            ordinal += 1
            at += BLOCK + size + -size % BLOCK
            if at + BLOCK > end:
                missing = stream.move(at)
                tree._ordinal = ordinal
                tree._weigh(text)
                text = 0
                members.check_end(missing, -size % BLOCK)
                if row > MAX_ROWS - 100_000:
                    return
                buffer, at = stream.window(BLOCK)
                end = len(buffer)
        stream.move(at)
        members.first = members.first and ordinal == 0
        tree._ordinal = ordinal
        tree._weigh(text)

    def _size(self, block: bytes) -> int:
        """The size from a header's digits; -1 for any other notation. Sizes repeat and are cached."""
        digits = block[124:136].split(b"\0", 1)[0].strip(b" ")
        if not digits.isdigit():
            return -1
        try:
            size = int(digits, 8)
        except ValueError:
            return -1
        if len(self.sizes) > _MOST_MEMOS:
            self.sizes.clear()
        self.sizes[block[124:136]] = size
        return size
