"""The report as a wide table: sizes in bytes, digest and diff ID, media type, builder; then the layers'
URLs.
"""

from __future__ import annotations

from reconstruct.report import cells, table
from reconstruct.report.model import Report, Row
from reconstruct.show import grid, units
from reconstruct.show.text import one_line


def render(report: Report, *, width: int | None = None, color: bool = False) -> str:
    """The table. `width` is the terminal's, in columns; None cuts nothing."""
    head, rows = columns(report)
    right = "# Transfer Uncompressed"
    body = grid.grid(head, rows, right, width)
    sections = [
        *table.heading(report, width, color),
        "",
        *table.bordered(table.painted(body, report.rows, color), report, width),
        *addresses(report, width),
        *table.closing(report, width, color),
    ]
    return "\n".join(sections)


def columns(report: Report) -> tuple[list[str], list[list[str]]]:
    """The heads and the rows; columns that are empty throughout are left out."""
    measures = cells.measures(report)
    head = ["#", "Created (UTC)", "By", *[measure.capitalize() for measure in measures], "Share"]
    head += ["Layer", "Diff ID", "Media type", "Foreign", "Lines", "", "Instruction"]
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
        for row in report.rows
    ]
    kept = [index for index, name in enumerate(head) if name in ("#", "Layer", "Instruction") or _any(rows, index)]
    return [head[index] for index in kept], [[row[index] for index in kept] for row in rows]


def _any(rows: list[list[str]], index: int) -> bool:
    return any(row[index] for row in rows)


def _foreign(row: Row) -> str:
    return "foreign" if row.layer is not None and row.layer.foreign else ""


def addresses(report: Report, width: int | None) -> list[str]:
    """Where foreign layers come from, a line each."""
    found = [
        grid.cut(f"{cells.layer(row)}  {one_line(url)}", width)
        for row in report.rows
        if row.layer is not None
        for url in row.layer.urls
    ]
    return ["", "Layers from elsewhere:", *found] if found else []
