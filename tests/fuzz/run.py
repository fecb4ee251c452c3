"""Runs fuzz targets: inputs by seed, or guided by coverage.

    python -m tests.fuzz.run [--target NAME]… [--seconds 60] [--seed 0] [--entries N] [--coverage]
    python -m tests.fuzz.run --target NAME --atheris [--seconds 60]     # where Atheris is installed (extra `fuzz`)
    python -m tests.fuzz.run --list

`--seconds` is the time of all targets together, which they share alike. A find is printed with its seed: `--target NAME --seed SEED
--entries 1` makes it again. Exits 1 where anything was found. `--coverage` tells how many lines of the package each target runs.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from tests.fuzz.target import Choices, Target, load, seeded

PACKAGE = Path(__file__).parents[2] / "reconstruct"
# Kinds of finds of which so many are shown.
SHOWN = 5


class Done(NamedTuple):
    """The result of a target's run. `lines`: the package's lines that ran, if counted."""

    executions: int
    seconds: float
    finds: Counter[str]
    lines: int | None = None


def run(target: Target, seed: int, seconds: float, entries: float = float("inf"), quiet: bool = False) -> Done:
    """Runs inputs from `seed` on until the time is up; prints findings as they occur."""
    finds: Counter[str] = Counter()
    start, done = time.monotonic(), 0
    while done < entries and (done == 0 or time.monotonic() - start < seconds):
        for text in target.finds(seeded(target.name, seed + done)):
            kind = text.split(":")[0]
            finds[kind] += 1
            if finds[kind] <= SHOWN and not quiet:
                print(f"{target.name}, seed {seed + done}: {text[:600]}", flush=True)
        done += 1
    return Done(done, time.monotonic() - start, finds)


def covered(target: Target, seed: int, seconds: float, entries: float) -> Done:
    """The same, with line coverage."""
    from coverage import Coverage

    with tempfile.TemporaryDirectory() as folder:
        watch = Coverage(source=[str(PACKAGE)], data_file=str(Path(folder, "data")), config_file=False)
        watch.start()
        try:
            done = run(target, seed, seconds, entries)
        finally:
            watch.stop()
        data = watch.get_data()
        return done._replace(lines=sum(len(data.lines(file) or ()) for file in data.measured_files()))


def guided(name: str, seconds: float) -> Any:
    """Atheris makes the choices that otherwise come from a seed: inputs that run new code are kept and mutated further."""
    import atheris

    with atheris.instrument_imports(include=["reconstruct"]):
        # Commands import what they need when they run, which would be too late.
        for module in pkgutil.walk_packages([str(PACKAGE)], "reconstruct."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    target = load()[name]

    def one(data: bytes) -> None:
        if found := target.finds(Choices(data)):
            raise AssertionError(f"{name}: {found[0]}")

    with tempfile.TemporaryDirectory() as corpus:
        for seed in range(64):
            Path(corpus, str(seed)).write_bytes(seeded(target.name, seed).randbytes(512))
        atheris.Setup([sys.argv[0], corpus, f"-max_total_time={int(seconds)}", "-max_len=8192", "-timeout=60"], one)
        atheris.Fuzz()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Fuzz targets, by seed or guided by coverage.")
    parser.add_argument("--target", action="append", metavar="NAME", help="default: all")
    parser.add_argument("--seconds", type=float, default=60.0, help="for all targets together (default: 60)")
    parser.add_argument("--entries", type=float, default=float("inf"), help="maximum inputs per target")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--coverage", action="store_true", help="report the lines of the package that each target runs")
    parser.add_argument("--atheris", action="store_true", help="guided by coverage; one target")
    parser.add_argument("--list", action="store_true", help="list the targets and their properties")
    return parser.parse_args()


def main() -> int:
    options = _options()
    if options.atheris:
        guided(options.target[0], options.seconds)
    known = load()
    if options.list:
        for target in known.values():
            print(f"| `{target.name}` | {target.holds} |")
        return 0
    chosen = [known[name] for name in options.target or known]
    found = executions = 0
    work = covered if options.coverage else run
    for target in chosen:
        done = work(target, options.seed, options.seconds / len(chosen), options.entries)
        found += done.finds.total()
        executions += done.executions
        lines = f"{done.lines:8,} lines" if done.lines is not None else ""
        finds = ", ".join(f"{kind} ×{count}" for kind, count in done.finds.items()) or "nothing"
        print(f"{target.name:22}{done.executions:10,}{done.seconds:6.0f} s{lines}  {finds}", flush=True)
    print(f"{len(chosen)} targets, {executions:,} executions, {found:,} finds")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
