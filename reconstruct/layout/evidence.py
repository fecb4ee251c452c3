"""The evidence for a reading of a gap, and its price: roughly the negative logarithm of how often authors write that way.

A reading has features (how its column compares with those of lines alike, how many blanks it leaves before the
continuation, …), each of which has a price (`prices.py`); their sum is the reading's. `benchmarks/fit_layout.py` finds the
prices at which the readings of public Dockerfiles' authors are the cheapest.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

from reconstruct.layout.nesting import HANGING, Key, Nesting
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


class Space:
    """What is the same of all gaps of one white space in a text.

    `lead` are the blanks before its first tab, `size` its blanks, or the tabs of its last line; `group` how many such gaps
    there are, up to a limit; `row`: two of them follow each other; `near`: whether there are gaps one blank narrower, and wider.
    """

    __slots__ = ("group", "lead", "near", "row", "size", "space", "tabbed")

    def __init__(
        self, space: str, *, tabbed: bool, lead: int, size: int, group: int, row: bool, near: tuple[bool, bool]
    ) -> None:
        self.space, self.tabbed, self.lead, self.size = space, tabbed, lead, size
        self.group, self.row, self.near = group, row, near


class Habits:
    """The habits seen in a text: columns by kind of line, by kind and the gap before it, and overall; empty lines."""

    __slots__ = ("_counts", "columns", "emptied", "emptied_of", "odd", "of_space", "used")

    def __init__(self) -> None:
        # Dictionaries: a text needs dozens, and a Counter takes ten times as long to make.
        self.columns: dict[Key, dict[int, int]] = {}
        self.of_space: dict[tuple[Key, str], dict[int, int]] = {}
        self.used: dict[int, int] = {}
        self.emptied = 0
        self.emptied_of: dict[str, int] = {}
        # The gaps before lines in odd columns.
        self.odd: set[str] = set()
        # What a line of a kind after a gap counts in.
        self._counts: dict[tuple[Key, str], tuple[dict[int, int], dict[int, int], dict[int, int]]] = {}

    def note(self, case: tuple[Key, str], split: Split) -> None:
        """Counts a line of a kind after a gap."""
        _, empty, column = split
        counts = self._counts.get(case)
        if counts is None:
            same = self.of_space[case] = {}
            counts = self._counts[case] = same, self.columns.setdefault(case[0], {}), self.used
        for count in counts:
            count[column] = count.get(column, 0) + 1
        if empty or column % 2:
            self._note_rest(case[1], empty, column)

    def _note_rest(self, space: str, empty: int, column: int) -> None:
        if empty:
            self.emptied += 1
            self.emptied_of[space] = self.emptied_of.get(space, 0) + 1
        if column % 2:
            self.odd.add(space)


class Evidence:
    """All evidence on one gap.

    `seen` are the columns of the other lines of its kind; `others` those of them with a different gap: lines
    after equal gaps are read alike, and would only confirm each other. `used` are the columns of all such other lines.
    `usual` is the number of blanks before a continuation, `unit` that of indentation; `end` tells how the line before ends,
    `alike` how many of the two neighbours are the same gap.
    """

    __slots__ = (
        "alike", "emptied", "end", "expected", "first", "hanging", "kind", "odd", "opening", "others", "parent", "previous",
        "same", "seen", "space", "times", "times_others", "top", "top_others", "unit", "used", "usual", "words",
    )  # fmt: skip

    def __init__(
        self,
        habits: Habits,
        nesting: Nesting,
        key: Key,
        space: Space,
        own: tuple[Key, Split] | None,
        usual: int,
        end: str,
        alike: int,
        words: tuple[int, ...],
    ) -> None:
        depth, kind = key
        self.kind = kind
        self.hanging = kind in HANGING
        self.space, self.usual, self.end, self.alike, self.words = space, usual, end, alike, words
        self.unit = nesting.unit
        # Nobody leaves an empty line between a command and its first argument, or before a block's first line.
        self.opening = nesting.opened or (nesting.started and kind in ("argument", "string"))
        self.parent = nesting.statement if self.hanging else depth
        self.expected = nesting.expected(key)
        self.previous = nesting.column
        seen: Mapping[int, int] = habits.columns.get(key, _NONE)
        others = seen
        same: Mapping[int, int] = habits.of_space.get((key, space.space), _NONE)
        if same:
            others = {c: n - same.get(c, 0) for c, n in seen.items() if n > same.get(c, 0)}
        if own is not None and own[0] == key and seen:
            mine = own[1].column
            seen = {c: n - (c == mine) for c, n in seen.items() if n > (c == mine)}
        self.used, self.same, self.seen, self.others = habits.used, same, seen, others
        self.top, self.times = _top(seen)
        self.top_others, self.times_others = _top(others)
        self.odd = len(habits.odd) > (space.space in habits.odd)
        self.emptied = min(habits.emptied - habits.emptied_of.get(space.space, 0), 2)
        alone = len(habits.of_space) == (1 if same else 0)
        self.first = alone and depth < 0 and not self.hanging and not space.tabbed


def _top(seen: Mapping[int, int]) -> tuple[int, int]:
    """The most frequent column and its count, up to a limit."""
    if not seen:
        return -1, 0
    top = most_frequent(seen)
    times = seen[top]
    return top, times if times < _MANY else _MANY


def most_frequent(seen: Mapping[int, int]) -> int:
    """The most frequent column, of several the first."""
    return max(seen, key=seen.__getitem__) if len(seen) > 1 else next(iter(seen))


def cheapest(options: Sequence[Split], evidence: Evidence) -> Split:
    """The reading with the lowest price, of several the first."""
    if len(options) == 1:
        return options[0]
    known = PRICES.get
    best, least = options[0], math.inf
    for split, found in zip(options, features(options, evidence), strict=True):
        price = 0.0
        for feature in found:
            price += known(feature, 0.0)
        if price < least:
            best, least = split, price
    return best


def features(options: Sequence[Split], e: Evidence) -> list[list[Hashable]]:
    """The features of each of these readings that have a price."""
    # Each is used for every option.
    kind, hanging, unit, parent, previous, words, end = e.kind, e.hanging, e.unit, e.parent, e.previous, e.words, e.end
    seen, top, others, used, same, expected = e.seen, e.top, e.others, e.used, e.same, e.expected
    tabbed, group = e.space.tabbed, e.space.group
    out = []
    for trail, empty, column in options:
        few = trail if trail < _MANY else _MANY
        found: list[Hashable] = [("trail", tabbed, few, e.usual, end)]
        relation = "none"
        if seen:
            relation = _relation(column, seen, top, tabbed)
            found += ("seen", relation, e.times, kind), ("group", relation, group, tabbed)
            if relation == "deeper" and not empty:
                doubled = column == 2 * top
                if (doubled and not tabbed) or column >= top + 2 * unit:
                    found.append(("jump", doubled, e.alike, tabbed, hanging))
            if relation != "top":
                found.append(("used", relation, used.get(column, 0) > same.get(column, 0)))
        else:
            found.append(("new", min(used.get(column, 0) - same.get(column, 0), _MANY), kind))
            if e.first:
                found.append(("first", kind == "operator", column if column < 9 else 9 if column % 2 else 10))
        if others:
            other = _relation(column, others, e.top_others, tabbed)
            found += ("others", other, e.times_others, tabbed, hanging), ("both", relation, other)
        found.append(("expected", expected.index(column) if column in expected else 9, kind, not seen))
        if words:
            found.append(("words", column in words and column > parent + unit, relation))
        step = column - previous
        found.append(("step", 0 if step == 0 else 1 if step == unit else 2 if step > 0 else -1, kind, tabbed))
        if column <= parent:
            found.append(("outside", kind, column < parent))
        if tabbed:
            if e.space.lead > 1:
                found.append(("mixed", e.space.lead > trail, group))
        else:
            odd = column % 2
            found += ("even", 1 if odd else 2 if column % 4 else 0, hanging), ("odd", odd, e.odd, group == 1)
            if column > _VERY_WIDE:
                found.append(("wide", hanging))
            if group == 1:
                found.append(("lone", *e.space.near, end == "word", few, odd))
        if empty:
            found += _of_empty(trail, empty, column, e)
        out.append(found)
    return out


def _of_empty(trail: int, empty: int, column: int, e: Evidence) -> tuple[Hashable, ...]:
    """The features of empty lines."""
    space, alike, tabbed = e.space, e.alike, e.space.tabbed
    width = (space.size - (0 if tabbed else trail) - column) / empty
    return (
        ("empty", empty if empty < _MANY else _MANY, "opening" if e.opening else e.kind, tabbed),
        ("emptied", e.emptied, tabbed),
        ("alike", alike if not tabbed or alike > 1 else 0, tabbed, e.hanging),
        ("repeated", min(space.group, 2) if tabbed else space.group, space.row and not tabbed, tabbed),
        ("width", 0 if width == column else 1 if width > column else -1, tabbed),
    )


def _relation(column: int, seen: Mapping[int, int], top: int, tabbed: bool) -> str:
    """How a column compares with those of similar lines."""
    if column == top:
        return "top"
    if column in seen:
        return "seen"
    if abs(column - top) == 1 and not tabbed:
        return "beside"
    return "deeper" if column > top else "shallower"
