"""A unified diff of the two Dockerfiles. Steps that are the same read the same on both sides, whoever recorded them."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import unified_diff

from reconstruct.diff.model import BaseStatus, Difference, Side, Status
from reconstruct.text import one_line, visible
from reconstruct.writer import Written


def render(difference: Difference, *, color: bool = False) -> str:
    """Empty where nothing that a Dockerfile says differs."""
    from reconstruct.writer import write

    old, new = (write(each.image, each.steps, comments=False) for each in (difference.old, difference.new))
    pairs = {
        row.old[0]: row.new[0]
        for row in difference.steps
        if row.status is Status.SAME or (row.hidden and row.old and row.new)
    }
    pairs |= {row.old[0]: row.new[0] for row in difference.steps if row.status is Status.MOVED}
    same_base = difference.base.status in (BaseStatus.SAME, BaseStatus.UNKNOWN)
    before = _unified_words(old, new, pairs, same_base)
    lines = unified_diff(before, _lines(new), _name(difference.old), _name(difference.new), lineterm="", n=3)
    return "".join(f"{_paint(visible(line), color)}\n" for line in lines)


def _name(side: Side) -> str:
    return one_line(f"{side.name}/Dockerfile")


def _lines(written: Written) -> list[str]:
    return written.text.splitlines()


def _unified_words(old: Written, new: Written, pairs: Mapping[int, int], same_base: bool) -> list[str]:
    """The old Dockerfile's lines, where a step is the same in the new one's words."""
    lines, other = _lines(old), _lines(new)
    starts = {first: (position, last) for position, (first, last) in old.spans.items()}
    result = []
    number = 1
    while number <= len(lines):
        position, last = starts.get(number, (None, number))
        partner = pairs.get(position) if position is not None else None
        if partner is not None and partner in new.spans:
            first, end = new.spans[partner]
            result += other[first - 1 : end]
        else:
            result += lines[number - 1 : last]
        number = last + 1
    return _with_base_of(result, other) if same_base else result


def _with_base_of(lines: list[str], other: list[str]) -> list[str]:
    """The first FROM line taken from the new Dockerfile: the base is the same, or nobody can tell."""
    wanted = next((line for line in other if line.startswith("FROM ")), None)
    for index, line in enumerate(lines):
        if line.startswith("FROM ") and wanted is not None:
            return [*lines[:index], wanted, *lines[index + 1 :]]
    return lines


def _paint(line: str, color: bool) -> str:
    codes = {"+": "32", "-": "31", "@": "36"}
    code = codes.get(line[:1]) if color else None
    return f"\x1b[{code}m{line}\x1b[0m" if code else line
