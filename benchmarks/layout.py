"""How many instructions come back in the lines their authors wrote, comments and trailing blanks aside.

    python benchmarks/layout.py [FOLDER] [--lines] [--repositories]

FOLDER holds Dockerfiles, those of each repository in a folder of its own (see dockerfiles.py); without one, the project's own
in benchmarks/layout, one an author's style. The lines of each RUN are joined the way BuildKit's parser joins them, laid out
again, and compared; a text that a repository repeats counts once. Reported are the share of all RUNs, and the mean over the
repositories, in which each weighs the same; `--repositories` tells of each, `--lines` shows the layouts that differ. Of other
instructions most builders keep no trace, and the writer does as most authors do: of those with several words, counted is
whether as many stand on each line, as deep. Also measured: the time for a RUN of 10 kB.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

from dockerfiles import Written, corpus, distinct, houses, instructions, is_script, visible
from tabulate import tabulate

from reconstruct.layout import break_lines
from reconstruct.layout.house import House
from reconstruct.syntax import Add, Copy, Env, Expose, Instruction, Label, Pair, Step, Volume
from reconstruct.writer.instructions import Style, write

OWN = Path(__file__).parent / "layout"
_WORD = re.compile(r"""(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+""")


class Tally:
    """How many came back, by repository."""

    def __init__(self) -> None:
        self.counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])

    def add(self, repository: str, good: bool) -> None:
        """Counts one more of a repository."""
        self.counts[repository][0] += good
        self.counts[repository][1] += 1

    def row(self, name: str) -> list[object]:
        """A line of the table."""
        good, total = (sum(column) for column in zip(*self.counts.values(), strict=True)) if self.counts else (0, 0)
        shares = [good / total for good, total in self.counts.values()]
        return [name, len(shares), total, good, good / total if total else 0, mean(shares) if shares else 0]


def runs(folder: Path, show: bool) -> dict[str, Tally]:
    """The RUNs with several lines, and those with one, which must stay on one line."""
    several, single = Tally(), Tally()
    written = [w for w in corpus(folder) if is_script(w)]
    known = houses(written)
    for run in distinct(iter(written)):
        good = _comes_back(run, known[run.file, run.stage], show)
        (several if len(run.lines) > 1 else single).add(run.repository, good)
    return {"RUN of several lines": several, "RUN of one line": single}


def _comes_back(run: Written, house: House, show: bool) -> bool:
    lines = break_lines(run.text, shell=run.shell, escape=run.escape, house=house)
    if "".join(lines) != run.text:
        raise SystemExit(f"{run.file}: does not join to the same text")
    good = visible(lines) == visible(run.lines)
    if show and not good:
        print("\n".join(difflib.unified_diff(visible(run.lines), visible(lines), run.file, "ours", n=1, lineterm="")))
    return good


def lists(folder: Path) -> dict[str, Tally]:
    """The other instructions of several words, but for JSON forms."""
    tallies: dict[str, Tally] = {}
    for written in distinct(corpus(folder)):
        words = _WORD.findall(written.text)
        instruction = _list(written.keyword, words)
        if instruction is not None:
            ours = write(Step(instruction), Style()).removeprefix(written.keyword).replace(" \\\n", "\n").split("\n")
            good = _shape(ours) == _shape(written.lines if not written.head else ("", *written.lines))
            tallies.setdefault(written.keyword, Tally()).add(written.repository, good)
    return dict(sorted(tallies.items()))


def _list(keyword: str, words: list[str]) -> Instruction | None:
    if len(words) < 2 or words[0].startswith("["):
        return None
    if keyword in ("ENV", "LABEL") and all("=" in word for word in words):
        named = [word.partition("=") for word in words]
        pairs = tuple(Pair(key, value.strip("'\"")) for key, _, value in named)
        return Env(pairs=pairs) if keyword == "ENV" else Label(pairs=pairs)
    if keyword in ("COPY", "ADD") and len(words) > 2:
        return (Copy if keyword == "COPY" else Add)(sources=tuple(words[:-1]), destination=words[-1])
    if keyword == "VOLUME":
        return Volume(paths=tuple(words))
    return (
        Expose(ports=tuple(f"{word}/tcp" if word.isdigit() else word for word in words))
        if keyword == "EXPOSE"
        else None
    )


def _shape(lines: Sequence[str]) -> list[tuple[int, int]]:
    """The indentation of each line, and its number of words."""
    return [(len(line) - len(line.lstrip()) if n else 0, len(_WORD.findall(line))) for n, line in enumerate(lines)]


def seconds(text: str) -> float:
    """The best of some runs."""
    best = 9.0
    for _ in range(20):
        start = time.perf_counter()
        break_lines(text, shell=("/bin/sh", "-c"))
        best = min(best, time.perf_counter() - start)
    return best


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=OWN)
    parser.add_argument("--lines", action="store_true", help="show the layouts that differ")
    parser.add_argument("--repositories", action="store_true", help="the figures of each repository")
    options = parser.parse_args()
    tallies = runs(options.folder, options.lines) | lists(options.folder)
    if options.repositories:
        counts = tallies["RUN of several lines"].counts
        rows = [[name, good, total, good / total] for name, (good, total) in counts.items()]
        print(tabulate(rows, ["", "exact", "RUNs", "share"], floatfmt=".1%"))
    head = ["", "repositories", "instructions", "exact", "share", "mean over repositories"]
    print(tabulate([tally.row(name) for name, tally in tallies.items()], head, floatfmt=".1%"))
    source = (OWN / "tabs_semicolons.Dockerfile").read_text(encoding="utf-8")
    script = next(filter(is_script, instructions(source))).text
    long = (script + "; \t") * (10_000 // len(script))
    print(f"\nlayout of a RUN of {len(long) / 1000:.1f} kB: {seconds(long) * 1000:.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
