"""The listing as JSON lines: one change per line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii as _quoted

from reconstruct.files.changes import ADDED, TAKEN, Change
from reconstruct.files.formats import blocks, cells
from reconstruct.files.formats.blocks import Block, Memo, columns
from reconstruct.files.listing import Listing, Section
from reconstruct.show.text import json_line
from reconstruct.typed import Any


def render(listing: Listing) -> Iterator[str]:
    """One JSON object per line and change; in pieces of one or more lines, without the last line end."""
    for section in listing.sections():
        yield from blocks.pieces(listing, section, line, lines)


def value(section: Section, change: Change) -> dict[str, Any]:
    """One change as plain values. Invalid UTF-8 bytes of a name are lone surrogates (Python's surrogateescape)."""
    entry = change.entry
    found: dict[str, Any] = {
        "step": section.number or None,
        "layer": section.layer,
        "path": entry.path,
        "change": change.kind,
        "size": change.size,
    }
    if change.kind == TAKEN:
        return found | {"count": change.files}
    found |= {
        "what": list(change.what),
        "type": cells.TYPES[entry.kind],
        "mode": f"{entry.mode:04o}",
        "uid": entry.uid,
        "gid": entry.gid,
        "mtime": time(entry.mtime),
        "link": entry.link or None,
        "xattrs": {name: data.hex() for name, data in sorted(entry.xattrs.items())},
        "device": list(entry.device) if entry.device != (0, 0) else None,
        "gone_in_layer": entry.gone if entry.gone >= 0 else None,
    }
    return found


def line(section: Section, change: Change) -> str:
    """The same as JSON: assembled by hand for plain files and directories, of which there may be a million."""
    entry = change.entry
    if change.kind != ADDED or entry.link or entry.xattrs or entry.device != (0, 0) or "##" in entry.path:
        return json_line(value(section, change))
    tail = _tails[entry.kind[0], entry.mode, entry.uid, entry.gid, entry.mtime, entry.gone]
    return f'{_head(section)}{_quoted(entry.path)}, "change": "added", "size": {change.size}, {tail}'


def lines(section: Section, block: Block) -> list[str] | None:
    """The lines of plain additions; None if one needs more than that."""
    if "##" in "\n".join(block.paths):
        return None
    sizes = block.tree.size[block.rows.start : block.rows.stop]
    head = _head(section)
    return [
        f'{head}{path}, "change": "added", "size": {size}, {tail}'
        for path, size, tail in zip(
            map(_quoted, block.paths), sizes, map(_tails.__getitem__, columns(block)), strict=True
        )
    ]


def _head(section: Section) -> str:
    return f'{{"step": {section.number or "null"}, "layer": {section.layer}, "path": '


def _tail(of: tuple[int, int, int, int, int, int]) -> str:
    """The members after the size."""
    kind, mode, uid, gid, mtime, gone = of
    moment = time(mtime)
    return (
        f'"what": [], "type": "{cells.type_name(kind)}", '
        f'"mode": "{mode:04o}", "uid": {uid}, "gid": {gid}, '
        f'"mtime": {_quoted(moment) if moment else "null"}, "link": null, "xattrs": {{}}, "device": null, '
        f'"gone_in_layer": {gone if gone >= 0 else "null"}}}'
    )


_tails = Memo(_tail)


@lru_cache(4096)
def time(nanoseconds: int) -> str | None:
    """RFC 3339, UTC; None if it is out of the calendar's range."""
    seconds, part = divmod(nanoseconds, 1_000_000_000)
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{part:09d}".rstrip("0") if part else "") + "Z"
