"""What each layer added, changed and removed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from reconstruct.files.members import FILE, FOLDER
from reconstruct.files.reading import Contents
from reconstruct.files.tree import OPAQUE, REMOVED, Entry, Tree
from reconstruct.named import NamedTuple

ADDED, CHANGED, SAME, TAKEN = "added", "changed", "same", "removed"
_REMOVALS = REMOVED + OPAQUE
_FOLDER = FOLDER[0]


class Change(NamedTuple):
    """One member of a layer, and its effect: `kind` is `added`, `changed` (`what` says what: content, type, mode, owner,
    xattrs, time), `same` (listed again unchanged) or `removed` (`files` files and directories, `size` bytes in all).
    """

    entry: Entry
    kind: str
    what: tuple[str, ...] = ()
    size: int = 0
    files: int = 1


def changes(
    contents: Contents, layer: int, rewritten: frozenset[int] = frozenset(), only: frozenset[int] | None = None
) -> Iterator[Change]:
    """The changes of one layer in the order of its tar, for the rows in `only`; `rewritten` is the result of the function
    `rewritten`. Directories that are only listed again, and removals of nothing, are left out."""
    tree = contents.tree
    for row, kind, what in statuses(tree, layer, rewritten, only):
        if kind == TAKEN:
            count, size = tree.removed[row]
            yield Change(tree.entry(row), TAKEN, (), size, count)
        else:
            yield Change(tree.entry(row), kind, what, tree.size[row])


def statuses(
    tree: Tree, layer: int, rewritten: frozenset[int] = frozenset(), only: frozenset[int] | None = None
) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """The same as (row, kind, what changed): fast, for totals."""
    kinds, ordinals, before = tree.kind, tree.ordinal, tree.before
    for row in tree.rows(layer) if only is None else sorted(only):
        if ordinals[row] < 0:
            continue
        kind = kinds[row]
        if kind in _REMOVALS:
            if tree.removed.get(row, (0, 0))[0]:
                yield row, TAKEN, ()
        elif before[row] < 0:
            yield row, ADDED, ()
        else:
            what = tree.differences(row)
            if row in rewritten and "content" not in what:
                what = ("content", *what)
            if what or kind != _FOLDER:
                yield row, CHANGED if what else SAME, what


def rewritten(contents: Contents) -> frozenset[int]:
    """The rows of files that replaced a file of the same size but with other content. Only these pairs are read."""
    tree = contents.tree
    if tree.fresh(range(len(tree.kind))):
        return frozenset()
    wanted: dict[int, dict[int, int]] = {}
    pairs: list[tuple[int, int]] = []
    for row in range(len(tree.kind)):
        old = tree.before[row]
        if old < 0 or tree.kind[row : row + 1] != FILE or not tree.size[row]:
            continue
        old = tree.inode(old)
        if old < 0 or tree.kind[old : old + 1] != FILE or tree.size[old] != tree.size[row]:
            continue
        pairs.append((row, old))
        for each in (row, old):
            wanted.setdefault(tree.layer[each], {})[tree.ordinal[each]] = each
    digests: dict[int, bytes] = {}
    for layer, ordinals in sorted(wanted.items()):
        with contents.again(layer) as members:
            for ordinal, member in enumerate(members):
                row = ordinals.pop(ordinal, -1)
                if row >= 0:
                    made = hashlib.sha256(usedforsecurity=False)
                    # For a sparse file, the stored data and its positions: the holes may be larger than any disk.
                    made.update(repr(member.sparse).encode())
                    for piece in members.stored(member):
                        made.update(piece)
                    digests[row] = made.digest()
                    if not ordinals:
                        break
    return frozenset(row for row, old in pairs if digests.get(row) != digests.get(old))
