"""The largest files of each layer, for a report."""

from __future__ import annotations

import heapq

from reconstruct.files.members import FILE
from reconstruct.files.reading import read
from reconstruct.report.model import LargeFile
from reconstruct.sources.layers import Opened

_COUNT = 3


def largest_files(opened: Opened, count: int = _COUNT) -> dict[int, tuple[LargeFile, ...]]:
    """The `count` largest files of each layer, by its position; empty files don't count."""
    tree = read(opened).tree
    found: dict[int, tuple[LargeFile, ...]] = {}
    for layer in range(tree.layers):
        files = (
            (tree.size[row], row) for row in tree.rows(layer) if tree.kind[row : row + 1] == FILE and tree.size[row]
        )
        top = heapq.nlargest(count, files)
        found[layer] = tuple(LargeFile(tree.path(tree.node[row]), size) for size, row in top)
    return found
