"""A POSIX shell text as a tree of tokens: the same as from `grammars/commands_posix.lark`, fifteen times as fast.

`tests/audit/shell/test_tokens.py` checks on generated text that the two agree; the grammar is the specification.
"""

from __future__ import annotations

from reconstruct import pattern as lazy
from reconstruct.named import NamedTuple


class Node(NamedTuple):
    """A token (`PLAIN`, `SINGLE`, `OPERATOR` …, with the grammar's names), or a tree: `double` (the content of double
    quotes) and `substitution` (`value` is then its opener). `start` and `end` are positions in the text."""

    kind: str
    value: str
    start: int
    end: int
    children: tuple[Node, ...] = ()


_ARITHMETIC = r"(?P<ARITHMETIC>\$\(\([^()]*(?:\([^()]*\)[^()]*)*\)\))"
_VARIABLE = r"(?P<VARIABLE>\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|\$[A-Za-z_][A-Za-z0-9_]*|\$[0-9@*#?!$-])"
_BACKTICK = r"(?P<BACKTICK>`(?:[^`\\]|\\[\s\S])*`)"
# The rest of a word: characters that mean nothing, each behind a backslash counted with it.
_REST = r"[^\s\"'`$\\;&|<>()]*(?:\\[\s\S][^\s\"'`$\\;&|<>()]*)*"
# In the order of the grammar's priorities, except for words with an unambiguous start, which are most of any text.
_OUTSIDE = lazy.compile(
    rf"(?P<WS>[^\S\n]+)|(?P<PLAIN>(?:\\[\s\S]|[^\s\"'`$\\;&|<>()#0-9]){_REST})"
    rf"|{_ARITHMETIC}"
    r"|(?P<SUBSTITUTION>\$\(|[<>]\()"
    rf"|{_VARIABLE}"
    r"|(?P<SINGLE>\$?'[^']*')"
    r"|(?P<QUOTE_OPEN>\$?\")"
    rf"|{_BACKTICK}"
    r"|(?P<COMMENT>(?<![^\s;&|()])#[^\n]*)"
    r"|(?P<REDIRECT>[0-9]*(?:[<>]&(?:[0-9]+|-)?|<<<|<<-?|<>|>>|>\||[<>])|&>>?)"
    r"|(?P<OPERATOR>&&|\|\||;;?&?|\|&|\||&)"
    r"|(?P<NEWLINE>\r?\n)"
    r"|(?P<LPAR>\()|(?P<RPAR>\))"
    rf"|(?P<LONE>(?:\\[\s\S]|[^\s\"'`$\\;&|<>()]){_REST}|\\)"
    r"|(?P<STRAY>`)|(?P<DOLLAR>\$)"
)
_QUOTED = lazy.compile(
    r"(?P<QUOTED>(?:\\[\s\S]|[^\"\\$`])[^\"\\$`]*(?:\\[\s\S][^\"\\$`]*)*)"
    rf"|{_ARITHMETIC}"
    r"|(?P<QUOTED_SUBSTITUTION>\$\()"
    rf"|{_VARIABLE}|{_BACKTICK}"
    r"|(?P<QUOTE_CLOSE>\")|(?P<STRAY>`)|(?P<DOLLAR>\$)"
)


# Half of the time of `Node(…)` is spent in its checks.
_new = tuple.__new__
# The kinds that are more than a node where they stand.
_SPECIAL = frozenset({"SUBSTITUTION", "QUOTE_OPEN", "QUOTED_SUBSTITUTION", "QUOTE_CLOSE", "LPAR", "RPAR", "LONE"})


def nodes(text: str, deepest: int) -> list[Node] | None:
    """The nodes of `text`; None if a quote or a substitution isn't closed, or more than `deepest` are open."""
    top: list[Node] = []
    # (kind, opener, start, nodes of the frame around it, parentheses open inside it)
    frames: list[tuple[str, str, int, list[Node], int]] = []
    current, depth, place, size = top, 0, 0, len(text)
    quoted = False
    outside, inside = _OUTSIDE.match, _QUOTED.match
    while place < size:
        match = inside(text, place) if quoted else outside(text, place)
        if match is None:
            return None
        kind, end = match.lastgroup, match.end()
        if kind not in _SPECIAL:
            current.append(_new(Node, (kind, match.group(), place, end, ())))
        elif kind in ("SUBSTITUTION", "QUOTE_OPEN", "QUOTED_SUBSTITUTION"):
            frames.append(("double" if kind == "QUOTE_OPEN" else "substitution", match.group(), place, current, depth))
            if len(frames) > deepest:
                return None
            current, depth, quoted = [], 0, kind == "QUOTE_OPEN"
        elif kind == "QUOTE_CLOSE" or (kind == "RPAR" and frames and not depth):
            shape, opener, start, around, depth = frames.pop()
            around.append(_new(Node, (shape, opener, start, end, tuple(current))))
            current, quoted = around, bool(frames) and frames[-1][0] == "double"
        else:
            if kind == "LPAR":
                depth += 1
            elif kind == "RPAR":
                depth -= 1
            current.append(_new(Node, ("PLAIN" if kind == "LONE" else kind, match.group(), place, end, ())))
        place = end
    return None if frames else top
