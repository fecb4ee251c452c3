"""The comparison for a terminal: the most important first, steps as a unified or a side-by-side view."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from reconstruct.diff.model import Change, Difference, LineEdit, Status, StepDifference, Words
from reconstruct.diff.render import phrases
from reconstruct.show import style
from reconstruct.show.grid import cell_width, cut, hanging, wrap
from reconstruct.show.text import one_line, visible
from reconstruct.syntax import Step

_STYLES = {
    Status.SAME: "dim",
    Status.CHANGED: "yellow",
    Status.ADDED: "green",
    Status.REMOVED: "red",
    Status.MOVED: "cyan",
    Status.SPLIT: "yellow",
    Status.MERGED: "yellow",
}
# Lines of a RUN, and rows, shown as context.
CONTEXT = 1
ROWS = 1

Paint = Callable[[str, str | None], str]


def painter(color: bool) -> Paint:
    """Paints text in a style, or leaves it alone."""

    return lambda text, name: style.paint(text, name, color)


def render(
    difference: Difference,
    *,
    color: bool = False,
    width: int | None = None,
    all_steps: bool = False,
    side_by_side: bool = False,
) -> str:
    """The view as text. `width` cuts lines to a terminal's; `all_steps` shows all, each with its size."""
    paint = painter(color)
    lines = [
        *(paint(line, "bold") for line in hanging("--- ", phrases.side(difference.old), width)),
        *(paint(line, "bold") for line in hanging("+++ ", phrases.side(difference.new), width)),
    ]
    if not difference.different:
        lines += ["", phrases.sameness(difference)]
    lines += _section(paint, "Base", [phrases.base(difference.base)], width)
    if difference.steps or difference.untold:
        lines += ["", paint("Steps", "bold") + f": {phrases.counts(difference)}"]
        rows = _side_by_side if side_by_side else _unified
        lines += rows(difference, paint, width, all_steps)
    lines += _section(paint, "Layers", phrases.layers(difference), width)
    lines += _section(paint, "Build arguments", [phrases.change(each) for each in difference.arguments], width)
    lines += _section(paint, "Config", [phrases.config(each, difference) for each in difference.config], width)
    lines += _section(paint, "Sizes", phrases.sizes(difference), width)
    lines += _section(paint, "Build time", phrases.times(difference), width)
    lines += _section(paint, "Notes", list(difference.notes), width)
    return "\n".join(lines) + "\n"


def _section(paint: Paint, title: str, lines: Sequence[str], width: int | None) -> list[str]:
    if not lines:
        return []
    if len(lines) == 1:
        first, *rest = hanging(f"{title}: ", lines[0], width, 2 if width is not None and width < 40 else None)
        return ["", paint(title, "bold") + first[len(title) :], *rest]
    return ["", paint(title, "bold") + ":", *(part for line in lines for part in hanging("  ", line, width, 2))]


def shown_rows(difference: Difference, all_steps: bool) -> Iterator[StepDifference | int]:
    """The rows to show, with the number of rows in place of those left out."""
    rows = [row for row in difference.steps if not row.hidden]
    near: set[int] = set()
    for index, row in enumerate(rows):
        if all_steps or row.status is not Status.SAME:
            near.update(range(index - ROWS, index + ROWS + 1))
    left_out = 0
    for index, row in enumerate(rows):
        if index not in near:
            left_out += 1
            continue
        if left_out:
            yield left_out
        left_out = 0
        yield row
    if left_out and near:
        yield left_out


def _gap(count: int) -> str:
    return f"  ⋮ {count} step{'s' * (count != 1)} the same"


def _unified(difference: Difference, paint: Paint, width: int | None, all_steps: bool) -> list[str]:
    lines = []
    for row in shown_rows(difference, all_steps):
        if isinstance(row, int):
            lines.append(paint(_gap(row), "dim"))
            continue
        lines.append(_head(difference, row, paint, width, all_steps))
        lines += [f"        {line}" for change in _told(row) for line in change_lines(change, paint, width)]
    return lines


