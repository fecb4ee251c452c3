"""Text is split as Lark splits it, with a table and without."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconstruct import terminals

TEXT = st.one_of(st.text(max_size=40), st.text("ab $(){}[]'\"`\\\\^|&;<>@#-\n\t=%", max_size=40))


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(terminals, "table_path", lambda name: str(folder / name))
        assert len(terminals.write_tables()) == len(terminals.SPLIT)
    return folder


@pytest.fixture
def forms(tables: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(terminals, "table_path", lambda name: str(tables / name))
    terminals._form.cache_clear()
    yield
    terminals._form.cache_clear()


@pytest.mark.usefixtures("forms")
@pytest.mark.parametrize("name", terminals.SPLIT)
def test_a_table_splits_like_lark(name: str) -> None:
    assert terminals._form(name) is not None

    @given(TEXT)
    def splits(text: str) -> None:
        assert list(terminals.split(name, text)) == list(terminals.by_lark(name, text))

    splits()


@pytest.mark.usefixtures("forms")
def test_without_a_table_of_the_same_grammar_lark_splits(tables: Path) -> None:
    path = tables / "shell"
    whole = path.read_bytes()
    path.write_bytes(b"another\n" + whole.partition(b"\n")[2])
    try:
        assert terminals._form("shell") is None
        assert list(terminals.split("shell", "a 'b'")) == list(terminals.by_lark("shell", "a 'b'"))
    finally:
        path.write_bytes(whole)


def test_with_tables_windows_needs_no_lark(tables: Path) -> None:
    code = f"""
import sys
from reconstruct import terminals
terminals.table_path = lambda name: {str(tables)!r} + "/" + name
from reconstruct.layout import break_lines
from reconstruct.audit.shell import split
text = 'if (1) {{  Write-Host "a  b"; }}  ; exit 1'
assert break_lines(text, shell=("powershell", "-Command")) and split(text, "powershell")
assert break_lines("a  && b", shell=("cmd", "/S", "/C")) and split("a & b", "cmd")
sys.exit("lark" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
