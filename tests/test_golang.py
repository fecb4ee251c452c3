"""Go's ways of reading and printing values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconstruct import grammar
from reconstruct.builders.paths import join, workdir
from reconstruct.golang import (
    Health,
    duration,
    health,
    json_words,
    parse_duration,
    port_map,
    quote,
    quote_list,
    quote_rune,
    quoted_list,
    quoted_struct,
    show_duration,
    unquote,
)
from tests.pace import is_linear, timed


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


# -- what builders print --------------------------------------------------------------------------------------------

_pieces = st.sampled_from(
    [
        *('"', "'", "\\", "[", "]", "&{", "}", " ", "map[", "80/tcp", ":{}", "5s", '"5s"', '"0s"', "x41", "u00e9"),
        *("U0001f600", "x1", "ud800", "n", "a", "\n", "\t", "é", '"CMD" ', "CMD-SHELL", "'\\x03'", r"'\n'", ".5s"),
    ]
)
_texts = st.lists(_pieces, max_size=14).map("".join)
_words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def _near(shape: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts of a shape, and texts with one piece put in or a part taken out."""
    return st.one_of(
        shape,
        _texts,
        st.tuples(shape, st.integers(0, 60), st.integers(0, 3), _pieces).map(
            lambda made: made[0][: made[1]] + made[3] + made[0][made[1] + made[2] :]
        ),
    )


_lists = st.lists(_words, max_size=4).map(quote_list)
_times = st.lists(st.integers(0, 10**13).map(lambda number: quote(show_duration(number))), min_size=1, max_size=5)
_healths = st.tuples(_lists, _times, st.integers(-5, 0x110005).map(quote_rune)).map(
    lambda made: f"&{{{made[0]} {' '.join(made[1])} {made[2]}}}"
)


def _tree(text: str, start: str) -> Any:
    from lark.exceptions import LarkError

    try:
        return grammar.load("go_values", start).parse(text)
    except LarkError:
        return None


def _strings(tree: Any) -> tuple[str, ...]:
    return tuple(unquote(str(token)) for token in tree.children)


@given(_near(_lists))
def test_lists_are_read_as_the_grammar_reads_them(text: str) -> None:
    tree = _tree(text, "quoted_list")
    assert quoted_list(text) == (None if tree is None else _strings(tree))
    struct = _tree(f"&{{{text}}}", "quoted_struct")
    assert quoted_struct(f"&{{{text}}}") == (None if struct is None else _strings(struct.children[0]))


@given(_near(st.lists(st.integers(0, 70000), max_size=4).map(lambda n: f"map[{' '.join(f'{p}/tcp:{{}}' for p in n)}]")))
def test_sets_are_read_as_the_grammar_reads_them(text: str) -> None:
    tree = _tree(text, "port_map")
    assert port_map(text) == (None if tree is None else tuple(map(str, tree.children)))


@given(_near(_healths))
def test_health_checks_are_read_as_the_grammar_reads_them(text: str) -> None:
    tree = _tree(text, "quoted_health") if text.startswith("&{") else None
    expected = None
    if tree is not None:
        test, *times, rune = tree.children
        numbers = [duration(unquote(str(time))) for time in times]
        if len(numbers) <= 4 and None not in numbers:
            interval, timeout, start, again = ([number or 0 for number in numbers] + [0, 0, 0])[:4]
            expected = Health(_strings(test), interval, timeout, start, again, ord(unquote(str(rune))))
    assert (health(text) if text.startswith("&{") else None) == expected


@given(st.lists(_words))
def test_what_go_quotes_reads_back(words: list[str]) -> None:
    assert quoted_list(quote_list(words)) == tuple(words)


@given(st.lists(_words, min_size=1), st.integers(1, 10**13), st.integers(0, 0xD7FF))
def test_health_checks_read_back(test: list[str], time: int, retries: int) -> None:
    shown = f"&{{{quote_list(test)} {quote(show_duration(time))} {quote('0s')} {quote('1s')} {quote_rune(retries)}}}"
    found = health(shown)
    assert found is not None
    assert (found.test, found.start_period, found.retries) == (tuple(test), 10**9, retries)
    assert abs(found.interval - time) <= 1


@pytest.mark.parametrize(
    "text",
    [
        r"""&{["CMD" "a"] "5s" "0s" "0s" '\x1'}""",
        "&{[] '\\x03'}",
        '&{["a"] "5s" "1x" \'!\'}',
        "&{",
        "{Test:[a]}",
        "{Test:[",
    ],
)
def test_what_go_does_not_print_is_no_health_check(text: str) -> None:
    assert health(text) is None


def test_a_health_check_without_quotes_ends_at_the_last_bracket() -> None:
    found = health("{Test:[CMD-SHELL test [ a ] Interval:5s] Interval:5s Timeout:0s StartPeriod:0s Retries:3}")
    assert found == Health(("CMD-SHELL", "test [ a ] Interval:5s"), 5 * 10**9, retries=3, joined=True)


@pytest.mark.no_cover
@pytest.mark.parametrize("part", ["] A:0", " A:0", '"a" ', "\\", '\\x41"', " 1/tcp:{}", "]"])
@pytest.mark.parametrize("front", ["{Test:[", '&{["', "[", "map["])
def test_readers_take_time_by_length(front: str, part: str) -> None:
    def seconds(size: int) -> float:
        text = front + part * (size // len(part))
        readers = (health, quoted_list, quoted_struct, port_map)
        return timed(lambda: [reader(each) for reader in readers for each in (text, text + "}")])[1]

    assert is_linear(seconds, 30_000, 300_000)
