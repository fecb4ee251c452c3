"""The report for people: a table for each image, worst first."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.audit.finding import Audit, Finding, Severity
from reconstruct.audit.formats.describe import facts, lines, place, short_id, stake, summary, suppressed
from reconstruct.show.grid import Column, fitted, hanging
from reconstruct.show.style import paint

_COLORS = {
    Severity.CRITICAL: "alarm",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}
# Size and line go first where the terminal is narrow: the finding is what is read.
_COLUMNS = (
    Column("severity"),
    Column("rule"),
    Column("step", 3),
    Column("line", 2, right=True),
    Column("size", 1, right=True),
    Column("id", 0),
    Column("finding"),
)
_MOST_LINES = 6


def render(audits: Sequence[Audit], *, color: bool = False, width: int | None = None) -> str:
    """One block an image, and a line on all of them where there are several."""
    blocks = [_block(audit, color, width) for audit in audits]
    if len(audits) > 1:
        failed = sum(audit.error is not None for audit in audits)
        unread = f"; {failed} could not be read" if failed else ""
        blocks.append(f"{len(audits)} images, {summary(audits)}{unread}")
    if any(audit.findings for audit in audits):
        blocks.append("reconstruct explain RULE tells why a finding matters and what to do.")
    return "\n\n".join(blocks)


def _block(audit: Audit, color: bool, width: int | None) -> str:
    title = paint(audit.image, "bold", color)
    if audit.error is not None:
        return f"{title}\nnot read: {audit.error}"
    told = [title, facts(audit)]
    if audit.findings:
        told += ["", *_rows(audit, color, width), ""]
    else:
        told.append("")
    told.append(summary([audit]))
    left_out = suppressed(audit)
    if left_out:
        told.append(f"left out: {left_out}")
    told.extend(line for note in audit.notes for line in hanging("note: ", note, width))
    return "\n".join(told)


def _rows(audit: Audit, color: bool, width: int | None) -> list[str]:
    """The table's lines: the image's own findings, then those in its base behind a line that says so."""
    ordered = [finding for _, group in audit.groups() for finding in group]
    table = fitted(_COLUMNS, [_row(finding) for finding in ordered], width, most=_MOST_LINES)
    blocks = iter(
        [_painted(finding, first, color), *rest] for finding, (first, *rest) in zip(ordered, table.rows, strict=True)
    )
    told = [paint(table.head, "dim", color)]
    for heading, group in audit.groups():
        told += [paint(f"{heading}:", "bold", color)] if heading else []
        told += [line for _ in group for line in next(blocks)]
    return told


def _row(finding: Finding) -> list[str]:
    text = finding.message if not finding.evidence else f"{finding.message} │ {finding.evidence}"
    return [
        str(finding.severity),
        finding.rule,
        place(finding),
        lines(finding),
        stake(finding),
        short_id(finding),
        text,
    ]


def _painted(finding: Finding, line: str, color: bool) -> str:
    severity = str(finding.severity)
    return line.replace(severity, paint(severity, _COLORS[finding.severity], color), 1)
