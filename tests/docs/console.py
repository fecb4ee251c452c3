"""The console blocks of README and docs: each is run, and its output is compared.

    python -m tests.docs.console            # show what differs
    python -m tests.docs.console --write    # write it into the pages

A block is fenced as `console`; a line `$ command` is run by bash in a scratch folder where `samples` is the repository's, and what
follows is its output, both streams, to the byte. A line of `…` stands for any lines. The blocks of a page share the folder. A
block fenced as `console docker` needs an engine, and runs where there is one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```console( docker)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Command:
    """A command on a page, the output shown there, and the output's position in the page."""

    page: Path
    line: str
    shown: str
    start: int
    end: int
    engine: bool


def pages() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands(page: Path) -> Iterator[Command]:
    text = page.read_text(encoding="utf-8")
    for block in _BLOCK.finditer(text):
        starts = list(re.finditer(r"^\$ (.*\n(?:> .*\n)*)", block[2], re.MULTILINE))
        for match, following in zip(starts, [*starts[1:], None], strict=True):
            end = following.start() if following else len(block[2])
            line = match[1].replace("\n> ", "\n").rstrip("\n")
            shown = block[2][match.end() : end]
            yield Command(page, line, shown, block.start(2) + match.end(), block.start(2) + end, bool(block[1]))


def folder(where: Path) -> None:
    """The scratch folder that a page's commands run in."""
    (where / "samples").symlink_to(ROOT / "samples")
    program = where / ".bin" / "reconstruct"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m reconstruct "$@"\n')
    program.chmod(0o755)


def output(command: Command, where: Path) -> str:
    env = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "RECONSTRUCT", "COLUMNS"))}
    env |= {"PATH": f"{where / '.bin'}:{env['PATH']}", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT), "HOME": str(where)}
    done = subprocess.run(
        ["bash", "-c", command.line], cwd=where, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return done.stdout.decode()


@cache
def has_engine() -> bool:
    """Whether `docker` reaches an engine."""
    if shutil.which("docker") is None:
        return False
    ask = ["docker", "info"]
    try:
        return subprocess.run(ask, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60).returncode == 0
    except subprocess.TimeoutExpired:  # its socket is there, and nobody behind it
        return False


def same(shown: str, printed: str) -> bool:
    """Whether what a page shows is what was printed; a line `…` is any number of lines."""
    parts = [re.escape(part) for part in re.split(r"^…\n", shown, flags=re.MULTILINE)]
    return re.fullmatch("(?:.*\n)*?".join(parts), printed) is not None


def main() -> int:
    drifted = 0
    for page in pages():
        with tempfile.TemporaryDirectory() as scratch:
            folder(Path(scratch))
            edits = []
            for command in commands(page):
                if command.engine and not has_engine():
                    continue
                printed = output(command, Path(scratch))
                if not same(command.shown, printed):
                    drifted += 1
                    print(f"{page.relative_to(ROOT)}: $ {command.line}")
                    edits.append((command.start, command.end, printed))
        if "--write" in sys.argv:
            text = page.read_text(encoding="utf-8")
            for start, end, printed in reversed(edits):
                text = text[:start] + printed + text[end:]
            page.write_text(text, encoding="utf-8")
    return drifted and "--write" not in sys.argv


if __name__ == "__main__":
    sys.exit(main())
