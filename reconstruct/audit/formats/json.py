"""The report as JSON; `schema/audit.schema.json` describes it. It is also what `--baseline` reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconstruct import __version__
from reconstruct.audit.end_of_life import table_date
from reconstruct.audit.finding import Audit, Finding
from reconstruct.audit.fingerprint import VERSION
from reconstruct.audit.formats.describe import counted, counts, fired
from reconstruct.audit.formats.totals import Totals, several
from reconstruct.audit.rule import Rule
from reconstruct.show.text import json_array, json_members, json_text
from reconstruct.typed import Any

FORMAT_VERSION = 2


def pieces(audits: Iterable[Audit]) -> Iterator[str]:
    """One JSON document. For several images it is written as they come, with the totals at the end."""
    audits, many = several(audits)
    if not many:
        yield json_text(document(list(audits)))
        return
    totals = Totals()
    yield f"{{\n  {json_members(_head(), 2)},\n"
    yield '  "images": '
    yield from json_array((image_value(audit) for audit in totals.adding(audits)), 2)
    rules = [rule_value(rule) for rule in totals.fired()]
    yield f",\n  {json_members({'summary': totals.by_severity(), 'rules': rules}, 2)}\n}}\n"


def schema() -> str:
    """The JSON Schema (2020-12) of the document; a line of JSON lines is its `$defs/image`."""
    from pathlib import Path

    return (Path(__file__).parent.parent / "schema" / "audit.schema.json").read_text(encoding="utf-8")


def document(audits: Sequence[Audit]) -> dict[str, Any]:
    """Sizes are bytes; steps (`number`, `related`) and lines count from 1, `entry` is the index in the history."""
    return {
        **_head(),
        "summary": {str(severity): count for severity, count in counts(audits).items()},
        "images": [image_value(audit) for audit in audits],
        "rules": [rule_value(rule) for rule in fired(audits)],
    }


def _head() -> dict[str, Any]:
    return {
        "format": FORMAT_VERSION,
        "tool": {"name": "reconstruct", "version": __version__, "end_of_life_table": table_date()},
    }


def image_value(audit: Audit) -> dict[str, Any]:
    """An image's audit as plain values for JSON: an element of `images`, a line of JSON lines."""
    own = [finding for finding in audit.findings if not finding.in_base]
    below = [finding for finding in audit.findings if finding.in_base]
    return {
        "image": audit.image,
        "id": audit.image_id,
        "tags": list(audit.tags),
        "platform": audit.platform or None,
        "created": audit.created,
        "steps": audit.steps,
        "size": audit.size,
        "base": audit.base or None,
        "summary": {"own": _counted(own), "base": _counted(below)},
        "fingerprint_version": VERSION,
        "findings": [finding.to_dict() for finding in audit.findings],
        "notes": list(audit.notes),
        "suppressed": dict(audit.suppressed),
        "ignored": [{**one.finding.to_dict(), "reason": one.reason, "expires": one.expires} for one in audit.ignored],
        "error": audit.error,
    }


def _counted(findings: Sequence[Finding]) -> dict[str, int]:
    return {str(severity): count for severity, count in counted(findings).items()}


def rule_value(rule: Rule) -> dict[str, Any]:
    """A rule as plain values for JSON: its texts and references, without its `check`."""
    return {
        "id": rule.id,
        "name": rule.name,
        "family": str(rule.family),
        "severity": str(rule.severity),
        "summary": rule.summary,
        "why": rule.why,
        "fix": rule.fix,
        "references": [{"title": reference.title, "url": reference.url} for reference in rule.references],
    }
