"""The report as markdown, for a pull request or a ticket."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reconstruct.audit.finding import Audit, Finding
from reconstruct.audit.formats.describe import facts, fired, lines, place, stake, summary, suppressed

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&@$])")


def render(audits: Sequence[Audit]) -> str:
    """A section an image with a table, then a list of the rules that fired, with their pages."""
    parts = ["# Image audit", "", f"{len(audits)} image{'s' if len(audits) != 1 else ''}, {summary(audits)}."]
    for audit in audits:
        parts += ["", f"## {_text(audit.image)}", ""]
        if audit.error is not None:
            parts.append(f"Not read: {_text(audit.error)}")
            continue
        parts += [f"{_text(facts(audit))}: {summary([audit])}."]
        if audit.findings:
            parts += ["", "| Severity | Rule | Step | Line | Size | Finding |", "| --- | --- | --- | --: | --: | --- |"]
            parts += [_row(finding) for finding in audit.findings]
        left_out = suppressed(audit)
        if left_out:
            parts += ["", f"Left out: {left_out}."]
        for note in audit.notes:
            parts += ["", f"Note: {_text(note)}"]
    rules = fired(audits)
    if rules:
        parts += ["", "## Rules", ""]
        parts += [
            f"- **{rule.id}** {_text(rule.summary)}: {_text(rule.fix)} "
            + ", ".join(f"[{_text(reference.title)}]({reference.url})" for reference in rule.references)
            for rule in rules
        ]
    return "\n".join(parts) + "\n"


def _row(finding: Finding) -> str:
    text = _text(finding.message)
    if finding.evidence:
        text += f"<br>{_code(finding.evidence)}"
    cells = (str(finding.severity), finding.rule, _text(place(finding)), lines(finding), stake(finding), text)
    return "| " + " | ".join(cells) + " |"


def _text(text: str) -> str:
    """Text that shows as it is: nothing in it is markup, a mention or a link."""
    escaped = _SPECIAL.sub(r"\\\1", text)
    # Bare addresses become links by themselves.
    return re.sub(r"(?i)\b(https?|ftp)://", r"\1\\://", escaped).replace("www.", "www\\.")


def _code(text: str) -> str:
    """Text as code: in a table, a bar must be escaped even there."""
    safe = text.replace("|", "\\|")
    longest = max((len(run) for run in re.findall(r"`+", safe)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if safe.startswith("`") or safe.endswith("`") else ""
    return f"{fence}{pad}{safe}{pad}{fence}"
