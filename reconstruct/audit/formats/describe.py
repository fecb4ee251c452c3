"""Texts shared by several formats: counts, places, sizes, and the rules that fired."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from reconstruct.audit.finding import Audit, Finding, Severity
from reconstruct.audit.rule import Rule
from reconstruct.show.text import one_line
from reconstruct.show.units import human

WORST_FIRST = tuple(sorted(Severity, key=lambda severity: -severity.rank))


def counts(audits: Sequence[Audit]) -> dict[Severity, int]:
    """The number of findings of each severity, worst first, including zeros."""
    return counted([finding for audit in audits for finding in audit.findings])


def counted(findings: Sequence[Finding]) -> dict[Severity, int]:
    """The same for some findings."""
    found = Counter(finding.severity for finding in findings)
    return {severity: found[severity] for severity in WORST_FIRST}


def summary(audits: Sequence[Audit]) -> str:
    """`3 findings: 1 high, 2 low`, with the number in the base; `no findings`."""
    below = sum(finding.in_base for audit in audits for finding in audit.findings)
    return count_of(counts(audits), below, len(audits) > 1)


def count_of(severities: Mapping[Severity, int], below: int, several: bool) -> str:
    """The same from counts; `below` of the findings are in the base image, or in those of `several` images."""
    found = {severity: severities[severity] for severity in WORST_FIRST if severities[severity]}
    total = sum(found.values())
    if not total:
        return "no findings"
    each = ", ".join(f"{count:,} {severity}" for severity, count in found.items())
    in_base = f" ({below:,} in the base image{'s' if several else ''})" if below else ""
    return f"{total:,} finding{'s' if total != 1 else ''}: {each}{in_base}"


def place(finding: Finding) -> str:
    """`8 RUN` for a step (counted from 1), `image` for the whole."""
    if finding.step is None:
        return "image"
    return f"{finding.number} {finding.instruction}".rstrip()


def lines(finding: Finding) -> str:
    """`12` or `12-19`: the lines of the Dockerfile; empty if there are none."""
    if finding.line is None:
        return ""
    return str(finding.line) if finding.end_line in (None, finding.line) else f"{finding.line}-{finding.end_line}"


def stake(finding: Finding) -> str:
    """The bytes at stake, else the layer's; empty if unknown."""
    size = finding.bytes if finding.bytes is not None else finding.layer_size
    return "" if size is None else human(size)


def file_name(audit: Audit) -> str:
    """The name of an image's Dockerfile in formats that need a file."""
    return f"{audit.image.lstrip('/')}.Dockerfile"


def told(finding: Finding) -> str:
    """The finding on one line: its message, the step, the evidence."""
    where = "" if finding.step is None else f" (step {place(finding)})"
    return f"{finding.message}{where}" + (f": {finding.evidence}" if finding.evidence else "")


def facts(audit: Audit) -> str:
    """A line on the image: platform, creation time, steps and size, if known."""
    parts = [audit.platform, f"created {one_line(audit.created)}" if audit.created else "", f"{audit.steps} steps"]
    if audit.size is not None:
        parts.append(human(audit.size))
    return ", ".join(part for part in parts if part)


def fired(audits: Sequence[Audit]) -> list[Rule]:
    """The rules of all findings, once each, in the order of their IDs; hadolint's too."""
    return rules_of({finding.rule for audit in audits for finding in audit.findings})


def rules_of(ids: Iterable[str]) -> list[Rule]:
    """The rules of these IDs, in the order of their IDs."""
    from reconstruct.audit.hadolint import described
    from reconstruct.audit.registry import rules

    ours = {rule.id: rule for rule in rules()}
    return [ours.get(name) or described(name) for name in sorted(ids)]


def suppressed(audit: Audit) -> str:
    """`2 ignored, 3 in the baseline`; empty if nothing was left out."""
    return ", ".join(f"{count} {why}" for why, count in audit.suppressed.items() if count)
