"""The report as JSON; `schema/audit.schema.json` describes it. It is also what `--baseline` reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from reconstruct import __version__
from reconstruct.audit.end_of_life import table_date
from reconstruct.audit.finding import Audit, Finding
from reconstruct.audit.formats.describe import counts, fired
from reconstruct.audit.rule import Rule
from reconstruct.show.text import json_text

FORMAT_VERSION = 1


def render(audits: Sequence[Audit]) -> str:
    return json_text(document(audits))


def schema() -> str:
    """The JSON Schema (2020-12) of what `render` writes."""
    return (Path(__file__).parent.parent / "schema" / "audit.schema.json").read_text(encoding="utf-8")


def document(audits: Sequence[Audit]) -> dict[str, Any]:
    """Sizes are bytes; `step` counts from 0 as `reconstruct ast` does, lines from 1."""
    return {
        "format": FORMAT_VERSION,
        "tool": {"name": "reconstruct", "version": __version__, "end_of_life_table": table_date()},
        "summary": {str(severity): count for severity, count in counts(audits).items()},
        "images": [_image(audit) for audit in audits],
        "rules": [rule_value(rule) for rule in fired(audits)],
    }


def _image(audit: Audit) -> dict[str, Any]:
    return {
        "image": audit.image,
        "id": audit.image_id,
        "tags": list(audit.tags),
        "platform": audit.platform or None,
        "created": audit.created,
        "steps": audit.steps,
        "size": audit.size,
        "base": audit.base or None,
        "findings": [_finding(finding) for finding in audit.findings],
        "notes": list(audit.notes),
        "suppressed": dict(audit.suppressed),
        "error": audit.error,
    }


def _finding(finding: Finding) -> Mapping[str, Any]:
    value = asdict(finding)
    value["severity"] = str(finding.severity)
    value["related"] = list(finding.related)
    return value


def rule_value(rule: Rule) -> dict[str, Any]:
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
