"""The comparison as one HTML page, the two builds side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconstruct import __version__
from reconstruct.diff.layers import growth_of
from reconstruct.diff.model import Change, Difference, LineEdit, Side, Status, StepDifference
from reconstruct.diff.render import phrases
from reconstruct.show import page
from reconstruct.typed import Any


def render(difference: Difference) -> str:
    """The page. Raises ReconstructError if Jinja2 isn't installed."""
    sections = [
        ("Build arguments", [phrases.change(each) for each in difference.arguments]),
        ("Config", [phrases.config(each, difference) for each in difference.config]),
        ("Layers", phrases.layers(difference)),
        ("What grew and shrank most", phrases.sizes(difference)[1:]),
        ("Where the time went", phrases.times(difference)[1:]),
        ("Notes", list(difference.notes)),
    ]
    return page.render(
        "diff",
        title=f"{difference.old.name} → {difference.new.name}",
        version=__version__,
        different=difference.different,
        counts=phrases.counts(difference),
        old=phrases.side(difference.old),
        new=phrases.side(difference.new),
        base=phrases.base(difference.base),
        facts=[("Size", phrases.sizes(difference)[:1]), ("Build time", phrases.times(difference)[:1])],
        rows=[_row(difference, row) for row in difference.steps if not row.hidden],
        sections=[(name, lines) for name, lines in sections if lines],
    )


def _row(difference: Difference, row: StepDifference) -> dict[str, Any]:
    growth = growth_of(row)
    told = row.status in (Status.CHANGED, Status.SPLIT, Status.MERGED)
    return {
        "status": str(row.status),
        "remarks": phrases.remarks(difference, row),
        "old": _steps(difference.old, row.old),
        "new": _steps(difference.new, row.new),
        "changes": [_change(change) for change in row.changes] if told else [],
        "growth": phrases.growth(growth) if growth else "",
        "growth_value": growth or 0,
    }


def _steps(side: Side, positions: Sequence[int]) -> list[dict[str, Any]]:
    return [{"number": at + 1, "text": phrases.step_text(side.steps[at])} for at in positions]


def _change(change: Change) -> dict[str, Any]:
    return {"text": phrases.change(change), "lines": [list(_words(edit)) for edit in change.lines if not edit.same]}


def _words(edit: LineEdit) -> Iterator[tuple[str, str]]:
    if edit.words:
        yield from ((word.op, word.text) for word in edit.words)
        return
    if edit.old is not None:
        yield "removed", edit.old
    if edit.new is not None:
        yield "added", edit.new
