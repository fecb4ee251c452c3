"""Which rows a table shows: all, or those with a layer; the largest; in the order of steps or of sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from reconstruct.record import dataclass
from reconstruct.report.model import Measure, Report, Row, size_of


@dataclass(frozen=True)
class View:
    """`fold`: consecutive steps without a layer share one line. `top`: only this many of the largest rows."""

    fold: bool = False
    sort: str = "step"
    top: int | None = None


@dataclass(frozen=True)
class Fold:
    """Steps without a layer in one line: their rows, all of the base or all of the image's own."""

    rows: tuple[Row, ...]

    @property
    def in_base(self) -> bool:
        """Whether the rows are the base image's."""
        return self.rows[0].in_base

    @property
    def keywords(self) -> str:
        """`ENV ×3, LABEL`: what they are, in order of appearance."""
        found = Counter(row.step.instruction.keyword or "other" for row in self.rows if row.step)
        return ", ".join(f"{name} ×{count}" if count > 1 else name for name, count in found.items())


def chosen(report: Report, view: View) -> tuple[Row | Fold, ...]:
    """The rows to show, in their order."""
    rows: Sequence[Row] = report.rows
    if view.top is not None:
        heavy = sorted(rows, key=lambda row: -_size(row, report.measure))[: view.top]
        kept = {id(row) for row in heavy}
        rows = [row for row in rows if id(row) in kept]
    if view.sort == "size":
        return tuple(sorted(rows, key=lambda row: -_size(row, report.measure)))
    return tuple(_folded(rows)) if view.fold else tuple(rows)


def left_out(report: Report, view: View) -> str:
    """The rows that `top` leaves out, in a line: `12 more steps, 3.4 MB in all`; empty if none are."""
    from reconstruct.show import units

    shown = {id(row) for row in chosen(report, View(top=view.top))}
    rest = [row for row in report.rows if id(row) not in shown]
    if not rest:
        return ""
    size = sum(max(_size(row, report.measure), 0) for row in rest)
    return f"{len(rest)} more step{'s' * (len(rest) != 1)}, {units.human(size)} in all (omit --top to show them)"


def _size(row: Row, measure: Measure | None) -> int:
    size = size_of(row.layer, measure) if row.layer is not None and measure is not None else None
    return -1 if size is None else size


def _folded(rows: Sequence[Row]) -> Iterator[Row | Fold]:
    for (empty, _), group in groupby(rows, lambda row: (row.layer is None and row.layer_known, row.in_base)):
        found = tuple(group)
        if empty and len(found) > 1:
            yield Fold(found)
        else:
            yield from found
