"""The listing for a terminal: a heading per layer, a line per change."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.files.changes import ADDED, TAKEN, Change
from reconstruct.files.formats import cells
from reconstruct.files.listing import Listing, Section, Sums
from reconstruct.files.waste import waste
from reconstruct.show.text import one_line
from reconstruct.show.units import human


def render(listing: Listing) -> Iterator[str]:
    """Lines: each step with its changes, then the totals if everything is listed, then the notes."""
    for section in listing.sections():
        yield from head(listing, section)
        for change in listing.changes(section):
            yield "  " + one_line(_line(change))
        yield ""
    if listing.choice.step is None and listing.choice.path is None:
        yield from map(one_line, cells.closing(listing, waste(listing.contents.tree)))
    for note in cells.notes(listing):
        yield f"note: {one_line(note)}"


def head(listing: Listing, section: Section) -> Iterator[str]:
    """The layer's heading and its totals."""
    yield one_line(cells.head(section))
    if not section.present:
        yield "  (not in the saved form)"
        return
    yield "  " + told(listing.sums(section))


def told(found: Sums) -> str:
    """The totals in words."""
    parts = [
        f"{count:,} {word} ({human(size)})"
        for word, count, size in (
            ("added", found.added, found.added_size),
            ("changed", found.changed, found.changed_size),
            ("removed", found.removed, found.removed_size),
        )
        if count
    ]
    return ", ".join(parts) or "nothing"


def _line(change: Change) -> str:
    entry = change.entry
    if change.kind == TAKEN:
        many = f"  ({change.files:,} files and directories)" if change.files > 1 else ""
        return f"{cells.mark(change)} {'':10} {'':>11} {human(change.size):>9}  {entry.path}{many}"
    what = "" if change.kind == ADDED else f"  ({', '.join(change.what) or 'unchanged'})"
    owner = f"{entry.uid}:{entry.gid}"
    return f"{cells.mark(change)} {cells.mode(entry)} {owner:>11} {human(change.size):>9}  {cells.name(entry)}{what}"
