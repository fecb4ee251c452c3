"""The wide white space in an instruction's text, and whether it is inside a string of the text's language."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from reconstruct import pattern
from reconstruct.named import NamedTuple


class Language(StrEnum):
    """The language of the text; the value is the name of its grammar."""

    SHELL = "shell"
    POWERSHELL = "powershell"
    CMD = "cmd"


class Gap(NamedTuple):
    """A tab, or two or more spaces, in a text.

    `start` and `end` are offsets in the text, `space` is the white space itself. `quoted`: it is inside a string;
    `tabbed`: it contains a tab.
    """

    start: int
    end: int
    space: str
    quoted: bool
    tabbed: bool


# Each alternative begins with a character, by which the search skips the others.
_WIDE = pattern.compile(r"\t[ \t]*+| [ \t]++")
# A text without gaps in strings in any of the languages: its strings contain only single spaces, and nothing that could
# begin another string, a substitution or an escape. Lark's tokens would show nothing more, so it isn't loaded.
_SIMPLE = pattern.compile(
    r"""(?:[^\\'"`^]++|\\[A-Za-z0-9./-]"""
    r"""|"(?:[^ \t\\'"`$()^]++|\$(?!\()| (?![ \t]))*+"|'(?:[^ \t\\'"`()^]++| (?![ \t]))*+')*+"""
)
# The same for a shell alone, where a string in single quotes may contain anything else, and one in double quotes escapes and
# a substitution that has simple strings only. Words in strings are matched with the space before them.
_SIMPLE_SHELL = pattern.compile(
    r"""(?:[^\\'"]++|\\[^ \t]?+|'(?: ?+[^' \t]++)*+ ?+'"""
    r"""|"(?: ?+(?:[^\\"$ \t]++|\\[^ \t]?+|\$(?!\()"""
    r"""|\$\((?: ?+(?:[^\\'"() \t]++|'(?: ?+[^' \t]++)*+ ?+'|"(?: ?+(?:[^\\"$ \t]++|\$(?!\()))*+ ?+"))*+ ?+\)))*+ ?+")*+"""
)


def language(shell: Sequence[str]) -> Language:
    """The language of a shell, given the words of SHELL: `pwsh -c`, `cmd /S /C`, and anything else is a POSIX shell."""
    # Windows accepts both slashes in a path; pathlib knows that, but takes longer to import than all of this.
    program = shell[0].replace("\\", "/").rpartition("/")[2].lower().removesuffix(".exe") if shell else ""
    if program in ("powershell", "pwsh"):
        return Language.POWERSHELL
    return Language.CMD if program == "cmd" else Language.SHELL


def gaps(text: str, spoken: Language) -> list[Gap]:
    """The gaps of `text`, in order. If a quote is never closed, that kind of quote is taken as text."""
    if (_SIMPLE_SHELL if spoken is Language.SHELL else _SIMPLE).fullmatch(text):
        return _gaps(text, 0, len(text), quoted=False)
    found, unclosed = read(text, spoken, "")
    if unclosed:
        found, unclosed = read(text, spoken, unclosed)
    return found


def _gaps(text: str, start: int, end: int, quoted: bool) -> list[Gap]:
    found = []
    for match in _WIDE.finditer(text, start, end):
        space = match[0]
        found.append(Gap(*match.span(), space, quoted, "\t" in space))
    return found


def closed(text: str, spoken: Language) -> bool:
    """Whether every quote of `text` is closed."""
    return not read(text, spoken, "")[1]


def read(text: str, spoken: Language, plain: str) -> tuple[list[Gap], str]:
    """The gaps, and the quote still open at the end (empty: none); the quotes in `plain` are taken as text."""
    from reconstruct import terminals

    found: list[Gap] = []
    # What encloses the place read: a quote, "$" for a substitution, "(" for parentheses within one. Nothing but
    # quotes is of interest at the outermost level, where `case` has closing parentheses without opening ones.
    around: list[str] = []
    start = 0
    for kind, value in terminals.split(spoken.value, text):
        inner = around[-1] if around else ""
        if kind == "TEXT":
            quoted = inner in ("'", '"')
            if "  " in value or "\t" in value:
                found += _gaps(text, start, start + len(value), quoted)
        elif kind in ("SINGLE", "DOUBLE") or (kind == "ESCAPED" and inner == "'" and len(value) > 1):
            quote = value[-1]
            if inner == quote:
                around.pop()
            elif inner not in ("'", '"') and quote not in plain:
                around.append(quote)
        elif kind == "SUBSTITUTION" and inner != "'":
            around.append("$")
        elif kind == "OPEN" and inner in ("$", "("):
            around.append("(")
        elif kind == "CLOSE" and inner in ("$", "("):
            around.pop()
        start += len(value)
    return found, next((quote for quote in around if quote in ("'", '"')), "")
