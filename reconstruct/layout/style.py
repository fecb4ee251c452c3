"""Which gaps of a text are line breaks, and which are white space within a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import IntEnum, auto
from itertools import pairwise
from typing import NamedTuple

from reconstruct import pattern
from reconstruct.layout.gaps import Gap
from reconstruct.layout.house import UNKNOWN, House


class Kind(IntEnum):
    """What surrounds a gap."""

    AFTER = auto()  # an operator or an opening word before it
    BEFORE = auto()  # an operator after it
    CLOSER = auto()  # a closing word after it
    WORD = auto()  # two words


class Spot(NamedTuple):
    """A gap and what surrounds it."""

    gap: Gap
    kind: Kind

    @property
    def width(self) -> int:
        """The number of characters in the gap."""
        return len(self.gap.space)


_AFTER = pattern.compile(r"(?:&&|\b(?:then|do|else|in)|[\s;)}]\})$")
_BEFORE = pattern.compile(r"&&|\|\|?(?!\|)|;;|;(?=[ \t]{2}|[ ]?\t|$| (?:do|then)\b|(?:fi|done)\b)")
_CLOSER = pattern.compile(r"[})]|(?:fi|done|esac)\b")
_ARM = pattern.compile(r"\(?[^()\s]+\)(?= *\S)")
# The beginning of what gets printed, which authors indent.
_PRINTED = pattern.compile(r"(?:echo|printf)(?: -[a-zA-Z]+)* ['\"]$")
_PRINTED_FRONT = 24
# Behind these words blanks line the command up with others; who breaks the line there indents with tabs.
_HEADS = ("if", "elif", "while", "until")
_LOOK_BACK = 6
_WORTH_A_BREAK = 60
_OPERATOR = len("&&")
# So many words with two blanks before them are a list, unless deeper lines show that the author indents otherwise.
_LIST = 3
_LAST_OF_AFTER = frozenset("&}noe")
_ENOUGH = frozenset(";|{(")


def line_breaks(text: str, found: Sequence[Gap], house: House = UNKNOWN) -> list[Gap]:
    """The gaps of `text` that are line breaks; `house` is what the RUNs beside it do. A text that is one string is read as the string's content."""
    inner = [g for g in found if g.start > 0 and g.end < len(text)]
    if _is_script(text, inner):
        inner = [g._replace(quoted=False) for g in inner]
    spots = [Spot(g, _kind(text, g)) for g in inner]
    spots = _one_side(text, spots)
    aligned = _aligned(text, spots)
    if aligned:
        spots = [s for s in spots if s.gap.start not in aligned]
    return _Chooser(text, spots, house).chosen()


def _is_script(text: str, found: Sequence[Gap]) -> bool:
    """Whether nearly all gaps are in strings that contain a script, or lines to be written to a file."""
    quoted = [g for g in found if g.quoted]
    if len(quoted) < 2 or len(quoted) * 5 < 4 * len(found):
        return False
    return any(
        text.endswith("\\n", 0, g.start) or text.startswith("\\n", g.end) or _kind(text, g) is not Kind.WORD
        for g in quoted
    )


def only_words(text: str, breaks: Sequence[Gap]) -> bool:
    """Whether all of these breaks are between words, none at an operator: a list, and nothing is known about the rest."""
    return all(_kind(text, g) is Kind.WORD for g in breaks)


def _kind(text: str, gap: Gap) -> Kind:
    following = text[gap.end]
    if following in "&|;" and _BEFORE.match(text, gap.end):
        return Kind.BEFORE
    last = text[gap.start - 1]
    if last in _ENOUGH or (last in _LAST_OF_AFTER and _AFTER.search(text[max(0, gap.start - _LOOK_BACK) : gap.start])):
        return Kind.AFTER
    return Kind.CLOSER if following in "})fde" and _CLOSER.match(text, gap.end) else Kind.WORD


