"""The evidence for a reading of a gap, and its price: roughly the negative logarithm of how often authors write that way.

A reading has features (how its column compares with those of lines alike, how many blanks it leaves before the
continuation, …), each of which has a price (`prices.py`); their sum is the reading's. `benchmarks/fit_layout.py` finds the
prices at which the readings of public Dockerfiles' authors are the cheapest.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import NamedTuple

from reconstruct.layout.nesting import HANGING, Key
from reconstruct.layout.prices import PRICES

# Wider than this, blanks before the continuation are likelier than indentation.
_VERY_WIDE = 24
_MANY = 3
_NONE: dict[int, int] = {}


class Split(NamedTuple):
    """A gap in pieces: `trail` characters before the continuation, the number of `empty` lines, and the next line's
    `column`, which counts tabs where it has any."""

    trail: int
    empty: int
    column: int


class Habits:
    """The habits seen in a text: columns by kind of line, by kind and the gap before it, and overall; empty lines."""

    __slots__ = ("columns", "count", "emptied", "emptied_of", "odd", "odd_of", "of_space", "used")

    def __init__(self) -> None:
        # Dictionaries: a text needs dozens, and a Counter takes ten times as long to make.
        self.columns: dict[Key, dict[int, int]] = {}
        self.of_space: dict[tuple[Key, str], dict[int, int]] = {}
        self.used: dict[int, int] = {}
        self.count = self.emptied = self.odd = 0
        self.emptied_of: dict[str, int] = {}
        self.odd_of: dict[str, int] = {}

    def note(self, key: Key, split: Split, space: str) -> None:
        """Counts a line of kind `key` after the gap `space`."""
        column = split.column
        for counts in (self.columns.setdefault(key, {}), self.of_space.setdefault((key, space), {}), self.used):
            counts[column] = counts.get(column, 0) + 1
        self.count += 1
        if split.empty:
            self.emptied += 1
            self.emptied_of[space] = self.emptied_of.get(space, 0) + 1
        if column % 2:
            self.odd += 1
            self.odd_of[space] = self.odd_of.get(space, 0) + 1


class Evidence:
    """All evidence on one gap.

    `seen` are the columns of the other lines of its kind; `others` those of them with a different gap: lines
    after equal gaps are read alike, and would only confirm each other. `used` are the columns of all such other lines.
    """

    __slots__ = (
        "alike", "emptied", "end", "expected", "first", "group", "hanging", "kind", "lead", "near", "odd", "opening", "others",
        "parent", "previous", "row", "same", "seen", "size", "tabbed", "times", "times_others", "top", "top_others", "unit", "used",
        "usual", "words",
    )  # fmt: skip

    def __init__(
        self,
        habits: Habits,
        key: Key,
        space: str,
        own: tuple[Key, Split] | None,
        *,
        tabbed: bool,
        lead: int,
        size: int,
        usual: int,
        end: str,
        unit: int,
        opening: bool,
        parent: int,
        words: tuple[int, ...],
        expected: tuple[int, ...],
        previous: int,
        alike: int,
        group: int,
        row: bool,
        near: tuple[bool, bool],
    ) -> None:
        self.kind = key[1]
        self.hanging = self.kind in HANGING
        self.tabbed, self.lead, self.size, self.usual, self.end, self.unit = tabbed, lead, size, usual, end, unit
        self.opening, self.parent, self.words, self.expected, self.previous = opening, parent, words, expected, previous
        self.alike, self.group, self.row, self.near = alike, group, row, near
        seen: Mapping[int, int] = habits.columns.get(key, _NONE)
        others = seen
        self.used = habits.used
        self.same: Mapping[int, int] = habits.of_space.get((key, space), _NONE)
        if self.same:
            others = {c: n - self.same.get(c, 0) for c, n in seen.items() if n > self.same.get(c, 0)}
        if own is not None and own[0] == key and seen:
            mine = own[1].column
            seen = {c: n - (c == mine) for c, n in seen.items() if n > (c == mine)}
        self.seen, self.others = seen, others
        self.top, self.times = _top(seen)
        self.top_others, self.times_others = _top(others)
        self.odd = habits.odd > habits.odd_of.get(space, 0)
        self.emptied = min(habits.emptied - habits.emptied_of.get(space, 0), 2)
        alone = habits.count == sum(self.same.values())
        self.first = alone and key[0] < 0 and not self.hanging and not tabbed


def _top(seen: Mapping[int, int]) -> tuple[int, int]:
    """The most frequent column and its count, up to a limit."""
    if not seen:
        return -1, 0
    top = max(seen, key=seen.__getitem__) if len(seen) > 1 else next(iter(seen))
    return top, min(seen[top], _MANY)


def price(split: Split, evidence: Evidence) -> float:
    """The price of a reading."""
    known, total = PRICES.get, 0.0
    for feature in features(split, evidence):
        total += known(feature, 0.0)
    return total


def features(split: Split, e: Evidence) -> list[Hashable]:
    """The features of a reading that have a price."""
    trail, empty, column = split
    kind, tabbed = e.kind, e.tabbed
    out: list[Hashable] = [("trail", tabbed, min(trail, _MANY), e.usual, e.end)]
    relation = "none"
    if e.seen:
        relation = _relation(column, e.seen, e.top, tabbed)
        out += [("seen", relation, e.times, kind), ("group", relation, e.group, tabbed)]
        doubled = column == 2 * e.top and not tabbed
        if relation == "deeper" and not empty and (doubled or column >= e.top + 2 * e.unit):
            out.append(("jump", column == 2 * e.top, e.alike, tabbed, e.hanging))
        if relation != "top":
            out.append(("used", relation, e.used.get(column, 0) > e.same.get(column, 0)))
    else:
        out.append(("new", min(e.used.get(column, 0) - e.same.get(column, 0), _MANY), kind))
        if e.first:
            out.append(("first", kind == "operator", column if column < 9 else 9 if column % 2 else 10))
    if e.others:
        other = _relation(column, e.others, e.top_others, tabbed)
        out += [("others", other, e.times_others, tabbed, e.hanging), ("both", relation, other)]
    out.append(("expected", e.expected.index(column) if column in e.expected else 9, kind, not e.seen))
    if e.words:
        out.append(("words", column in e.words and column > e.parent + e.unit, relation))
    step = column - e.previous
    out.append(("step", 0 if step == 0 else 1 if step == e.unit else 2 if step > 0 else -1, kind, tabbed))
    if column <= e.parent:
        out.append(("outside", kind, column < e.parent))
    if tabbed:
        if e.lead > 1:
            out.append(("mixed", e.lead > trail, e.group))
    else:
        out += [
            ("even", 1 if column % 2 else 2 if column % 4 else 0, e.hanging),
            ("odd", column % 2, e.odd, e.group == 1),
        ]
        if column > _VERY_WIDE:
            out.append(("wide", e.hanging))
        if e.group == 1:
            out.append(("lone", *e.near, e.end == "word", min(trail, _MANY), column % 2))
    if empty:
        width = (e.size - (0 if tabbed else trail) - column) / empty
        out += [
            ("empty", min(empty, _MANY), "opening" if e.opening else kind, tabbed),
            ("emptied", e.emptied, tabbed),
            ("alike", e.alike if not tabbed or e.alike > 1 else 0, tabbed, e.hanging),
            ("repeated", min(e.group, 2) if tabbed else e.group, e.row and not tabbed, tabbed),
            ("width", 0 if width == column else 1 if width > column else -1, tabbed),
        ]
    return out


def _relation(column: int, seen: Mapping[int, int], top: int, tabbed: bool) -> str:
    """How a column compares with those of similar lines."""
    if column == top:
        return "top"
    if column in seen:
        return "seen"
    if abs(column - top) == 1 and not tabbed:
        return "beside"
    return "deeper" if column > top else "shallower"
