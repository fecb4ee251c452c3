"""How many RUN instructions of several lines come back exactly as written, comments and trailing blanks aside.

    python benchmarks/layout.py [FOLDER] [--lines]

FOLDER holds Dockerfiles (`*Dockerfile*`, searched with its subfolders); without one, the project's own in
benchmarks/layout, one an author's style. The lines of each RUN are joined the way BuildKit's parser joins them, laid
out again, and compared; `--lines` shows those that differ. Also measured: the time for a RUN of 10 kB.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tabulate import tabulate

from reconstruct.layout import break_lines

_DIRECTIVE = re.compile(r"^#\s*escape\s*=\s*([\\`])\s*$", re.IGNORECASE | re.MULTILINE)
_FLAG = re.compile(r"--[a-z]+(?:=\S*)?(?:\s+|$)")
_WINDOWS = re.compile(r"^\s*FROM\s.*(?:windows|nanoserver|servercore)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """A RUN of several lines: its lines without continuation characters, and what a layout has to know of it."""

    lines: tuple[str, ...]
    shell: tuple[str, ...]
    escape: str


def instructions(source: str, escape: str) -> Iterator[list[str]]:
    """The instructions of a Dockerfile in physical lines, without continuation characters, comments, empty lines."""
    sign = re.escape(escape)
    continued = re.compile(rf"(?:(?<=[^{sign}])|^){sign}[ \t]*$")
    lines: list[str] = []
    for raw in source.replace("\r\n", "\n").split("\n"):
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        text = continued.sub("", raw)
        lines.append(text)
        if text == raw:
            yield lines
            lines = []


def runs(source: str) -> Iterator[Run]:
    """The shell-form RUNs of several lines; flags are no part of what history keeps, and left out."""
    found = _DIRECTIVE.match(source)
    escape = found[1] if found else "\\"
    default = ("cmd", "/S", "/C") if _WINDOWS.search(source) else ("/bin/sh", "-c")
    shell = default
    for first, *rest in instructions(source, escape):
        keyword, _, text = first.lstrip().partition(" ")
        if keyword.upper() == "FROM":
            shell = default
        elif keyword.upper() == "SHELL":
            shell = tuple(json.loads("".join([text, *rest])))
        elif keyword.upper() == "RUN":
            lines = [text, *rest]
            while lines and (not lines[0].strip() or _FLAG.match(lines[0].lstrip())):
                lines[0] = _FLAG.sub("", lines[0].lstrip(), count=1)
                lines = lines if lines[0].strip() else lines[1:]
            if len(lines) > 1 and not lines[0].startswith("[") and "<<" not in lines[0]:
                lines = [lines[0].lstrip(), *lines[1:-1], lines[-1].rstrip()]
                yield Run(tuple(lines), shell, escape)


def visible(lines: tuple[str, ...]) -> list[str]:
    return [line.rstrip() for line in lines]


def seconds(text: str) -> float:
    best = 9.0
    for _ in range(20):
        start = time.perf_counter()
        break_lines(text, shell=("/bin/sh", "-c"))
        best = min(best, time.perf_counter() - start)
    return best


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent / "layout")
    parser.add_argument("--lines", action="store_true", help="show the layouts that differ")
    options = parser.parse_args()
    table = []
    for path in sorted(p for p in options.folder.rglob("*Dockerfile*") if p.is_file()):
        good = total = 0
        for run in runs(path.read_text(encoding="utf-8", errors="replace")):
            text = "".join(run.lines)
            lines = break_lines(text, shell=run.shell, escape=run.escape)
            if "".join(lines) != text:
                print(f"{path}: does not join to the same text", file=sys.stderr)
                return 1
            total += 1
            good += visible(lines) == visible(run.lines)
            if options.lines and visible(lines) != visible(run.lines):
                print("\n".join(difflib.unified_diff(visible(run.lines), visible(lines), str(path), "ours", n=1)))
        if total:
            table.append([path.name, total, good, good / total])
    count, good = sum(row[1] for row in table), sum(row[2] for row in table)
    table.append(["all", count, good, good / count if count else 0])
    print(tabulate(table, ["Dockerfile", "RUNs", "exact", "share"], floatfmt=".1%"))
    script = "".join(next(runs((Path(__file__).parent / "layout" / "tabs_semicolons.Dockerfile").read_text())).lines)
    long = (script + "; \t") * (10_000 // len(script))
    print(f"\nlayout of a RUN of {len(long) / 1000:.1f} kB: {seconds(long) * 1000:.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
