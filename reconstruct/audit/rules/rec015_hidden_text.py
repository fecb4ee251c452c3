"""REC015: Text contains bidirectional or invisible characters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cwe

# The bidirectional controls of Unicode (UAX #9), and characters of no width.
_BIDI = lazy.compile("[\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = lazy.compile("[\u200b\u200e\u200f\u061c\u2060-\u2064\ufeff\U000e0001-\U000e007f]")


def check(context: Context) -> Iterator[Hit]:
    """Fires if a step's text holds a bidirectional control; LOW for one that doesn't show, outside LABEL."""
    for position, step in enumerate(context.steps):
        text = step.raw
        if text.isascii():
            continue
        if match := _BIDI.search(text):
            message = "the text contains a bidirectional control character"
            yield Hit(position, message, _around(text, match), subject=(_code(match),))
        elif (match := _INVISIBLE.search(text)) and step.instruction.keyword != "LABEL":
            message = "the text contains an invisible character"
            yield Hit(position, message, _around(text, match), Severity.LOW, subject=(_code(match),))


def _code(match: re.Match[str]) -> str:
    return f"U+{ord(match.group()):04X}"


def _around(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - 60) : match.end() + 60]


rule = Rule(
    id="REC015",
    name="text-reordered",
    family=Family.RECORD,
    severity=Severity.HIGH,
    summary="Text contains bidirectional or invisible characters",
    why=(
        "Bidirectional controls make an editor display text in a different order than the builder reads it, and "
        "invisible characters make different names look the same: what reviewers saw is not what ran (Trojan "
        "Source, CVE-2021-42574)."
    ),
    fix=(
        "Read the step's text with the characters escaped, as this report shows it. Remove them, and find out how "
        "they got there."
    ),
    references=(
        cwe(451, "User Interface (UI) Misrepresentation of Critical Information"),
        cwe(1007, "Insufficient Visual Distinction of Homoglyphs Presented to User"),
    ),
    check=check,
)
