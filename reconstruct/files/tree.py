"""The file system that results from the layers, and each layer's changes: one row per member, in columns.

Whiteouts follow the OCI image spec (layer.md): `.wh.NAME` removes what lower layers put there, `.wh..wh..opq` everything
that they put into a directory. Memory is about 200 bytes per member: rows are columns of arrays, paths a tree of names.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping

from reconstruct.errors import UnreadableError
from reconstruct.files.members import FILE, FOLDER, LINK, SYMLINK, Member
from reconstruct.named import NamedTuple

REMOVED, OPAQUE = b"w", b"o"
_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"
_HOPS = 40
ROOT = 0
# Limits on the rows of all layers, at ten times those of large images, and on the bytes of names, links and attributes.
MAX_ROWS = 5_000_000
MAX_TEXT = 512 << 20
# Linux limits on names, and on links and paths in system calls (limits.h).
MAX_NAME, MAX_PATH = 255, 4096
# The number of odd names kept for the notes.
_MOST_ODD = 100


class Entry(NamedTuple):
    """One row, for callers. `path` is absolute; `layer` counts from 0; `ordinal` is the member's position in the layer's
    tar, -1 for a directory without a member. `before` is the row of the same path below, -1 if there was none; `gone`
    is the layer that replaced or removed it, -1 if it exists to the end.
    """

    row: int
    path: str
    kind: bytes
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    link: str
    xattrs: Mapping[str, bytes]
    device: tuple[int, int]
    layer: int
    ordinal: int
    before: int
    gone: int


class Tree:
    """The tree, built member by member with `add`, layer by layer with `begin`."""

    def __init__(self) -> None:
        # Nodes: one per path.
        self.names: list[str] = ["/"]
        self.parents = array("i", [-1])
        self.current = array("i", [-1])
        self.live: dict[int, dict[str, int]] = {ROOT: {}}
        self.dead: dict[int, dict[str, int]] = {}
        # Rows: one per member.
        self.node = array("i")
        self.layer = array("H")
        self.kind = bytearray()
        self.mode = array("H")
        self.uid = array("I")
        self.gid = array("I")
        self.size = array("q")
        self.mtime = array("q")
        self.ordinal = array("i")
        self.before = array("i")
        self.gone = array("i")
        self.link: dict[int, str] = {}
        self.target: dict[int, int] = {}
        self.xattrs: dict[int, Mapping[str, bytes]] = {}
        self.device: dict[int, tuple[int, int]] = {}
        self.sparse: set[int] = set()
        self.removed: dict[int, tuple[int, int]] = {}
        self.starts: list[int] = []
        self.odd: list[tuple[int, str]] = []
        self.odd_count = 0
        # Directories by the ways in which members spell them, until one is removed or replaced.
        self.known: dict[str, int] = {}
        self._cleared: set[int] = set()
        self.ordinals = 0
        self._text = 0
        self._last_parent, self._last_path = -1, ""

    # -- growing -----------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The next layer."""
        self.starts.append(len(self.kind))
        self._cleared.clear()
        self.ordinals = 0

    @property
    def layers(self) -> int:
        """The number of layers begun."""
        return len(self.starts)

    def add(self, member: Member) -> int | None:
        """Adds the layer's next member; returns its row, None if its name isn't inside the file system."""
        ordinal = self.ordinals
        self.ordinals += 1
        parent, name = self._place(member.name)
        if parent is None or len(member.link) > MAX_PATH:
            self._refuse(member.name)
            return None
        if name.startswith(_WHITEOUT):
            return self._whiteout(parent, name, ordinal)
        node = ROOT if name == "" else self._node(parent, name)
        row = self._row(node, member, ordinal)
        if member.kind == LINK:
            self.target[row] = self._link_target(member.link)
        self._replace(node, row, member.kind)
        if member.kind == FOLDER and member.name.endswith(name + "/") and node != ROOT:
            self.known[member.name[:-1]] = node
        return row

    def _refuse(self, name: str) -> None:
        """Keeps the name of a member that is left out, for the notes."""
        self.odd_count += 1
        if len(self.odd) < _MOST_ODD:
            self.odd.append((self.layers - 1, name[:200]))

    def _place(self, raw: str) -> tuple[int | None, str]:
        """The node of the directory, and the name in it ('' is the root itself). None if the name leads out."""
        head, _, name = raw.removesuffix("/").rpartition("/")
        if (len(name) > MAX_NAME // 4 and _size(name) > MAX_NAME) or len(raw) > MAX_PATH or "\0" in raw:
            return None, ""
        if name not in ("", ".", ".."):
            parent = self.known.get(head)
            if parent is not None:
                return parent, name
        parts: list[str] = []
        for part in raw.split("/"):
            if part == "..":
                if not parts:
                    return None, ""
                parts.pop()
            elif part not in ("", "."):
                parts.append(part)
        if any(_size(part) > MAX_NAME for part in parts):
            return None, ""
        if not parts:
            return ROOT, ""
        parent = self._folder(parts[:-1], 0)
        if parent is not None and name not in ("", ".", ".."):
            self.known[head] = parent
        return parent, parts[-1]

    def _folder(self, parts: list[str], hops: int) -> int | None:
        """The node of a directory, created if missing. Links on the way are followed inside the root, as engines do."""
        node = ROOT
        for position, part in enumerate(parts):
            inner = self.live.get(node, {}).get(part)
            if inner is None:
                if part.startswith(_WHITEOUT):
                    return None
                inner = self._implicit(node, part)
            kind = self._kind(inner)
            if kind == SYMLINK:
                if hops >= _HOPS:
                    return None
                return self._through(node, inner, parts[position + 1 :], hops)
            if kind != FOLDER:
                return None
            node = inner
        return node

    def _through(self, folder: int, link: int, rest: list[str], hops: int) -> int | None:
        target = self.link.get(self.current[link], "")
        parts = [] if target.startswith("/") else self._parts(folder)
        for part in target.split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        if len(parts) + len(rest) > MAX_PATH:
            return None
        return self._folder(parts + rest, hops + 1)

    def _kind(self, node: int) -> bytes:
        row = self.current[node]
        return FOLDER if row < 0 else bytes((self.kind[row],))

    def _node(self, parent: int, name: str) -> int:
        """The node of a path, the same for the whole image; the path may not exist at present."""
        found = self.live.get(parent, {}).get(name)
        if found is None:
            found = self.dead.get(parent, {}).get(name)
        if found is None:
            found = len(self.names)
            if found > MAX_ROWS:
                raise UnreadableError(f"more than {MAX_ROWS:,} paths in the layers")
            self.weigh(len(name))
            self.names.append(name)
            self.parents.append(parent)
            self.current.append(-1)
        return found

    def weigh(self, text: int) -> None:
        """Counts the characters of names, links and attributes. UnreadableError if there are too many."""
        self._text += text
        if self._text > MAX_TEXT:
            raise UnreadableError(f"more than {MAX_TEXT >> 20} MB of names and attributes in the layers")

    def _show(self, node: int) -> None:
        """Marks the node as existing."""
        parent, name = self.parents[node], self.names[node]
        self.live.setdefault(parent, {})[name] = node
        gone = self.dead.get(parent)
        if gone is not None:
            gone.pop(name, None)

    def _implicit(self, parent: int, name: str) -> int:
        """A directory without a member of its own: engines create it, owned by root and readable."""
        node = self._node(parent, name)
        row = self._row(node, Member("", FOLDER, 0o755, 0, 0, 0, 0), -1)
        self._show(node)
        self.current[node] = row
        return node

    def _row(self, node: int, member: Member, ordinal: int) -> int:
        row = len(self.kind)
        if row > MAX_ROWS:
            raise UnreadableError(f"more than {MAX_ROWS:,} members in the layers")
        _, kind, mode, uid, gid, size, mtime, link, xattrs, device, _, sparse = member
        self.node.append(node)
        self.layer.append(len(self.starts) - 1)
        self.kind += kind
        self.mode.append(mode)
        self.uid.append(uid)
        self.gid.append(gid)
        self.size.append(size)
        self.mtime.append(mtime)
        self.ordinal.append(ordinal)
        self.before.append(self.current[node])
        self.gone.append(-1)
        if link:
            self.weigh(len(link))
            self.link[row] = link
        if xattrs:
            self.weigh(sum(len(key) + len(value) for key, value in xattrs.items()))
            self.xattrs[row] = xattrs
        if device != (0, 0):
            self.device[row] = device
        if sparse is not None:
            self.sparse.add(row)
        return row

    def _replace(self, node: int, row: int, kind: bytes) -> None:
        """Makes the row the path's current one. Anything but a directory replaces a directory and everything in it."""
        old = self.current[node]
        layer = len(self.starts) - 1
        if old >= 0:
            self.gone[old] = layer
            if self.kind[old : old + 1] == FOLDER and kind != FOLDER:
                self._clear(node, layer + 1)
            elif self.kind[old : old + 1] != kind:
                self.known.clear()
        if old < 0 and node != ROOT:
            self._show(node)
        self.current[node] = row

    def _link_target(self, name: str) -> int:
        """The row of the file that a hard link names, -1 if there is none. Only a look-up; no directory is created."""
        depth = 0
        for part in name.split("/"):
            depth += -1 if part == ".." else part not in ("", ".")
            if depth < 0:
                return -1
        row = self.find(name)
        if row is None or self.node[row] == ROOT:
            return -1
        return self.target.get(row, -1) if self.kind[row : row + 1] == LINK else row

    # -- removing ----------------------------------------------------------------------------------------------------

    def _whiteout(self, parent: int, name: str, ordinal: int) -> int | None:
        if name == _OPAQUE:
            row = self._row(parent, Member("", OPAQUE, 0, 0, 0, 0, 0), ordinal)
            self.removed[row] = self._clear(parent, len(self.starts) - 1)
            return row
        if name.startswith(_OPAQUE[:8]):
            # AUFS stored its own data under such names.
            return None
        target = name[len(_WHITEOUT) :]
        if target in ("", ".", ".."):
            self._refuse(name)
            return None
        node = self._node(parent, target)
        row = self._row(node, Member("", REMOVED, 0, 0, 0, 0, 0), ordinal)
        if self.current[node] < 0:
            self.dead.setdefault(parent, {})[target] = node
            return row
        self.removed[row] = self._remove(node, len(self.starts) - 1)
        return row

    def _remove(self, node: int, layer: int) -> tuple[int, int]:
        """Removes a path and everything below it that is from layers under `layer`; returns their number and bytes."""
        count, size = self._clear(node, layer)
        row = self.current[node]
        # What this layer itself has put below stays, and so does its directory.
        if row >= 0 and self.layer[row] < layer and not self.live.get(node):
            self._hide(node, row, len(self.starts) - 1)
            return count + 1, size + self.size[row]
        return count, size

    def _hide(self, node: int, row: int, layer: int) -> None:
        parent, name = self.parents[node], self.names[node]
        self.live[parent].pop(name, None)
        self.dead.setdefault(parent, {})[name] = node
        self.current[node] = -1
        self.gone[row] = layer

    def _clear(self, top: int, layer: int) -> tuple[int, int]:
        """Removes everything below a directory that is from layers under `layer`. Done only once per layer and directory."""
        if not self.live.get(top) or self._is_cleared(top, layer):
            return 0, 0
        self.known.clear()
        count = size = 0
        found: list[int] = []
        waiting = [top]
        while waiting:
            node = waiting.pop()
            if node in self._cleared and layer < len(self.starts):
                continue
            for child in self.live.get(node, {}).values():
                found.append(child)
                waiting.append(child)
        for node in reversed(found):
            row = self.current[node]
            if row >= 0 and self.layer[row] < layer and not self.live.get(node):
                self._hide(node, row, len(self.starts) - 1)
                count += 1
                size += self.size[row]
        if layer < len(self.starts):
            self._cleared.add(top)
        return count, size

    def _is_cleared(self, node: int, layer: int) -> bool:
        """Whether this layer already removed what the lower ones put below the node."""
        if layer >= len(self.starts):
            return False
        while node >= ROOT and self._cleared:
            if node in self._cleared:
                return True
            node = self.parents[node]
        return False

    # -- reading -----------------------------------------------------------------------------------------------------

    def _parts(self, node: int) -> list[str]:
        parts: list[str] = []
        while node > ROOT:
            parts.append(self.names[node])
            node = self.parents[node]
        parts.reverse()
        return parts

    def path(self, node: int) -> str:
        """The absolute path of a node."""
        if node <= ROOT:
            return "/"
        parent = self.parents[node]
        if parent != self._last_parent:
            self._last_path = "/".join(("", *self._parts(parent)))
            self._last_parent = parent
        return f"{self._last_path}/{self.names[node]}"

    def entry(self, row: int) -> Entry:
        """A row (one member of a layer) as an entry: size in bytes, mtime in nanoseconds since 1970."""
        return Entry(
            row, self.path(self.node[row]), bytes((self.kind[row],)), self.mode[row], self.uid[row], self.gid[row],
            self.size[row], self.mtime[row], self.link.get(row, ""), self.xattrs.get(row, {}),
            self.device.get(row, (0, 0)), self.layer[row], self.ordinal[row], self.before[row], self.gone[row],
        )  # fmt: skip

    def rows(self, layer: int) -> range:
        """The rows of a layer."""
        end = self.starts[layer + 1] if layer + 1 < len(self.starts) else len(self.kind)
        return range(self.starts[layer], end)

    def fresh(self, rows: range) -> bool:
        """Whether these rows only added new paths, checked at C speed."""
        start, end = rows.start, rows.stop
        kinds = self.kind[start:end]
        return not kinds or (max(self.before[start:end]) < 0 and REMOVED not in kinds and OPAQUE not in kinds)

    def inode(self, row: int) -> int:
        """The row with the content and the attributes: a hard link's target, else the row itself."""
        return self.target.get(row, row) if self.kind[row : row + 1] == LINK else row

    def walk(self, top: int = ROOT) -> Iterator[int]:
        """The rows of the file system after the last layer, directories before their contents, by name."""
        waiting = [top]
        while waiting:
            node = waiting.pop()
            if self.current[node] >= 0:
                yield self.current[node]
            inside = self.live.get(node)
            if inside:
                waiting += [inside[name] for name in sorted(inside, reverse=True)]

    def find(self, path: str) -> int | None:
        """The current row of a path; links on the way are followed inside the root, the last one isn't."""
        parts: list[str] = []
        for part in path.split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return self._find(parts, 0)

    def _find(self, parts: list[str], hops: int) -> int | None:
        node = ROOT
        for position, part in enumerate(parts):
            inner = self.live.get(node, {}).get(part)
            if inner is None:
                return None
            if position + 1 < len(parts) and self._kind(inner) == SYMLINK:
                if hops >= _HOPS:
                    return None
                base = self._parts(node)
                target = self.link.get(self.current[inner], "")
                base = [] if target.startswith("/") else base
                for step in target.split("/"):
                    if step == "..":
                        del base[-1:]
                    elif step not in ("", "."):
                        base.append(step)
                return self._find((base + parts[position + 1 :])[:MAX_PATH], hops + 1)
            node = inner
        row = self.current[node]
        return row if row >= 0 else None

    def real(self, path: str) -> str:
        """An absolute path with the links on the way to its last name followed; missing parts are kept."""
        done: list[str] = []
        waiting = [part for part in reversed(path.split("/")) if part]
        hops = 0
        while waiting:
            part = waiting.pop()
            if part == "..":
                del done[-1:]
                continue
            row = self.find("/" + "/".join((*done, part)))
            if waiting and row is not None and self.kind[row : row + 1] == SYMLINK and hops < _HOPS:
                hops += 1
                target = self.link.get(row, "")
                done = [] if target.startswith("/") else done
                waiting += [each for each in reversed(target.split("/")) if each not in ("", ".")]
            elif part != ".":
                done.append(part)
        return "/" + "/".join(done)

    def differences(self, row: int) -> tuple[str, ...]:
        """What a row changed at its path: nothing for a directory that is only listed again. Whether the content
        of a file of the same size changed isn't known here."""
        old = self.before[row]
        mine, theirs = self.inode(row), self.inode(old)
        if mine < 0 or theirs < 0 or self.kind[mine] != self.kind[theirs]:
            return ("type",)
        found = []
        if self.size[mine] != self.size[theirs] or self.link.get(mine) != self.link.get(theirs):
            found.append("content")
        if self.device.get(mine) != self.device.get(theirs):
            found.append("type")
        if self.mode[mine] != self.mode[theirs]:
            found.append("mode")
        if (self.uid[mine], self.gid[mine]) != (self.uid[theirs], self.gid[theirs]):
            found.append("owner")
        if self.xattrs.get(mine) != self.xattrs.get(theirs):
            found.append("xattrs")
        if self.kind[mine : mine + 1] == FILE and self.mtime[mine] != self.mtime[theirs]:
            found.append("time")
        return tuple(found)


def _size(name: str) -> int:
    """The length of a name in bytes."""
    return len(name) if name.isascii() else len(name.encode("utf-8", "surrogateescape"))
