"""The report as a wide table: sizes in bytes, digest and diff ID, media type, builder; then the layers'
URLs.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.report import cells, table
from reconstruct.report.model import Report, Row
from reconstruct.report.view import View, chosen
from reconstruct.show import grid, units
from reconstruct.show.grid import Column, fitted
from reconstruct.show.text import one_line

_ALL = View()


def render(report: Report, *, width: int | None = None, color: bool = False, view: View = _ALL) -> str:
    """The table. `width` is the terminal's, in columns; with None nothing is cut."""
    rows = chosen(report, View(sort=view.sort, top=view.top))
    columns, lines = _columns(report, [row for row in rows if isinstance(row, Row)])
    found = fitted(columns, lines, width)
    sections = [
        *table.heading(report, width, color),
        "",
        *table.body(report, rows, found, width, color, view),
        *addresses(report, width),
        *table.closing(report, width, color),
    ]
    return "\n".join(sections)


def _columns(report: Report, shown: Sequence[Row]) -> tuple[list[Column], list[list[str]]]:
    """The columns and the cells of each row; completely empty columns are left out."""
    measures = cells.measures(report)
    columns = [Column("#", right=True), Column("Created (UTC)", 1), Column("By", 4)]
    columns += [Column(each.capitalize(), 20, right=True) for each in measures]
    columns += [Column("Share", 6, right=True), Column("Layer", 10), Column("Diff ID", 9), Column("Media type", 3)]
    columns += [Column("Foreign", 5), Column("Lines", 7), Column("", 8), Column("Instruction")]
    rows = [
        [
            cells.number(row),
            cells.created(row),
            row.step.dialect.value if row.step and row.step.entry else "",
            *[cells.size(row, measure, exact=True) for measure in measures],
            cells.share(row),
            cells.layer(row),
            one_line(units.short(row.layer.diff_id)) if row.layer else "",
            cells.media_type(row),
            _foreign(row),
            cells.lines(row),
            cells.mark(row),
            cells.instruction(row),
        ]
        for row in shown
    ]
    named = ("#", "Layer", "Instruction")
    kept = [at for at, column in enumerate(columns) if column.head in named or any(row[at] for row in rows)]
    return [columns[at] for at in kept], [[row[at] for at in kept] for row in rows]


def _foreign(row: Row) -> str:
    return "foreign" if row.layer is not None and row.layer.foreign else ""


def addresses(report: Report, width: int | None) -> list[str]:
    """The URLs of foreign layers, one per line."""
    found = [
        grid.cut(f"{cells.layer(row)}  {one_line(url)}", width)
        for row in report.rows
        if row.layer is not None
        for url in row.layer.urls
    ]
    return ["", "Foreign layers:", *found] if found else []
