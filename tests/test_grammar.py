"""Parser tables: made once, read by others at any time, and only where they fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconstruct import grammar


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(grammar, "table_path", lambda *parser: str(tmp_path / ".".join(parser)))
    monkeypatch.setattr(grammar, "TABLES", (("shell", "start", "basic"), ("cmd", "start", "basic")))
    return tmp_path


def test_a_valid_table_is_kept_and_any_other_rebuilt(tables: Path) -> None:
    paths = [Path(path) for path in grammar.write_tables()]
    made = {path: path.stat() for path in paths}
    whole = paths[0].read_bytes()
    paths[0].write_bytes(b"of another grammar\n" + whole)

    assert [Path(path) for path in grammar.write_tables()] == paths

    assert paths[0].read_bytes().startswith(grammar.stamp(grammar.TABLES[0][0]))
    assert paths[1].stat().st_mtime_ns == made[paths[1]].st_mtime_ns
    # Written to a temporary file and renamed, so readers of the old one can finish; no file is left.
    assert paths[0].stat().st_ino != made[paths[0]].st_ino
    assert sorted(tables.iterdir()) == sorted(paths)


def test_a_parser_from_its_table_reads_like_one_from_its_grammar(tables: Path) -> None:
    grammar.write_tables()
    parser = grammar.TABLES[0]

    ready = grammar._ready(*parser)

    assert ready is not None
    assert list(ready.lex('echo "a b" c')) == list(grammar.build(*parser).lex('echo "a b" c'))
