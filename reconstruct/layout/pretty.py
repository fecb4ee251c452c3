"""A clean layout: one command per line, four spaces per level, `&&` first."""

from __future__ import annotations

from reconstruct import pattern
from reconstruct.layout.commands import Operator, operators
from reconstruct.layout.gaps import Language, closed, gaps

_INDENT = "    "
# Nobody reads deeper nesting, and unlimited indentation would take memory quadratic in the text.
_DEEPEST = 16
_COMMENT = pattern.compile(r"\s*#")
# `; do` and `; then` stay on the line of their loop or condition.
_JOINED = pattern.compile(r";?\s*(?:do|then|;)(?:\s|$)")
_CLOSES = pattern.compile(r"(?:fi|done|esac|else|elif)\b|[})]")


def lines(text: str, spoken: Language, escape: str) -> list[str]:
    """`text` in physical lines that join to the same commands: only white space outside strings may differ.

    A text with an unclosed quote is returned unchanged, on one line.
    """
    if not closed(text, spoken):
        return [text]
    plain = _single_blanks(text, spoken)
    found = [o for o in operators(plain, spoken) if _breakable(plain, o, escape)]
    out: list[str] = []
    start = 0
    for operator in found:
        place = _place(operator)
        out.append(plain[start:place].strip())
        start = place
    out.append(plain[start:].strip())
    return _indented([piece for piece in out if piece], found)


def _single_blanks(text: str, spoken: Language) -> str:
    """`text` with every run of white space outside strings as one space."""
    out = []
    start = 0
    for gap in gaps(text, spoken):
        if not gap.quoted and text[gap.start - 1 : gap.start] not in ("\\", "`", "^"):
            out += [text[start : gap.start], " "]
            start = gap.end
    out.append(text[start:])
    return "".join(out).strip()


def _place(operator: Operator) -> int:
    """Where to break: before `&&` and `||`, after everything else."""
    return operator.start if operator.text in ("&&", "||") else operator.end


def _breakable(text: str, operator: Operator, escape: str) -> bool:
    place = _place(operator)
    behind = text[place : place + 8]
    last = place - 1
    while last >= 0 and text[last].isspace():
        last -= 1
    if last < 0 or not behind.strip() or text[last] == escape or _COMMENT.match(behind):
        return False
    return not (operator.text == ";" and _JOINED.match(behind))


def _indented(pieces: list[str], found: list[Operator]) -> list[str]:
    out = []
    for i, piece in enumerate(pieces):
        depth = found[i - 1].depth if 0 < i <= len(found) else 0
        if _CLOSES.match(piece) and depth:
            depth -= 1
        indent = _INDENT * (min(depth, _DEEPEST) + 1) if i else ""
        out.append(indent + piece + (" " if i < len(pieces) - 1 else ""))
    return out
