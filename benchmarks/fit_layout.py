"""Finds the prices by which the layout reads gaps, and writes them to reconstruct/layout/prices.py.

    python benchmarks/fit_layout.py CORPUS [--most 50] [--output FILE]

CORPUS is a folder of Dockerfiles, those of each repository in a folder of its own (see dockerfiles.py); hold other
repositories back, and measure on those with layout.py. Every gap that an author's line break left has one right reading
among its options (evidence.py); the prices are the weights of a conditional logit model, by which the right ones are the
likeliest; a price's name is its place in the tables, whose shape stays. It is fitted thrice: with the habits of each text
as its author had them, then with those that the last prices find, as they are in use. Of each repository `--most` RUNs
count, evenly spread, so that none outweighs the others. The same corpus gives the same file.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from dockerfiles import Written, corpus, distinct, is_script

from reconstruct.layout import evidence, prices
from reconstruct.layout.gaps import Gap, gaps, language
from reconstruct.layout.indent import Reader, Reading, pieces
from reconstruct.layout.nesting import Key, Nesting

ROUNDS = 3
EPOCHS = 12
AVERAGED = 6
RATE = 0.5
# Prices this small are meaningless.
LEAST = 0.05

Name = tuple[object, ...]
Sample = tuple[list[tuple[Name, ...]], list[int]]
Weights = dict[Name, float]


def mapped(change: Callable[[Name, float], Any], prices: Any, *name: object) -> Any:
    """Tables of the same shape as `prices`, with what `change` makes of the name and value of each."""
    if isinstance(prices, dict):
        return {key: mapped(change, inner, *name, key) for key, inner in prices.items()}
    if isinstance(prices, tuple):
        return tuple(mapped(change, inner, *name, place) for place, inner in enumerate(prices))
    return change(name, prices)


# Added up, these are the names of what a reading costs.
NAMES = mapped(lambda name, _: (name,), prices.PRICES)


class Teacher(Reader):
    """A reader that knows the author's lines: it collects what tells of each gap, and, `told`, reads it rightly.

    `right` are, for each gap, the number of pieces and the width of the last.
    """

    often = sys.maxsize

    def __init__(self, text: str, breaks: Sequence[Gap], right: list[tuple[int, int]], told: bool) -> None:
        super().__init__(text, breaks)
        self.right = right
        self.told = told
        self.samples: list[Sample] = []

    def quick(self, key: Key, space: str, habits: evidence.Habits) -> evidence.Split | None:
        return None

    def choose(
        self, i: int, key: Key, nesting: Nesting, habits: evidence.Habits, own: Reading | None
    ) -> evidence.Split:
        found = self.evidence(i, key, nesting, habits, own)
        options = self._options(self.breaks[i].space, found.top)
        parts = [pieces(self.breaks[i].space, option) for option in options]
        right = [n for n, part in enumerate(parts) if (len(part), part[-1]) == self.right[i]]
        if right and len(options) > 1:
            self.samples.append((evidence.totals(options, found, NAMES), right))
        if right and self.told:
            return options[right[0]]
        return evidence.cheapest(options, found)


def breaks_of(run: Written) -> tuple[list[Gap], list[tuple[int, int]]]:
    """The gaps that the author's breaks left, and what is right of each."""
    ends, at = [], 0
    for text in run.lines[:-1]:
        at += len(text)
        ends.append(at)
    found, right = [], []
    for gap in gaps(run.text, language(run.shell)):
        inside = [end for end in ends if gap.start <= end <= gap.end]
        if inside and gap.start > 0 and gap.end < len(run.text):
            found.append(gap)
            right.append((len(inside) + 1, gap.end - inside[-1]))
    return found, right


def samples(runs: Iterable[Written], told: bool) -> list[Sample]:
    """Every gap of the RUNs that can be read in several ways, one of which is right."""
    found = []
    for run in runs:
        breaks, right = breaks_of(run)
        if breaks:
            teacher = Teacher(run.text, breaks, right, told)
            teacher.readings()
            found += teacher.samples
    return found


