"""Possessive repeats of groups are what they should be on every interpreter, those that mistake them included."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconstruct import pattern
from reconstruct.possessive import atomic

# What the last round began to match and gave up must not count.
HALF = [
    (r"(?: ++[a-z][a-z]*+=(?:b)*+)++", " a= a", 3),
    (r"(?:[^']++|'[^' ]*+(?: [^' ]++)*+')*+", "a 'b  c'", 2),
    (r"(?: [a-z]++=){1,3}+", " a= b", 3),
    (r"(?:[a-z]=)?+", "a", 0),
]


@pytest.mark.parametrize(("expression", "text", "end"), HALF)
def test_a_round_that_fails_does_not_count(expression: str, text: str, end: int) -> None:
    for found in (pattern.compile(expression).match(text), re.compile(atomic(expression)).match(text)):
        assert found is not None
        assert found.end() == end


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (r"(?:a|(b)*+)++c", r"(?>(?:a|(?>(b)*))+)c"),
        (r"[(]*+\)++(a)+[^])]*+x{2}+", r"[(]*+\)++(a)+[^])]*+x{2}+"),
        (r"(?P<n>a){2,}+(?=b)(?:c)?+", r"(?>(?P<n>a){2,})(?=b)(?>(?:c)?)"),
        (r"\[(?:a)*+\]", r"\[(?>(?:a)*)\]"),
    ],
)
def test_only_possessive_repeats_of_groups_are_written_otherwise(expression: str, written: str) -> None:
    assert atomic(expression) == written


@pytest.mark.skipif(pattern.MISTAKEN, reason="this interpreter mistakes what it is compared with")
@given(st.sampled_from([expression for expression, _, _ in HALF]), st.text("ab' =", max_size=12))
def test_both_ways_to_write_it_match_the_same(expression: str, text: str) -> None:
    one, other = re.match(expression, text), re.match(atomic(expression), text)
    assert (one and one.span()) == (other and other.span())
