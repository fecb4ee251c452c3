"""All speed measurements in one run: start-up, throughput, growth, archives, many images; compared with the last saved run.

    python benchmarks/bench.py [--save] [--only GROUP …] [--tiny]

Each figure is a ratio within one run; less is better (see measuring.py). Exits with 1 if one is more than 20 % worse than in
the saved run of a machine like this one (benchmarks/last.json), and still is when its group is measured again. `--save` keeps
the run there, in place of that one, and in the README's table. `--tiny` takes seconds, to see that it all works; its figures
mean nothing and are not compared.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import archives
import fleet
import growth
import start_up
import throughput
from measuring import PASS, RECONSTRUCT, ROOT, Figure, medians, process, ready

LAST = Path(__file__).parent / "last.json"
README = ROOT / "README.md"
# The README's table of a run is between these.
START, END = "<!-- bench -->", "<!-- /bench -->"
# How much worse a figure may get; from run to run they differ by less.
ALLOWED = 1.2

# Machines are alike if they start Python in times that differ by no more. On others the yardsticks change as well: what takes
# three times as long to start Python may run Go's skopeo as fast as before.
ALIKE = 1.5

Group = Callable[[bool], list[Figure]]
# A run in `last.json`, the latest first: what it was measured on, the seconds that `python -c pass` took there (`start`), and by
# group the rows of `Figure`.
Kept = dict[str, Any]


def many(tiny: bool) -> list[Figure]:
    """Many images in one run of a command, relative to the loop of plain Python in a separate process."""
    number, rounds = (5, 1) if tiny else (1000, 3)
    found = []
    loops = [sys.executable, str(Path(__file__).parent / "measuring.py"), str(1 if tiny else 500)]
    with tempfile.TemporaryDirectory() as name:
        raw = Path(name, "raw")
        fleet.make(raw, number, None)
        commands = {
            "dockerfile": ["dockerfile", "--output-dir", str(Path(name, "out"))],
            "report": ["report", "--format", "json"],
            "audit": ["audit", "--format", "jsonl", "--no-hadolint"],
            **({"index": ["index", "--output", str(Path(name, "out")), "--jobs", "1"]} if fleet.installed() else {}),
        }
        for command, words in commands.items():
            ours = partial(_fresh, Path(name, "out"), [*RECONSTRUCT, *words, str(raw)])
            beside, taken = medians(rounds, partial(process, loops), ours)
            note = f"{number / taken:,.0f} images/s"
            found.append(Figure(f"{command}, {number:,} images", taken / beside, "× 500 loops", note))
    return found


def _fresh(out: Path, command: list[str]) -> float:
    """The command's time, into a folder that is not there yet."""
    shutil.rmtree(out, ignore_errors=True)
    return process(command)


GROUPS: dict[str, Group] = {
    "start-up": lambda tiny: start_up.figures(1 if tiny else 30),
    "throughput": lambda tiny: throughput.figures(1 if tiny else 7, repeat=1 if tiny else 40),
    "growth": lambda tiny: growth.figures(1 if tiny else 5, 40 if tiny else 2000),
    "archives": lambda tiny: archives.figures(1, 0.1, 1, 50) if tiny else archives.figures(10),
    "many images": many,
}


def worse(group: str, found: list[Figure], last: dict[str, dict[str, float]]) -> list[str]:
    """The names of the figures that got worse by more than is allowed."""
    before = last.get(group, {})
    return [figure.name for figure in found if figure.value > before.get(figure.name, float("inf")) * ALLOWED]


def measured(group: str, measure: Group, tiny: bool, last: dict[str, dict[str, float]]) -> list[Figure]:
    """The group's figures; if some got worse, the better of two measurements."""
    found = measure(tiny)
    if tiny or not worse(group, found, last):
        return found
    again = {figure.name: figure for figure in measure(tiny)}
    return [min(figure, again[figure.name], key=lambda each: each.value) for figure in found]


def table(kept: Kept) -> str:
    """The run as Markdown, a row for each yardstick."""
    rows = [("", "figures, less is better", "of what"), ("---", "---", "---")]
    for group, figures in kept["figures"].items():
        for yardstick in dict.fromkeys(beside for _, _, beside, _ in figures):
            told = [(name, value, note) for name, value, beside, note in figures if beside == yardstick]
            texts = [f"{name} {value:.2f}{f' ({note})' if '/s' in note else ''}" for name, value, note in told]
            rows.append((group, "; ".join(texts), yardstick))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def shown(kept: Kept) -> str:
    """The README with the run's table."""
    before, _, rest = README.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\nOn {kept['machine']}, which starts Python in {kept['start'] * 1000:.0f} ms:\n\n{table(kept)}\n{END}{after}"


def saved() -> list[Kept]:
    """The runs in `last.json`."""
    found: list[Kept] = json.loads(LAST.read_text(encoding="utf-8"))["runs"] if LAST.exists() else []
    return found


def alike(run: Kept, start: float) -> bool:
    """Whether the run was on a machine like one on which `python -c pass` takes `start` seconds."""
    return max(run["start"], start) <= ALIKE * min(run["start"], start)


def machine() -> str:
    """The machine, without anything that identifies its owner."""
    return f"{os.cpu_count()} cores, {platform.python_implementation()} {platform.python_version()}, {platform.system()} {platform.machine()}"


def line(group: str, figure: Figure, before: float | None, *, is_worse: bool) -> str:
    """A figure for people, with the change since the saved run."""
    name, value, beside, note = figure
    change = f"{100 * (value / before - 1):+.0f} %" if before else ""
    return f"{group:12} {name:44} {value:7.2f} {beside:24} {note:24} {change:>7}{' WORSE' if is_worse else ''}"


def keep(runs: list[Kept]) -> None:
    """Writes `last.json`, and the first run's table into the README."""
    LAST.write_text(json.dumps({"runs": runs}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    README.write_text(shown(runs[0]), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", action="store_true", help="keep this run, in benchmarks/last.json and the README")
    parser.add_argument("--only", nargs="+", choices=list(GROUPS), default=list(GROUPS), metavar="GROUP")
    parser.add_argument("--tiny", action="store_true", help="see in seconds that it works")
    options = parser.parse_args()
    ready()
    start = medians(10, partial(process, PASS))[0]
    runs = saved()
    last_run = next((run for run in runs if alike(run, start)), None)
    if last_run is None and not options.tiny:
        print(
            f"no saved run is of a machine like this (`python -c pass` takes {start * 1000:.0f} ms): none is compared"
        )
    kept = last_run or {"figures": {}}
    last = {group: {name: value for name, value, *_ in rows} for group, rows in kept["figures"].items()}
    figures, failed = dict(kept["figures"]), []
    for group in options.only:
        found = measured(group, GROUPS[group], options.tiny, last)
        figures[group] = [list(figure._replace(value=round(figure.value, 3))) for figure in found]
        bad = [] if options.tiny else worse(group, found, last)
        failed += [f"{group}: {name}" for name in bad]
        for figure in found:
            before = None if options.tiny else last.get(group, {}).get(figure.name)
            print(line(group, figure, before, is_worse=figure.name in bad), flush=True)
    if options.save and not options.tiny:
        kept = {"machine": machine(), "start": round(start, 4), "figures": figures}
        keep([kept, *(run for run in runs if run is not last_run)])
    if failed and not options.save:
        print(f"worse by more than {100 * ALLOWED - 100:.0f} %: {', '.join(failed)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
