"""Aligned columns for a terminal: if they don't fit, those of least worth are dropped, and the last column wraps."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct import pattern
from reconstruct.record import dataclass
from reconstruct.show.text import disarmed

GAP = 2
_LEAST = 20
# Characters of which everyone knows that they take one column: ASCII's, and those that our tables draw with.
_PLAIN = pattern.compile(r"[ -~–…·×→│─⋮█▉▊▋▌▍▎▏]*+")


@dataclass(frozen=True)
class Column:
    """A column: its header, its worth (the lowest is dropped first; None never), its alignment."""

    head: str
    worth: int | None = None
    right: bool = False


@dataclass(frozen=True)
class Table:
    """A table as lines: its header, and the lines of each row."""

    head: str
    rows: tuple[tuple[str, ...], ...]


def cell_width(text: str) -> int:
    """The width of `text` in terminal columns: none for combining marks, two for wide characters."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def cut(text: str, width: int | None) -> str:
    """`text` in at most `width` columns, with `…` at the end if it was cut; unchanged if the width is
    None.
    """
    if width is None or cell_width(text) <= width:
        return text
    return text[: _fitting(text, width - 1)] + "…"


def _fitting(text: str, width: int, start: int = 0) -> int:
    """The end of the characters of `text` that fit in `width` columns, from `start` on."""
    used = 0
    for index in range(start, len(text)):
        used += cell_width(text[index])
        if used > width:
            return index
    return len(text)


def wrap(text: str, width: int | None, most: int | None = None) -> list[str]:
    """`text` in lines of at most `width` columns, broken at blanks where there are some; with more than `most` lines the
    last ends in `…`. One line where the width is None.
    """
    text = text.strip()
    if width is None or cell_width(text) <= width:
        return [text]
    lines: list[str] = []
    start = 0
    while (end := max(_fitting(text, width, start), start + 1)) < len(text):
        if len(lines) + 1 == most:
            return [*lines, text[start : _fitting(text, width - 1, start)] + "…"]
        # A blank right after the last character that fits is a break too; a break in the first third wastes the line.
        blank = text.rfind(" ", start, end + 1)
        end = blank if blank > start + (end - start) // 3 else end
        # This text is at the start of a line only now.
        lines.append(disarmed(text[start:end].rstrip()))
        start = end
        while text[start] == " ":
            start += 1
    return [*lines, disarmed(text[start:])]


def hanging(label: str, text: str, width: int | None, indent: int | None = None) -> list[str]:
    """`label` followed by `text`, with a hanging indent; `indent` is where the text begins (default: after the label)."""
    at = cell_width(label) if indent is None else indent
    room = None if width is None else max(width - at, 8)
    first, *rest = wrap(text, room)
    lines = [f"{label}{' ' * (at - cell_width(label))}{first}".rstrip(), *(" " * at + line for line in rest)]
    return [cut(line, width) for line in lines]


def fitted(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    width: int | None,
    *,
    least: int | None = None,
    most: int | None = None,
) -> Table:
    """The table in `width` columns; with None, one uncut line per row.

    Columns of least worth are dropped until the last one, which wraps, has `least` columns (default: half of the width). It
    takes at most `most` lines per row.
    """
    kept = _kept(columns, rows, width, max(width // 2, _LEAST) if width and least is None else least or _LEAST)
    shown = [columns[index] for index in kept]
    cells = [[row[index] for index in kept] for row in rows]
    last = None
    if width is not None:
        fixed = sum(_widest([column.head, *(row[at] for row in cells)]) + GAP for at, column in enumerate(shown[:-1]))
        last = max(width - fixed, 8)
    wrapped = [wrap(row[-1], last, most) for row in cells]
    rows = [
        [column.head for column in shown],
        *([*row[:-1], "\n".join(lines)] for row, lines in zip(cells, wrapped, strict=True)),
    ]
    head, *lines = [cut(line.rstrip(), width) for line in aligned(shown, rows)]
    taken = iter(lines)
    return Table(head, tuple(tuple(next(taken, "") for _ in part) for part in wrapped))


def aligned(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Sequence[str]:
    """The lines of a table without a header; a cell of several lines has blanks beside it.

    tabulate aligns what has characters of other widths; for the rest, which is most, importing it would take a sixth of a command.
    """
    if all(_PLAIN.fullmatch(line) for row in rows for cell in row for line in cell.split("\n")):
        return _aligned_plainly(columns, rows)
    from reconstruct.show.tables import tabulate

    # The head is a row, because tabulate makes its own heads two spaces too wide.
    align = ["right" if column.right else "left" for column in columns]
    return tabulate()(rows, tablefmt="plain", disable_numparse=True, colalign=align).split("\n")


def _aligned_plainly(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[str]:
    """`aligned` for cells whose characters all take one column."""
    cells = [[cell.strip().split("\n") for cell in row] for row in rows]
    widths = [max(len(line) for row in cells for line in row[at]) for at in range(len(columns))]
    broken = any(len(cell) > 1 for row in cells for cell in row)
    found = []
    for row in cells:
        if broken and not any(map(any, row)):
            # tabulate leaves out an empty row of a table in which some cell has several lines.
            continue
        for number in range(max(map(len, row))):
            line = [cell[number] if number < len(cell) else "" for cell in row]
            padded = [
                text.rjust(width) if column.right else text.ljust(width)
                for text, width, column in zip(line, widths, columns, strict=True)
            ]
            found.append((" " * GAP).join(padded).rstrip())
    return found


def _kept(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None, least: int) -> list[int]:
    """The columns that fit, by position."""
    kept = list(range(len(columns)))
    if width is None:
        return kept
    widths = [_widest([column.head, *(row[at] for row in rows)]) + GAP for at, column in enumerate(columns)]
    while sum(widths[index] for index in kept[:-1]) + least > width:
        spare = [(worth, index) for index in kept[:-1] if (worth := columns[index].worth) is not None]
        if not spare:
            break
        kept.remove(min(spare)[1])
    return kept


def grid(head: Sequence[str], rows: Sequence[Sequence[str]], right: str, width: int | None) -> list[str]:
    """The table's lines, head first, the last column cut. `right` has the heads of the right-aligned columns."""
    columns = [Column(name, right=name in right.split()) for name in head]
    table = fitted(columns, rows, width, least=_LEAST, most=1)
    return [table.head, *(line for lines in table.rows for line in lines)]


def _widest(column: Sequence[str]) -> int:
    return max(cell_width(cell) for cell in column)
