"""What the RUNs of one Dockerfile have in common: how deep its author indents the words of a list.

The gap between two words of a list shows the column alone, because nobody leaves out the blank before the backslash there.
Behind `&&` it may be left out, so that two blanks may be one and an indentation of one, or none and one of two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from reconstruct import pattern
from reconstruct.named import NamedTuple

# What is before the blanks is looked at from behind the first, so that the search skips to blanks.
_BETWEEN_WORDS = pattern.compile(r" (?<=[\w\"'}/.+*-] ) {1,16}(?=[\w\"'$/{-])")
_MOST = 3


class House(NamedTuple):
    """The `column` in which most words of lists begin, -1 if there are none; and how many do, up to a limit."""

    column: int
    times: int

    @property
    def odd(self) -> bool:
        """Whether lists are indented by an odd number of blanks."""
        return self.column % 2 == 1 and self.times >= _MOST

    @property
    def narrow(self) -> bool:
        """Whether lists are indented by one blank."""
        return self.column == 1 and self.times >= _MOST


UNKNOWN = House(-1, 0)


def of(texts: Iterable[str]) -> House:
    """The house of these RUNs."""
    widths: Counter[int] = Counter()
    for text in texts:
        if "  " in text:
            widths.update(map(len, _BETWEEN_WORDS.findall(text)))
    if not widths:
        return UNKNOWN
    width, times = max(widths.items(), key=lambda item: (item[1], -item[0]))
    # As many as twice those of the next column, or nothing is common.
    others = max((n for w, n in widths.items() if w != width), default=0)
    return House(width - 1, min(times, _MOST)) if times >= 2 * others else UNKNOWN
