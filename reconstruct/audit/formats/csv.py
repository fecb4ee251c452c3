"""The report as comma-separated values (RFC 4180), one line per finding, sizes in bytes, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from reconstruct.audit.finding import Audit, Finding
from reconstruct.show.text import csv_cell

HEAD = (
    "image",
    "severity",
    "rule",
    "name",
    "step",
    "instruction",
    "line",
    "bytes",
    "in_base",
    "finding",
    "evidence",
    "fingerprint",
)


def pieces(audits: Iterable[Audit]) -> Iterator[str]:
    """Unknown values are empty cells. An image that couldn't be read is a line with the rule `unreadable`."""
    yield _lines([HEAD])
    for audit in audits:
        if audit.error is not None:
            yield _lines([(audit.image, None, "unreadable", *[None] * 6, audit.error, None, None)])
        else:
            yield _lines([_cells(audit, finding) for finding in audit.findings])


def _lines(rows: Iterable[Iterable[object]]) -> str:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerows([csv_cell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return target.getvalue()


def _cells(audit: Audit, finding: Finding) -> tuple[object, ...]:
    return (
        audit.image,
        str(finding.severity),
        finding.rule,
        finding.name,
        finding.number,
        finding.instruction,
        finding.line,
        finding.bytes,
        "yes" if finding.in_base else "no",
        finding.message,
        finding.evidence,
        finding.fingerprint,
    )
