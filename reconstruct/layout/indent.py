"""Splits a gap at a break: spaces before the continuation, empty lines, the next line's indentation.

The gap of five blanks in `a;     b` may be `a; \\⏎    b` or `a;\\⏎     b`; that of two tabs one line deeper, or an empty
line and one as deep. Every reading has a price (`evidence.py`), and the cheapest is taken. A text is read twice: first to
learn what its lines do, then by what all of them did.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from reconstruct import pattern
from reconstruct.layout.evidence import Evidence, Habits, Split, price
from reconstruct.layout.gaps import Gap
from reconstruct.layout.house import UNKNOWN, House
from reconstruct.layout.nesting import HANGING, Key, Nesting, line
from reconstruct.layout.padding import padding

_LOOK_AHEAD = 8
_RUN_OF_TABS = pattern.compile(r"(?:^ *)?\t+ *")
_LEARNT_FROM = 64
# Wider than this, blanks before the continuation are likelier than indentation.
_VERY_WIDE = 24
_DEEPEST = 12
_SOME = 2
_OPERATOR = ("&&", "||")

Reading = tuple[Key, Split]


def splits(text: str, breaks: Sequence[Gap], house: House = UNKNOWN) -> list[list[int]]:
    """The widths of each gap's pieces, in order; they add up to the gap's width. `house`: what the RUNs beside it do."""
    if not breaks:
        return []
    known: dict[tuple[str, Split], list[int]] = {}
    out = []
    for gap, split in zip(breaks, Reader(text, breaks, house).readings(), strict=True):
        found = known.get((gap.space, split))
        if found is None:
            found = known[gap.space, split] = pieces(gap, split)
        out.append(found)
    return out


class Reader:
    """Reads the gaps of one text."""

    def __init__(self, text: str, breaks: Sequence[Gap], house: House = UNKNOWN) -> None:
        self.breaks = breaks
        self.house = house
        self.tabbed = 2 * sum(g.tabbed for g in breaks) >= len(breaks)
        starts = [0, *(g.end for g in breaks)]
        self.lines = [line(text[start : g.start]) for start, g in zip(starts, breaks, strict=False)]
        self.following = [text[g.end : g.end + _LOOK_AHEAD] for g in breaks]
        self.ends = [_ending(text, g.start) for g in breaks]
        plain = [g for g in breaks if not g.tabbed]
        self.padded = padding(plain) if 2 * len(plain) >= len(breaks) else {}
        spaces = [g.space for g in breaks]
        self.counts = Counter(spaces)
        # Gaps equal to their neighbours: lines at the same depth, hardly each after an empty one.
        self.rows = {a for a, b in pairwise(spaces) if a == b}
        self.alike = [(a == b) + (b == c) for a, b, c in zip(["", *spaces], spaces, [*spaces[1:], ""], strict=False)]
        self.options: dict[tuple[str, int], list[Split]] = {}
        self._measure()

    def _measure(self) -> None:
        """The usual number of spaces before a continuation, the unit of indentation, and the column of the outermost commands."""
        cases = Counter(
            (len(g.space), end, following.startswith(_OPERATOR))
            for g, end, following in zip(self.breaks, self.ends, self.following, strict=True)
            if not g.tabbed and g.start not in self.padded
        )
        self.trail = _usual_trail(cases)
        if self.tabbed:
            self.unit = 1
            self.base = min((g.space.count("\t") for g in self.breaks if g.tabbed), default=1)
            return
        columns = {width - self.trail for width, _, _ in cases}
        self.unit = next((unit for unit in (4, 2, 3, 5, 6) if unit in columns), 4)
        sides: Counter[int] = Counter()
        for (width, end, operator), count in cases.items():
            if operator or end in (";", "&&"):
                sides[width - self.trail] += count
        self.base = min((c for c, n in sides.items() if c > 0 and 6 * n >= sides.total()), default=self.unit)

    def readings(self) -> list[Split]:
        """The best reading of each gap."""
        habits = Habits()
        first = self.read(habits, None)
        if len(habits.used) == 1 and not habits.emptied and len(first) == len(self.breaks):
            # All lines are in one column, so a second pass would change nothing.
            return [split for _, split in first]
        commands = dict(habits.columns.get((-1, "statement"), {}))
        for column, count in habits.columns.get((-1, "operator"), {}).items():
            commands[column] = commands.get(column, 0) + count
        if commands and not self.tabbed:
            self.base = max(commands, key=commands.__getitem__)
            self.options.clear()
        return [split for _, split in self.read(habits, first)]

    def read(self, habits: Habits, before: Sequence[Reading] | None) -> list[Reading]:
        """Each gap's key and best reading, in order. `before` are the readings that the habits come from; without
        them, only the first gaps are read, and each is added to the habits."""
        nesting = Nesting(unit=self.unit, base=self.base)
        out: list[Reading] = []
        known: dict[tuple[object, ...], Split] = {}
        column, quoted = 0, False
        for i, gap in enumerate(self.breaks if before is not None else self.breaks[:_LEARNT_FROM]):
            nesting.read(self.lines[i], column, quoted)
            quoted = gap.quoted
            key = nesting.key(self.following[i], quoted)
            forced = self.padded.get(gap.start) if self.padded else None
            if forced is not None:
                best = Split(forced, 0, len(gap.space) - forced)
            else:
                quick = self.quick(gap, key, habits, known if before is None else {})
                if before is None:
                    best = quick or self.choose(i, key, nesting, habits, None)
                    known[key, gap.space] = best
                else:
                    own = before[i] if i < len(before) else None
                    best = quick or self._remembered(i, key, nesting, habits, own, known)
            if before is None:
                habits.note(key, best, gap.space)
            column = best.column
            out.append((key, best))
        return out

    def _remembered(
        self,
        i: int,
        key: Key,
        nesting: Nesting,
        habits: Habits,
        own: Reading | None,
        known: dict[tuple[object, ...], Split],
    ) -> Split:
        """The cheapest reading; computed once for equal gaps, of which a long list has many."""
        if key[1] == "argument" and nesting.started:
            return self.choose(i, key, nesting, habits, own)
        case = (
            self.breaks[i].space, key, own, self.ends[i], self.alike[i],
            nesting.statement, nesting.column, nesting.opened, nesting.started, nesting.in_string, tuple(nesting.blocks[-2:]),
        )  # fmt: skip
        found = known.get(case)
        if found is None:
            found = known[case] = self.choose(i, key, nesting, habits, own)
        return found

    def quick(self, gap: Gap, key: Key, habits: Habits, known: Mapping[tuple[object, ...], Split]) -> Split | None:
        """The reading of a gap that was read twice already, or that is one space and the column of most such lines."""
        again = known.get((key, gap.space)) if known else None
        if again is not None and sum(habits.of_space[key, gap.space].values()) > 1:
            return again
        seen = habits.columns.get(key)
        if not seen:
            return None
        top = max(seen, key=seen.__getitem__) if len(seen) > 1 else next(iter(seen))
        times = seen[top]
        if (
            times < _SOME
            or (len(seen) > 1 and 3 * times < 2 * sum(seen.values()))
            or gap.tabbed != self.tabbed
            or gap.space != (" " + "\t" * top if self.tabbed else " " * (top + 1))
        ):
            return None
        return Split(1, 0, top)

    def choose(self, i: int, key: Key, nesting: Nesting, habits: Habits, own: Reading | None) -> Split:
        """The cheapest reading of gap `i`."""
        gap = self.breaks[i]
        if self.house.odd and not gap.tabbed and len(gap.space) == self.house.column + 1:
            # Hardly anyone indents so; who does, does it throughout.
            return Split(1, 0, self.house.column)
        evidence = self.evidence(i, key, nesting, habits, own)
        options = self._options(gap, evidence.top)
        if len(options) == 1:
            return options[0]
        return min(options, key=lambda split: price(split, evidence))

    def evidence(self, i: int, key: Key, nesting: Nesting, habits: Habits, own: Reading | None) -> Evidence:
        """The evidence on gap `i`."""
        gap = self.breaks[i]
        kind = key[1]
        tabs = gap.space.count("\t")
        return Evidence(
            habits,
            key,
            gap.space,
            own,
            tabbed=gap.tabbed,
            lead=len(gap.space) - len(gap.space.lstrip(" ")) if gap.tabbed else 0,
            size=(_parts(gap.space)[-1].count("\t") if " " in gap.space else tabs) if gap.tabbed else len(gap.space),
            usual=self.trail,
            end=self.ends[i],
            unit=self.unit,
            # Nobody leaves an empty line between a command and its first argument, or before a block's first line.
            opening=nesting.opened or (kind in ("argument", "string") and nesting.started),
            parent=nesting.statement if kind in HANGING else key[0],
            words=nesting.words() if kind == "argument" and nesting.started else (),
            expected=nesting.expected(key),
            previous=nesting.column,
            alike=self.alike[i],
            group=min(self.counts[gap.space], 3),
            row=gap.space in self.rows,
            # Whether there are gaps one space narrower, and one wider.
            near=(not gap.tabbed and gap.space[1:] in self.counts, not gap.tabbed and gap.space + " " in self.counts),
        )

    def _options(self, gap: Gap, top: int) -> list[Split]:
        found = self.options.get((gap.space, top))
        if found is None:
            if gap.tabbed:
                found = _tabbed_options(gap.space)
            elif self.tabbed:
                width = len(gap.space)
                found = [Split(min(1, width - 1), 0, width - 1)]
            else:
                found = _blank_options(len(gap.space), self.trail, self.base, top)
            self.options[gap.space, top] = found
        return found


def _ending(text: str, start: int) -> str:
    """How a line ends: with an operator, with the quote that opens a variable's value, or otherwise."""
    last = text[start - 1]
    if last in "'\"" and text[start - 2 : start - 1] == "=":
        return "open"
    if last == ";":
        return ";"
    return "&&" if last in "&|" and text.endswith(_OPERATOR, 0, start) else "word"


