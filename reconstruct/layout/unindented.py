"""Breaks that left only one space: `a && \\⏎b`, or `a \\⏎&& b`.

Nothing tells such a break from a blank, so that only what is likelier than not is broken: long chains of commands
which, were they one line, hardly any author would have left so (of public Dockerfiles' RUNs without any wide white
space, 300 characters and three operators make four of five RUNs one of several lines), and the operators behind a
list that stands one to a line.
"""

from __future__ import annotations

from reconstruct.layout.commands import Operator, operators
from reconstruct.layout.gaps import Language

_LONG = 200
_SHORT = 150
_MANY = 3
_VERY_MANY = 8
_BEHIND_LIST = 2


def breaks(text: str, spoken: Language) -> list[int]:
    """Where to break a text without wide white space; empty if it is better left unchanged."""
    if len(text) < _SHORT:
        return []
    outer = [o for o in operators(text, spoken) if o.depth == 0]
    chained = [o for o in outer if o.text == "&&"]
    ended = [o for o in outer if o.text == ";" and o.end < len(text)]
    likely = len(text) >= _LONG and len(outer) >= _MANY
    if not likely and len(outer) < _VERY_MANY:
        return []
    if len(chained) >= len(ended):
        return _at(text, chained, leading=_leads(text, chained, spoken))
    return _at(text, ended, leading=False)


def after_list(text: str, spoken: Language, first: int) -> list[int]:
    """Where to break before operators after position `first`, for a text whose gaps are all between words."""
    chained = [o for o in operators(text, spoken) if o.depth == 0 and o.text == "&&" and o.start > first]
    return _at(text, chained, leading=True) if len(chained) >= _BEHIND_LIST else []


def _leads(text: str, chained: list[Operator], spoken: Language) -> bool:
    """Whether the author put operators first: a missing space before one shows it, a missing space after one doesn't. In
    Windows' shell most authors do (of public RUNs with a break at an operator, six of seven)."""
    before = sum(not text[o.start - 1].isspace() for o in chained if o.start)
    behind = sum(not text[o.end].isspace() for o in chained if o.end < len(text))
    return before > behind or (before == behind and spoken is Language.CMD)


def _at(text: str, found: list[Operator], leading: bool) -> list[int]:
    if leading:
        return [o.start for o in found if o.start]
    return [o.end + (text[o.end : o.end + 1] == " ") for o in found if o.end + 1 < len(text)]
