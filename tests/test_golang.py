"""Go's ways of reading and printing values."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconstruct.builders.writing.paths import join, workdir
from reconstruct.golang import json_words, parse_duration, quote, quote_rune, show_duration


@pytest.mark.parametrize(
    ("text", "nanoseconds", "shown"),
    [
        ("5m", 300_000_000_000, "5m0s"),
        ("1m30s", 90_000_000_000, "1m30s"),
        ("1500ms", 1_500_000_000, "1.5s"),
        ("1.5h", 5_400_000_000_000, "1h30m0s"),
        ("0", 0, "0s"),
        ("1us", 1000, "1µs"),
        ("-2s", -2_000_000_000, "-2s"),
        ("1h2m3.5s", 3_723_500_000_000, "1h2m3.5s"),
    ],
)
def test_durations(text: str, nanoseconds: int, shown: str) -> None:
    assert parse_duration(text) == nanoseconds
    assert show_duration(nanoseconds) == shown


@pytest.mark.parametrize("text", ["", "5", "s", ".s", "1x", "1s 2s", "--1s", "9999999999999h"])
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError):
        parse_duration(text)


@given(st.integers(0, 2**53))
def test_what_is_shown_reads_back(nanoseconds: int) -> None:
    assert abs(parse_duration(show_duration(nanoseconds)) - nanoseconds) <= 1


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, r"'\x00'"),
        (3, r"'\x03'"),
        (10, r"'\n'"),
        (33, "'!'"),
        (39, r"'\''"),
        (92, r"'\\'"),
        (333333, r"'\U00051615'"),
    ],
)
def test_rune_literals(number: int, shown: str) -> None:
    assert quote_rune(number) == shown


def test_quoting() -> None:
    assert quote('a "b"\t\\\x1b\u200b é') == r'"a \"b\"\t\\\x1b\u200b é"'


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_json_arrays_of_strings(words: list[str]) -> None:
    assert json_words(" " + json.dumps(words)) == words


@pytest.mark.parametrize("text", ["a", '["a"', "['a']", '["a"] b', "[NaN]", '["\n"]', "[" * 100_000])
def test_what_is_no_json_array_is_shell_form(text: str) -> None:
    assert json_words(text) is None


def test_old_builders_ignore_what_follows_an_array() -> None:
    assert json_words('["a"] b', whole=False) == ["a"]


@pytest.mark.parametrize("text", ["[1]", '["a", null]', "[[]]", "[1e999999]"])
def test_arrays_of_other_things_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        json_words(text)


@pytest.mark.parametrize(
    ("current", "path", "windows", "expected"),
    [
        ("", "a", False, "/a"),
        ("/a", "../b/./c", False, "/b/c"),
        ("/a", "/b/../c", False, "/b/../c"),
        ("", "C:\\app\\", True, "/app"),
        ("\\app", "data", True, "/app/data"),
        ("", "app", True, "/app"),
    ],
)
def test_working_directories(current: str, path: str, windows: bool, expected: str) -> None:
    assert workdir(current, path, windows=windows) == expected


def test_joined_paths_have_one_leading_slash() -> None:
    assert join("/", "/a", "b") == "/a/b"
