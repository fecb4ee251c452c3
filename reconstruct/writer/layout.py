"""The line breaks of a text, checked: whatever the layout guesses, a Dockerfile parser must be able to read the text back."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct import pattern
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.layout.house import House
    from reconstruct.record import Later

_FOLDED = 160


def shell_text(
    text: str, shell: Sequence[str], escape: str, mode: str, keyword: str, house: Later[House] | None = None
) -> list[str]:
    """The lines of an instruction's text, without continuation characters; joined they give `text` back, unless `mode`
    asks for a layout of our own (`pretty`). `house`: what the image's RUNs have in common."""
    # A run of blanks, or a tab, may be left by a line break; without one there is nothing to lay out.
    if mode == "flat" or (mode == "original" and len(text) < _FOLDED and "  " not in text and "\t" not in text):
        return [text]
    from reconstruct.layout import break_lines

    common = house() if house is not None else None
    lines = list(break_lines(text, shell=shell, escape=escape, mode=mode, kind=keyword, house=common))
    if mode == "original" and "".join(lines) != text:
        return [text]
    return lines if reads_back(lines, escape) else [text]


def reads_back(lines: Sequence[str], escape: str) -> bool:
    """Whether a Dockerfile parser joins these lines into one text: none looks like a comment, ends in an escaped escape
    character, or is empty at the start."""
    if not lines or not lines[0].strip() or not lines[-1].strip():
        return False
    if len(lines) == 1:
        return True
    text = "\n".join(lines)
    return f"{escape}\n" not in text and not ("#" in text and _COMMENT.search(text))


# A line other than the first that looks like a comment.
_COMMENT = pattern.compile(r"\n[^\S\n]*+#")


def one_line(text: str) -> str:
    """`text` on one line, for tables, with newlines spelled out."""
    return text.replace("\n", "\\n")
