"""A table of all steps: the status of each, with its sizes."""

from __future__ import annotations

from reconstruct.diff.layers import growth_of
from reconstruct.diff.model import Difference, LayerStatus, StepDifference
from reconstruct.diff.render import phrases
from reconstruct.show.grid import Column, fitted, wrap

COLUMNS = (
    Column("OLD", right=True),
    Column("NEW", right=True),
    Column("STATUS", 5),
    Column("LAYER", 1),
    Column("BEFORE", 2, right=True),
    Column("AFTER", 3, right=True),
    Column("GROWTH", 4, right=True),
    Column("STEP"),
)


def render(difference: Difference, *, width: int | None = None) -> str:
    """One line per step with its sizes before and after, then the totals. A layer is `same`, `differs` or `unknown`; empty for
    a step without one."""
    rows = [_row(difference, row) for row in difference.steps if not row.hidden]
    table = fitted(COLUMNS, rows, width, most=3)
    lines = [table.head, *(line for row in table.rows for line in row)]
    sums = [*phrases.sizes(difference)[:1], f"steps: {phrases.counts(difference)}"]
    return "\n".join([*lines, "", *(line for text in sums for line in wrap(text, width))]) + "\n"


def _row(difference: Difference, row: StepDifference) -> list[str]:
    return [
        phrases.numbers(row.old),
        phrases.numbers(row.new),
        str(row.status),
        "" if row.layer is LayerStatus.NONE else str(row.layer),
        phrases.size(row.size[0]) if row.old else "",
        phrases.size(row.size[1]) if row.new else "",
        phrases.growth(growth_of(row)) if growth_of(row) else "",
        phrases.row_text(difference, row),
    ]
