"""The report as GitHub's workflow commands: printed in a job, each finding becomes an annotation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconstruct.audit.finding import Audit, Severity
from reconstruct.audit.formats.describe import file_name, told
from reconstruct.show.text import annotation

_COMMANDS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
    Severity.INFO: "notice",
}


def pieces(audits: Iterable[Audit]) -> Iterator[str]:
    """One command per line; nothing for images without findings."""
    for audit in audits:
        yield "".join(f"{line}\n" for line in _lines(audit))


def _lines(audit: Audit) -> Iterator[str]:
    file = annotation(file_name(audit), value=True)
    if audit.error is not None:
        yield f"::error file={file},title=unreadable::{annotation(audit.error)}"
    for finding in audit.findings:
        place = f"file={file},line={finding.line or 1},endLine={finding.end_line or finding.line or 1}"
        title = annotation(f"{finding.rule} {finding.name}", value=True)
        yield f"::{_COMMANDS[finding.severity]} {place},title={title}::{annotation(told(finding))}"
