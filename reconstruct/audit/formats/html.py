"""The report as one HTML page: the findings of each image, and its Dockerfile with the findings next to their lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from reconstruct import __version__
from reconstruct.audit.finding import Audit, Finding
from reconstruct.audit.formats.describe import facts, fired, lines, place, stake, summary
from reconstruct.show import page
from reconstruct.typed import Any


def pieces(audits: Iterable[Audit]) -> Iterator[str]:
    """The whole page, made from all images at once. Raises ReconstructError if Jinja2 or Pygments isn't installed."""
    audits = list(audits)
    count = f"{len(audits)} images: " if len(audits) != 1 else ""
    yield page.render(
        "audit",
        title=f"Audit of {audits[0].image}" if len(audits) == 1 else "Image audit",
        version=__version__,
        summary=f"{count}{summary(audits)}",
        images=[_image(audit, number) for number, audit in enumerate(audits)],
        rules=fired(audits),
    )


def _image(audit: Audit, number: int) -> dict[str, Any]:
    beside: dict[int, list[Finding]] = defaultdict(list)
    for finding in audit.findings:
        if finding.line is not None:
            beside[finding.end_line or finding.line].append(finding)
    return {
        "name": audit.image,
        "prefix": f"d{number}-",
        "error": audit.error,
        "facts": facts(audit),
        "summary": summary([audit]),
        "findings": [_finding(finding) for _, group in audit.groups() for finding in group],
        "notes": audit.notes,
        "lines": page.code_lines(audit.dockerfile) if audit.dockerfile else [],
        "beside": beside,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    size = finding.bytes if finding.bytes is not None else finding.layer_size
    return {
        "severity": str(finding.severity),
        "rank": finding.severity.rank,
        "rule": finding.rule,
        "step": -1 if finding.step is None else finding.step,
        "place": place(finding),
        "line": finding.line or 0,
        "lines": lines(finding),
        "bytes": -1 if size is None else size,
        "stake": stake(finding),
        "message": finding.message,
        "evidence": finding.evidence,
        "in_base": finding.in_base,
    }
