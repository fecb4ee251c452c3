"""Words: split as the official parser splits them, and read as the grammar reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconstruct.dockerfile.dialect import BUILDAH, BUILDKIT
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.expand import Expander
from reconstruct.dockerfile.words import split, unquote

PIECES = st.lists(
    st.sampled_from(
        ["a", "b=", "'", '"', "\\", "`", "$", "$A", "${A}", "${", "}", ":-x", " ", "\u00a0", "\ufeff", "²", "<<"]
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b", ["a", "b"]),
        ("a\\ b 'c d'\"e f\"", ["a\\ b", "'c d'\"e f\""]),
        ("'open end", ["'open end"]),
        ('"open \\" end', ['"open \\" end']),
        ("a\\", ["a"]),
        ("\\", []),
        ("a\u00a0b", ["a", "b"]),
        ("", []),
    ],
)
def test_split(text: str, expected: list[str]) -> None:
    assert split(text) == expected


@given(PIECES)
def test_words_are_split_as_the_official_parser_splits_them(text: str) -> None:
    official = pytest.importorskip("dockerfile")
    line = f"ARG x {text}"
    if text.rstrip(" \t").endswith("\\"):
        return
    (command,) = official.parse_string(line)
    assert list(command.value) == split(line[4:].strip())


@given(PIECES, st.sampled_from("\\`"))
def test_quotes_are_read_as_the_grammar_reads_them(text: str, escape: str) -> None:
    try:
        expected = Expander(BUILDKIT, escape, keep_unset=True).word(text, {})
    except DockerfileError:
        assert isinstance(unquote(text, escape), str)
        return
    assert unquote(text, escape) == expected


@given(PIECES)
def test_buildah_reads_text_that_is_not_a_substitution_the_same(text: str) -> None:
    if "${" in text:
        return
    try:
        assert Expander(BUILDAH, keep_unset=True).word(text, {}) == unquote(text)
    except DockerfileError:
        return
