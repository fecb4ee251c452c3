"""The report for people: the totals, then a table for each image, worst first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconstruct.audit.finding import Audit, Finding, Severity
from reconstruct.audit.fingerprint import short
from reconstruct.audit.formats.describe import WORST_FIRST, facts, lines, place, stake, summary, suppressed
from reconstruct.audit.formats.totals import Totals, several
from reconstruct.show.grid import Column, cut, fitted, hanging
from reconstruct.show.style import paint
from reconstruct.show.text import one_line

_COLORS = {
    Severity.CRITICAL: "alarm",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}
# On a narrow terminal, size and line are dropped first, because the finding is what matters.
_COLUMNS = (
    Column("severity"),
    Column("rule"),
    Column("step", 3),
    Column("line", 2, right=True),
    Column("size", 1, right=True),
    Column("id", 0),
    Column("finding"),
)
_MOST_LINES = 6
_RULES = (Column("severity"), Column("findings", right=True), Column("images", right=True), Column("rule"))
_WORST = (*(Column(str(severity), right=True) for severity in WORST_FIRST), Column("image"))
_EXPLAIN = "`reconstruct explain RULE` says why a finding matters and how to fix it.\n"


def pieces(audits: Iterable[Audit], *, color: bool = False, width: int | None = None) -> Iterator[str]:
    """One block per image; if there are several, the totals first, and again in a line at the end."""
    audits, many = several(audits)
    totals = Totals()
    if not many:
        yield "".join(f"{_block(audit, color, width)}\n" for audit in totals.adding(audits))
    else:
        from reconstruct.show.spool import Spool

        with Spool() as blocks:
            for audit in totals.adding(audits):
                blocks.write(f"\n{_block(audit, color, width)}\n")
            yield "".join(f"{line}\n" for line in _summary(totals, color, width))
            yield from blocks.pieces()
        yield f"\n{totals.told()}\n"
    if totals.severities:
        yield f"\n{_EXPLAIN}"


def _summary(totals: Totals, color: bool, width: int | None) -> Iterator[str]:
    """By rule, then the worst images, then the unreadable ones."""
    yield paint(totals.told(), "bold", color)
    if rules := totals.rules():
        rows = [[str(one.severity), f"{one.findings:,}", f"{one.images:,}", f"{one.rule} {one.name}"] for one in rules]
        table = fitted(_RULES, rows, width)
        yield from ("", paint("by rule:", "bold", color), paint(table.head, "dim", color))
        for one, (first, *rest) in zip(rules, table.rows, strict=True):
            yield from (_painted(one.severity, first, color), *rest)
        table = fitted(_WORST, [[*(f"{count:,}" for count in one.counts), one.name] for one in totals.worst()], width)
        yield from ("", paint("worst images:", "bold", color), paint(table.head, "dim", color))
        yield from (line for row in table.rows for line in row)
    if totals.unread:
        yield from ("", paint("not read:", "bold", color))
        yield from (cut(one_line(error), width) for error in totals.first_unread)
        if totals.unread > len(totals.first_unread):
            yield f"and {totals.unread - len(totals.first_unread):,} more, below"


def _block(audit: Audit, color: bool, width: int | None) -> str:
    title = paint(audit.image, "bold", color)
    if audit.error is not None:
        return f"{title}\nnot read: {audit.error}"
    told = [title, facts(audit)]
    if audit.findings:
        told += ["", *_rows(audit, color, width), ""]
    else:
        told.append("")
    told.append(summary([audit]))
    left_out = suppressed(audit)
    if left_out:
        told.append(f"not shown: {left_out}")
    told.extend(line for note in audit.notes for line in hanging("note: ", note, width))
    return "\n".join(told)


def _rows(audit: Audit, color: bool, width: int | None) -> list[str]:
    """The table's lines: the image's own findings, then those in its base after a line that says so."""
    ordered = [finding for _, group in audit.groups() for finding in group]
    table = fitted(_COLUMNS, [_row(finding) for finding in ordered], width, most=_MOST_LINES)
    blocks = iter(
        [_painted(finding.severity, first, color), *rest]
        for finding, (first, *rest) in zip(ordered, table.rows, strict=True)
    )
    told = [paint(table.head, "dim", color)]
    for heading, group in audit.groups():
        told += [paint(f"{heading}:", "bold", color)] if heading else []
        told += [line for _ in group for line in next(blocks)]
    return told


def _row(finding: Finding) -> list[str]:
    text = finding.message if not finding.evidence else f"{finding.message} │ {finding.evidence}"
    return [
        str(finding.severity),
        finding.rule,
        place(finding),
        lines(finding),
        stake(finding),
        short(finding.fingerprint),
        text,
    ]


def _painted(severity: Severity, line: str, color: bool) -> str:
    return line.replace(str(severity), paint(str(severity), _COLORS[severity], color), 1)
