"""Every result of the public API over images that nobody would build: no exception but ours, no more than seconds.

    python -m tests.fuzz.run_commands [--entries 10000] [--seed 0] [--seconds 60]

Prints executions by command and what was found; exits 1 where anything was. `--seed N --entries 1` makes a find again.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import reconstruct
from reconstruct.errors import ReconstructError
from reconstruct.image import Image, Layer
from tests.fuzz.strategies import DIALECTS, image

# An image of a few dozen steps is to take less, whatever it says (CPU seconds).
SLOW = 5.0


def layered(rng: random.Random, made: Image) -> Image:
    """The image with layers: as many as entries that made one, or not; with times in order, equal, back, or none."""
    count = sum(not entry.empty_layer for entry in made.history) + rng.choice((0, 0, 0, 1, -1, 5))
    layers = tuple(
        Layer(
            diff_id=f"sha256:{rng.randrange(1 << 128):064x}" if rng.random() < 0.9 else None,
            size=rng.choice((None, 0, 1, 10**9, 1 << 70)),
        )
        for _ in range(max(count, 0))
    )
    day = rng.choice(("2024-01-01T00:00:{:02}Z", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "x{}", "2024-13-41"))
    history = tuple(
        replace(entry, created=day.format(min(index, 59)) if rng.random() < 0.9 else None)
        for index, entry in enumerate(made.history)
    )
    return replace(made, layers=layers, history=history, created=day.format(1))


def texts(value: object) -> Iterator[str]:
    """Whatever `to_dict` holds, as it is printed: JSON in ASCII."""
    yield json.dumps(value, default=str)


def works(rng: random.Random, made: Image, other: Image) -> dict[str, Callable[[], object]]:
    """What is done with an image, by name."""

    def verified() -> object:
        text = reconstruct.dockerfile(made, base="none").encode("utf-8", "surrogatepass")
        return reconstruct.verify(made, text).to_dict()

    return {
        "steps": lambda: reconstruct.steps(made),
        "dockerfile": lambda: reconstruct.dockerfile(made, layout=rng.choice(("original", "pretty", "flat"))),
        "report": lambda: reconstruct.report(made).to_dict(),
        "base": lambda: reconstruct.base(made).to_dict(),
        "audit": lambda: reconstruct.audit(made).to_dict(),
        "diff": lambda: reconstruct.diff(made, other).to_dict(),
        "verify": verified,
    }


def run(seed: int, dialect: str, windows: bool, done: Counter[str]) -> Iterator[str]:
    """What was found with one image."""
    rng = random.Random(f"{seed} {dialect} {windows}")
    made, other = (layered(rng, image(rng, dialect, windows)) for _ in range(2))
    for name, work in works(rng, made, other).items():
        start = time.process_time()
        try:
            result = work()
            if isinstance(result, dict):
                list(texts(result))
        except ReconstructError:
            pass
        except Exception as error:
            yield f"{name}: {type(error).__name__}: {error}"[:300]
        done[name] += 1
        if time.process_time() - start > SLOW:
            yield f"{name}: slow: {time.process_time() - start:.0f} s"


def main() -> int:
    parser = argparse.ArgumentParser(description="Every command over hostile images.")
    parser.add_argument("--entries", type=int, default=10_000, help="history entries to make, about (default: 10,000)")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after this time")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    done: Counter[str] = Counter()
    finds: Counter[str] = Counter()
    start, seed = time.monotonic(), options.seed
    while done.total() < options.entries and time.monotonic() - start < options.seconds:
        for dialect in DIALECTS:
            for windows in (False, True):
                for text in run(seed, dialect, windows, done):
                    kind = ":".join(text.split(":")[:2])
                    finds[kind] += 1
                    if finds[kind] <= 5:
                        print(f"seed {seed}, {dialect}, {'Windows' if windows else 'Linux'}: {text}", flush=True)
        seed += 1
    for name, count in sorted(done.items()):
        print(f"{name:12}{count:10,}")
    print(f"executions {done.total():,}, {time.monotonic() - start:.0f} s")
    print(f"found: {dict(finds) or 'nothing'}")
    return 1 if finds else 0


if __name__ == "__main__":
    sys.exit(main())