def _one_side(text: str, spots: list[Spot]) -> list[Spot]:
    """An operator with a gap on each side ends a line or starts one, unless it is alone on its line, as deep as the
    words of a list above it."""
    dropped: set[int] = set()
    pairs = [
        i
        for i, (a, b) in enumerate(pairwise(spots))
        if b.gap.start - a.gap.end <= _OPERATOR
        and not b.gap.quoted
        and text[a.gap.end : b.gap.start] in ("&&", "||", "|")
    ]
    usual = {s.gap.space for s in spots if s.kind is not Kind.BEFORE}
    if all(spots[i].gap.space in usual and _wide(spots[i], 4) and _wide(spots[i + 1], 3) for i in pairs):
        return spots
    usual = {s.gap.space for s in spots if s.kind is Kind.WORD}
    for i in pairs:
        a, b = spots[i], spots[i + 1]
        if a.gap.space in usual and _wide(a, 3) and _wide(b, 3):
            continue
        after = _wide(b, 3) or not _wide(a, 3)
        dropped.add(i if after else i + 1)
    return [s for i, s in enumerate(spots) if i not in dropped]


def _wide(spot: Spot, least: int) -> bool:
    return spot.width >= least or spot.gap.tabbed


def _aligned(text: str, spots: Sequence[Spot]) -> set[int]:
    """The gaps within lines that only align words with those of the lines above or below."""
    offsets: dict[int, list[tuple[int, int]]] = {}
    line = 0
    starts = True
    cases = "case " in text
    for spot, following in zip(spots, [*spots[1:], None], strict=False):
        gap = spot.gap
        # If it is as wide as the next one, it is the first break of a list.
        first = following is not None and following.kind is Kind.WORD and following.gap.space == gap.space
        if spot.kind is Kind.WORD and starts and not gap.tabbed and not first:
            offsets.setdefault(gap.end - line, []).append((gap.start, spot.width))
        arm = _ARM.match(text, gap.end) if cases else None
        if arm and text[arm.end() + 1 : arm.end() + 2].strip():
            offsets.setdefault(arm.end() + 1 - gap.end, []).append((-1, 1))
        line, starts = gap.end, spot.kind in (Kind.AFTER, Kind.BEFORE)
    out = {start for same in offsets.values() if len({w for _, w in same}) > 1 for start, _ in same}
    if "= " in text:
        out |= {s.gap.start for s in spots if s.kind is Kind.WORD and text.startswith("= ", s.gap.end)}
    return out


def _is_short(text: str, gap: Gap) -> bool:
    """Whether a string with a gap between words is too short for its author to have broken it; a variable's value, which
    is often a list, isn't."""
    before, behind = text[max(0, gap.start - _WORTH_A_BREAK) : gap.start], text[gap.end : gap.end + _WORTH_A_BREAK]
    start = max(before.rfind("'"), before.rfind('"'))
    ends = [at for at in (behind.find("'"), behind.find('"')) if at >= 0]
    if start < 0 or not ends or start == len(before) - 1 or min(ends) == 0 or before[start - 1 : start] == "=":
        return False
    return len(before) - start + min(ends) < _WORTH_A_BREAK and _kind(text, gap) is Kind.WORD


