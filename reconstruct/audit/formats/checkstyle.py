"""The report as Checkstyle XML, which Jenkins, Reviewdog and others read: a file an image, an error a finding."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from reconstruct.audit.finding import Audit, Severity
from reconstruct.audit.formats.describe import file_name, told
from reconstruct.show.text import xml

_SEVERITIES = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "info",
    Severity.INFO: "info",
}


def render(audits: Sequence[Audit]) -> str:
    """Lines are those of the Dockerfile that `reconstruct dockerfile` writes; what concerns the whole image stands at 1."""
    root = ElementTree.Element("checkstyle", version="4.3")
    for audit in audits:
        file = ElementTree.SubElement(root, "file", name=xml(file_name(audit)))
        if audit.error is not None:
            _error(file, 1, "error", audit.error, "reconstruct.unreadable")
        for finding in audit.findings:
            _error(file, finding.line or 1, _SEVERITIES[finding.severity], told(finding), f"reconstruct.{finding.rule}")
    ElementTree.indent(root)
    text: str = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _error(file: ElementTree.Element, line: int, severity: str, message: str, source: str) -> None:
    ElementTree.SubElement(
        file, "error", line=str(line), column="1", severity=severity, message=xml(message), source=xml(source)
    )