def _usual_trail(cases: Counter[tuple[int, str, bool]]) -> int:
    """0 or 1: the number of spaces that the author writes before a continuation character.

    `cases` counts gaps by width, by how the line before ends, and by whether an operator follows. It is 1, unless
    `&&\\⏎    ` leaves gaps of four only after operators.
    """
    none = one = 0
    for (width, end, operator), count in cases.items():
        if end == "&&" and not operator and width == 4:
            none += count
        elif width % 2 or (end == "&&" and not operator):
            one += count
    return 0 if none > one else 1


@lru_cache(maxsize=512)
def _blank_options(width: int, usual: int, base: int, top: int) -> list[Split]:
    found: dict[Split, None] = {}
    for trail in (1, 0, 2):
        rest = width - trail
        if rest < 0:
            continue
        found[Split(trail, 0, rest)] = None
        if trail == usual:
            for lines in (2, 3):
                if rest % lines == 0 and rest // lines >= 2:
                    found[Split(trail, lines - 1, rest // lines)] = None
    rest = width - base - 1
    if rest > 1 and rest != base:
        found[Split(1, 1, rest)] = None
    if width > max(_VERY_WIDE, base):
        for column in (base, top):
            if 0 < column < width - _VERY_WIDE // 2:
                found[Split(width - column, 0, column)] = None
    return list(found)


def _tabbed_options(space: str) -> list[Split]:
    lead = len(space) - len(space.lstrip(" "))
    found = []
    for trail in (0,) if not lead else (1, lead) if lead > 1 else (1,):
        tabs = _parts(space[trail:])[-1].count("\t")
        found.append(Split(trail, 0, tabs))
        for column in range(1, min(tabs, _DEEPEST)):
            extra = tabs - column
            found += [Split(trail, lines, column) for lines in (1, 2, 3) if extra >= lines and extra % lines == 0]
    return found


def _parts(space: str) -> list[str]:
    """Runs of tabs with the spaces around them: a space before a tab ends a line that has nothing else."""
    return list(_RUN_OF_TABS.findall(space))


def pieces(gap: Gap, split: Split) -> list[int]:
    """The widths into which a reading splits a gap."""
    trail, empty, column = split
    if not gap.tabbed:
        return [trail, *_shares(len(gap.space) - trail - column, empty), column]
    *before, last = _parts(gap.space[trail:])
    inner = _shares(last.count("\t") - column, empty)
    return [trail, *map(len, before), *inner, len(last) - sum(inner)]


def _shares(width: int, lines: int) -> list[int]:
    """`width` in that many parts; the last one takes the remainder."""
    if not lines:
        return []
    each = width // lines
    return [*[each] * (lines - 1), width - each * (lines - 1)]
