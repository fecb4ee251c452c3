"""Splits a gap at a break: spaces before the continuation, empty lines, the next line's indentation.

The gap of five blanks in `a;     b` may be `a; \\⏎    b` or `a;\\⏎     b`; that of two tabs one line deeper, or an empty
line and one as deep. Every reading has a price (`evidence.py`), and the cheapest is taken. A text is read twice: first to
learn what its lines do, then by what all of them did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, compress
from operator import add, eq

from reconstruct import pattern
from reconstruct.layout.evidence import Evidence, Habits, Space, Split, cheapest, most_frequent
from reconstruct.layout.gaps import Gap
from reconstruct.layout.house import UNKNOWN, House
from reconstruct.layout.nesting import FIRST, LAST, Key, Nesting, begins, ends
from reconstruct.layout.padding import padding

_RUN_OF_TABS = pattern.compile(r"(?:^ *)?\t+ *")
_LEARNT_FROM = 64
# Wider than this, blanks before the continuation are likelier than indentation.
_VERY_WIDE = 24
_DEEPEST = 12
_SOME = 2
_OPERATOR = ("&&", "||")
# What a line may end with that tells of its continuation.
_LAST = frozenset("'\";&|")
# Where a word begins, in a line's part that is looked at.
_BORDER = pattern.compile(r" (?! )")
_WIDEST = 100

Reading = tuple[Key, Split]
Case = tuple[Key, str]


def line_ends(text: str, breaks: Sequence[Gap], house: House = UNKNOWN) -> list[int]:
    """Where the lines of a text end, but the last, given its breaks; `house`: what the RUNs beside it do."""
    if not breaks:
        return []
    known: dict[tuple[str, Split], list[int]] = {}
    out: list[int] = []
    for (start, _, space, _, _), split in zip(breaks, Reader(text, breaks, house).readings(), strict=True):
        trail, empty, column = split
        if not empty and trail + column == len(space):
            # A single line begins behind most gaps.
            out.append(start + trail)
            continue
        found = known.get((space, split))
        if found is None:
            found = known[space, split] = list(accumulate(pieces(space, split)[:-1]))
        out += [start + offset for offset in found]
    return out


class Reader:
    """Reads the gaps of one text."""

    # Gaps alike, before lines of one kind, are read so often.
    often = 2

    def __init__(self, text: str, breaks: Sequence[Gap], house: House = UNKNOWN) -> None:
        self.text = text
        self.breaks = breaks
        self.house = house
        starts, stops, spaces, _, tabs = zip(*breaks, strict=True)
        # How the lines behind the gaps begin and end, the last as if it went on.
        self.begins = [begins(text, stop) if text[stop] in FIRST else "" for stop in stops]
        self.ends = [
            ends(text, at, start) if text[start - 1] in LAST else "part"
            for at, start in zip(stops, starts[1:], strict=False)
        ]
        self.ends.append("part")
        self.counts: dict[str, int] = {}
        for space in spaces:
            self.counts[space] = self.counts.get(space, 0) + 1
        # How many of the gaps beside each are the same, and which are the same as the next: lines at the same depth, hardly
        # each after an empty one.
        same = list(map(eq, spaces, spaces[1:]))
        self.alike = list(map(add, [False, *same], [*same, False]))
        self.rows = set(compress(spaces, same))
        tabbed = sum(tabs)
        self.tabbed = 2 * tabbed >= len(breaks)
        plain = [g for g in breaks if not g.tabbed] if tabbed < len(breaks) else []
        self.padded = padding(plain) if plain and 2 * len(plain) >= len(breaks) else {}
        self.spaces: dict[str, Space] = {}
        # The options of each gap, as far as they don't depend on the habits, and the reading of one that has no other.
        self.fixed = {space: found for space in self.counts if (found := self._fixed(space))}
        self.sole = {space: found[0] for space, found in self.fixed.items() if len(found) == 1}
        self.options: dict[tuple[str, int], list[Split]] = {}
        self._measure(plain)

    def _measure(self, plain: Sequence[Gap]) -> None:
        """The usual number of spaces before a continuation, the unit of indentation, and the column of the outermost commands."""
        cases: dict[tuple[int, str, bool], int] = {}
        if plain:
            for (start, _, space, _, tabbed), begin in zip(self.breaks, self.begins, strict=True):
                if not tabbed and start not in self.padded:
                    case = len(space), _ending(self.text, start), begin == "operator"
                    cases[case] = cases.get(case, 0) + 1
        self.trail = _usual_trail(cases)
        if self.tabbed:
            self.unit = 1
            self.base = min((space.count("\t") for space in self.counts if "\t" in space), default=1)
            return
        columns = {width - self.trail for width, _, _ in cases}
        self.unit = next((unit for unit in (4, 2, 3, 5, 6) if unit in columns), 4)
        sides: dict[int, int] = {}
        for (width, ending, operator), count in cases.items():
            if operator or ending in (";", "&&"):
                sides[width - self.trail] = sides.get(width - self.trail, 0) + count
        total = sum(sides.values())
        self.base = min((c for c, n in sides.items() if c > 0 and 6 * n >= total), default=self.unit)

    def readings(self) -> list[Split]:
        """The best reading of each gap."""
        if len(self.sole) == len(self.counts) and not self.padded:
            return [self.sole[gap.space] for gap in self.breaks]
        habits = Habits()
        first = self.learn(habits)
        if len(habits.used) == 1 and not habits.emptied and len(first) == len(self.breaks):
            # All lines are in one column, so a second pass would change nothing.
            return [split for _, split in first]
        commands = dict(habits.columns.get((-1, "statement"), {}))
        for column, count in habits.columns.get((-1, "operator"), {}).items():
            commands[column] = commands.get(column, 0) + count
        if commands and not self.tabbed:
            self.base = max(commands, key=commands.__getitem__)
            self.options.clear()
        return self.read(habits, first)

    def learn(self, habits: Habits) -> list[Reading]:
        """The key and the best reading of each of the first gaps, in order; every one is added to the habits."""
        nesting = self._nesting()
        known: dict[Case, Split] = {}
        padded, sole = self.padded, self.sole
        out: list[Reading] = []
        for i, ((start, _, space, quoted, _), begin, end) in enumerate(self._lines(_LEARNT_FROM)):
            key = nesting.key(begin, quoted)
            case = key, space
            if padded and start in padded:
                best = Split(padded[start], 0, len(space) - padded[start])
            elif space in sole:
                best = sole[space]
            else:
                read = known.get(case)
                if read is None or sum(habits.of_space[case].values()) < self.often:
                    read = known[case] = self.quick(key, space, habits) or self.choose(i, key, nesting, habits, None)
                best = read
            habits.note(case, best)
            nesting.read(begin, end, best[2], quoted)
            out.append((key, best))
        return out

    def read(self, habits: Habits, before: Sequence[Reading]) -> list[Split]:
        """The best reading of each gap, in order; `before` are the readings that the habits come from."""
        nesting = self._nesting()
        known: dict[tuple[object, ...], Split] = {}
        quick: dict[Case, Split | None] = {}
        padded, sole = self.padded, self.sole
        out: list[Split] = []
        for i, ((start, _, space, quoted, _), begin, end) in enumerate(self._lines(len(self.breaks))):
            if padded and start in padded:
                best = Split(padded[start], 0, len(space) - padded[start])
            elif space in sole:
                best = sole[space]
            else:
                key = nesting.key(begin, quoted)
                case = key, space
                if case not in quick:
                    quick[case] = self.quick(key, space, habits)
                own = before[i] if i < len(before) else None
                best = quick[case] or self._remembered(i, key, nesting, habits, own, known)
            nesting.read(begin, end, best[2], quoted)
            out.append(best)
        return out

    def _nesting(self) -> Nesting:
        text = self.text
        return Nesting(begins(text, 0), ends(text, 0, self.breaks[0].start), self.unit, self.base)

    def _lines(self, most: int) -> Iterator[tuple[Gap, str, str]]:
        """The first gaps, with how the line behind each begins and ends."""
        return zip(self.breaks[:most], self.begins, self.ends, strict=False)

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
        gap = self.breaks[i]
        case = (
            gap.space, key, own, _ending(self.text, gap.start), self.alike[i],
            nesting.statement, nesting.column, nesting.opened, nesting.started, nesting.in_string, tuple(nesting.blocks[-2:]),
        )  # fmt: skip
        found = known.get(case)
        if found is None:
            found = known[case] = self.choose(i, key, nesting, habits, own)
        return found

    def quick(self, key: Key, space: str, habits: Habits) -> Split | None:
        """The reading of a gap that is one space and the column of most such lines."""
        seen = habits.columns.get(key)
        if not seen:
            return None
        top = most_frequent(seen)
        times = seen[top]
        if (
            times < _SOME
            or (len(seen) > 1 and 3 * times < 2 * sum(seen.values()))
            or space != (" " + "\t" * top if self.tabbed else " " * (top + 1))
        ):
            return None
        return Split(1, 0, top)

    def choose(self, i: int, key: Key, nesting: Nesting, habits: Habits, own: Reading | None) -> Split:
        """The cheapest reading of gap `i`."""
        _, _, space, _, tabbed = self.breaks[i]
        if not tabbed and self.house.odd and len(space) == self.house.column + 1:
            # Hardly anyone indents so; who does, does it throughout.
            return Split(1, 0, self.house.column)
        evidence = self.evidence(i, key, nesting, habits, own)
        return cheapest(self._options(space, evidence.top), evidence)

    def evidence(self, i: int, key: Key, nesting: Nesting, habits: Habits, own: Reading | None) -> Evidence:
        """The evidence on gap `i`."""
        start, _, space, _, _ = self.breaks[i]
        about = self.spaces.get(space)
        if about is None:
            about = self.spaces[space] = self._about(space)
        words = self._words(i, nesting) if key[1] == "argument" and nesting.started else ()
        end = _ending(self.text, start)
        return Evidence(habits, nesting, key, about, own, self.trail, end, self.alike[i], words)

    def _about(self, space: str) -> Space:
        group, tabbed = self.counts[space], "\t" in space
        return Space(
            space,
            tabbed=tabbed,
            lead=len(space) - len(space.lstrip(" ")) if tabbed else 0,
            size=_parts(space)[-1].count("\t") if tabbed else len(space),
            group=min(group, 3),
            row=space in self.rows,
            near=(False, False) if tabbed else (space[1:] in self.counts, space + " " in self.counts),
        )

    def _words(self, i: int, nesting: Nesting) -> tuple[int, ...]:
        """The columns where the words of the line before gap `i` begin."""
        start, margin = (self.breaks[i - 1].end, nesting.column) if i else (0, len("RUN "))
        end = min(self.breaks[i].start, start + _WIDEST)
        return tuple(margin + m.end() - start for m in _BORDER.finditer(self.text, start, end))

    def _options(self, space: str, top: int) -> list[Split]:
        found = self.fixed.get(space)
        if found is None:
            width = len(space)
            # What lines alike do is of interest to very wide gaps only.
            aligned = top if width > max(_VERY_WIDE, self.base) else 0
            found = self.options.get((space, aligned))
            if found is None:
                found = self.options[space, aligned] = _blank_options(width, self.trail, self.base, aligned)
        return found

    def _fixed(self, space: str) -> list[Split]:
        if "\t" in space:
            return _tabbed_options(space)
        width = len(space)
        return [Split(min(1, width - 1), 0, width - 1)] if self.tabbed else []


def _ending(text: str, start: int) -> str:
    """How a line ends: with an operator, with the quote that opens a variable's value, or otherwise."""
    last = text[start - 1]
    if last not in _LAST:
        return "word"
    if last in "'\"":
        return "open" if text[start - 2 : start - 1] == "=" else "word"
    if last == ";":
        return ";"
    return "&&" if text.endswith(_OPERATOR, 0, start) else "word"


def _usual_trail(cases: Mapping[tuple[int, str, bool], int]) -> int:
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


def pieces(space: str, split: Split) -> list[int]:
    """The widths into which a reading splits a gap."""
    trail, empty, column = split
    if "\t" not in space:
        return [trail, *_shares(len(space) - trail - column, empty), column]
    *before, last = _parts(space[trail:])
    inner = _shares(last.count("\t") - column, empty)
    return [trail, *map(len, before), *inner, len(last) - sum(inner)]


def _shares(width: int, lines: int) -> list[int]:
    """`width` in that many parts; the last one takes the remainder."""
    if not lines:
        return []
    each = width // lines
    return [*[each] * (lines - 1), width - each * (lines - 1)]
