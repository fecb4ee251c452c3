"""The report as a table for a terminal: number, time, size, share, layer, instruction."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.report import cells
from reconstruct.report.model import Report, Row
from reconstruct.show import grid
from reconstruct.show.style import paint
from reconstruct.show.text import one_line
from reconstruct.syntax import Certainty

_BY_CERTAINTY = {Certainty.INFERRED: "yellow", Certainty.LOST: "red"}


def render(report: Report, *, width: int | None = None, color: bool = False) -> str:
    """The table. `width` is the terminal's, in columns; None cuts nothing."""
    head, rows = columns(report)
    right = "# Transfer Uncompressed"
    body = grid.grid(head, rows, right, width)
    return "\n".join(
        [
            *heading(report, width, color),
            "",
            *bordered(painted(body, report.rows, color), report, width),
            *closing(report, width, color),
        ]
    )


def columns(report: Report) -> tuple[list[str], list[list[str]]]:
    """The heads and the rows; columns that nothing is known for are left out."""
    measures = cells.measures(report)
    located = any(row.lines for row in report.rows)
    head = ["#", "Created (UTC)", *[measure.capitalize() for measure in measures]]
    head += ["Share"] * bool(measures) + ["Layer"] + ["Lines"] * located + ["", "Instruction"]
    rows = []
    for row in report.rows:
        line = [cells.number(row), cells.created(row), *[cells.size(row, measure) for measure in measures]]
        line += [cells.share(row)] * bool(measures) + [cells.layer(row)]
        line += [cells.lines(row)] * located + [cells.mark(row), cells.instruction(row)]
        rows.append(line)
    return head, rows


def heading(report: Report, width: int | None, color: bool) -> list[str]:
    """The facts of the image, a line each."""
    facts = cells.facts(report)
    widest = max((len(name) for name, _ in facts), default=0)
    lines = [grid.cut(f"{name:<{widest}}  {value}", width) for name, value in facts]
    return [paint(line[:widest], "bold", color) + line[widest:] for line in lines]


def painted(lines: Sequence[str], rows: Sequence[Row], color: bool) -> list[str]:
    """The table's lines in colour: the head bold, a step as sure as it is."""
    head, *body = lines
    return [
        paint(head, "bold", color),
        *[paint(line, _style(row), color) for line, row in zip(body, rows, strict=True)],
    ]


def bordered(lines: Sequence[str], report: Report, width: int | None) -> list[str]:
    """The table's lines with one between the base's rows and the image's own, which sums both."""
    found = cells.border(report)
    behind = 1 + len(report.base_rows)
    return [*lines[:behind], *[grid.cut(found, width)] * bool(found), *lines[behind:]]


def _style(row: Row) -> str | None:
    if row.step is None:
        return "dim"
    return _BY_CERTAINTY.get(row.certainty) or ("dim" if row.layer is None and row.layer_known else None)


def closing(report: Report, width: int | None, color: bool) -> list[str]:
    """What was inferred or lost, and remarks on the whole."""
    lines = [
        paint(grid.cut(f"{cells.MARKS[level]} {steps}: {text}", width), _BY_CERTAINTY.get(level), color)
        for level, steps, text in cells.notes(report)
    ]
    lines += [grid.cut(f"note: {one_line(remark)}", width) for remark in report.remarks]
    legend = [f"{cells.MARKS[level]} {level}" for level in cells.MARKS if cells.MARKS[level]]
    marked = any(cells.mark(row) for row in report.rows)
    return [*[""] * bool(lines or marked), *lines, *[grid.cut("(" + ", ".join(legend) + ")", width)] * marked]