def _told(row: StepDifference) -> Sequence[Change]:
    """The changes that the row's own line doesn't show."""
    return row.changes if row.status in (Status.CHANGED, Status.SPLIT, Status.MERGED) else ()


def _head(difference: Difference, row: StepDifference, paint: Paint, width: int | None, sizes: bool) -> str:
    remarks = phrases.remarks(difference, row)
    if sizes and any(value is not None for value in row.size):
        remarks.append(phrases.size(row.size[1] if row.new else row.size[0]))
    tail = f"  ({', '.join(remarks)})" if remarks else ""
    number = phrases.row_number(row)
    text = f"{phrases.MARKS[row.status]} {number:<6} {phrases.row_text(difference, row)}"
    room = None if width is None else max(width - cell_width(tail), 20)
    return paint(cut(text, room), _STYLES[row.status]) + paint(tail, "dim")


def change_lines(change: Change, paint: Paint, width: int | None) -> Iterator[str]:
    """One change: its values, wrapped in the remaining width, or the lines that differ with one line of context."""
    if not change.lines:
        yield from wrap(phrases.change(change), None if width is None else max(width - 8, 20))
        return
    near: set[int] = set()
    for index, edit in enumerate(change.lines):
        if not edit.same:
            near.update(range(index - CONTEXT, index + CONTEXT + 1))
    before = -1
    for index, edit in enumerate(change.lines):
        if index in near:
            if index != before + 1:
                yield paint("⋮", "dim")
            yield edit_line(edit, paint)
            before = index


def edit_line(edit: LineEdit, paint: Paint) -> str:
    """One line with its mark; differing words are shown as `[-old-]{+new+}`."""
    if edit.old is None:
        return paint(f"+ {visible_line(edit.new or '')}", "green")
    if edit.new is None:
        return paint(f"- {visible_line(edit.old)}", "red")
    if edit.same:
        return paint(f"  {visible_line(edit.new)}", "dim")
    return "~ " + "".join(_word(word, paint) for word in edit.words)


def _word(word: Words, paint: Paint) -> str:
    text = visible_line(word.text)
    if word.op == "removed":
        return paint(f"[-{text}-]", "red")
    return paint(f"{{+{text}+}}", "green") if word.op == "added" else text


def visible_line(text: str) -> str:
    """One line of a RUN, tabs as blanks."""
    return one_line(visible(text).replace("\t", "    "))


def _side_by_side(difference: Difference, paint: Paint, width: int | None, all_steps: bool) -> list[str]:
    """Old on the left, new on the right, each step in its own half."""
    half = max(((width or 160) - 5) // 2, 20)
    lines = []
    for row in shown_rows(difference, all_steps):
        if isinstance(row, int):
            lines.append(paint(_gap(row), "dim"))
            continue
        mark = phrases.MARKS[row.status]
        for index in range(max(len(row.old), len(row.new), 1)):
            left = _cell(difference.old.steps, row.old, index, half)
            right = _cell(difference.new.steps, row.new, index, half)
            styles = ("red", "green") if row.status is not Status.SAME else ("dim", "dim")
            lines.append(f"{paint(pad(left, half), styles[0])}  {mark}  {paint(right, styles[1])}".rstrip())
        lines += [f"    {line}" for change in _told(row) for line in change_lines(change, paint, width)]
    return lines


def _cell(steps: Sequence[Step], positions: Sequence[int], index: int, width: int) -> str:
    if index >= len(positions):
        return ""
    return cut(f"{positions[index] + 1:>3} {phrases.step_text(steps[positions[index]])}", width)


def pad(text: str, width: int) -> str:
    """The text padded with blanks to a width in terminal cells; a wider one is unchanged."""
    return text + " " * max(width - cell_width(text), 0)
