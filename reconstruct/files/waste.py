"""What an image ships and nobody sees, and its efficiency as dive defines it.

dive's definition (its filetree/efficiency.go and image/analysis.go): in each layer the leaves count, files and empty folders.
Every path has the sum of its sizes over the layers, and the least of them; a removal counts nothing for a file, for a
folder all that lay in it. Efficiency is the sum of the least sizes over the sum of all; wasted are all bytes of paths that
two or more layers touch. Opaque folders count as nothing, and a removal of what is not there ends the layer.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import TYPE_CHECKING

from reconstruct.files.members import FOLDER
from reconstruct.files.tree import OPAQUE, REMOVED, ROOT, Tree

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from reconstruct.record import dataclass


@dataclass(frozen=True)
class Wasted:
    """One path that several layers carry: the sum of its sizes over `layers`, in bytes."""

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
    """The figures of all layers together."""
    sums = array("q", bytes(8 * len(tree.names)))
    least = array("q", [-1]) * len(tree.names)
    times = bytearray(len(tree.names))
    touched: dict[int, list[int]] = {}
    stack = _Stack(tree)
    for layer in range(tree.layers):
        for node, size in _leaves(tree, layer, stack):
            sums[node] += size
            least[node] = size if least[node] < 0 else min(least[node], size)
            times[node] = min(times[node] + 1, 255)
            if times[node] == 2:
                touched[node] = []
        stack.add(layer)
    paths = _paths(tree, touched, sums)
    return Waste(
        efficiency=_ratio(sum(size for size in least if size > 0), sum(sums)),
        wasted=sum(found.size for found in paths),
        user_share=_share(tree, sum(found.size for found in paths)),
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


def _leaves(tree: Tree, layer: int, stack: _Stack) -> list[tuple[int, int]]:
    """The layer's leaves as (node, bytes). Where a removal of what is not there ends it, those that come before by name."""
    inner: set[int] = set()
    files: dict[int, int] = {}
    removed: list[int] = []
    for row in tree.rows(layer):
        kind, node = tree.kind[row : row + 1], tree.node[row]
        if kind == OPAQUE or node == ROOT:
            continue
        inner.add(tree.parents[node])
        if kind == REMOVED:
            removed.append(node)
        elif tree.ordinal[row] >= 0:
            files[node] = tree.size[row]
        else:
            inner.add(node)
    leaves = [(node, size) for node, size in files.items() if node not in inner]
    if all(stack.present[node] for node in removed):
        return leaves + [(node, stack.size_below(node)) for node in dict.fromkeys(removed)]
    every = [(_order(tree, node, ""), node, size) for node, size in leaves]
    every += [
        (_order(tree, node, ".wh."), node, stack.size_below(node) if stack.present[node] else -1)
        for node in dict.fromkeys(removed)
    ]
    every.sort()
    end = next((place for place, (_, _, size) in enumerate(every) if size < 0), len(every))
    return [(node, size) for _, node, size in every[:end]]


def _order(tree: Tree, node: int, prefix: str) -> tuple[bytes, ...]:
    """The path as dive's walk compares it: name by name."""
    parts = [part.encode("utf-8", "surrogateescape") for part in tree.path(node).split("/")[1:]]
    return (*parts[:-1], prefix.encode() + parts[-1])


class _Stack:
    """The layers so far, stacked as dive does: a file on a folder leaves what is in it, an opaque folder hides nothing.

    Only what lies below paths that some layer removes is remembered file by file.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.present = bytearray(len(tree.names))
        self.sizes = array("q", bytes(8 * len(tree.names)))
        self.folders = bytearray(len(tree.names))
        self.below: dict[int, set[int]] = {}
        self.watched = bytearray(len(tree.names))
        for row in range(len(tree.kind)):
            if tree.kind[row : row + 1] == REMOVED:
                self.watched[tree.node[row]] = 1
        # A folder's node is older than those in it.
        for node in range(1, len(tree.names)):
            if self.watched[tree.parents[node]]:
                self.watched[node] = 1

    def add(self, layer: int) -> None:
        """Puts a layer on top. A path that is removed and added in one layer is there: dive walks by name, `.wh.` first."""
        tree = self.tree
        for row in tree.rows(layer):
            if tree.kind[row : row + 1] == REMOVED:
                self._remove(tree.node[row])
        for row in tree.rows(layer):
            kind, node = tree.kind[row : row + 1], tree.node[row]
            if kind in (REMOVED, OPAQUE):
                continue
            self.sizes[node] = tree.size[row]
            self.folders[node] = kind == FOLDER and tree.ordinal[row] >= 0
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
            self.sizes[each] = 0
            self.below.pop(each, None)
        self.below.get(self.tree.parents[node], set()).discard(node)

    def _all(self, node: int) -> Iterator[int]:
        waiting = [node]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += self.below.get(node, ())

    def size_below(self, node: int) -> int:
        """What a removal of the path counts: nothing for a file."""
        return sum(self.sizes[each] for each in self._all(node)) if self.folders[node] else 0
