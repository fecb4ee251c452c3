"""The chain as a table: one row per image, distribution first, with the evidence below."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct import times
from reconstruct.base.model import Chain, Part
from reconstruct.show import grid, moments, style, units
from reconstruct.show.text import one_line

UNKNOWN = "unknown"
NO_NAME = "(unnamed)"
# The number of further names shown; JSON has all.
_MOST_NAMES = 12
# Columns with a higher worth are kept longer on a narrow terminal.
_WORTH = {"Entries": 4, "Layers": 2, "Transfer": 5, "Uncompressed": 3, "Created (UTC)": 1, "Certainty": 6}
_RIGHT = ("#", "Layers", "Transfer", "Uncompressed")


def render(chain: Chain, *, width: int | None = None, color: bool = False) -> str:
    """The table. `width` is the terminal's, in columns; with None nothing is cut."""
    parts = (*chain.images, chain.own)
    head = ["#", "Entries", "Layers", *_measures(parts), "Created (UTC)", "Certainty", "Image"]
    rows = [_row(number, part, chain, head) for number, part in enumerate(parts, 1)]
    columns = [grid.Column(name, _WORTH.get(name), right=name in _RIGHT) for name in head]
    table = grid.fitted(columns, rows, width)
    shown = [style.paint(table.head, "bold", color), *(line for row in table.rows for line in row), ""]
    for number, part in enumerate(chain.images, 1):
        shown += [piece for line in _evidence(number, part) for piece in _hung(line, width)]
    if chain.known_as:
        shown += grid.wrap(f"the image itself is known as {one_line(_names(chain.known_as))}", width)
    shown += grid.wrap(_conclusion(chain), width)
    return "\n".join(shown)


def _hung(line: str, width: int | None) -> list[str]:
    """A line of evidence, wrapped under its text."""
    return grid.hanging(line[:3], line[3:], width, 3)


def _measures(parts: Sequence[Part]) -> list[str]:
    """The kinds of size that some part has."""
    kinds = (("Transfer", [part.transfer for part in parts]), ("Uncompressed", [part.uncompressed for part in parts]))
    return [kind for kind, sizes in kinds if any(sizes)]


def _row(number: int, part: Part, chain: Chain, head: Sequence[str]) -> list[str]:
    own = part is chain.own
    sizes = {"Transfer": part.transfer, "Uncompressed": part.uncompressed}
    return [
        str(number),
        _span(part),
        UNKNOWN if part.layers is None else str(part.layers),
        *[_size(sizes[kind]) for kind in head if kind in sizes],
        _time(part.newest),
        "" if own else part.certainty.value,
        "the image's own steps" if own else one_line(part.name or NO_NAME),
    ]


def _span(part: Part) -> str:
    first, last = part.first + 1, part.entries
    return "none" if last < first else str(first) if last == first else f"{first}-{last}"


def _size(size: int | None) -> str:
    return UNKNOWN if size is None else units.human(size)


def _time(text: str | None) -> str:
    moment = times.parse(text)
    return moments.plain(moment) if moment is not None else UNKNOWN


def _evidence(number: int, part: Part) -> list[str]:
    lines = [f"{number}: {one_line('; '.join(part.reasons))}"]
    if part.digest:
        lines.append(f"   {part.digest}")
    if others := [name for name in part.names if name != part.name]:
        lines.append(f"   also {one_line(_names(others))}")
    return lines


def _names(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _conclusion(chain: Chain) -> str:
    if chain.base.scratch:
        return "no base image has a known name"
    return f"FROM {one_line(chain.base.written)}"
