"""The lines of a listing, hundreds at a time.

Most members of a layer are files and directories at new paths, whose lines differ in few words. Those are made by the column;
the others (links, devices, what was changed or removed) one by one, with which the first must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from operator import add

from reconstruct.files.changes import Change, changes
from reconstruct.files.listing import Listing, Section
from reconstruct.files.tree import ROOT, Tree
from reconstruct.named import NamedTuple
from reconstruct.typed import TypeVar

_ROWS = 512
_MOST_MEMOS = 4096
_PLAIN = b"fd"

Key = TypeVar("Key", bound=Hashable)


class Block(NamedTuple):
    """Consecutive rows of a layer with their paths. `odd`: the positions of rows that aren't plain additions, with their
    changes, None if there is nothing to list."""

    tree: Tree
    rows: range
    paths: list[str]
    odd: dict[int, Change | None]


class Memo(dict[Key, str]):
    """Texts made once for each key, of which there are few."""

    def __init__(self, make: Callable[[Key], str]) -> None:
        self._make = make

    def __missing__(self, key: Key) -> str:
        if len(self) > _MOST_MEMOS:
            self.clear()
        value = self[key] = self._make(key)
        return value


def pieces(
    listing: Listing,
    section: Section,
    line: Callable[[Section, Change], str],
    lines: Callable[[Section, Block], list[str] | None],
    between: str = "\n",
) -> Iterator[str]:
    """The section's changes as text, joined by `between`, some at a time. `line` writes one, `lines` a block as if all of
    it were plain, or None if it can't."""
    if listing.choice.top is not None or listing.choice.path is not None:
        for change in listing.changes(section):
            yield line(section, change)
        return
    for block in _blocks(listing, section):
        found = lines(section, block)
        if found is None:
            every = changes(listing.contents, section.layer, listing.rewritten, frozenset(block.rows))
            found = [line(section, change) for change in every]
        else:
            for at, each in block.odd.items():
                found[at] = "" if each is None else line(section, each)
            if None in block.odd.values():
                found = list(filter(None, found))
        if found:
            yield between.join(found)


def _blocks(listing: Listing, section: Section) -> Iterator[Block]:
    tree = listing.contents.tree
    every = tree.rows(section.layer)
    for start in range(every.start, every.stop, _ROWS):
        rows = range(start, min(start + _ROWS, every.stop))
        odd: dict[int, Change | None] = dict.fromkeys(_odd(tree, rows))
        if odd:
            chosen = frozenset(start + at for at in odd)
            for change in changes(listing.contents, section.layer, listing.rewritten, chosen):
                odd[change.entry.row - start] = change
        yield Block(tree, rows, _paths(tree, rows), odd)


def _odd(tree: Tree, rows: range) -> list[int]:
    """The positions of rows that are no plain additions."""
    start, end = rows.start, rows.stop
    kinds, before, ordinals = tree.kind[start:end], tree.before[start:end], tree.ordinal[start:end]
    nodes = tree.node[start:end]
    found: set[int] = set()
    if kinds.translate(None, _PLAIN):
        found.update(at for at, kind in enumerate(kinds) if kind not in _PLAIN)
    if max(before) >= 0:
        found.update(at for at, row in enumerate(before) if row >= 0)
    if -1 in ordinals:
        found.update(at for at, ordinal in enumerate(ordinals) if ordinal < 0)
    if ROOT in nodes:
        found.update(at for at, node in enumerate(nodes) if node == ROOT)
    if tree.xattrs:
        found.update(row - start for row in rows if row in tree.xattrs)
    return sorted(found)


def _paths(tree: Tree, rows: range) -> list[str]:
    nodes = tree.node[rows.start : rows.stop]
    parents = list(map(tree.parents.__getitem__, nodes))
    above = {parent: "/" if parent <= ROOT else f"{tree.path(parent)}/" for parent in set(parents)}
    return list(map(add, map(above.__getitem__, parents), map(tree.names.__getitem__, nodes)))


def columns(block: Block) -> Iterator[tuple[int, int, int, int, int, int]]:
    """Kind, mode, uid, gid, time and the layer that removed it, row by row; those of odd rows, too."""
    tree, here = block.tree, slice(block.rows.start, block.rows.stop)
    return zip(
        tree.kind[here], tree.mode[here], tree.uid[here], tree.gid[here], tree.mtime[here], tree.gone[here], strict=True
    )
