"""A verification as text and as JSON."""

from __future__ import annotations

from reconstruct.builders import registry
from reconstruct.show.grid import hanging
from reconstruct.show.style import paint
from reconstruct.show.text import one_line
from reconstruct.typed import Any
from reconstruct.verify.model import Check, Mismatch, Subject, Verdict, Verification

SCHEMA_VERSION = 2

_WIDTH = 100
_BEFORE = 30
_COLORS = {Verdict.MATCHES: "green", Verdict.DIFFERS: "red", Verdict.UNKNOWN: "yellow"}


def as_text(found: Verification, *, color: bool = False, width: int | None = None) -> str:
    """The verdict for a terminal, the first difference as an excerpt of both sides."""
    lines = _headline(found, one_line(found.image), one_line(found.dockerfile), color, width)
    if found.reason and found.verdict is not Verdict.MATCHES:
        lines += hanging("  ", one_line(found.reason), width, 2)
    if found.difference is not None:
        lines += ["", *excerpt(found.difference, width or _WIDTH, color), ""]
    lines += [line for name, text in _facts(found) for line in hanging(f"  {name}:", text, width, 13)]
    return "\n".join(lines) + "\n"


def _headline(found: Verification, image: str, dockerfile: str, color: bool, width: int | None) -> list[str]:
    verdict = {
        Verdict.MATCHES: f"matches: {image} is what {dockerfile} builds with {registry.named(found.builder).full_title}",
        Verdict.DIFFERS: f"differs: {image} was not built from {dockerfile}",
        Verdict.UNKNOWN: f"unknown: can't tell whether {image} was built from {dockerfile}",
    }[found.verdict]
    return [paint(line, _COLORS[found.verdict], color) for line in hanging("", verdict, width, 0)]


def _facts(found: Verification) -> list[tuple[str, str]]:
    steps = f"{found.matched} of {found.given} match"
    facts = [
        (
            "steps",
            steps
            + (f", compared with {registry.named(found.builder).full_title}" if found.verdict != "matches" else ""),
        )
    ]
    if found.verdict is Verdict.MATCHES:
        entries = "entry" if found.base_entries == 1 else "entries"
        facts.append(("base", f"{one_line(found.base)}, {found.base_entries} history {entries}"))
    facts += [
        (check.subject.value, one_line(check.detail))
        for check in found.checks
        if check.subject not in (Subject.HISTORY, Subject.BASE, Subject.CONTENTS) and check.result is Verdict.MATCHES
    ]
    facts += [
        (_against(check), one_line(check.detail))
        for check in found.checks
        if check.counts and check.result is not Verdict.MATCHES and check.detail != found.reason
    ]
    facts += [
        ("unchecked", one_line(check.detail))
        for check in found.checks
        if not check.counts and check.result is Verdict.UNKNOWN
    ]
    if found.solved and not found.suggested:
        values = ", ".join(f"{name}={found.build_args[name]}" for name in found.solved)
        facts.append(("solved", f"build arguments: {one_line(values)}"))
    if found.fix is not None:
        patch = " (--format patch prints it)" if found.fix.patch else ""
        facts.append(("hint", one_line(found.fix.text) + patch))
    return facts + [("note", one_line(note)) for note in found.notes]


def _against(check: Check) -> str:
    return "differs" if check.result is Verdict.DIFFERS else "unknown"


def schema() -> str:
    """The JSON Schema (2020-12) of `as_json`."""
    from pathlib import Path

    return (Path(__file__).parent / "schema" / "verify.schema.json").read_text(encoding="utf-8")


def excerpt(mismatch: Mismatch, width: int, color: bool) -> list[str]:
    """Both sides of a difference, cut to where they differ, with a mark below."""
    sides = [one_line(mismatch.expected) or "(nothing)", one_line(mismatch.actual or "") or "(nothing)"]
    room = max(width - 16, 20)
    at = _parting(*sides)
    start = max(0, at - _BEFORE) if max(map(len, sides)) > room else 0
    shown = [_cut(side, start, room) for side in sides]
    mark = " " * (14 + at - start + (1 if start else 0)) + "^"
    shown = [paint(shown[0], "red", color), paint(shown[1], "green", color)]
    return [f"  {one_line(mismatch.where)}", f"    Dockerfile {shown[0]}", f"    image      {shown[1]}", f" {mark}"]


def _parting(first: str, second: str) -> int:
    for index, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return index
    return min(len(first), len(second))


def _cut(text: str, start: int, room: int) -> str:
    cut = ("…" if start else "") + text[start : start + room]
    return cut + ("…" if len(text) > start + room else "")


def _difference(mismatch: Mismatch) -> dict[str, Any]:
    return {"where": mismatch.where, "expected": mismatch.expected, "actual": mismatch.actual}


def as_json(found: Verification) -> dict[str, Any]:
    """The verification as JSON values: everything in the text, and every step."""
    difference = found.difference
    return {
        "version": SCHEMA_VERSION,
        "image": found.image,
        "dockerfile": found.dockerfile,
        "verdict": found.verdict.value,
        "builder": found.builder,
        "reason": found.reason,
        "difference": None if difference is None else _difference(difference),
        "base": {"name": found.base, "entries": found.base_entries},
        "build_args": dict(found.build_args),
        "solved": list(found.solved),
        "suggested": dict(found.suggested),
        "fix": None
        if found.fix is None
        else {"text": found.fix.text, "patch": found.fix.patch, "proved": found.fix.proved},
        "checks": [
            {
                "subject": check.subject.value,
                "result": check.result.value,
                "counts": check.counts,
                "detail": check.detail,
                "difference": None if check.difference is None else _difference(check.difference),
            }
            for check in found.checks
        ],
        "notes": list(found.notes),
        "steps": [
            {
                "instruction": step.instruction,
                "lines": [step.start, step.end],
                "status": step.status,
                "expected": step.expected,
                "actual": step.actual,
                "index": step.index,
            }
            for step in found.steps
        ],
    }
