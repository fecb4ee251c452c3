"""The listing as CSV: one change per line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from reconstruct.files.changes import Change
from reconstruct.files.formats import blocks, cells
from reconstruct.files.formats.blocks import Block, Memo, columns
from reconstruct.files.formats.jsonl import time, value
from reconstruct.files.listing import Listing, Section
from reconstruct.show.text import csv_cell

COLUMNS = ("step", "layer", "change", "what", "type", "mode", "uid", "gid", "size", "mtime", "path", "link")


def render(listing: Listing) -> Iterator[str]:
    """The column names, then one line per change; in pieces of one or more lines, without the last line end."""
    yield ",".join(COLUMNS)
    for section in listing.sections():
        yield from blocks.pieces(listing, section, _line, _lines)


def _line(section: Section, change: Change) -> str:
    found = value(section, change)
    found["what"] = " ".join(found.get("what", ()))
    return _row([csv_cell(str("" if found.get(name) is None else found[name])) for name in COLUMNS])


def _lines(section: Section, block: Block) -> list[str] | None:
    """The lines of plain additions; None if a path has to be quoted or spelled out."""
    text = "".join(block.paths)
    if not text.isprintable() or any(mark in text for mark in _QUOTED):
        return None
    sizes = block.tree.size[block.rows.start : block.rows.stop]
    head = f"{section.number or ''},{section.layer},added,,"
    return [
        f"{head}{facts}{size}{moment}{path},"
        for facts, size, moment, path in zip(
            map(_facts.__getitem__, columns(block)),
            sizes,
            map(_moments.__getitem__, block.tree.mtime[block.rows.start : block.rows.stop]),
            block.paths,
            strict=True,
        )
    ]


# What has csv quote a cell, and what `csv_cell` spells out.
_QUOTED = (",", '"', "::", "##")


def _fact(of: tuple[int, int, int, int, int, int]) -> str:
    kind, mode, uid, gid, _, _ = of
    return f"{cells.type_name(kind)},{mode:04o},{uid},{gid},"


_facts = Memo(_fact)
_moments: Memo[int] = Memo(lambda mtime: f",{time(mtime) or ''},")


def _row(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()
