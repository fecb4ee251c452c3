"""Where the commands of a script begin and end, according to its operators, not its white space."""

from __future__ import annotations

from reconstruct.layout.gaps import Language
from reconstruct.named import NamedTuple

_BLOCKS = {"if": 1, "for": 1, "while": 1, "until": 1, "case": 1, "fi": -1, "done": -1, "esac": -1}

_OPENING = ("then", "do", "else")
_LEADING = (*_OPENING, "elif", "!")


class Operator(NamedTuple):
    """`&&`, `||`, `;`, `then`, `do`, `else` or `{` outside strings, with the number of blocks around it."""

    start: int
    end: int
    text: str
    depth: int


def operators(text: str, spoken: Language) -> list[Operator]:
    """The operators of `text`, in order."""
    name = "shell_commands" if spoken is Language.SHELL else "powershell_commands"
    from reconstruct import terminals

    found = []
    start = depth = 0
    fresh = True  # a command begins here, so a word may be a keyword
    for kind, value in terminals.split(name, text):
        end = start + len(value)
        if kind in ("AND", "OR") or (kind == "END" and spoken is not Language.CMD):
            found.append(Operator(start, end, value, depth))
            fresh = True
        elif kind == "OPEN":
            depth += 1
            fresh = True
            if value == "{" and text[end : end + 1] == " " and text[start - 1 : start] in ("", " "):
                found.append(Operator(start, end, value, depth))
        elif kind == "CLOSE":
            depth = max(depth - 1, 0)
        elif kind == "WORD" and fresh and spoken is Language.SHELL:
            depth = max(depth + _BLOCKS.get(value, 0), 0)
            fresh = value in _LEADING
            if value in _OPENING:
                found.append(Operator(start, end, value, depth))
        elif kind == "STRING":
            fresh = False
        start = end
    return found
