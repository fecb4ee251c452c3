"""Tables and wrapped text for a terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconstruct.show.grid import Column, aligned, cell_width, cut, fitted, hanging, wrap
from reconstruct.show.tables import tabulate
from tests.pace import is_linear, timed

ROOT = Path(__file__).parents[2]
COLUMNS = (
    Column("#", right=True),
    Column("time", 1),
    Column("size", 3, right=True),
    Column("layer", 2),
    Column("text"),
)
ROWS = [["1", "2026-01-02 03:04:05", "1.5 MB", "0123456789ab", "RUN " + "word " * 40], ["12", "", "–", "", "CMD"]]


@given(st.text(max_size=200), st.integers(2, 60))
def test_wrapped_text_fits_and_loses_only_blanks(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cell_width(line) <= width for line in lines if "\\x" not in line)
    if "::" not in text and "##" not in text:
        assert "".join("".join(lines).split()) == "".join(text.split())


def test_words_stay_whole_where_they_can() -> None:
    assert wrap("one two three", 8) == ["one two", "three"]
    assert wrap("x" * 10, 4) == ["xxxx", "xxxx", "xx"]
    assert wrap("one two three four", 8, most=2) == ["one two", "three f…"]
    assert wrap("one  two", None) == ["one  two"]


def test_a_wrapped_line_is_never_a_command() -> None:
    assert wrap("a::error::b " + "x" * 9, 12)[1][:1] != ":"
    assert wrap("word ::error::x", 6)[1].startswith("\\x3a")


@pytest.mark.no_cover
def test_long_text_wraps_in_linear_time() -> None:
    assert is_linear(lambda words: timed(lambda: wrap("word " * words, 20))[1], 10_000, 100_000)


def test_columns_are_dropped_by_worth() -> None:
    heads = [fitted(COLUMNS, ROWS, width).head.split() for width in (200, 80, 64, 50, 34)]
    assert heads == [
        ["#", "time", "size", "layer", "text"],
        ["#", "size", "layer", "text"],
        ["#", "size", "layer", "text"],
        ["#", "size", "text"],
        ["#", "size", "text"],
    ]


@given(st.integers(1, 200))
def test_a_table_fits_its_width(width: int) -> None:
    table = fitted(COLUMNS, ROWS, width, most=3)
    lines = [table.head, *(line for row in table.rows for line in row)]
    assert all(cell_width(line) <= width for line in lines)
    assert all(1 <= len(row) <= 3 for row in table.rows)


def test_without_a_width_a_row_is_a_line() -> None:
    table = fitted(COLUMNS, ROWS, None)
    assert [len(row) for row in table.rows] == [1, 1]
    assert ROWS[0][-1].strip() in table.rows[0][0]


@given(st.text(max_size=100), st.integers(5, 80))
def test_hanging_text_fits(text: str, width: int) -> None:
    assert all(cell_width(line) <= width for line in hanging("note: ", text, width) if "\\x" not in line)


def test_cut() -> None:
    assert cut("漢字漢字", 6) == "漢字…"
    assert cut("漢字", 4) == "漢字"
    assert cut("abc", None) == "abc"
    assert cell_width("e\u0301") == 1


_CELLS = st.text(st.sampled_from("ab 1\n–…·×→│─⋮█▉▊▋▌▍▎▏\té語"), max_size=6) | st.sampled_from(
    ["True", "1e3", "None", ""]
)


@given(st.integers(1, 4).flatmap(lambda count: st.lists(st.lists(_CELLS, min_size=count, max_size=count), min_size=1)))
def test_tables_of_plain_characters_are_aligned_as_all_others(rows: list[list[str]]) -> None:
    columns = [Column(str(number), right=number % 2 == 1) for number in range(len(rows[0]))]
    align = ["right" if column.right else "left" for column in columns]
    text = tabulate()(rows, tablefmt="plain", disable_numparse=True, colalign=align)
    assert "\n".join(aligned(columns, rows)) == text


def test_a_plain_table_needs_no_tabulate() -> None:
    code = (
        "import sys; from reconstruct.cli.main import main\n"
        "try: main(['report', 'samples/hello-buildkit.json'])\n"
        "except SystemExit: print('tabulate' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == "False", done.stderr
