"""The listing for a terminal: a heading per layer, a line per change."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.files.changes import ADDED, TAKEN, Change
from reconstruct.files.formats import blocks, cells
from reconstruct.files.formats.blocks import Block, Memo, columns
from reconstruct.files.listing import Listing, Section, Sums
from reconstruct.files.members import FOLDER
from reconstruct.files.waste import waste
from reconstruct.show.text import one_line
from reconstruct.show.units import human


def render(listing: Listing) -> Iterator[str]:
    """Each step with its changes, then the totals if everything is listed, then the notes; in pieces of one or more lines."""
    for section in listing.sections():
        yield from head(listing, section)
        yield from blocks.pieces(listing, section, _line, _lines)
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


def _line(_: Section, change: Change) -> str:
    return "  " + one_line(_text(change))


def _lines(_: Section, block: Block) -> list[str] | None:
    """The lines of plain additions; None if a path has something to spell out."""
    text = "".join(block.paths)
    if not text.isprintable() or "::" in text or "##" in text:
        return None
    sizes = block.tree.size[block.rows.start : block.rows.stop]
    found = [
        f"{facts}{size}{path}"
        for facts, size, path in zip(
            map(_facts.__getitem__, columns(block)), map(_sizes.__getitem__, sizes), block.paths, strict=True
        )
    ]
    kinds = block.tree.kind[block.rows.start : block.rows.stop]
    at = kinds.find(FOLDER)
    while at >= 0:
        found[at] += "/"
        at = kinds.find(FOLDER, at + 1)
    return found


def _fact(of: tuple[int, int, int, int, int, int]) -> str:
    kind, mode, uid, gid, _, _ = of
    return f"  + {cells.mode_text(bytes((kind,)), mode)} {f'{uid}:{gid}':>11} "


_facts = Memo(_fact)
_sizes: Memo[int] = Memo(lambda size: f"{human(size):>9}  ")


def _text(change: Change) -> str:
    entry = change.entry
    if change.kind == TAKEN:
        many = f"  ({change.files:,} files and directories)" if change.files > 1 else ""
        return f"{cells.mark(change)} {'':10} {'':>11} {human(change.size):>9}  {entry.path}{many}"
    what = "" if change.kind == ADDED else f"  ({', '.join(change.what) or 'unchanged'})"
    owner = f"{entry.uid}:{entry.gid}"
    return f"{cells.mark(change)} {cells.mode(entry)} {owner:>11} {human(change.size):>9}  {cells.name(entry)}{what}"
