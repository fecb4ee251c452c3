"""The totals of all images, added up one by one: counts, rules, the worst images; bounded for any number of images."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from reconstruct.audit.finding import Audit, Severity
from reconstruct.audit.formats.describe import WORST_FIRST, count_of, counted
from reconstruct.audit.rule import Rule
from reconstruct.named import NamedTuple

# The number of images named as the worst, and as unreadable; all of them are listed below.
MOST_NAMED = 10


class RuleCount(NamedTuple):
    """A rule's counts: its name and severity (the worst, if they differ), findings, and images with findings."""

    rule: str
    name: str
    severity: Severity
    findings: int
    images: int


class Image(NamedTuple):
    """One of the worst images: its number of findings of each severity, worst first, and its name."""

    counts: tuple[int, ...]
    name: str


class Totals:
    """The totals of the audits added."""

    def __init__(self) -> None:
        self.images = 0
        self.in_base = 0
        self.severities: Counter[Severity] = Counter()
        self.unread = 0
        self.first_unread: list[str] = []
        self._rules: dict[str, RuleCount] = {}
        self._worst: list[tuple[tuple[int, ...], int, str]] = []

    def add(self, audit: Audit) -> None:
        """Counts one image."""
        self.images += 1
        if audit.error is not None:
            self.unread += 1
            if len(self.first_unread) < MOST_NAMED:
                named = audit.error.startswith(audit.image)
                self.first_unread.append(audit.error if named else f"{audit.image}: {audit.error}")
            return
        seen = set()
        for finding in audit.findings:
            self.severities[finding.severity] += 1
            self.in_base += finding.in_base
            known = self._rules.get(finding.rule)
            severity = max(finding.severity, known.severity if known else finding.severity, key=lambda one: one.rank)
            findings, images = (known.findings, known.images) if known else (0, 0)
            first = finding.rule not in seen
            seen.add(finding.rule)
            self._rules[finding.rule] = RuleCount(finding.rule, finding.name, severity, findings + 1, images + first)
        if audit.findings:
            # Ties are broken by the order of the images.
            insort(self._worst, (tuple(-count for count in counted(audit.findings).values()), self.images, audit.image))
            del self._worst[MOST_NAMED:]

    def adding(self, audits: Iterable[Audit]) -> Iterator[Audit]:
        """The same audits, each counted as it passes."""
        for audit in audits:
            self.add(audit)
            yield audit

    def rules(self) -> list[RuleCount]:
        """The rules that fired: the worst first, then those with the most findings."""
        return sorted(self._rules.values(), key=lambda one: (-one.severity.rank, -one.findings, one.rule))

    def fired(self) -> list[Rule]:
        """The same rules in the order of their IDs, with all their texts."""
        from reconstruct.audit.formats.describe import rules_of

        return rules_of(self._rules)

    def worst(self) -> list[Image]:
        """The images with the worst findings."""
        return [Image(tuple(-count for count in counts), name) for counts, _, name in self._worst]

    def by_severity(self) -> dict[str, int]:
        """How many findings there are of each severity, worst first, all severities."""
        return {str(severity): self.severities[severity] for severity in WORST_FIRST}

    def told(self) -> str:
        """`3 images, 4 findings: 1 high, 3 low; 1 could not be read`."""
        unread = f"; {self.unread:,} could not be read" if self.unread else ""
        count = f"{self.images:,} image{'s' if self.images != 1 else ''}"
        return f"{count}, {count_of(self.severities, self.in_base, self.images > 1)}{unread}"


def several(audits: Iterable[Audit]) -> tuple[Iterator[Audit], bool]:
    """The same audits, and whether there is more than one; only two are read ahead."""
    rest = iter(audits)
    first = list(islice(rest, 2))
    return chain(first, rest), len(first) > 1
