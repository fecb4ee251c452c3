"""The report as GitHub's workflow commands: printed in a job, each finding becomes an annotation."""

from __future__ import annotations

from collections.abc import Sequence

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


def render(audits: Sequence[Audit]) -> str:
    """A command a line; nothing for images without findings."""
    lines = []
    for audit in audits:
        file = annotation(file_name(audit), value=True)
        if audit.error is not None:
            lines.append(f"::error file={file},title=unreadable::{annotation(audit.error)}")
        for finding in audit.findings:
            place = f"file={file},line={finding.line or 1},endLine={finding.end_line or finding.line or 1}"
            title = annotation(f"{finding.rule} {finding.name}", value=True)
            lines.append(f"::{_COMMANDS[finding.severity]} {place},title={title}::{annotation(told(finding))}")
    return "".join(f"{line}\n" for line in lines)
