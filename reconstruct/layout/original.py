"""The lines as the author broke them, as far as the white space in the text still shows it."""

from __future__ import annotations

from reconstruct import pattern
from reconstruct.layout import unindented
from reconstruct.layout.gaps import Language, gaps
from reconstruct.layout.house import House
from reconstruct.layout.indent import line_ends
from reconstruct.layout.style import line_breaks, only_words

# The start of what a Dockerfile parser takes for a comment, after any white space.
_LATE = pattern.compile(r"(?<=[^ \t]) (?=;(?:fi|done|else)\b|(?:RUN|COPY) )")
_COMMENT = pattern.compile(r"\s*#")
_COMMENT_LIKE = pattern.compile(r"#(?<=\s#)")


def lines(text: str, spoken: Language, escape: str, house: House, infer: bool) -> list[str]:
    """`text` in physical lines, which join to `text` again.

    `house`: what the RUNs beside it do. `infer`: also break at single spaces, where a break is likelier than not.
    """
    breaks = line_breaks(text, gaps(text, spoken), house)
    if ("#" in text and _COMMENT_LIKE.search(text)) or escape + " " in text or escape + "\t" in text:
        breaks = [g for g in breaks if _allowed(text, g.start, g.end, escape)]
    ends = line_ends(text, breaks, house)
    if infer and not breaks:
        ends = _inferred(text, unindented.breaks(text, spoken), escape)
    elif infer and only_words(text, breaks):
        behind = _inferred(text, unindented.after_list(text, spoken, breaks[0].start), escape)
        ends = sorted({*ends, *behind})
    if infer and (";fi" in text or ";else" in text or " RUN " in text or " COPY " in text):
        # Nobody writes `x ;fi` on one line.
        behind = _inferred(text, [m.end() for m in _LATE.finditer(text)], escape)
        ends = sorted({*ends, *behind})
    return [text[a:b] for a, b in zip([0, *ends], [*ends, len(text)], strict=True)]


def _inferred(text: str, places: list[int], escape: str) -> list[int]:
    return [p for p in places if _allowed(text, p, p, escape)]


def _allowed(text: str, start: int, end: int, escape: str) -> bool:
    """Whether a Dockerfile parser reads a break between these positions as one.

    A line that begins with `#` would be a comment, and an escape character before the continuation would escape it.
    """
    if text[start - 1] == escape or text[end] == "#":
        return False
    return not (text[end].isspace() and _COMMENT.match(text, end))
