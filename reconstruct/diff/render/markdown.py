"""The comparison as markdown, for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconstruct.diff.model import Change, Difference, LineEdit, Status, StepDifference
from reconstruct.diff.render import phrases
from reconstruct.diff.render.text import visible_line
from reconstruct.show.text import code_block, code_span, markdown

# GitHub truncates a comment at 65,536 characters; long steps are cut so that the table stays readable.
_LONGEST = 200


def render(difference: Difference) -> str:
    """The verdict as heading; a table of the steps that differ, then the details of each, collapsed if long."""
    lines = [f"### {'The builds differ' if difference.different else phrases.sameness(difference).rstrip('.')}", ""]
    lines += ["| | |", "|---|---|"]
    lines += [
        f"| old | {markdown(phrases.side(difference.old))} |",
        f"| new | {markdown(phrases.side(difference.new))} |",
    ]
    lines += [f"| base | {markdown(phrases.base(difference.base))} |", f"| steps | {phrases.counts(difference)} |"]
    lines += [f"| size | {markdown(line)} |" for line in phrases.sizes(difference)[:1]]
    lines += [f"| build time | {markdown(line)} |" for line in phrases.times(difference)[:1]]
    # All counted steps are listed, including the base's.
    shown = [row for row in difference.steps if row.status is not Status.SAME and not row.hidden]
    if shown:
        lines += ["", "| step | | size | |", "|---:|---|---:|---|", *(_row(difference, row) for row in shown)]
    for row in shown:
        lines += _details(difference, row)
    lines += _list("Build arguments", [phrases.change(each) for each in difference.arguments])
    lines += _list("Config", [phrases.config(each, difference) for each in difference.config])
    lines += _list("Layers", phrases.layers(difference))
    lines += _list("What grew and shrank most", phrases.sizes(difference)[1:])
    lines += _list("Notes", difference.notes)
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    return code_span(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


def _row(difference: Difference, row: StepDifference) -> str:
    size = phrases.growth((row.size[1] or 0) - (row.size[0] or 0)) if any(row.size) else ""
    return f"| {phrases.row_number(row)} | {row.status} | {size} | {_code(phrases.row_text(difference, row))} |"


def _details(difference: Difference, row: StepDifference) -> list[str]:
    if row.status not in (Status.CHANGED, Status.SPLIT, Status.MERGED):
        return []
    lines = [line for change in row.changes for line in _change(change)]
    if not lines:
        return []
    title = f"Step {phrases.row_number(row)}, {row.keyword}"
    return ["", f"<details><summary>{title}</summary>", "", code_block("\n".join(lines), "diff"), "", "</details>"]


def _change(change: Change) -> Iterator[str]:
    if not change.lines:
        name = f"{change.field} {change.key}" if change.key else change.field
        if change.old is not None:
            yield f"- {visible_line(f'{name}: {change.old}')}"
        if change.new is not None:
            yield f"+ {visible_line(f'{name}: {change.new}')}"
        return
    for edit in change.lines:
        yield from _edit(edit)


def _edit(edit: LineEdit) -> Iterator[str]:
    if edit.same:
        yield f"  {visible_line(edit.new or '')}"
        return
    if edit.old is not None:
        yield f"- {visible_line(edit.old)}"
    if edit.new is not None:
        yield f"+ {visible_line(edit.new)}"


def _list(title: str, items: Sequence[str]) -> list[str]:
    return ["", f"**{title}**", "", *(f"- {markdown(item)}" for item in items)] if items else []