def fit(found: list[Sample], weights: Weights) -> float:
    """Moves the weights to where the right options are likeliest (AdaGrad, the mean of the last epochs); returns the last
    mean loss."""
    squares: defaultdict[Name, float] = defaultdict(lambda: 1e-3)
    order = random.Random(1)
    loss = 0.0
    averages: defaultdict[Name, float] = defaultdict(float)
    for epoch in range(EPOCHS):
        order.shuffle(found)
        loss = 0.0
        for options, right in found:
            loss += _step(options, right, weights, squares)
        if epoch >= EPOCHS - AVERAGED:
            for feature, weight in weights.items():
                averages[feature] += weight / AVERAGED
    weights.update(averages)
    return loss / max(1, len(found))


def _step(
    options: list[tuple[Name, ...]],
    right: list[int],
    weights: Weights,
    squares: defaultdict[Name, float],
) -> float:
    scores = [-sum(weights.get(f, 0.0) for f in option) for option in options]
    most = max(scores)
    odds = [math.exp(score - most) for score in scores]
    total, good = sum(odds), sum(odds[n] for n in right)
    if good > 0.998 * total:
        return -math.log(good / total)
    gradient: defaultdict[Name, float] = defaultdict(float)
    for n, option in enumerate(options):
        share = (odds[n] / good if n in right and good else 0.0) - odds[n] / total
        for feature in option:
            gradient[feature] += share
    for feature, value in gradient.items():
        if value:
            slope = value + 0.0005 * weights.get(feature, 0.0)
            squares[feature] += slope * slope
            weights[feature] = weights.get(feature, 0.0) - RATE * slope / math.sqrt(squares[feature])
    return -math.log(max(good / total, 1e-9))


def spread(runs: Iterable[Written], most: int) -> list[Written]:
    """At most so many RUNs of each repository, evenly spread."""
    by_repository: defaultdict[str, list[Written]] = defaultdict(list)
    for run in runs:
        by_repository[run.repository].append(run)
    chosen = []
    for _, own in sorted(by_repository.items()):
        count = min(most, len(own))
        chosen += [own[n * len(own) // count] for n in range(count)]
    return chosen


def priced(weights: Weights, least: float = 0.0) -> Any:
    """The tables with these weights as prices; one below `least` is none."""

    def price(name: Name, _: float) -> float:
        weight = weights.get(name, 0.0)
        return weight if abs(weight) >= least else 0.0

    return mapped(price, prices.PRICES)


def write(weights: Weights, path: Path, runs: int, repositories: int) -> None:
    """The module of prices."""
    head = f'"""The prices of what readings of gaps have (evidence.py), fitted to {runs:,} RUNs of {repositories} repositories by\nbenchmarks/fit_layout.py, which writes this file."""'
    body = f"PRICES: dict[str, Any] = {shown(priced(weights, LEAST))}"
    path.write_text(
        f"{head}\n\nfrom __future__ import annotations\n\nfrom reconstruct.typed import Any\n\n{body}\n",
        encoding="utf-8",
    )


def shown(table: Any, indent: str = "") -> str:
    """A table as code, the innermost ones on a line each."""
    if isinstance(table, float):
        # Not -0.0.
        return repr(round(table, 1) + 0.0)
    inner = indent + "    "
    if isinstance(table, dict):
        rows = [f'{inner}"{key}": {shown(row, inner)},\n' for key, row in table.items()]
        return "".join(["{\n", *rows, indent, "}"])
    if all(isinstance(price, float) for price in table):
        return f"({', '.join(map(shown, table))})"
    return "".join(["(\n", *(f"{inner}{shown(row, inner)},\n" for row in table), indent, ")"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--most", type=int, default=50, help="RUNs of each repository (50)")
    parser.add_argument("--output", type=Path, default=Path(prices.__file__))
    options = parser.parse_args()
    several = (w for w in distinct(corpus(options.corpus)) if is_script(w) and len(w.lines) > 1)
    runs = spread(several, options.most)
    weights: Weights = {}
    prices.PRICES.update(priced(weights))
    for number in range(ROUNDS):
        found = samples(runs, told=not number)
        loss = fit(found, weights)
        prices.PRICES.update(priced(weights))
        print(f"round {number + 1}: {len(found):,} gaps of {len(runs):,} RUNs, {loss:.4f} nats a gap", flush=True)
    write(weights, options.output, len(runs), len({run.repository for run in runs}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
