"""The evidence for a reading of a gap, and its price: roughly the negative logarithm of how often authors write that way.

What tells for or against a reading (how its column compares with those of lines alike, how many blanks it leaves before the
continuation, …) each has a price (`prices.py`); their sum is the reading's. `benchmarks/fit_layout.py` finds the prices at
which the readings of public Dockerfiles' authors are the cheapest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconstruct.layout.nesting import HANGING, Key, Nesting
from reconstruct.layout.prices import PRICES
from reconstruct.named import NamedTuple
from reconstruct.typed import Any

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
        # The two that a line of a kind after a gap counts in.
        self._counts: dict[tuple[Key, str], tuple[dict[int, int], dict[int, int]]] = {}

    def note(self, case: tuple[Key, str], split: Split) -> None:
        """Counts a line of a kind after a gap."""
        _, empty, column = split
        counts = self._counts.get(case)
        if counts is None:
            counts = self._counts[case] = self.of_space.setdefault(case, {}), self.columns.setdefault(case[0], {})
        same, alike = counts
        used = self.used
        same[column] = same.get(column, 0) + 1
        alike[column] = alike.get(column, 0) + 1
        used[column] = used.get(column, 0) + 1
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

    `seen` are the columns of the other lines of its kind, `top` the most frequent of them; `others` those of them with a
    different gap: lines after equal gaps are read alike, and would only confirm each other. `same` are those after equal
    gaps. `usual` is the number of blanks before a continuation; `end` tells how the line before ends, `alike` how many of the
    two neighbours are the same gap; `words` are the columns of the line before in which a word begins.
    """

    __slots__ = (
        "alike", "end", "habits", "key", "nesting", "others", "same", "seen", "space", "top", "usual", "words",
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
        self.habits, self.nesting, self.key, self.space = habits, nesting, key, space
        self.usual, self.end, self.alike, self.words = usual, end, alike, words
        seen: Mapping[int, int] = habits.columns.get(key, _NONE)
        others = seen
        same: Mapping[int, int] = habits.of_space.get((key, space.space), _NONE)
        if same:
            others = {c: n - same.get(c, 0) for c, n in seen.items() if n > same.get(c, 0)}
        if own is not None and own[0] == key and seen:
            mine = own[1].column
            seen = {c: n - (c == mine) for c, n in seen.items() if n > (c == mine)}
        self.same, self.seen, self.others = same, seen, others
        self.top = most_frequent(seen) if seen else -1


def most_frequent(seen: Mapping[int, int]) -> int:
    """The most frequent column, of several the first."""
    return max(seen, key=seen.__getitem__) if len(seen) > 1 else next(iter(seen))


def cheapest(options: Sequence[Split], evidence: Evidence) -> Split:
    """The reading with the lowest price, of several the first."""
    if len(options) == 1:
        return options[0]
    found = totals(options, evidence)
    return options[found.index(min(found))]


def totals(options: Sequence[Split], e: Evidence, prices: Mapping[str, Any] = PRICES) -> list[Any]:
    """The price of each of these readings. What is added up is whatever `prices` holds: to find the prices, their names."""
    nesting, about, same, seen, top, others, words = e.nesting, e.space, e.same, e.seen, e.top, e.others, e.words
    depth, kind = e.key
    tabbed, used = about.tabbed, e.habits.used
    hanging = kind in HANGING
    unit, previous, parent = nesting.unit, nesting.column, nesting.statement if hanging else depth
    expected = nesting.expected(e.key)
    # The price lists of this gap: each reading has one price of each.
    by_trail = prices["trail"][tabbed][e.usual][e.end]
    by_rank = prices["expected"][kind][not seen]
    by_step = prices["step"][kind][tabbed]
    if seen:
        by_seen = prices["seen"][kind][min(seen[top], _MANY) - 1]
        by_group = prices["group"][tabbed][about.group - 1]
    if others:
        top_others = most_frequent(others)
        by_others = prices["others"][tabbed][hanging][min(others[top_others], _MANY) - 1]
    lists = None
    out = []
    for trail, empty, column in options:
        price = by_trail[trail if trail < _MANY else _MANY]
        relation = _NONE_SEEN
        if seen:
            relation = _TOP if column == top else _relation(column, seen, top, tabbed)
            price += by_seen[relation]
            price += by_group[relation]
            if relation == _DEEPER and not empty:
                doubled = column == 2 * top
                if (doubled and not tabbed) or column >= top + 2 * unit:
                    price += prices["jump"][tabbed][hanging][e.alike][doubled]
            if relation != _TOP:
                price += prices["used"][relation][used.get(column, 0) > same.get(column, 0)]
        else:
            price += prices["new"][kind][min(used.get(column, 0) - same.get(column, 0), _MANY)]
            if not tabbed and not hanging and _is_first(e):
                price += prices["first"][kind == "operator"][column if column < 9 else 9 if column % 2 else 10]
        if others:
            other = _TOP if column == top_others else _relation(column, others, top_others, tabbed)
            price += by_others[other]
            price += prices["both"][relation][other]
        price += by_rank[expected.index(column) if column in expected else 3]
        if words:
            price += prices["words"][column in words and column > parent + unit][relation]
        step = column - previous
        price += by_step[0 if step == 0 else 1 if step == unit else 2 if step > 0 else 3]
        if column <= parent:
            price += prices["outside"][kind][column < parent]
        if not tabbed:
            price = _add_blanks(price, trail, column, e, hanging, prices)
        elif about.lead > 1:
            price += prices["mixed"][about.group - 1][about.lead > trail]
        if empty:
            if lists is None:
                lists = _of_empty_lines(e, hanging, prices)
            by_number, emptied, alike, repeated, by_width = lists
            price = price + by_number[empty - 1] + emptied + alike + repeated
            width = (about.size - (0 if tabbed else trail) - column) / empty
            price += by_width[0 if width == column else 1 if width > column else 2]
        out.append(price)
    return out


def _is_first(e: Evidence) -> bool:
    """Whether nothing is known of the text but this gap, behind an outermost command."""
    return e.key[0] < 0 and len(e.habits.of_space) == (1 if e.same else 0)


def _add_blanks(price: Any, trail: int, column: int, e: Evidence, hanging: bool, prices: Mapping[str, Any]) -> Any:
    """`price` and what a column of blanks costs."""
    about, odd_gaps = e.space, e.habits.odd
    odd = column % 2
    price += prices["even"][hanging][1 if odd else 2 if column % 4 else 0]
    price += prices["odd"][len(odd_gaps) > (about.space in odd_gaps)][about.group == 1][odd]
    if column > _VERY_WIDE:
        price += prices["wide"][hanging]
    if about.group == 1:
        narrower, wider = about.near
        price += prices["lone"][narrower][wider][e.end == "word"][trail if trail < _MANY else _MANY][odd]
    return price


def _of_empty_lines(e: Evidence, hanging: bool, prices: Mapping[str, Any]) -> tuple[Any, ...]:
    """What empty lines cost at this gap: by their number, for those elsewhere, for equal neighbours and equal gaps, by width."""
    nesting, habits, kind, alike = e.nesting, e.habits, e.key[1], e.alike
    tabbed, space, group = e.space.tabbed, e.space.space, e.space.group
    # Nobody leaves an empty line between a command and its first argument, or before a block's first line.
    opening = nesting.opened or (nesting.started and kind in ("argument", "string"))
    return (
        prices["empty"][tabbed]["opening" if opening else kind],
        prices["emptied"][tabbed][min(habits.emptied - habits.emptied_of.get(space, 0), 2)],
        prices["alike"][tabbed][hanging][alike if not tabbed or alike > 1 else 0],
        prices["repeated"][tabbed][e.space.row and not tabbed][(min(group, 2) if tabbed else group) - 1],
        prices["width"][tabbed],
    )


# How a column compares with those of similar lines, the most frequent of which is `top`.
_TOP = 0
_SEEN = 1
_BESIDE = 2
_DEEPER = 3
_SHALLOWER = 4
_NONE_SEEN = 5


def _relation(column: int, seen: Mapping[int, int], top: int, tabbed: bool) -> int:
    """How a column other than `top` compares."""
    if column in seen:
        return _SEEN
    if abs(column - top) == 1 and not tabbed:
        return _BESIDE
    return _DEEPER if column > top else _SHALLOWER
