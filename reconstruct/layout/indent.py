"""What a gap at a break is made of: blanks before the continuation, empty lines, the next line's indentation.

The gap of five blanks in `a;     b` may be `a; \\⏎    b` or `a;\\⏎     b`; that of two tabs one line deeper, or an empty
line and one as deep. Every reading has a price (about the negative logarithm of how often authors write so), and
the cheapest is taken: habits of the same text count most, then what is usual where the line stands in the script.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reconstruct.layout.gaps import Gap
from reconstruct.layout.nesting import Key, Nesting
from reconstruct.layout.padding import padding


@dataclass(frozen=True, slots=True)
class Split:
    """A gap in pieces: `trail` characters before the continuation, the widths of `empty` lines, and the rest."""

    trail: int
    empty: tuple[int, ...]
    column: int


@dataclass(slots=True)
class Habits:
    """What a text is known to do: columns by what the line is, columns at all, blanks before the continuation."""

    columns: defaultdict[Key, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    used: Counter[int] = field(default_factory=Counter)
    trail: int = 1
    widths: frozenset[int] = frozenset()

    def note(self, key: Key, column: int) -> None:
        self.columns[key][column] += 1
        self.used[column] += 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a gap stands: what the line behind it is, the columns it may stand in, what encloses it."""

    key: Key
    expected: tuple[int, ...]
    parent: int
    opening: bool


# The prices of the first column seen, by width of the indentation; from some 20,000 lines of public Dockerfiles.
_FIRST = {4: 0.3, 2: 0.8, 8: 1.5, 6: 2.0, 12: 2.5, 1: 1.7, 3: 4.6, 5: 2.3, 0: 3.0, 10: 2.5, 16: 3.0}
_FIRST_OPERATOR = {**_FIRST, 1: 0.8, 3: 1.5, 7: 3.0, 8: 2.0}
_HANGING = ("argument", "pipe", "string")


def splits(text: str, breaks: Sequence[Gap]) -> list[list[int]]:
    """For each of the gaps the widths of its pieces, in order; they add up to the gap's width."""
    if not breaks:
        return []
    tabbed = 2 * sum(g.tabbed for g in breaks) >= len(breaks)
    reader = Reader(text, breaks, tabbed)
    first = reader.read(reader.beginning(), learn=True)
    settled = Habits(trail=reader.trail, widths=reader.widths)
    for key, split in first:
        settled.note(key, split.column)
    second = reader.read(settled, learn=False)
    return [_pieces(gap, split) for gap, (_, split) in zip(breaks, second, strict=True)]


class Reader:
    """Reads the gaps of one text."""

    def __init__(self, text: str, breaks: Sequence[Gap], tabbed: bool) -> None:
        self.text = text
        self.breaks = breaks
        self.tabbed = tabbed
        plain = [g for g in breaks if not g.tabbed]
        self.padded = padding(plain) if 2 * len(plain) >= len(breaks) else {}
        widths = Counter(len(g.space) for g in plain if g.start not in self.padded)
        self.widths = frozenset(widths)
        self.trail = _usual_trail(
            Counter((len(g.space), text.startswith(("&&", "||"), g.end)) for g in plain if g.start not in self.padded)
        )
        self.unit = 1 if tabbed else _unit(widths, self.trail)
        self.base = min((g.space.count("\t") for g in breaks if g.tabbed), default=1) if tabbed else self.unit

    def beginning(self) -> Habits:
        return Habits(trail=self.trail, widths=self.widths)

    def read(self, habits: Habits, learn: bool) -> list[tuple[Key, Split]]:
        nesting = Nesting(unit=self.unit, base=self.base)
        out: list[tuple[Key, Split]] = []
        known: dict[tuple[str, Place], Split] = {}
        last, column, quoted = 0, 0, False
        for gap in self.breaks:
            nesting.read(self.text[last : gap.start], column, quoted)
            last, quoted = gap.end, gap.quoted
            place = _place(nesting, self.text[gap.end : gap.end + 12], quoted)
            forced = self.padded.get(gap.start)
            if forced is not None:
                best = Split(forced, (), len(gap.space) - forced)
            elif not learn and (gap.space, place) in known:
                best = known[gap.space, place]
            else:
                best = self._best(gap, place, habits)
                known[gap.space, place] = best
            if learn:
                habits.note(place.key, best.column)
            column = best.column
            out.append((place.key, best))
        return out

    def _best(self, gap: Gap, place: Place, habits: Habits) -> Split:
        if gap.tabbed:
            options = _tabbed_options(gap.space)
        elif self.tabbed:
            options = iter([Split(min(1, len(gap.space) - 1), (), len(gap.space) - 1)])
        else:
            options = _blank_options(len(gap.space))
        return min(options, key=lambda split: self._price(split, place, habits, gap.tabbed))

    def _price(self, split: Split, place: Place, habits: Habits, tabbed: bool) -> float:
        price = self._column_price(split.column, place, habits, tabbed)
        if not tabbed:
            price += _trail_price(split.trail, habits.trail)
        if split.empty:
            price += len(split.empty) * (1.3 if tabbed else 3.3 if place.key[1] in _HANGING else 2.5)
            price += 2.5 if place.opening else 0.0
            price += sum((0.9 if habits.used[w] else 2.0) for w in split.empty if w != split.column)
        return price

    def _column_price(self, column: int, place: Place, habits: Habits, tabbed: bool) -> float:
        key = place.key
        hanging = key[1] in _HANGING
        seen = habits.columns.get(key)
        outside = (3.0 if column < key[0] else -1.0) if key[1] == "statement" and column <= key[0] else 0.0
        if seen:
            usual, count = seen.most_common(1)[0]
            if column == usual:
                return outside
            price = 1.5 if seen[column] else 2.5
            if not tabbed and abs(column - usual) == 1:
                # A blank too many or too few before the continuation is likelier than one in the indentation.
                price = 4.5
            elif not tabbed and not (hanging and column > usual) and count > 1:
                price += 1.5
            return outside + price + (0.0 if column in place.expected else 0.5 if habits.used[column] else 1.5)
        if not habits.used and not tabbed and key[0] < 0 and not hanging:
            # One that stands twice as deep as others do has an empty line before it.
            doubled = column > 2 and column % 2 == 0 and column // 2 + self.trail in habits.widths
            return _first_price(column, key[1] == "operator") + (3.0 if doubled else 0.0)
        if column in place.expected:
            return outside + 0.7 * place.expected.index(column)
        odd = 0.6 if column % 2 and not tabbed else 0.0
        if place.parent < column <= place.parent + 8 * self.unit and not tabbed:
            return outside + 1.3 + odd
        return outside + (1.8 if hanging else 3.0) + odd


