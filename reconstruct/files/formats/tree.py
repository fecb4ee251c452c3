"""The listing as a tree of each layer."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import islice

from reconstruct.files.changes import ADDED, TAKEN, Change, changes
from reconstruct.files.formats import cells, table
from reconstruct.files.listing import Listing, Section
from reconstruct.files.tree import ROOT, Tree
from reconstruct.files.waste import waste
from reconstruct.show.text import one_line
from reconstruct.show.units import human

# Changes made at once.
_ROWS = 512


def render(listing: Listing) -> Iterator[str]:
    """Lines: each step with its changes as a tree, then the totals if everything is listed, then the notes."""
    for section in listing.sections():
        yield from table.head(listing, section)
        yield from _tree(_by_path(listing, section))
        yield ""
    if listing.choice.step is None and listing.choice.path is None:
        yield from map(one_line, cells.closing(listing, waste(listing.contents.tree)))
    for note in cells.notes(listing):
        yield f"note: {one_line(note)}"


def _by_path(listing: Listing, section: Section) -> Iterator[Change]:
    """The section's changes, each directory before what is in it, by name. One directory's at a time: a layer may have a million."""
    if listing.choice.top is not None:
        yield from sorted(listing.changes(section), key=lambda change: change.entry.path.split("/"))
        return
    matches = listing.choice.matcher()
    rows = _rows_by_path(listing.contents.tree, section.layer)
    while block := list(islice(rows, _ROWS)):
        every = changes(listing.contents, section.layer, listing.rewritten, frozenset(block))
        found = {change.entry.row: change for change in every if matches(change.entry.path)}
        yield from (found[row] for row in block if row in found)


def _rows_by_path(tree: Tree, layer: int) -> Iterator[int]:
    """A layer's rows, each directory's before those of what is in it, by name."""
    # By directory: the rows in it, and the directories in it on the way to others.
    rows: dict[int, array[int]] = {}
    ways: dict[int, array[int]] = {}
    known = bytearray(len(tree.names))
    for row in tree.rows(layer):
        node = tree.parents[tree.node[row]]
        rows.setdefault(node, array("i")).append(row)
        while node > ROOT and not known[node]:
            known[node] = 1
            ways.setdefault(tree.parents[node], array("i")).append(node)
            node = tree.parents[node]
    yield from rows.pop(tree.parents[ROOT], ())
    # Rows, and directories as their complements.
    waiting = [~ROOT]
    while waiting:
        each = waiting.pop()
        if each >= 0:
            yield each
            continue
        inside = [*rows.pop(~each, ()), *(~way for way in ways.pop(~each, ()))]
        inside.sort(key=lambda one: tree.names[tree.node[one] if one >= 0 else ~one])
        waiting += reversed(inside)


def _tree(found: Iterable[Change]) -> Iterator[str]:
    """Names below their directories; unchanged directories have no mark."""
    above: list[str] = []
    for change in found:
        parts = change.entry.path.split("/")[1:]
        common = 0
        while common < min(len(above), len(parts) - 1) and above[common] == parts[common]:
            common += 1
        for depth in range(common, len(parts) - 1):
            yield "    " + "  " * depth + one_line(parts[depth]) + "/"
        yield "  " + one_line(f"{cells.mark(change)} {'  ' * (len(parts) - 1)}{_leaf(change, parts[-1])}")
        above = parts


def _leaf(change: Change, name: str) -> str:
    shown = name + cells.name(change.entry)[len(change.entry.path) :]
    if change.kind == TAKEN:
        return f"{shown}  {human(change.size)}, {change.files:,} removed" if change.files > 1 else shown
    size = f"  {human(change.size)}" if change.size else ""
    what = "" if change.kind == ADDED else f"  ({', '.join(change.what) or 'unchanged'})"
    return f"{shown or '/'}{size}{what}"
