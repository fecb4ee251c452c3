"""Patterns from the table are those that the compiler makes, and without a table they are compiled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconstruct import pattern, pattern_table


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "tables" / "patterns.table"
    monkeypatch.setattr(pattern, "table_path", lambda: str(path))
    pattern._table.cache_clear()
    yield path
    pattern._table.cache_clear()


@pytest.fixture(scope="module")
def codes() -> pattern_table.Codes:
    return pattern_table.table()


def test_every_pattern_of_the_package_is_made_as_the_compiler_makes_it(table: Path, codes: pattern_table.Codes) -> None:
    assert len(codes) > 300
    pattern_table.write()
    assert set(pattern._table()[0]) == set(codes)
    for text, flags in codes:
        # Equal in text, flags and code.
        assert pattern._compiled(text, flags) == re.compile(text, flags)
        assert pattern._compiled(text, flags).groupindex == re.compile(text, flags).groupindex


def test_a_pattern_behaves_like_a_compiled_one(table: Path) -> None:
    pattern_table.write()
    for made in (pattern.compile(r"(?P<a>x)(y)?", re.IGNORECASE), pattern.compile(rb"\d+")):
        for text in ("Xy", "z", b"12", b""):
            if isinstance(text, str) == isinstance(made.pattern, str):
                plain = re.compile(made.pattern, made.flags)
                assert str(made.match(text)) == str(plain.match(text))
                assert made.findall(text) == plain.findall(text)


@pytest.mark.parametrize("content", [None, b"", b"another interpreter\n", b"ours", b"oursxyz"])
def test_without_a_table_that_fits_patterns_are_compiled(table: Path, content: bytes | None) -> None:
    if content is not None:
        table.parent.mkdir()
        table.write_bytes(content.replace(b"ours", pattern.stamp()))
    assert pattern.compile("a+b").fullmatch("aab")
    assert pattern._table() == ({}, b"")
