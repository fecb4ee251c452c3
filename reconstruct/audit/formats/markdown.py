"""The report as markdown, for a pull request or a ticket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconstruct.audit.finding import Audit, Finding
from reconstruct.audit.formats.describe import WORST_FIRST, facts, lines, place, stake, summary, suppressed
from reconstruct.audit.formats.totals import Totals, several
from reconstruct.audit.rule import Rule
from reconstruct.show.text import code_span, markdown


def pieces(audits: Iterable[Audit]) -> Iterator[str]:
    """The totals, one section per image with a table, then the rules that fired, with their pages."""
    audits, many = several(audits)
    totals = Totals()
    if many:
        from reconstruct.show.spool import Spool

        with Spool() as sections:
            for audit in totals.adding(audits):
                sections.write(_text(_section(audit)))
            yield _text(["# Image audit", "", f"{totals.told()}.", *_summary(totals)])
            yield from sections.pieces()
    else:
        below = _text([line for audit in totals.adding(audits) for line in _section(audit)])
        yield _text(["# Image audit", "", f"{totals.told()}."]) + below
    yield _text(_rules(totals.fired()))


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _summary(totals: Totals) -> Iterator[str]:
    """By rule, and the worst images."""
    if rules := totals.rules():
        yield from ("", "## By rule", "", "| Severity | Rule | Findings | Images |", "| --- | --- | --: | --: |")
        for one in rules:
            yield f"| {one.severity} | {one.rule} {markdown(one.name, inside=True)} | {one.findings:,} | {one.images:,} |"
        heads = " | ".join(str(severity) for severity in WORST_FIRST)
        yield from ("", "## Worst images", "", f"| Image | {heads} |", f"| --- |{' --: |' * len(WORST_FIRST)}")
        for image in totals.worst():
            yield f"| {markdown(image.name)} | {' | '.join(f'{count:,}' for count in image.counts)} |"
    if totals.unread:
        yield from ("", "## Not read", "")
        yield from (f"- {markdown(error)}" for error in totals.first_unread)
        if totals.unread > len(totals.first_unread):
            yield f"- and {totals.unread - len(totals.first_unread):,} more, below"


def _section(audit: Audit) -> Iterator[str]:
    yield from ("", f"## {markdown(audit.image)}", "")
    if audit.error is not None:
        yield f"Not read: {markdown(audit.error)}"
        return
    yield f"{markdown(facts(audit))}: {summary([audit])}."
    for heading, findings in audit.groups():
        yield from ("", f"### {markdown(heading[0].upper() + heading[1:])}") if heading else ()
        yield from ("", "| Severity | Rule | Step | Line | Size | Finding |", "| --- | --- | --- | --: | --: | --- |")
        yield from map(_row, findings)
    left_out = suppressed(audit)
    if left_out:
        yield from ("", f"Not shown: {left_out}.")
    for note in audit.notes:
        yield from ("", f"Note: {markdown(note)}")


def _rules(rules: list[Rule]) -> Iterator[str]:
    if rules:
        yield from ("", "## Rules", "")
    for rule in rules:
        pages = ", ".join(f"[{markdown(reference.title)}]({reference.url})" for reference in rule.references)
        yield f"- **{rule.id}** {markdown(rule.summary)}: {markdown(rule.fix)} {pages}"


def _row(finding: Finding) -> str:
    text = markdown(finding.message)
    if finding.evidence:
        text += f"<br>{code_span(finding.evidence)}"
    cells = (str(finding.severity), finding.rule, markdown(place(finding)), lines(finding), stake(finding), text)
    return "| " + " | ".join(cells) + " |"
