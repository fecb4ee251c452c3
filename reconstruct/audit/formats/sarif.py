"""The report as SARIF 2.1.0 (OASIS), for code scanning services.

Each image is an artifact: the Dockerfile that `reconstruct dockerfile` writes for it, with secrets masked, embedded, so
that the lines mean something to a reader who has only this file. Its URI is made from the image's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from reconstruct import __version__
from reconstruct.audit.finding import Audit, Finding, Severity
from reconstruct.audit.formats.describe import fired
from reconstruct.audit.rule import Rule
from reconstruct.show.text import json_text, visible

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
# Code scanning services sort by this number (0.0 to 10.0), the scale of CVSS.
_SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.0",
}


def render(audits: Sequence[Audit]) -> str:
    """One run for all images; an image that could not be read is a notification of the run."""
    rules = fired(audits)
    index = {rule.id: place for place, rule in enumerate(rules)}
    readable = [audit for audit in audits if audit.error is None]
    run = {
        "tool": {
            "driver": {
                "name": "reconstruct",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": len(readable) == len(audits),
                "toolExecutionNotifications": _notifications(audits),
            }
        ],
        "artifacts": [_artifact(audit) for audit in readable],
        "results": [
            _result(audit, place, finding, index) for place, audit in enumerate(readable) for finding in audit.findings
        ],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json_text(log)


def _uri(audit: Audit) -> str:
    return quote(f"{audit.image.lstrip('/')}.Dockerfile", safe="/")


def _artifact(audit: Audit) -> dict[str, Any]:
    return {
        "location": {"uri": _uri(audit)},
        "description": {"text": f"The Dockerfile reconstructed from {audit.image}, secrets masked"},
        "sourceLanguage": "dockerfile",
        "contents": {"text": visible(audit.dockerfile)},
    }


def _rule(rule: Rule) -> dict[str, Any]:
    references = "\n".join(f"- [{reference.title}]({reference.url})" for reference in rule.references)
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "help": {
            "text": f"{rule.why}\n\n{rule.fix}\n\n" + "\n".join(f"{r.title}: {r.url}" for r in rule.references),
            "markdown": f"{rule.why}\n\n**What to do:** {rule.fix}\n\n{references}",
        },
        "helpUri": rule.references[0].url,
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"security-severity": _SCORES[rule.severity], "tags": ["security", str(rule.family)]},
    }


def _result(audit: Audit, place: int, finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    text = finding.message if not finding.evidence else f"{finding.message}\n{finding.evidence}"
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [_location(audit, place, finding)],
        "partialFingerprints": {"reconstruct/v1": finding.fingerprint},
        "properties": {
            "image": audit.image,
            "severity": str(finding.severity),
            "security-severity": _SCORES[finding.severity],
            "number": finding.number,
            "historyEntry": finding.entry,
            "layer": finding.layer,
            "layerSize": finding.layer_size,
            "bytes": finding.bytes,
            "inBase": finding.in_base,
            "base": audit.base if finding.in_base and audit.base else None,
        },
    }
    if finding.related:
        result["relatedLocations"] = [
            {
                "id": number,
                "message": {"text": f"step {step + 1}"},
                "logicalLocations": [{"name": f"step {step + 1}", "kind": "member"}],
            }
            for number, step in enumerate(finding.related, start=1)
        ]
    return result


def _location(audit: Audit, place: int, finding: Finding) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(audit), "index": place}}
    # Services that show results beside lines want one: what concerns the whole image stands at the first.
    region: dict[str, Any] = {"startLine": finding.line or 1}
    if finding.end_line is not None:
        region["endLine"] = finding.end_line
    if finding.evidence:
        region["snippet"] = {"text": finding.evidence}
    physical["region"] = region
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding.step is not None:
        name = f"step {finding.number}"
        whole = f"{audit.image}: {name} {finding.instruction}".rstrip()
        location["logicalLocations"] = [{"name": name, "fullyQualifiedName": whole, "kind": "member"}]
    return location


def _notifications(audits: Sequence[Audit]) -> list[dict[str, Any]]:
    found = []
    for audit in audits:
        if audit.error is not None:
            found.append({"level": "error", "message": {"text": f"{audit.image}: {audit.error}"}})
        found.extend({"level": "note", "message": {"text": f"{audit.image}: {note}"}} for note in audit.notes)
    return found
