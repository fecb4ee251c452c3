"""Man pages, completion and what else the package installs, made from the commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconstruct.cli import completion, manual
from reconstruct.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]


def test_every_command_has_a_man_page_with_its_options() -> None:
    pages = manual.man_pages()
    assert {"reconstruct.1", *(f"reconstruct-{name}.1" for name in COMMANDS)} <= pages.keys()
    assert "\\-\\-sort" in pages["reconstruct-report.1"]
    assert all(
        f".SH {part}" in page for page in pages.values() for part in ("NAME", "SYNOPSIS", "OPTIONS", "EXIT STATUS")
    )


@pytest.mark.skipif(
    shutil.which("man") is None and shutil.which("groff") is None, reason="neither man nor groff is here"
)
def test_man_reads_the_pages(tmp_path: Path) -> None:
    for name, page in manual.man_pages().items():
        path = tmp_path / name
        path.write_text(page)
        command = ["groff", "-man", "-Tutf8", "-ww"] if shutil.which("groff") else ["man", "--warnings", "-l"]
        done = subprocess.run(
            [*command, str(path)], capture_output=True, text=True, env={**os.environ, "MANWIDTH": "80"}
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""


def complete(*words: str) -> list[str]:
    env = {
        **os.environ,
        "_RECONSTRUCT_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run([sys.executable, "-m", "reconstruct"], capture_output=True, text=True, env=env, cwd=ROOT)
    return done.stdout.splitlines()


def test_completion() -> None:
    assert complete("reconstruct", "rep") == ["plain,report"]
    assert {"plain,report", "plain,audit"} <= set(complete("reconstruct", ""))
    assert complete("reconstruct", "samples/ti") == ["file,samples/ti"]
    assert "plain,--format" in complete("reconstruct", "report", "--form")
    assert "plain,markdown" in complete("reconstruct", "report", "--format", "mark")
    assert complete("reconstruct", "dockerfile", "sam") == ["file,sam"]
    assert complete("reconstruct", "diff", "old.tar", "ne") == ["file,ne"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts_are_the_shells_own(shell: str, tmp_path: Path) -> None:
    text = completion.script(shell)
    assert "_RECONSTRUCT_COMPLETE" in text
    if shutil.which(shell):
        path = tmp_path / "script"
        path.write_text(text)
        assert subprocess.run([shell, "-n", str(path)], capture_output=True).returncode == 0