def _first_price(column: int, operator: bool) -> float:
    table = _FIRST_OPERATOR if operator else _FIRST
    return table.get(column, 4.0 if column % 2 else 3.0)


def _usual_trail(widths: Counter[tuple[int, bool]]) -> int:
    """0 or 1: how many blanks the author writes before a continuation character.

    `widths` counts gaps by width and by whether an operator follows.
    """
    prices = [0.0, 0.0]
    for (width, operator), count in widths.items():
        for trail in (0, 1):
            prices[trail] += min(count, 2) * _first_price(width - trail, operator)
    return 0 if prices[0] + 3.0 < prices[1] else 1


def _unit(widths: Counter[int], trail: int) -> int:
    columns = Counter({w - trail: n for w, n in widths.items()})
    if columns[4] or not columns:
        return 4
    return min((c for c in columns if c >= 2), default=4)


def _trail_price(trail: int, usual: int) -> float:
    if trail == usual:
        return 0.0
    return 4.0 if trail == 2 else 4.0 if trail == 0 else 2.5


def _place(nesting: Nesting, following: str, quoted: bool) -> Place:
    key = nesting.key(following, quoted)
    # No one leaves an empty line between a command and the first of its arguments.
    opening = key[1] in ("argument", "string") and nesting.started
    parent = nesting.statement if key[1] in _HANGING else key[0]
    return Place(key, tuple(nesting.expected(key)), parent, opening)


def _tabbed_options(space: str) -> Iterator[Split]:
    trail = len(space) - len(space.lstrip(" "))
    tabs = _parts(space[trail:])[-1].count("\t")
    yield Split(trail, (), tabs)
    for column in range(1, min(tabs, 12)):
        extra = tabs - column
        yield Split(trail, (extra,), column)
        if extra > 1 and extra % 2 == 0:
            yield Split(trail, (extra // 2,) * 2, column)
        if extra > 2 and extra % 3 == 0:
            yield Split(trail, (extra // 3,) * 3, column)


def _blank_options(width: int) -> Iterator[Split]:
    for trail in (1, 0, 2):
        rest = width - trail
        if rest < 0:
            continue
        yield Split(trail, (), rest)
        for lines in (2, 3):
            if rest % lines == 0 and rest // lines >= 2 and trail < 2:
                yield Split(trail, (rest // lines,) * (lines - 1), rest // lines)


def _parts(space: str) -> list[str]:
    """Runs of tabs with the blanks around them: a blank before a tab ends a line that holds nothing else."""
    return re.findall(r"(?:^ *)?\t+ *", space)


def _pieces(gap: Gap, split: Split) -> list[int]:
    if not gap.tabbed:
        return [split.trail, *split.empty, split.column]
    parts = _parts(gap.space[split.trail :])
    return [split.trail, *(len(p) for p in parts[:-1]), *split.empty, len(parts[-1]) - sum(split.empty)]
