"""Possessive repeats of groups for interpreters that mistake them.

CPython before 3.11.5 goes on behind the place where the last, failed round of `(?:…)*+` gave up, and so matches text that the
expression doesn't (https://github.com/python/cpython/issues/106052). The same repeat in an atomic group, `(?>(?:…)*)`, is
right there; it is slower and takes memory by the round, so others don't get it.
"""

from __future__ import annotations

import re

# What parentheses mean nothing in, a parenthesis, and behind a closing one a possessive quantifier.
_PARTS = r"\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|\(|\)(?P<times>[*+?]|\{[0-9,]*\})?(?P<possessive>\+)?"


def atomic(expression: str) -> str:
    """The expression with an atomic group around a greedy repeat for each possessive repeat of a group."""
    done: list[str] = []
    # Where in `done` the open groups begin.
    opened: list[int] = []
    last = 0
    for match in re.finditer(_PARTS, expression):
        done.append(expression[last : match.start()])
        last = match.end()
        if match[0] == "(":
            opened.append(len(done))
        elif match[0][0] == ")" and opened:
            start = opened.pop()
            if match["times"] and match["possessive"]:
                done[start] = "(?>" + done[start]
                done.append(f"){match['times']})")
                continue
        done.append(match[0])
    return "".join([*done, expression[last:]])
