"""The report for people: a table for each image, worst first."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.audit.finding import Audit, Finding, Severity
from reconstruct.audit.formats.describe import facts, lines, place, stake, summary, suppressed
from reconstruct.report.grid import grid

_COLORS = {
    Severity.CRITICAL: "1;31",
    Severity.HIGH: "31",
    Severity.MEDIUM: "33",
    Severity.LOW: "36",
    Severity.INFO: "2",
}
_HEAD = ("severity", "rule", "step", "line", "size", "finding")


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
    title = _paint(audit.image, "1", color)
    if audit.error is not None:
        return f"{title}\nnot read: {audit.error}"
    told = [title, facts(audit)]
    if audit.findings:
        told += ["", *_rows(audit.findings, color, width), ""]
    else:
        told.append("")
    told.append(summary([audit]))
    left_out = suppressed(audit)
    if left_out:
        told.append(f"left out: {left_out}")
    told.extend(f"note: {note}" for note in audit.notes)
    return "\n".join(told)


def _rows(findings: Sequence[Finding], color: bool, width: int | None) -> list[str]:
    rows = []
    for finding in findings:
        text = finding.message if not finding.evidence else f"{finding.message} │ {finding.evidence}"
        rows.append([str(finding.severity), finding.rule, place(finding), lines(finding), stake(finding), text])
    head, *body = grid(_HEAD, rows, "line size", width)
    return [
        _paint(head, "2", color),
        *(
            line.replace(str(finding.severity), _paint(str(finding.severity), _COLORS[finding.severity], color), 1)
            for finding, line in zip(findings, body, strict=True)
        ),
    ]


def _paint(text: str, code: str, color: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if color else text
