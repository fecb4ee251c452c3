"""How speed is measured here: CPU time in rounds, each beside a yardstick of the same round, as the ratio of the medians.

Whatever else a machine does hits both alike, so that a ratio holds where seconds don't. The yardsticks are `python -c pass`
for commands, a loop of plain Python for calls, and the tool that does a part of the same work for archives.

    python benchmarks/measuring.py N     runs the loop N times: the yardstick of long commands
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

PASS = (sys.executable, "-c", "pass")
# What the installed `reconstruct` runs.
RECONSTRUCT = (sys.executable, "-c", "import re, sys; from reconstruct.__main__ import main; sys.exit(main())")


class Figure(NamedTuple):
    """What was measured: `value`, of which less is better, and what it is (`beside`, such as `× python -c pass`).

    `note` has what people want to know besides, in this machine's own units.
    """

    name: str
    value: float
    beside: str
    note: str = ""


def tell(figures: Iterable[Figure]) -> None:
    """Prints one line per figure."""
    for figure in figures:
        print(f"{figure.name:44} {figure.value:8.2f} {figure.beside}  ({figure.note})")


def ready() -> None:
    """Makes what an installed package brings, tables of parsers and patterns and compiled modules, and collects garbage in
    this process as seldom as the command line does."""
    import compileall
    import gc

    from reconstruct import ready as tables
    from reconstruct.__main__ import BEFORE_COLLECTING

    gc.set_threshold(BEFORE_COLLECTING, 10, 10)
    tables.write()
    compileall.compile_dir(ROOT / "reconstruct", quiet=2)


def process(command: Sequence[str], read: Path | None = None) -> float:
    """The CPU seconds of a command and what it waits for. Raises SystemExit where it fails, other than by a finding (1)."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPATH"] = str(ROOT)
    # A catalogue of the user's own would be asked too.
    env["XDG_DATA_HOME"] = str(ROOT / "build" / "nobody")
    before = _children()
    with open(read or os.devnull, "rb") as file:
        done = subprocess.run(command, cwd=ROOT, env=env, stdin=file, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: {done.stderr.decode(errors='replace')}")
    return _children() - before


def _children() -> float:
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime


def call(function: Callable[[], object]) -> float:
    """The CPU seconds of a call in this process."""
    start = time.process_time()
    function()
    return time.process_time() - start


def medians(rounds: int, *measures: Callable[[], float]) -> list[float]:
    """The median of each measure, all taken once a round, after one round that warms up."""
    for measure in measures:
        measure()
    return [statistics.median(column) for column in zip(*([m() for m in measures] for _ in range(rounds)), strict=True)]


def loop() -> int:
    """Plain Python as programs are made of it: JSON, dictionaries, text. The yardstick of calls."""
    text = json.dumps({f"key {number}": [number, "value " * (number % 5)] for number in range(150)})
    count = 0
    for _ in range(10):
        for key, (number, value) in json.loads(text).items():
            count += len(key.replace(" ", "-").upper() + value.strip()) + number
    return count


if __name__ == "__main__":
    for _ in range(int(sys.argv[1])):
        loop()
