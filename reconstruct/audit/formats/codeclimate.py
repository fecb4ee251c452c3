"""The report as Code Climate's issues in JSON, which GitLab shows in a merge request (Code Quality)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconstruct.audit.finding import Audit, Family, Finding, Severity
from reconstruct.audit.formats.describe import file_name, fired, told
from reconstruct.show.text import json_array, visible
from reconstruct.typed import Any

_SEVERITIES = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}


def pieces(audits: Iterable[Audit]) -> Iterator[str]:
    """An array of issues. An image that couldn't be read is an issue too."""
    yield from json_array(issue for audit in audits for issue in _issues(audit))
    yield "\n"


def _issues(audit: Audit) -> Iterator[dict[str, Any]]:
    if audit.error is not None:
        yield _issue(audit, "unreadable", audit.error, "blocker", 1, f"unreadable-{file_name(audit)}", None)
    rules = {rule.id: rule for rule in fired([audit])}
    for finding in audit.findings:
        rule = rules[finding.rule]
        category = "Security" if rule.family in (Family.SECRETS, Family.SOURCES, Family.RUNNING) else "Clarity"
        found = _of(audit, finding)
        yield {**found, "categories": [category], "content": {"body": f"{rule.why}\n\n{rule.fix}"}}


def _of(audit: Audit, finding: Finding) -> dict[str, Any]:
    severity = _SEVERITIES[finding.severity]
    print_ = f"{finding.fingerprint}-{file_name(audit)}"
    return _issue(audit, finding.rule, told(finding), severity, finding.line or 1, print_, finding.end_line)


def _issue(audit: Audit, check: str, text: str, severity: str, line: int, print_: str, end: Any) -> dict[str, Any]:
    return {
        "type": "issue",
        "check_name": check,
        "description": visible(text),
        "categories": ["Security"],
        "severity": severity,
        "fingerprint": visible(print_),
        "location": {"path": visible(file_name(audit)), "lines": {"begin": line, "end": end or line}},
    }
