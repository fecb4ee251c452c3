"""The report as compiler messages (GNU Coding Standards, "Formatting Error Messages"), which editors and CI systems read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconstruct.audit.finding import Audit, Severity
from reconstruct.audit.formats.describe import file_name, told
from reconstruct.show.text import one_line

_WORDS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}


def pieces(audits: Iterable[Audit]) -> Iterator[str]:
    """`FILE:LINE: severity: message [RULE]`, one line per finding; nothing for images without findings."""
    for audit in audits:
        yield "".join(f"{one_line(line)}\n" for line in _lines(audit))


def _lines(audit: Audit) -> Iterator[str]:
    file = file_name(audit)
    if audit.error is not None:
        yield f"{file}:1: error: {audit.error}"
    for finding in audit.findings:
        yield f"{file}:{finding.line or 1}: {_WORDS[finding.severity]}: {told(finding)} [{finding.rule}]"
