"""The report as Checkstyle XML, which Jenkins, Reviewdog and others read: one file per image, one error per finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

from reconstruct.audit.finding import Audit, Severity
from reconstruct.audit.formats.describe import file_name, told
from reconstruct.audit.formats.elements import document
from reconstruct.show.text import xml

_SEVERITIES = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "info",
    Severity.INFO: "info",
}


def pieces(audits: Iterable[Audit]) -> Iterator[str]:
    """Lines are those of the Dockerfile that `reconstruct dockerfile` writes; findings on the whole image are at line 1."""
    yield from document('checkstyle version="4.3"', map(_file, audits))


def _file(audit: Audit) -> ElementTree.Element:
    file = ElementTree.Element("file", name=xml(file_name(audit)))
    if audit.error is not None:
        _error(file, 1, "error", audit.error, "reconstruct.unreadable")
    for finding in audit.findings:
        _error(file, finding.line or 1, _SEVERITIES[finding.severity], told(finding), f"reconstruct.{finding.rule}")
    return file


def _error(file: ElementTree.Element, line: int, severity: str, message: str, source: str) -> None:
    ElementTree.SubElement(
        file, "error", line=str(line), column="1", severity=severity, message=xml(message), source=xml(source)
    )
