"""The listing as a tree of each layer."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.files.changes import ADDED, TAKEN, Change
from reconstruct.files.formats import cells, table
from reconstruct.files.listing import Listing
from reconstruct.files.waste import waste
from reconstruct.show.text import one_line
from reconstruct.show.units import human


def render(listing: Listing) -> Iterator[str]:
    """Lines: each step with its changes as a tree, then the totals if everything is listed, then the notes."""
    for section in listing.sections():
        yield from table.head(listing, section)
        yield from _tree(sorted(listing.changes(section), key=lambda change: change.entry.path.split("/")))
        yield ""
    if listing.choice.step is None and listing.choice.path is None:
        yield from map(one_line, cells.closing(listing, waste(listing.contents.tree)))
    for note in cells.notes(listing):
        yield f"note: {one_line(note)}"


def _tree(found: list[Change]) -> Iterator[str]:
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
