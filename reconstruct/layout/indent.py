"""What a gap at a break is made of: blanks before the continuation, empty lines, the next line's indentation.

The gap of five blanks in `a;     b` may be `a; \\⏎    b` or `a;\\⏎     b`; that of two tabs one line deeper, or an empty
line and one as deep. Every reading has a price (about the negative logarithm of how often authors write so), and
the cheapest is taken: habits of the same text count most, then what is usual where the line stands in the script.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from math import log2
from typing import NamedTuple

from reconstruct import pattern
from reconstruct.layout.gaps import Gap
from reconstruct.layout.nesting import Key, Nesting, line
from reconstruct.layout.padding import padding


class Split(NamedTuple):
    """A gap in pieces: `trail` characters before the continuation, the widths of `empty` lines, and the rest."""

    trail: int
    empty: tuple[int, ...]
    column: int


class Habits:
    """What a text is known to do: columns by what the line is, columns at all, blanks before the continuation."""

    __slots__ = ("columns", "trail", "used")

    def __init__(self, trail: int = 1) -> None:
        self.columns: defaultdict[Key, Counter[int]] = defaultdict(Counter)
        self.used: Counter[int] = Counter()
        self.trail = trail

    def note(self, key: Key, column: int) -> None:
        """Counts a line of kind `key` that begins at `column`."""
        self.columns[key][column] += 1
        self.used[column] += 1


class Place(NamedTuple):
    """Where a gap stands: what the line behind it is, the columns it may stand in, what encloses it.

    `opening` tells that an empty line before it would be odd; `words` are the columns of the words above it.
    """

    key: Key
    expected: tuple[int, ...]
    parent: int
    opening: bool
    words: tuple[int, ...]
    twice: int


# The prices of the first column seen, by width of the indentation; from some 20,000 lines of public Dockerfiles.
_FIRST = {4: 0.3, 2: 0.8, 8: 1.5, 6: 2.0, 12: 2.5, 1: 1.7, 3: 4.6, 5: 2.3, 0: 3.0, 10: 2.5, 16: 3.0}
_FIRST_OPERATOR = {**_FIRST, 1: 0.8, 3: 1.5, 7: 3.0, 8: 2.0}
# Wider than this, blanks before the continuation are likelier than indentation.
_VERY_WIDE = 24
_LOOK_AHEAD = 8
_RUN_OF_TABS = pattern.compile(r"(?:^ *)?\t+ *")
_LEARNT_FROM = 64
_HANGING = ("argument", "pipe", "string")


def splits(text: str, breaks: Sequence[Gap]) -> list[list[int]]:
    """For each of the gaps the widths of its pieces, in order; they add up to the gap's width."""
    if not breaks:
        return []
    tabbed = 2 * sum(g.tabbed for g in breaks) >= len(breaks)
    reader = Reader(text, breaks, tabbed)
    first = reader.read(reader.beginning(), learn=True)
    settled = Habits(trail=reader.trail)
    for key, split in first:
        settled.note(key, split.column)
    commands = settled.columns[-1, "statement"] + settled.columns[-1, "operator"]
    if commands and not tabbed:
        reader.base = commands.most_common(1)[0][0]
        reader.options.clear()
    # What was seen once is no habit: it would only confirm itself.
    for key in [k for k, seen in settled.columns.items() if seen.total() < 2]:
        settled.used -= settled.columns.pop(key)
    second = reader.read(settled, learn=False)
    known: dict[tuple[str, Split], list[int]] = {}
    out = []
    for gap, (_, split) in zip(breaks, second, strict=True):
        pieces = known.get((gap.space, split))
        if pieces is None:
            pieces = known[gap.space, split] = _pieces(gap, split)
        out.append(pieces)
    return out


