"""The report as markdown, for a pull request or a ticket."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.audit.finding import Audit, Finding
from reconstruct.audit.formats.describe import facts, fired, lines, place, stake, summary, suppressed
from reconstruct.show.text import code_span, markdown


def render(audits: Sequence[Audit]) -> str:
    """A section an image with a table, then a list of the rules that fired, with their pages."""
    parts = ["# Image audit", "", f"{len(audits)} image{'s' if len(audits) != 1 else ''}, {summary(audits)}."]
    for audit in audits:
        parts += ["", f"## {markdown(audit.image)}", ""]
        if audit.error is not None:
            parts.append(f"Not read: {markdown(audit.error)}")
            continue
        parts += [f"{markdown(facts(audit))}: {summary([audit])}."]
        for heading, findings in audit.groups():
            parts += ["", f"### {markdown(heading[0].upper() + heading[1:])}"] if heading else []
            parts += ["", "| Severity | Rule | Step | Line | Size | Finding |", "| --- | --- | --- | --: | --: | --- |"]
            parts += [_row(finding) for finding in findings]
        left_out = suppressed(audit)
        if left_out:
            parts += ["", f"Left out: {left_out}."]
        for note in audit.notes:
            parts += ["", f"Note: {markdown(note)}"]
    rules = fired(audits)
    if rules:
        parts += ["", "## Rules", ""]
        parts += [
            f"- **{rule.id}** {markdown(rule.summary)}: {markdown(rule.fix)} "
            + ", ".join(f"[{markdown(reference.title)}]({reference.url})" for reference in rule.references)
            for rule in rules
        ]
    return "\n".join(parts) + "\n"


def _row(finding: Finding) -> str:
    text = markdown(finding.message)
    if finding.evidence:
        text += f"<br>{code_span(finding.evidence)}"
    cells = (str(finding.severity), finding.rule, markdown(place(finding)), lines(finding), stake(finding), text)
    return "| " + " | ".join(cells) + " |"
