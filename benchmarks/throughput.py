"""Throughput: the time that a step takes in each output, beside a loop of plain Python, in one process that is warm.

    python benchmarks/throughput.py [--rounds 7] [--corpus FOLDER]

The images are the project's samples; with FOLDER those of its files of JSON lines (an object with `image` a line).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fleet import seeds
from measuring import Figure, call, loop, medians, ready, tell


def figures(rounds: int, corpus: Path | None = None, repeat: int = 5) -> list[Figure]:
    """A figure an output; `repeat`: how often all images are done in a round."""
    import reconstruct
    from reconstruct.show.text import json_text

    texts = [json.dumps(seed).encode() for seed in seeds(corpus)]
    images = [reconstruct.load(text) for text in texts]
    files = [reconstruct.dockerfile(image, base="none").encode("utf-8", "surrogateescape") for image in images]
    count = sum(len(reconstruct.steps(image)) for image in images) * repeat

    def each(function: Callable[..., Any], *rows: Any) -> Callable[[], float]:
        return lambda: call(lambda: [function(*row) for _ in range(repeat) for row in zip(*rows, strict=True)])

    measures = {
        "load + dockerfile": each(lambda text: reconstruct.dockerfile(reconstruct.load(text)), texts),
        "load + dockerfile, flat": each(
            lambda text: reconstruct.dockerfile(reconstruct.load(text), layout="flat"), texts
        ),
        "steps": each(reconstruct.steps, images),
        "report, JSON": each(lambda image: json_text(reconstruct.report(image).to_dict()), images),
        "audit": each(lambda image: reconstruct.audit(image, hadolint=False), images),
        "verify": each(reconstruct.verify, images, files),
    }
    names = list(measures)
    beside, *taken = medians(rounds, lambda: call(loop), *measures.values())
    return [
        Figure(name, seconds / count / beside * 1000, "‰ of the loop, a step", f"{count / seconds:,.0f} steps/s")
        for name, seconds in zip(names, taken, strict=True)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--corpus", type=Path)
    options = parser.parse_args()
    ready()
    tell(figures(options.rounds, options.corpus))


if __name__ == "__main__":
    main()
