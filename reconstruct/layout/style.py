"""Which gaps of a text are line breaks, and which are white space within a line."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct import pattern
from reconstruct.layout.gaps import Gap
from reconstruct.layout.house import UNKNOWN, House
from reconstruct.typed import Literal

# What surrounds a gap: an operator or an opening word before it; an operator after it; a closing word after it; two words.
Kind = Literal["after", "before", "closer", "word"]
# A gap and what surrounds it.
Spot = tuple[Gap, Kind]


_AFTER = pattern.compile(r"(?:&&|\b(?:then|do|else|in)|[\s;)}]\})$")
_BEFORE = pattern.compile(r"&&|\|\|?(?!\|)|;;|;(?=[ \t]{2}|[ ]?\t|$| (?:do|then)\b|(?:fi|done)\b)")
_CLOSER = pattern.compile(r"[})]|(?:fi|done|esac)\b")
_ARM = pattern.compile(r"\(?[^()\s]+\)(?= *\S)")
# What may stand behind a tab so that not every gap with one breaks a line.
_DOUBTFUL = pattern.compile(r"\t *(?:=|&&|\|\|?) ")
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


def line_breaks(text: str, found: list[Gap], house: House = UNKNOWN) -> list[Gap]:
    """The gaps of `text` that are line breaks; `house` is what the RUNs beside it do. A text that is one string is read as the string's content."""
    # Those at the text's edges are none.
    inner = found[bool(found) and found[0].start == 0 : len(found) - (bool(found) and found[-1].end == len(text))]
    return inner if _certain(text, inner) else chosen(text, inner, house)


def _certain(text: str, found: Sequence[Gap]) -> bool:
    """Whether all gaps are tabs behind a blank, outside strings, as most are of official images: each breaks a line, unless
    beside an operator alone on its line, or before `= `."""
    for _, _, space, quoted, tabbed in found:
        if quoted or not tabbed or space[0] != " ":
            return False
    return not _DOUBTFUL.search(text)


def chosen(text: str, inner: Sequence[Gap], house: House) -> list[Gap]:
    """The breaks among the gaps within a text."""
    if _is_script(text, inner):
        inner = [g._replace(quoted=False) for g in inner]
    spots = _one_side(text, [(g, _kind(text, g.start, g.end)) for g in inner])
    aligned = _aligned(text, spots)
    if aligned:
        spots = [(g, kind) for g, kind in spots if g.start not in aligned]
    return _Chooser(text, spots, house).chosen()


def _is_script(text: str, found: Sequence[Gap]) -> bool:
    """Whether nearly all gaps are in strings that contain a script, or lines to be written to a file."""
    quoted = [g for g in found if g.quoted]
    if len(quoted) < 2 or len(quoted) * 5 < 4 * len(found):
        return False
    return any(
        text.endswith("\\n", 0, g.start) or text.startswith("\\n", g.end) or _kind(text, g.start, g.end) != "word"
        for g in quoted
    )


def only_words(text: str, breaks: Sequence[Gap]) -> bool:
    """Whether all of these breaks are between words, none at an operator: a list, and nothing is known about the rest."""
    return all(_kind(text, g.start, g.end) == "word" for g in breaks)


def _kind(text: str, start: int, end: int) -> Kind:
    following = text[end]
    if following in "&|;" and _BEFORE.match(text, end):
        return "before"
    last = text[start - 1]
    if last in _ENOUGH or (last in _LAST_OF_AFTER and _AFTER.search(text[max(0, start - _LOOK_BACK) : start])):
        return "after"
    return "closer" if following in "})fde" and _CLOSER.match(text, end) else "word"


def _one_side(text: str, spots: list[Spot]) -> list[Spot]:
    """An operator with a gap on each side ends a line or starts one, unless it is alone on its line, as deep as the
    words of a list above it."""
    pairs = []
    before = -_OPERATOR - 1
    for i, ((start, end, _, quoted, _), _) in enumerate(spots):
        if start - before <= _OPERATOR and not quoted and text[before:start] in ("&&", "||", "|"):
            pairs.append(i - 1)
        before = end
    if not pairs:
        return spots
    usual = {gap.space for gap, kind in spots if kind != "before"}
    if all(spots[i][0].space in usual and _wide(spots[i], 4) and _wide(spots[i + 1], 3) for i in pairs):
        return spots
    dropped: set[int] = set()
    usual = {gap.space for gap, kind in spots if kind == "word"}
    for i in pairs:
        a, b = spots[i], spots[i + 1]
        if a[0].space in usual and _wide(a, 3) and _wide(b, 3):
            continue
        after = _wide(b, 3) or not _wide(a, 3)
        dropped.add(i if after else i + 1)
    return [s for i, s in enumerate(spots) if i not in dropped]


def _wide(spot: Spot, least: int) -> bool:
    return len(spot[0].space) >= least or spot[0].tabbed


def _aligned(text: str, spots: Sequence[Spot]) -> set[int]:
    """The gaps within lines that only align words with those of the lines above or below."""
    offsets: dict[int, list[tuple[int, int]]] = {}
    line, starts, last = 0, True, len(spots) - 1
    for i, ((start, end, space, _, tabbed), kind) in enumerate(spots):
        if starts and kind == "word" and not tabbed:
            behind = spots[i + 1] if i < last else None
            # If it is as wide as the next one, it is the first break of a list.
            if behind is None or behind[1] != "word" or behind[0].space != space:
                offsets.setdefault(end - line, []).append((start, len(space)))
        line, starts = end, kind in ("after", "before")
    if offsets and "case " in text:
        for gap, _ in spots:
            arm = _ARM.match(text, gap.end)
            if arm and text[arm.end() + 1 : arm.end() + 2].strip():
                offsets.setdefault(arm.end() + 1 - gap.end, []).append((-1, 1))
    out = {start for same in offsets.values() if len({w for _, w in same}) > 1 for start, _ in same}
    if "= " in text:
        out |= {gap.start for gap, kind in spots if kind == "word" and text.startswith("= ", gap.end)}
    return out


