"""Indented JSON is what `json` gives, to the byte."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconstruct.show.indented import indented


class Kind(StrEnum):
    A = "a"


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(Kind.A)
KEYS = st.text() | st.just(Kind.A)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner) | st.tuples(inner, inner),
    max_leaves=30,
)


@given(VALUES)
def test_is_what_json_gives(value: Any) -> None:
    assert indented(value) == json.dumps(value, indent=2)


@pytest.mark.parametrize("value", [{"a": {1: [2, {None: 3}]}}, {1.5: "x"}, {True: []}])
def test_keys_that_are_no_text(value: Any) -> None:
    assert indented(value) == json.dumps(value, indent=2)


def test_deeper_than_its_own_frames() -> None:
    value: Any = "inside"
    for _ in range(600):
        value = [value]
    assert indented(value) == json.dumps(value, indent=2)


def test_what_json_has_no_form_for() -> None:
    with pytest.raises(TypeError, match="set"):
        indented({"a": [{1, 2}]})
