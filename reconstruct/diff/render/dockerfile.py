"""A unified diff of the two Dockerfiles. Equal steps have the same text on both sides, whichever builder recorded them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import unified_diff

from reconstruct.diff.model import BaseStatus, Difference, Side, Status
from reconstruct.show.style import paint
from reconstruct.show.text import one_line, visible
from reconstruct.writer import Written


def render(difference: Difference, *, color: bool = False) -> str:
    """The diff; empty if the builds are the same."""
    if not difference.different:
        return ""
    from reconstruct.writer import write

    old, new = (write(each.image, each.steps, comments=False) for each in (difference.old, difference.new))
    pairs = {
        row.old[0]: row.new[0]
        for row in difference.steps
        if row.status is Status.SAME or (row.hidden and row.old and row.new)
    }
    pairs |= {row.old[0]: row.new[0] for row in difference.steps if row.status is Status.MOVED}
    head = 0, 0
    if difference.base.status in (BaseStatus.SAME, BaseStatus.UNKNOWN):
        own = [row for row in difference.steps if not row.base and row.keyword != "ROOT"]
        head = _head(old, {i for row in own for i in row.old}), _head(new, {j for row in own for j in row.new})
    before = _in_words_of(new, old, pairs, head)
    names = _name(difference.old), _name(difference.new)
    lines = unified_diff(before, _lines(new), *names, lineterm="", n=3)
    return "".join(f"{_paint(visible(line), color)}\n" for line in lines)


def _lines(written: Written) -> list[str]:
    # The spans count only newlines.
    return written.text.removesuffix("\n").split("\n")


def _name(side: Side) -> str:
    return one_line(f"{side.name}/Dockerfile")


def _in_words_of(new: Written, old: Written, pairs: Mapping[int, int], head: tuple[int, int]) -> list[str]:
    """The old Dockerfile's lines, with equal steps in the new one's words. `head`: the number of lines at the top of
    each (old, new) that are the base's, and the same."""
    lines, other = _lines(old), _lines(new)
    starts = {first: (position, last) for position, (first, last) in old.spans.items()}
    result = other[: head[1]]
    number = head[0] + 1
    while number <= len(lines):
        position, last = starts.get(number, (None, number))
        partner = pairs.get(position) if position is not None else None
        if partner is not None and partner in new.spans:
            first, end = new.spans[partner]
            result += other[first - 1 : end]
        else:
            result += lines[number - 1 : last]
        number = last + 1
    return result


def _head(written: Written, own: Collection[int]) -> int:
    """The number of lines before the first step of `own`."""
    starts = [first for position, (first, _) in written.spans.items() if position in own]
    return min(starts, default=1) - 1


def _paint(line: str, color: bool) -> str:
    return paint(line, {"+": "green", "-": "red", "@": "cyan"}.get(line[:1]), color)
