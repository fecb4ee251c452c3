"""The fast reading of shell tokens gives what the grammar gives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark.exceptions import LarkError

from reconstruct import grammar
from reconstruct.audit.shell.command import MAX_DEPTH
from reconstruct.audit.shell.tokens import Node, nodes
from tests.pace import is_linear, timed

PIECES = [
    *"\"'`$\\;&|<>() \t\n\r#0a{}=-!*?",
    "$(",
    "${",
    "$((",
    "))",
    "<(",
    ">(",
    "&&",
    "||",
    ";;",
    ";&",
    "|&",
    "<<-",
    "<<<",
]
PIECES += [
    ">&2",
    "2>",
    "<&-",
    "&>>",
    "\\\n",
    "\\$",
    '\\"',
    "$'",
    '$"',
    "word",
    "$X",
    "${X:-y}",
    "$1",
    " \u00a0",
    "é",
    "if ",
]


def by_grammar(text: str) -> list[Any] | None:
    """The grammar's tree as nested tuples (kind, text of a token or children)."""
    try:
        tree = grammar.load("commands_posix").parse(text)
    except LarkError:
        return None
    return _flat(tree.children)


def _flat(children: list[Any]) -> list[Any]:
    """A group's tokens are part of the enclosing level: readers of the tree take its parentheses as separators."""
    found: list[Any] = []
    for child in children:
        if hasattr(child, "type"):
            found.append((child.type, str(child)))
        elif child.data == "group":
            found.extend(_flat(child.children))
        else:
            shape = "double" if child.data == "double" else "substitution"
            found.append((shape, str(child.children[0]), _flat(child.children[1:-1])))
    return found


def by_hand(found: list[Node] | tuple[Node, ...] | None) -> list[Any] | None:
    if found is None:
        return None
    return [
        (node.kind, node.value, by_hand(node.children))
        if node.kind in ("double", "substitution")
        else (node.kind, node.value)
        for node in found
    ]


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_the_same_tokens_as_the_grammar(text: str) -> None:
    assert by_hand(nodes(text, MAX_DEPTH)) == by_grammar(text)


@pytest.mark.parametrize(
    "text",
    [
        "set -eux; \ta=1; \techo \"$a\" | sha256sum -c -; \tfor x in 'a b' c; do \techo ${x%%*.}; \tdone",
        'bash -c "$(curl -fsSL https://x.example.org/i.sh)" && cat <(echo a) 2>&1 >/dev/null # done',
        'x="$(dpkg --print-architecture)" && case "${x##*-}" in amd64) y=\'1\' ;; *) exit 1 ;; esac',
        "echo `date` $((1+(2))) \\\n && (cd /a; ls) || true",
        "a\r\nb",
    ],
)
def test_the_same_tokens_of_what_people_write(text: str) -> None:
    assert by_hand(nodes(text, MAX_DEPTH)) == by_grammar(text)
    assert by_grammar(text) is not None


def test_places_are_those_in_the_text() -> None:
    text = "a \"b $(c 'd')\" e"
    double = nodes(text, MAX_DEPTH)[2]  # type: ignore[index]
    assert text[double.start : double.end] == "\"b $(c 'd')\""
    assert [text[node.start : node.end] for node in double.children] == ["b ", "$(c 'd')"]


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "piece", ["$((", "${", "$(", "`", '"', "(", "#", "1>", "\\", "'a'", "a ", "$((a)", "${a}{", "<("]
)
def test_time_grows_with_the_text(piece: str) -> None:
    def took(times: int) -> float:
        return timed(lambda: nodes(piece * times, MAX_DEPTH))[1]

    assert is_linear(took, 4_000, 40_000)