class _Chooser:
    """Chooses among the spots of one text by the widths that certainly are breaks."""

    def __init__(self, text: str, spots: list[Spot], house: House) -> None:
        self.text = text
        self.spots = spots
        # How often each gap occurs in each position outside strings: there are few different ones, however long the text.
        plain = Counter((s.kind, s.gap.space) for s in spots if not s.gap.quoted)
        self.quoted = Counter(s.gap.space for s in spots if s.gap.quoted)
        tabbed = {space for _, space in plain if "\t" in space}
        self.tabs = sum(n for (_, space), n in plain.items() if space in tabbed)
        # If all other lines end in a space, a tab directly after a word is the author's text.
        spaced = sum(n for (_, space), n in plain.items() if space in tabbed and space[0] == " ")
        self.trailing = self.tabs > 3 and spaced * 5 >= self.tabs * 4
        blank = {(kind, len(space)): n for (kind, space), n in plain.items() if space not in tabbed}
        sure = {case: n for case, n in blank.items() if case[0] in (Kind.AFTER, Kind.BEFORE) and case[1] > 2}
        words = {width: n for (kind, width), n in blank.items() if kind is Kind.WORD}
        for (kind, width), n in blank.items():
            if kind is Kind.CLOSER:
                words[width] = words.get(width, 0) + n
        self.tabbed = self.tabs > 0 and self.tabs >= sum(sure.values()) and 2 * self.tabs >= plain.total()
        ends = sum(
            n for (kind, space), n in plain.items() if kind is Kind.AFTER and (space in tabbed or len(space) > 2)
        )
        self.ends = ends > blank.get((Kind.BEFORE, 2), 0)
        # Commands in the first column, lists indented by a tab.
        self.shallow = blank.get((Kind.AFTER, 2), 0) > 1 and not ends
        self.sure = bool(sure)
        self.widths = {width for _, width in sure} or {w for w in words if w > 2}
        self.least = min(self.widths, default=3)
        self.words = Counter(words)
        self.narrow = blank.get((Kind.AFTER, 2), 0)
        self.narrow_words = not self.tabs and (
            (not sure and words.keys() == {2} and words[2] > 1)
            or (house.narrow and words.get(2, 0) >= _LIST and sum(sure.values()) < 2)
        )

    def chosen(self) -> list[Gap]:
        out = []
        line = 0
        for spot in self.spots:
            if self._is_break(spot, line):
                out.append(spot.gap)
                line = spot.gap.end
        return out

    def _is_break(self, spot: Spot, line: int) -> bool:
        gap, kind = spot
        width = len(gap.space)
        if kind is Kind.WORD and not gap.tabbed and self.text.endswith(_HEADS, 0, gap.start) and self._heads(gap):
            return False
        if gap.tabbed:
            if gap.space[0] == "\t" and not self.tabbed and kind is Kind.WORD and self.sure and self.tabs < 2:
                # Among lines indented by spaces, a tab is the author's text.
                return False
            if gap.space[0] == "\t" and self.trailing and (gap.quoted or kind is Kind.WORD):
                # `LIST="\⏎⇥first` has no space before the break.
                return self.text[gap.start - 1] in "'\"" and self.text[gap.start - 2] == "="
            return not gap.quoted or self.tabs > 0
        if gap.quoted:
            return self._breaks_string(gap)
        if kind is Kind.BEFORE and self.text.startswith(";;", gap.end) and _ARM.match(self.text, line):
            return False
        if self.tabbed:
            if kind is Kind.AFTER or self.text.startswith(("&&", "||"), gap.end):
                return width > 2 or (self.shallow and kind is Kind.AFTER)
            return width > 4 and not _ARM.match(self.text, line)
        if width > 2:
            return kind in (Kind.AFTER, Kind.BEFORE) or width >= min(self.least - 1, 5) or self.words[width] > 2
        if kind is Kind.BEFORE:
            return not self.ends
        if kind is Kind.AFTER:
            return not self.sure or self.narrow > 1
        return self.narrow_words

    def _heads(self, gap: Gap) -> bool:
        """Whether the word before the gap is one of those, not only its end."""
        before = self.text[max(0, gap.start - _LOOK_BACK) : gap.start]
        word = next(word for word in reversed(_HEADS) if before.endswith(word))
        return not before[: -len(word)] or before[-len(word) - 1] in " \t;"

    def _breaks_string(self, gap: Gap) -> bool:
        """Whether a gap of spaces in a string is a break: as wide as those outside, or one of many, or at the string's
        edges or an operator. After `\\n` it is more likely the indentation of printed text."""
        width = len(gap.space)
        if self.tabbed or width < 3 or _PRINTED.search(self.text, max(0, gap.start - _PRINTED_FRONT), gap.start):
            return False
        if _is_short(self.text, gap) and (self.widths or width not in (5, 9)):
            return False
        if width in self.widths:
            return True
        if width == 3 or self.text.endswith("\\n", 0, gap.start):
            return False
        if not self.widths and width in (5, 9):
            # Nothing to compare with: a space, and an indentation of four or eight.
            return True
        if (
            self.quoted[gap.space] > (2 if width == 4 else 1)
            or (width > 8 and width % 4 in (0, 1))
            or self.text[gap.end] in "'\""
        ):
            return True
        opens = self.text[gap.start - 1] in "'\"" and self.text[gap.start - 2] == "="
        return opens or _kind(self.text, gap) in (Kind.AFTER, Kind.BEFORE)
