"""Start-up: `reconstruct dockerfile` on a small image config beside `python -c pass`.

    python benchmarks/start_up.py [--rounds 30] [CONFIG]

Both run in turn, round by round, so that whatever else the machine does hits both alike. Prints the medians in milliseconds and
their ratio. The interpreter is the one that runs this file, and the package must be importable by it.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "samples" / "hello-buildkit.json"


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    return time.perf_counter() - start


def measure(config: Path, rounds: int) -> tuple[float, float]:
    """The median wall times of the bare interpreter and of the command, in seconds."""
    bare = [sys.executable, "-c", "pass"]
    command = [sys.executable, "-m", "reconstruct.cli.main", "dockerfile", str(config)]
    seconds(command)  # the first run compiles
    pairs = [(seconds(bare), seconds(command)) for _ in range(rounds)]
    return statistics.median(first for first, _ in pairs), statistics.median(second for _, second in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures start-up against the bare interpreter.")
    parser.add_argument("config", nargs="?", type=Path, default=CONFIG, help="an image config (default: a sample)")
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    bare, command = measure(options.config.resolve(), options.rounds)
    print(f"python -c pass          {bare * 1000:7.1f} ms")
    print(f"reconstruct dockerfile  {command * 1000:7.1f} ms")
    print(f"ratio                   {command / bare:7.1f}")


if __name__ == "__main__":
    main()
