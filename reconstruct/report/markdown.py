"""The report in GitHub-flavoured Markdown, for a pull request or a wiki."""

from __future__ import annotations

from reconstruct.report import cells
from reconstruct.report.model import Report, Row
from reconstruct.show import units
from reconstruct.show.text import code_block, code_span, markdown


def render(report: Report) -> str:
    """A table of facts, a table of steps, what is inferred or lost, and the Dockerfile's own lines if
    known.
    """
    from reconstruct.show.tables import tabulate

    first, *facts = [[name, code_span(value)] for name, value in cells.facts(report)]
    head, rows = _steps(report)
    # `pipe` supports column alignment; GitHub reads both.
    align = ["right" if name in ("#", "Transfer", "Uncompressed", "Share") else "left" for name in head]
    parts = [
        tabulate()(facts, headers=first, tablefmt="pipe", disable_numparse=True),
        tabulate()(rows, headers=head, tablefmt="pipe", disable_numparse=True, colalign=align if rows else None),
        _files(report),
        _notes(report),
        _addresses(report),
        _lines(report),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _steps(report: Report) -> tuple[list[str], list[list[str]]]:
    measures = cells.measures(report)
    head = ["#", "Created (UTC)", *[measure.capitalize() for measure in measures]]
    head += ["Share"] * bool(measures) + ["Layer", "", "Instruction"]
    rows = [
        [
            cells.number(row),
            markdown(cells.created(row), inside=True),
            *[cells.size(row, measure) for measure in measures],
            *[units.percent(row.share) if row.share is not None else ""] * bool(measures),
            code_span(cells.layer(row)) + (" foreign" if row.layer is not None and row.layer.foreign else ""),
            cells.mark(row).replace("~", "\\~"),
            code_span(cells.instruction(row)),
        ]
        for row in report.rows
    ]
    return head, rows


def _files(report: Report) -> str:
    """The largest files of each step, if layers were opened."""
    lines = [
        f"- {f'step {row.number}' if row.step else cells.layer(row)}: {units.human(file.size)} "
        f"{code_span(file.path, in_table=False)}"
        for row in report.rows
        for file in row.files
    ]
    return "\n".join(["Largest files:", "", *lines]) if lines else ""


def _notes(report: Report) -> str:
    lines = [f"- {steps}, {level}: {code_span(text, in_table=False)}" for level, steps, text in cells.notes(report)]
    lines += [f"- {code_span(remark, in_table=False)}" for remark in (*report.remarks, *report.image.notes)]
    marked = any(cells.mark(row) for row in report.rows)
    return "\n".join([*lines, *["\n\\~ inferred, ! lost"] * marked]).strip()


def _addresses(report: Report) -> str:
    lines = [
        f"- {code_span(cells.layer(row), in_table=False)}: {code_span(url, in_table=False)}"
        for row in report.rows
        if row.layer is not None
        for url in row.layer.urls
    ]
    return "\n".join(["Foreign layers:", "", *lines]) if lines else ""


def _lines(report: Report) -> str:
    """The original Dockerfile's lines of each step, from the build provenance."""
    parts = [_block(row) for row in report.rows if any(found.text for found in row.lines)]
    return "\n\n".join(["The Dockerfile's own lines:", *parts]) if parts else ""


def _block(row: Row) -> str:
    text = "\n".join(found.text for found in row.lines if found.text)
    name = f"Step {row.number}" if row.step else f"Layer {cells.layer(row)}"
    return f"{name}, lines {cells.lines(row)}:\n\n" + code_block(text, "dockerfile")
