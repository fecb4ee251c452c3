"""The report as a table for a terminal: number, time, size, share, layer, instruction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconstruct.report import cells
from reconstruct.report.model import Report, Row
from reconstruct.report.sentence import sentence
from reconstruct.report.view import Fold, View, chosen, left_out
from reconstruct.show.grid import Column, Table, cut, fitted, hanging, wrap
from reconstruct.show.style import paint
from reconstruct.show.text import one_line
from reconstruct.show.units import human
from reconstruct.syntax import Certainty

_BY_CERTAINTY = {Certainty.INFERRED: "yellow", Certainty.LOST: "red"}
# The maximum number of lines for a step that is longer than the terminal is wide.
_MOST_LINES = 4
_ALL = View()


def render(report: Report, *, width: int | None = None, color: bool = False, view: View = _ALL) -> str:
    """The table. `width` is the terminal's, in columns; with None nothing is cut."""
    rows = chosen(report, view)
    columns, lines = _columns(report, rows)
    table = fitted(columns, lines, width, most=_MOST_LINES)
    return "\n".join(
        [
            *heading(report, width, color),
            "",
            *body(report, rows, table, width, color, view),
            *closing(report, width, color),
        ]
    )


def _columns(report: Report, rows: Sequence[Row | Fold]) -> tuple[list[Column], list[list[str]]]:
    """The columns and the cells of each row; columns without any known value are left out."""
    measures = cells.measures(report)
    located = any(row.lines for row in report.rows)
    columns = [Column("#", right=True), Column("Created (UTC)", 1)]
    columns += [Column(each.capitalize(), 8 if each is report.measure else 5, right=True) for each in measures]
    columns += [Column("Share", 3), Column("", 6, right=True)] * bool(measures) + [Column("Layer", 2)]
    columns += [Column("Lines", 4)] * located + [Column("", 7), Column("Instruction")]
    found = []
    for row in rows:
        if isinstance(row, Fold):
            found.append([_numbers(row), *[""] * (len(columns) - 2), f"{row.keywords}: no layer"])
            continue
        line = [cells.number(row), cells.created(row), *[cells.size(row, measure) for measure in measures]]
        line += [cells.bar(row), cells.share(row)] * bool(measures) + [cells.layer(row)]
        line += [cells.lines(row)] * located + [cells.mark(row), cells.instruction(row)]
        found.append(line)
    return columns, found


def _numbers(fold: Fold) -> str:
    return f"{fold.rows[0].number}-{fold.rows[-1].number}"


def heading(report: Report, width: int | None, color: bool) -> list[str]:
    """The largest parts, in a sentence, and the facts of the image, one per line."""
    facts = cells.facts(report)
    widest = max((len(name) for name, _ in facts), default=0)
    lines = [paint(line, "bold", color) for line in wrap(sentence(report), width)] + [""]
    for name, value in facts:
        first, *rest = hanging(name, value, width, widest + 2)
        lines += [paint(first[:widest], "bold", color) + first[widest:], *rest]
    return lines


def body(
    report: Report, rows: Sequence[Row | Fold], table: Table, width: int | None, color: bool, view: View
) -> list[str]:
    """The table's lines in colour: the header bold, steps by certainty; a line separates the base from the image's own steps."""
    found = [paint(table.head, "bold", color)]
    border = cells.border(report) if view.sort == "step" else ""
    for row, lines in zip(rows, table.rows, strict=True):
        if border and not row.in_base and len(found) > 1:
            found += hanging("── ", border.removeprefix("── "), width)
            border = ""
        border = border if row.in_base else ""
        found += [paint(line, _style(row), color) for line in lines]
        found += () if isinstance(row, Fold) else _files(row, width)
    rest = left_out(report, view)
    folded = any(isinstance(row, Fold) for row in rows)
    remarks = [f"({rest})"] * bool(rest)
    remarks += ["(--all lists each step without a layer)"] * folded
    return found + [paint(line, "dim", color) for remark in remarks for line in wrap(remark, width)]


def _files(row: Row, width: int | None) -> list[str]:
    """The layer's largest files, one per line below the step's."""
    return [cut(f"{'':5}{human(file.size):>9}  {one_line(file.path)}", width) for file in row.files]


def _style(row: Row | Fold) -> str | None:
    if isinstance(row, Fold) or row.step is None:
        return "dim"
    return _BY_CERTAINTY.get(row.certainty) or ("dim" if row.layer is None and row.layer_known else None)


def closing(report: Report, width: int | None, color: bool) -> list[str]:
    """What was inferred or lost, and remarks on the whole."""
    lines = [line for one in _notes(report) for line in _painted(*one, width, color)]
    lines += [line for remark in report.remarks for line in hanging("note: ", one_line(remark), width)]
    legend = [f"{cells.MARKS[level]} {level}" for level in cells.MARKS if cells.MARKS[level]]
    marked = any(cells.mark(row) for row in report.rows)
    return [*[""] * bool(lines or marked), *lines, *[cut("(" + ", ".join(legend) + ")", width)] * marked]


def _notes(report: Report) -> Iterator[tuple[Certainty, str, str]]:
    for level, steps, text in cells.notes(report):
        yield level, f"{cells.MARKS[level]} ", f"{steps}: {text}"


def _painted(level: Certainty, label: str, text: str, width: int | None, color: bool) -> Iterable[str]:
    return (paint(line, _BY_CERTAINTY.get(level), color) for line in hanging(label, text, width))
