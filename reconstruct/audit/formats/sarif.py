"""The report as SARIF 2.1.0 (OASIS), for code scanning services.

Each image is an artifact: the Dockerfile that `reconstruct dockerfile` writes for it, with secrets masked, embedded so
that the lines make sense with only this file. Its URI is made from the image's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from reconstruct import __version__
from reconstruct.audit.finding import Audit, Finding, Severity
from reconstruct.audit.fingerprint import VERSION
from reconstruct.audit.formats.describe import fired
from reconstruct.audit.formats.totals import Totals, several
from reconstruct.audit.rule import Rule
from reconstruct.show.text import json_array, json_line, json_members, json_text, visible
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.show.spool import Spool

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


def pieces(audits: Iterable[Audit]) -> Iterator[str]:
    """One run for all images; an image that couldn't be read is a notification of the run.

    The results of several are written as they come, followed by what is only known at the end (rules, artifacts).
    """
    audits, many = several(audits)
    if many:
        yield from _streamed(audits)
    else:
        yield json_text(_log(list(audits)))


def _log(audits: Sequence[Audit]) -> dict[str, Any]:
    rules = fired(audits)
    index = {rule.id: place for place, rule in enumerate(rules)}
    readable = [audit for audit in audits if audit.error is None]
    run = {
        "tool": _tool([_rule(rule) for rule in rules]),
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": len(readable) == len(audits),
                "toolExecutionNotifications": [told for audit in audits for told in _notifications(audit)],
            }
        ],
        "artifacts": [_artifact(audit) for audit in readable],
        "results": [
            _result(audit, place, finding, index) for place, audit in enumerate(readable) for finding in audit.findings
        ],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _tool(rules: list[dict[str, Any]]) -> dict[str, Any]:
    driver = {"name": "reconstruct", "version": __version__, "semanticVersion": __version__, "rules": rules}
    return {"driver": driver}


def _streamed(audits: Iterable[Audit]) -> Iterator[str]:
    from reconstruct.show.spool import Spool

    totals = Totals()
    index: dict[str, int] = {}
    with Spool() as artifacts, Spool() as notifications:
        yield f'{{\n  {json_members({"$schema": SCHEMA, "version": "2.1.0"}, 2)},\n  "runs": [\n    {{\n'
        yield '      "columnKind": "unicodeCodePoints",\n      "results": '
        yield from json_array(_results(totals.adding(audits), index, _Elements(artifacts), _Elements(notifications)), 6)
        yield ',\n      "artifacts": ['
        yield from artifacts.pieces()
        yield '],\n      "invocations": [{"executionSuccessful": '
        yield f'{"false" if totals.unread else "true"}, "toolExecutionNotifications": ['
        yield from notifications.pieces()
        rules = {rule.id: rule for rule in totals.fired()}
        members = json_members({"tool": _tool([_rule(rules[rule]) for rule in index])}, 6)
        yield f"]}}],\n      {members}\n    }}\n  ]\n}}\n"


class _Elements:
    """The elements of an array, one per line, kept in a spool."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self.count = 0

    def add(self, value: dict[str, Any]) -> None:
        self._spool.write(f"{',' if self.count else ''}\n        {json_line(value)}")
        self.count += 1


def _results(
    audits: Iterable[Audit], index: dict[str, int], artifacts: _Elements, notifications: _Elements
) -> Iterator[dict[str, Any]]:
    """The results of all images, one after the other. `index` gets the rules in the order in which they first fire."""
    for audit in audits:
        for told in _notifications(audit):
            notifications.add(told)
        if audit.error is not None:
            continue
        for finding in audit.findings:
            index.setdefault(finding.rule, len(index))
        place = artifacts.count
        artifacts.add(_artifact(audit))
        yield from (_result(audit, place, finding, index) for finding in audit.findings)


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
        "partialFingerprints": {f"reconstruct/v{VERSION}": finding.fingerprint},
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
    # Services that show results next to lines need one: findings on the whole image are at the first.
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


def _notifications(audit: Audit) -> Iterator[dict[str, Any]]:
    if audit.error is not None:
        yield {"level": "error", "message": {"text": f"{audit.image}: {audit.error}"}}
    for note in audit.notes:
        yield {"level": "note", "message": {"text": f"{audit.image}: {note}"}}
