"""ENV, LABEL and ARG without quotes: where values end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconstruct.builders.pairs import at_equals, at_words, spaced_keys, split_args, split_pairs
from reconstruct.builders.reading import parse
from reconstruct.image import HistoryEntry, Image
from reconstruct.syntax import Arg, Certainty, Env, Pair
from tests.pace import is_linear, timed

BUILDKIT = "buildkit.dockerfile.v0"


def entry(text: str) -> HistoryEntry:
    return HistoryEntry(text, comment=BUILDKIT)


@pytest.mark.parametrize("count", [3, 64, 65, 500])
def test_a_value_of_many_words_ends_where_the_run_shows(count: int) -> None:
    value = " ".join(f"w{index}" for index in range(count))
    history = (entry(f"ARG A={value} B=2 C"), entry(f"RUN |3 A={value} B=2 C=x /bin/sh -c make # buildkit"))
    found = parse(Image(history=history))[0]
    assert found.instruction == Arg(pairs=(Pair("A", value), Pair("B", "2"), Pair("C", None)))
    assert found.certainty is Certainty.EXACT


@pytest.mark.parametrize("count", [40, 100])
def test_a_value_with_many_pairs_is_the_config_s(count: int) -> None:
    value = " ".join(f"K{index}=x" for index in range(count))
    values = {"A": value, "B": "1", **{f"K{index}": "y" for index in range(count)}}
    pairs, certainty = split_pairs(f"A={value} B=1", values, complete=True)
    assert pairs == (Pair("A", value), Pair("B", "1"))
    assert certainty is Certainty.EXACT


def test_keys_with_blanks() -> None:
    values = {"a key": "1", "key": "2", "b": "3 4"}
    assert spaced_keys(values) == ("a key",)
    pairs, _ = split_pairs("a key=1 b=3 4 key=2", values, spaced_keys(values), complete=True)
    assert pairs == (Pair("a key", "1"), Pair("b", "3 4"), Pair("key", "2"))


@given(
    st.lists(st.sampled_from(["A", "b.c", "a key", "tab\tbed", "", "=", " ", "\n", "x"])).map("".join),
    st.lists(st.sampled_from(["A", "b.c", "AA", "", "x", "xA", "a key", "tab\tbed", "key"])),
)
def test_pairs_found_by_their_equals_are_those_found_at_every_word(text: str, keys: list[str]) -> None:
    values = dict.fromkeys(keys, "")
    assert list(at_equals(text, values)) == list(at_words(text, values, ()))


def test_one_word_needs_no_run() -> None:
    assert split_args("A", ()) == ((Pair("A", None),), Certainty.EXACT)
    assert split_args("A=x=y", ()) == ((Pair("A", "x=y"),), Certainty.EXACT)


def test_a_value_in_force_is_taken_only_where_a_pair_ends() -> None:
    pairs, _ = split_pairs("A=abc B=1", {"A": "ab", "B": "1"}, complete=True)
    assert pairs == (Pair("A", "abc"), Pair("B", "1"))


def _steps(count: int) -> dict[str, Image]:
    names = [f"K{index}" for index in range(count)]
    return {
        "env": Image(
            config={"Env": [f"{name}=v w" for name in names]}, history=tuple(entry(f"ENV {name}=v w") for name in names)
        ),
        "labels with blanks": Image(
            config={"Labels": {f"{name} x": "v" for name in names}},
            history=tuple(entry(f"LABEL {name} x=v") for name in names),
        ),
        "shells": Image(history=tuple(HistoryEntry(f"{name} -c #(nop)  SHELL [{name} -c]") for name in names)),
        "arguments": Image(history=(entry("RUN |9 " + "a" * 40 * count),)),
        "ports": Image(history=(entry(f"EXPOSE [{' '.join(f'{port}/tcp' for port in range(count * 4))}]"),)),
        "words": Image(
            history=(
                entry("ARG A=" + "w " * count * 2 + "B=1"),
                entry("RUN |2 A=" + "w " * count * 2 + "B=1 /bin/sh -c x # buildkit"),
            )
        ),
    }


@pytest.mark.no_cover
@pytest.mark.parametrize("kind", list(_steps(1)))
def test_reading_takes_time_by_length(kind: str) -> None:
    def seconds(count: int) -> float:
        image = _steps(count)[kind]
        return timed(lambda: parse(image))[1]

    assert is_linear(seconds, 1_000, 8_000)


def test_quotes_stay_with_their_value() -> None:
    image = Image(config={"Env": ['A=say "hi there"']}, history=(entry('ENV A=say "hi there"'),))
    assert parse(image)[0].instruction == Env(pairs=(Pair("A", 'say "hi there"'),))
