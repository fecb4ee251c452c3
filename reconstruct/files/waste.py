"""The bytes that an image ships but nobody sees, and its efficiency as defined by dive.

dive's definition (its filetree/efficiency.go and image/analysis.go): in each layer the leaves count, files and empty
directories. For every path, its sizes in all layers are summed, and the smallest is noted; removing a file counts 0,
removing a directory counts everything that was in it. Efficiency is the sum of the smallest sizes divided by the sum of
all; wasted are all bytes of paths that two or more layers touch. Opaque directories count as nothing, and removing a path
that doesn't exist ends the count for the layer.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from reconstruct.files.members import FOLDER
from reconstruct.files.tree import OPAQUE, REMOVED, ROOT, Tree
from reconstruct.record import dataclass

_OPAQUE, _REMOVED, _FOLDER = OPAQUE[0], REMOVED[0], FOLDER[0]
_REMOVALS = OPAQUE + REMOVED


@dataclass(frozen=True)
class Wasted:
    """One path in several layers: the sum of its sizes in `layers`, in bytes."""

    path: str
    size: int
    layers: tuple[int, ...]


@dataclass(frozen=True)
class Waste:
    """`efficiency` (0 to 1), `wasted` and `user_share` (wasted over all bytes but the first layer's) are dive's figures; the
    paths behind `wasted` are in `paths`, largest first. `total` is the bytes of all files in all layers, `unseen` those of
    files that a later layer replaced or removed."""

    efficiency: float
    wasted: int
    user_share: float | None
    total: int
    unseen: int
    paths: tuple[Wasted, ...]


def waste(tree: Tree) -> Waste:
    """The figures for all layers together."""
    if tree.fresh(range(len(tree.kind))):
        share = _share(tree, 0)
        return Waste(1.0, 0, share, sum(tree.size), 0, ())
    sums = array("q", bytes(8 * len(tree.names)))
    least = array("q", [-1]) * len(tree.names)
    times = bytearray(len(tree.names))
    touched: dict[int, list[int]] = {}
    leaves = _Leaves(tree)
    for layer in range(tree.layers):
        for node, size in leaves.of(layer):
            sums[node] += size
            least[node] = size if least[node] < 0 else min(least[node], size)
            times[node] = min(times[node] + 1, 255)
            if times[node] == 2:
                touched[node] = []
        leaves.stack.add(layer)
    paths = _paths(tree, touched, sums)
    wasted = sum(found.size for found in paths)
    return Waste(
        efficiency=_ratio(sum(size for size in least if size > 0), sum(sums)),
        wasted=wasted,
        user_share=_share(tree, wasted),
        total=sum(tree.size),
        unseen=sum(size for size, gone in zip(tree.size, tree.gone, strict=True) if gone >= 0),
        paths=tuple(sorted(paths, key=lambda found: (-found.size, found.path))),
    )


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _share(tree: Tree, wasted: int) -> float | None:
    user = sum(tree.size[row] for layer in range(1, tree.layers) for row in tree.rows(layer))
    return wasted / user if user else None


def _paths(tree: Tree, touched: dict[int, list[int]], sums: array[int]) -> list[Wasted]:
    for row in range(len(tree.kind)):
        found = touched.get(tree.node[row])
        if found is not None and tree.ordinal[row] >= 0 and tree.layer[row] not in found[-1:]:
            found.append(tree.layer[row])
    return [Wasted(tree.path(node), sums[node], tuple(layers)) for node, layers in touched.items()]


class _Leaves:
    """Each layer's leaves. Only one mark per path is kept, because a layer may have a million."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.stack = _Stack(tree)
        self.inner = bytearray(len(tree.names))
        self.seen = bytearray(len(tree.names))

    def of(self, layer: int) -> Iterator[tuple[int, int]]:
        """The leaves as (node, bytes). If removing a missing path ends the layer, only those before it by name."""
        tree = self.tree
        removed: dict[int, None] = {}
        rows = tree.rows(layer)
        for row in rows:
            kind, node = tree.kind[row], tree.node[row]
            if kind == _OPAQUE or node == ROOT:
                continue
            self.inner[tree.parents[node]] = 1
            if kind == _REMOVED:
                removed[node] = None
            elif tree.ordinal[row] < 0:
                self.inner[node] = 1
        if all(self.stack.present[node] for node in removed):
            yield from self._files(rows)
            yield from ((node, self.stack.size_below(node)) for node in removed)
        else:
            yield from self._cut(list(self._files(rows)), list(removed))
        for row in rows:
            node = tree.node[row]
            self.inner[node] = self.seen[node] = 0
            self.inner[max(tree.parents[node], ROOT)] = 0

    def _files(self, rows: range) -> Iterator[tuple[int, int]]:
        """All rows except removals; of duplicate paths the last."""
        tree = self.tree
        for row in reversed(rows):
            node = tree.node[row]
            if tree.kind[row] in _REMOVALS or node == ROOT or tree.ordinal[row] < 0 or self.seen[node]:
                continue
            self.seen[node] = 1
            if not self.inner[node]:
                yield node, tree.size[row]

    def _cut(self, files: list[tuple[int, int]], removed: list[int]) -> Iterator[tuple[int, int]]:
        tree, stack = self.tree, self.stack
        every = [(_order(tree, node, ""), node, size) for node, size in files]
        every += [
            (_order(tree, node, ".wh."), node, stack.size_below(node) if stack.present[node] else -1)
            for node in removed
        ]
        for _, node, size in sorted(every):
            if size < 0:
                return
            yield node, size


def _order(tree: Tree, node: int, prefix: str) -> tuple[bytes, ...]:
    """The path as compared in dive's walk: name by name."""
    parts = [part.encode("utf-8", "surrogateescape") for part in tree.path(node).split("/")[1:]]
    return (*parts[:-1], prefix.encode() + parts[-1])


class _Stack:
    """The layers so far, stacked as in dive: a file replacing a directory keeps its contents, an opaque directory hides nothing.

    Only what is below paths that some layer removes is stored, and nothing if none does.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.present = bytearray(len(tree.names))
        self.folders = bytearray(len(tree.names))
        self.sizes: dict[int, int] = {}
        self.below: dict[int, set[int]] = {}
        self.watched = bytearray(len(tree.names))
        self.idle = _REMOVED not in tree.kind
        if self.idle:
            return
        for row in range(len(tree.kind)):
            if tree.kind[row] == _REMOVED:
                self.watched[tree.node[row]] = 1
        # A directory's node is older than those in it.
        for node in range(1, len(tree.names)):
            if self.watched[tree.parents[node]]:
                self.watched[node] = 1

    def add(self, layer: int) -> None:
        """Adds a layer on top. A path that is removed and added in one layer exists: dive walks by name, `.wh.` first."""
        if self.idle:
            return
        tree = self.tree
        for row in tree.rows(layer):
            if tree.kind[row] == _REMOVED:
                self._remove(tree.node[row])
        for row in tree.rows(layer):
            node = tree.node[row]
            if tree.kind[row] in _REMOVALS:
                continue
            if self.watched[node]:
                self.sizes[node] = tree.size[row]
            self.folders[node] = tree.kind[row] == _FOLDER and tree.ordinal[row] >= 0
            while node > ROOT and not self.present[node]:
                self.present[node] = 1
                if self.watched[node]:
                    self.below.setdefault(tree.parents[node], set()).add(node)
                node = tree.parents[node]

    def _remove(self, node: int) -> None:
        if not self.present[node]:
            return
        for each in list(self._all(node)):
            self.present[each] = 0
            self.sizes.pop(each, None)
            self.below.pop(each, None)
        self.below.get(self.tree.parents[node], set()).discard(node)

    def _all(self, node: int) -> Iterator[int]:
        waiting = [node]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += self.below.get(node, ())

    def size_below(self, node: int) -> int:
        """The size counted for removing the path: 0 for a file."""
        return sum(self.sizes.get(each, 0) for each in self._all(node)) if self.folders[node] else 0
