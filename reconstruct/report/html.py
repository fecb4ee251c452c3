"""The report as one HTML page: the largest steps, the layers as a bar, the steps, the Dockerfile."""

from __future__ import annotations

from reconstruct import __version__
from reconstruct.report import cells
from reconstruct.report.model import Report, Row, size_of
from reconstruct.report.sentence import gist, sentence
from reconstruct.show import page, units
from reconstruct.show.text import cell
from reconstruct.typed import Any

# A step's full text is behind its first characters.
_SHOWN = 160
# The minimum width, of 1000, at which a layer can be clicked.
_LEAST = 4.0


def render(report: Report) -> str:
    """The page. Raises ReconstructError if Jinja2 or Pygments isn't installed."""
    from reconstruct.writer import write

    steps = [row.step for row in report.rows if row.step]
    written = write(report.image, steps, base=report.base)
    base = [cell(row.text) for row in report.base_rows]
    notes = [f"{steps}, {level}: {text}" for level, steps, text in cells.notes(report)]
    return page.render(
        "report",
        title=", ".join(report.image.tags) or report.image.source or "Image",
        version=__version__,
        sentence=sentence(report),
        facts=cells.facts(report),
        measures=[measure.capitalize() for measure in cells.measures(report)],
        sizes=" and ".join(cells.measures(report)) or "unknown",
        bar=_bar(report),
        rows=_rows(report),
        notes=[*notes, *report.remarks, *report.image.notes],
        base_name=report.base.name,
        base_lines=page.code_lines("\n".join(base)) if base and not report.base.scratch else [],
        lines=page.code_lines(written.text),
    )


def _anchor(row: Row) -> str:
    return f"s{row.number}" if row.step else f"l{row.layer_index}"


def _bar(report: Report) -> list[dict[str, Any]]:
    """The layers from left to right, each with its position out of 1000 and its description."""
    rows = [row for row in report.rows if row.share]
    widths = [max((row.share or 0.0) * 1000, _LEAST) for row in rows]
    scale = 1000 / sum(widths) if widths else 1.0
    parts, left = [], 0.0
    for number, (row, width) in enumerate(zip(rows, widths, strict=True)):
        what = f"step {row.number}, {gist(row)}" if row.step else "a layer without a step"
        parts.append(
            {
                "anchor": _anchor(row),
                "label": f"{what}: {cells.size(row, report.measure) if report.measure else ''}, {cells.share(row)}",
                "kind": "bb" if row.in_base else f"b{number % 3}",
                "x": f"{left:.2f}",
                "width": f"{max(width * scale - 1, 1):.2f}",
            }
        )
        left += width * scale
    return parts


def _rows(report: Report) -> list[dict[str, Any]]:
    found = []
    border = cells.border(report).removeprefix("── ")
    for at, row in enumerate(report.rows):
        text = cells.instruction(row)
        first = bool(at) and border and not row.in_base and report.rows[at - 1].in_base
        found.append(
            {
                "anchor": _anchor(row),
                "number": cells.number(row),
                "created": cells.created(row),
                "sizes": [
                    {"text": cells.size(row, measure), "value": _bytes(row, measure)}
                    for measure in cells.measures(report)
                ],
                "share": cells.share(row),
                "share_value": f"{row.share:.6f}" if row.share is not None else "-1",
                "layer": cells.layer(row),
                "sure": row.certainty.value if row.step else "",
                "in_base": row.in_base,
                "border": border if first else "",
                "text": text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…",
                "files": [f"{units.human(file.size)} {file.path}" for file in row.files],
                "rest": row.text if len(text) > _SHOWN else "",
            }
        )
    return found


def _bytes(row: Row, measure: Any) -> int:
    size = size_of(row.layer, measure) if row.layer is not None else None
    return -1 if size is None else size
