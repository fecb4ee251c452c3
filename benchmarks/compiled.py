"""What compiling gives: the throughput and the start-up of the compiled package beside those of the pure one, in one run.

    make test-compiled && python benchmarks/compiled.py build/compiled/site [--rounds 5] [--start-up 10] [--corpus FOLDER]

The directory has the compiled package, with the benchmarks next to it. The two builds take turns, each measured in a process of
its own beside its yardstick (see measuring.py); a figure is the median of the rounds. More than 1 is faster than pure.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

from measuring import ROOT

# In the build's own directory, so that the benchmarks there measure the package there. Its tables are made already.
CHILD = """
import gc, json, sys
from pathlib import Path
sys.path.insert(0, "benchmarks")
import measuring, start_up, throughput
from reconstruct.__main__ import BEFORE_COLLECTING
gc.set_threshold(BEFORE_COLLECTING, 10, 10)
corpus = Path(sys.argv[3]) if sys.argv[3] else None
found = throughput.figures(1, corpus, 5 if corpus else 40)
if int(sys.argv[2]):
    found += [each._replace(name=f"start-up: {each.name}") for each in start_up.figures(int(sys.argv[2]))]
print(json.dumps([[each.name, each.value, each.note] for each in found]))
"""


def measured(place: Path, starts: int, corpus: Path | None) -> dict[str, tuple[float, str]]:
    """The figures of the build in `place`, and their notes."""
    command = [sys.executable, "-c", CHILD, str(place), str(starts), str(corpus.absolute() if corpus else "")]
    done = subprocess.run(command, cwd=place, check=True, stdout=subprocess.PIPE, text=True)
    return {name: (value, note) for name, value, note in json.loads(done.stdout)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("place", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--start-up", type=int, default=10, metavar="NUMBER", help="runs of each command a round")
    parser.add_argument("--corpus", type=Path)
    options = parser.parse_args()
    taken = [
        [measured(place, options.start_up, options.corpus) for place in (ROOT, options.place)]
        for _ in range(options.rounds)
    ]
    for name, (_, note) in taken[-1][1].items():
        pure, compiled = (statistics.median(each[side][name][0] for each in taken) for side in (0, 1))
        print(f"{name:32} {pure / compiled:5.2f} × pure  (compiled: {note})")


if __name__ == "__main__":
    main()
