"""What README and docs show on a console is what the commands print."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.docs import console

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the pages show a POSIX shell")


@pytest.mark.parametrize("page", console.pages(), ids=lambda page: str(page.relative_to(console.ROOT)))
def test_a_page_shows_what_is_printed(page: Path, tmp_path: Path) -> None:
    console.folder(tmp_path)
    for command in console.commands(page):
        if command.engine and not console.has_engine():
            continue
        printed = console.output(command, tmp_path)
        assert console.same(command.shown, printed), (
            f"$ {command.line}\n{printed}\n(python -m tests.docs.console --write)"
        )


def test_a_line_of_dots_is_any_lines_and_nothing_else_is() -> None:
    assert console.same("a\n…\nd\n", "a\nb\nc\nd\n")
    assert console.same("a\n…\n", "a\n")
    assert not console.same("a\n…\nd\n", "a\nb\n")
    assert not console.same("a.\n", "ab\n")
    assert not console.same("a\n", "a\nb\n")