class Reader:
    """Reads the gaps of one text."""

    def __init__(self, text: str, breaks: Sequence[Gap], tabbed: bool) -> None:
        self.text = text
        self.breaks = breaks
        self.tabbed = tabbed
        starts = [0, *(g.end for g in breaks)]
        self.lines = [line(text[start : g.start]) for start, g in zip(starts, breaks, strict=False)]
        self.options: dict[str, list[Split]] = {}
        self.following = [text[g.end : g.end + _LOOK_AHEAD] for g in breaks]
        plain = [g for g in breaks if not g.tabbed]
        self.padded = padding(plain) if 2 * len(plain) >= len(breaks) else {}
        widths = Counter(len(g.space) for g in plain if g.start not in self.padded)
        self.trail = _usual_trail(
            Counter((len(g.space), text.startswith(("&&", "||"), g.end)) for g in plain if g.start not in self.padded)
        )
        # Lines that stand as deep as those around them; an empty line before each of them is unlikely.
        self.alike = {
            b.start for a, b, c in zip(plain, plain[1:], plain[2:], strict=False) if a.space == b.space == c.space
        }
        sides = Counter(
            len(g.space)
            for g in plain
            if text.startswith(("&&", "||", ";"), g.end) or text.endswith((";", "&&", "||"), 0, g.start)
        )
        # Columns of commands that stand twice as deep as most others do.
        self.doubled = frozenset(
            w - self.trail for w, n in sides.items() if sides[(w + self.trail) // 2] >= n and (w - self.trail) % 2 == 0
        )
        self.unit = 1 if tabbed else _unit(widths, self.trail)
        if tabbed:
            self.base = min((g.space.count("\t") for g in breaks if g.tabbed), default=1)
        else:
            usual = [w - self.trail for w, n in sides.items() if 6 * n >= sides.total()]
            self.base = min((c for c in usual if c > 0), default=self.unit)

    def beginning(self) -> Habits:
        """Habits of nothing yet, but for the blanks that usually stand before a continuation."""
        return Habits(trail=self.trail)

    def read(self, habits: Habits, learn: bool) -> list[tuple[Key, Split]]:
        """Each gap's key and best split, in order; with `learn` of the first gaps only, which `habits` notes."""
        nesting = Nesting(unit=self.unit, base=self.base)
        out: list[tuple[Key, Split]] = []
        known: dict[tuple[object, ...], Split] = {}
        column, quoted = 0, False
        looked_at = self.breaks[:_LEARNT_FROM] if learn else self.breaks
        for gap, before, following in zip(looked_at, self.lines, self.following, strict=False):
            nesting.read(before, column, quoted)
            quoted = gap.quoted
            key = nesting.key(following, quoted)
            forced = self.padded.get(gap.start) if self.padded else None
            if forced is not None:
                best = Split(forced, (), len(gap.space) - forced)
            else:
                best = self._reading(gap, key, nesting, habits, known)
            if learn:
                habits.note(key, best.column)
            column = best.column
            out.append((key, best))
        return out

    def _reading(
        self, gap: Gap, key: Key, nesting: Nesting, habits: Habits, known: dict[tuple[object, ...], Split]
    ) -> Split:
        """The cheapest reading of a gap; one reading for all gaps alike, which are many in a long list."""
        if key[1] == "close" or (key[1] == "argument" and nesting.started):
            return self._best(gap, _place(nesting, key), habits)
        case = (
            gap.space, key, nesting.statement, nesting.column, nesting.opened, nesting.in_string,
            gap.start in self.alike,
        )  # fmt: skip
        found = known.get(case)
        if found is None:
            found = known[case] = self._best(gap, _place(nesting, key), habits)
        return found

    def _best(self, gap: Gap, place: Place, habits: Habits) -> Split:
        alike = gap.start in self.alike
        options = self.options.get(gap.space)
        if options is None:
            options = self.options[gap.space] = list(self._options(gap))
        if len(options) == 1:
            return options[0]
        return min(options, key=lambda split: self._price(split, place, habits, gap.tabbed, alike))

    def _options(self, gap: Gap) -> Iterator[Split]:
        width = len(gap.space)
        if gap.tabbed:
            return _tabbed_options(gap.space)
        if self.tabbed:
            return iter([Split(min(1, width - 1), (), width - 1)])
        if width > max(_VERY_WIDE, self.base):
            return chain(_blank_options(width), [Split(width - self.base, (), self.base)])
        return _blank_options(width)

    def _price(self, split: Split, place: Place, habits: Habits, tabbed: bool, alike: bool) -> float:
        price = self._column_price(split.column, place, habits, tabbed)
        if not tabbed:
            if split.column == place.twice:
                price += 1.5
            if split.empty and alike:
                price += 2.0
            price += _trail_price(split.trail, habits.trail)
        if split.empty:
            price += len(split.empty) * (1.3 if tabbed else 3.3 if place.key[1] in _HANGING else 2.3)
            price += 2.5 if place.opening or place.key[1] == "close" else 0.0
            for width in split.empty:
                if width != split.column:
                    price += 0.9 if habits.used[width] else 2.0
        return price

    def _column_price(self, column: int, place: Place, habits: Habits, tabbed: bool) -> float:
        key = place.key
        hanging = key[1] in _HANGING
        if column in place.words and column > place.parent + self.unit:
            return 0.3
        seen = habits.columns.get(key)
        if column > _VERY_WIDE and not hanging:
            return 8.0
        outside = (3.0 if column < key[0] else -1.0) if key[1] == "statement" and column <= key[0] else 0.0
        if seen:
            usual = max(seen, key=seen.__getitem__)
            count = seen[usual]
            if column == usual:
                return outside
            price = 1.5 if seen[column] else 2.5
            if not tabbed and abs(column - usual) == 1:
                # A blank too many or too few before the continuation is likelier than one in the indentation.
                price = 4.5
            elif not tabbed and not (hanging and column > usual) and count > 1:
                price += 1.5
            if hanging and column == place.expected[0]:
                price = min(price, 0.6)
            return outside + price + (0.0 if column in place.expected else 0.5 if habits.used[column] else 1.5)
        if not habits.used and not tabbed and key[0] < 0 and not hanging:
            # One that stands twice as deep as others do has an empty line before it.
            doubled = column > 2 and column in self.doubled
            return _first_price(column, key[1] == "operator") + (3.0 if doubled else 0.0)
        if column in place.expected:
            return outside + 0.7 * place.expected.index(column)
        odd = 0.6 if column % 2 and not tabbed else 0.0
        if (hanging or key[0] >= 0) and place.parent < column <= place.parent + 8 * self.unit and not tabbed:
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
    least = min((w for w, _ in widths), default=0)
    for (width, operator), count in widths.items():
        # Deeper lines hang under words of the line above, in whatever column those stand.
        weight = log2(1 + count) * (1.0 if width <= least + 1 else 0.2)
        for trail in (0, 1):
            prices[trail] += weight * _first_price(width - trail, operator)
    return 0 if prices[0] + 4.5 < prices[1] else 1


def _unit(widths: Counter[int], trail: int) -> int:
    columns = {w - trail for w in widths}
    return next((unit for unit in (4, 2, 3, 5, 6) if unit in columns), 4)


def _trail_price(trail: int, usual: int) -> float:
    if trail == usual:
        return 0.0
    if trail > 2:
        return 5.0
    return 2.5 if trail == 1 else 4.0


def _place(nesting: Nesting, key: Key) -> Place:
    # No one leaves an empty line between a command and its first argument, or before the first line of a block.
    opening = nesting.opened or (key[1] in ("argument", "string") and nesting.started)
    parent = nesting.statement if key[1] in _HANGING else key[0]
    words = nesting.words() if key[1] == "argument" and nesting.started else ()
    # One more of a list that stands twice as deep rather has an empty line before it.
    twice = 2 * nesting.column if key[1] == "argument" and not nesting.started else -1
    return Place(key, nesting.expected(key), parent, opening, words, twice)


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
    return list(_RUN_OF_TABS.findall(space))


def _pieces(gap: Gap, split: Split) -> list[int]:
    if not gap.tabbed:
        return [split.trail, *split.empty, split.column]
    if not gap.space.rstrip("\t").strip(" "):
        return [split.trail, *split.empty, len(gap.space) - split.trail - sum(split.empty)]
    parts = _parts(gap.space[split.trail :])
    return [split.trail, *(len(p) for p in parts[:-1]), *split.empty, len(parts[-1]) - sum(split.empty)]