def _is_short(text: str, gap: Gap) -> bool:
    """Whether a string with a gap between words is too short for its author to have broken it; a variable's value, which
    is often a list, isn't."""
    before, behind = text[max(0, gap.start - _WORTH_A_BREAK) : gap.start], text[gap.end : gap.end + _WORTH_A_BREAK]
    start = max(before.rfind("'"), before.rfind('"'))
    ends = [at for at in (behind.find("'"), behind.find('"')) if at >= 0]
    if start < 0 or not ends or start == len(before) - 1 or min(ends) == 0 or before[start - 1 : start] == "=":
        return False
    return len(before) - start + min(ends) < _WORTH_A_BREAK and _kind(text, gap.start, gap.end) == "word"


class _Chooser:
    """Chooses among the spots of one text by the widths that certainly are breaks."""

    def __init__(self, text: str, spots: list[Spot], house: House) -> None:
        self.text = text
        self.spots = spots
        # How often each gap occurs in each position outside strings: there are few different ones, however long the text.
        plain: dict[tuple[Kind, str], int] = {}
        self.quoted: dict[str, int] = {}
        for (_, _, space, quoted, _), kind in spots:
            if quoted:
                self.quoted[space] = self.quoted.get(space, 0) + 1
            else:
                plain[kind, space] = plain.get((kind, space), 0) + 1
        self.tabs = spaced = ends = 0
        blank: dict[tuple[Kind, int], int] = {}
        for (kind, space), n in plain.items():
            if "\t" in space:
                self.tabs += n
                spaced += n if space[0] == " " else 0
            else:
                blank[kind, len(space)] = n
            if kind == "after" and ("\t" in space or len(space) > 2):
                ends += n
        # If all other lines end in a space, a tab directly after a word is the author's text.
        self.trailing = self.tabs > 3 and spaced * 5 >= self.tabs * 4
        sure: dict[int, int] = {}
        words: dict[int, int] = {}
        for (kind, width), n in blank.items():
            if kind in ("word", "closer"):
                words[width] = words.get(width, 0) + n
            elif width > 2:
                sure[width] = sure.get(width, 0) + n
        certain = sum(sure.values())
        self.tabbed = self.tabs > 0 and self.tabs >= certain and 2 * self.tabs >= sum(plain.values())
        self.ends = ends > blank.get(("before", 2), 0)
        self.narrow = blank.get(("after", 2), 0)
        # Commands in the first column, lists indented by a tab.
        self.shallow = self.narrow > 1 and not ends
        self.sure = bool(sure)
        self.widths = set(sure) or {w for w in words if w > 2}
        self.least = min(self.widths, default=3)
        self.words = words
        self.narrow_words = not self.tabs and (
            (not sure and words.keys() == {2} and words[2] > 1)
            or (house.narrow and words.get(2, 0) >= _LIST and certain < 2)
        )

    def chosen(self) -> list[Gap]:
        out = []
        line = 0
        for gap, kind in self.spots:
            _, end, space, quoted, tabbed = gap
            # A tab behind a space breaks a line, unless in a string.
            if (tabbed and not quoted and space[0] == " ") or self._is_break(gap, kind, line):
                out.append(gap)
                line = end
        return out

    def _is_break(self, gap: Gap, kind: Kind, line: int) -> bool:
        start, end, space, quoted, tabbed = gap
        if tabbed:
            return self._breaks_by_tab(start, space, quoted, kind)
        width = len(space)
        if kind == "word" and self.text.endswith(_HEADS, 0, start) and self._heads(start):
            return False
        if quoted:
            return self._breaks_string(gap)
        if kind == "before" and self.text.startswith(";;", end) and _ARM.match(self.text, line):
            return False
        if self.tabbed:
            if kind == "after" or self.text.startswith(("&&", "||"), end):
                return width > 2 or (self.shallow and kind == "after")
            return width > 4 and not _ARM.match(self.text, line)
        if width > 2:
            return kind in ("after", "before") or width >= min(self.least - 1, 5) or self.words.get(width, 0) > 2
        if kind == "before":
            return not self.ends
        if kind == "after":
            return not self.sure or self.narrow > 1
        return self.narrow_words

    def _breaks_by_tab(self, start: int, space: str, quoted: bool, kind: Kind) -> bool:
        """Whether a gap with a tab is a break."""
        if space[0] == "\t":
            if kind == "word" and not self.tabbed and self.sure and self.tabs < 2:
                # Among lines indented by spaces, a tab is the author's text.
                return False
            if self.trailing and (quoted or kind == "word"):
                # `LIST="\⏎⇥first` has no space before the break.
                return self.text[start - 1] in "'\"" and self.text[start - 2] == "="
        return not quoted or self.tabs > 0

    def _heads(self, start: int) -> bool:
        """Whether the word before the gap is one of those, not only its end."""
        before = self.text[max(0, start - _LOOK_BACK) : start]
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
            self.quoted.get(gap.space, 0) > (2 if width == 4 else 1)
            or (width > 8 and width % 4 in (0, 1))
            or self.text[gap.end] in "'\""
        ):
            return True
        opens = self.text[gap.start - 1] in "'\"" and self.text[gap.start - 2] == "="
        return opens or _kind(self.text, gap.start, gap.end) in ("after", "before")
