"""The writer against the official parser: does it read from our text exactly the instructions that we say it has?

    python -m tests.fuzz.run_writer [--entries 10000] [--seed 0] [--dialect buildkit] [--seconds 60]

For each image that `strategies` makes, the Dockerfile is given to the official parser (the PyPI package `dockerfile`) and to
the project's own, in every dialect, Linux and Windows, with and without remarks and in each layout. Prints what was done and what
was found, by kind; exits 1 where anything was found. A find is printed with its seed: `--seed N --entries 1` makes it again.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator

import dockerfile as official

import reconstruct
from reconstruct.dockerfile.parser import parse
from reconstruct.errors import ReconstructError
from reconstruct.image import Image
from reconstruct.writer import Written, write
from tests.fuzz.strategies import DIALECTS, image

COMPARED = frozenset(
    {"RUN", "CMD", "ENTRYPOINT", "COPY", "ADD", "USER", "WORKDIR", "MAINTAINER", "VOLUME", "EXPOSE", "ARG"}
)
# Entries of one history at most: short ones leave the config to be told, long ones are quick.
SIZES = (4, 40, 40)
LAYOUTS = ("original", "original", "flat", "pretty")


def differences(made: Image, written: Written) -> Iterator[str]:
    """What the official parser reads unlike what we say, one line each."""
    try:
        commands = official.parse_string(written.text)
    except official.GoParseError as error:
        yield f"refused: {error}"
        return
    try:
        mine = parse(written.text).instructions
    except ReconstructError as error:
        yield f"refused by our own reader: {error}"
        return
    theirs = [(c.cmd.upper(), c.start_line, c.end_line, c.json) for c in commands]
    ours = [(i.keyword, i.start, i.end, (i.trigger or i).json) for i in mine]
    if theirs != ours:
        odd = next((pair for pair in zip(theirs, ours, strict=False) if pair[0] != pair[1]), (len(theirs), len(ours)))
        yield f"read differently: {odd}"
        return
    for command, instruction in zip(commands, mine, strict=True):
        given = (_until_nul(instruction.args), _until_nul(instruction.flags))
        if instruction.keyword in COMPARED and (command.value, command.flags) != given:
            yield f"words: {command.value} {command.flags}, {instruction.args} {instruction.flags}"
        # Of a trigger the bindings do not show them.
        if instruction.trigger is None and [h.content for h in command.heredocs] != [
            h.content for h in instruction.heredocs
        ]:
            yield f"here-documents: {command.heredocs}, {instruction.heredocs}"
    yield from _told(made, written, {command.start_line: command for command in commands})


def _until_nul(words: tuple[str, ...]) -> tuple[str, ...]:
    """The bindings are C's: a word ends at a NUL."""
    return tuple(word.partition("\0")[0] for word in words)


def _told(made: Image, written: Written, at: dict[int, object]) -> Iterator[str]:
    """Whether each step that has lines is the one instruction on these lines."""
    steps = reconstruct.steps(made)
    for position, (first, last) in written.spans.items():
        command = at.get(first)
        keyword = steps[position].instruction.keyword or "ADD"
        if command is None or command.cmd.upper() != keyword or command.end_line != last:  # type: ignore[attr-defined]
            yield f"step {position} ({keyword}, lines {first}-{last}) is {command}"


def run(seed: int, dialect: str, windows: bool) -> tuple[int, list[str]]:
    """The entries of one image, and what was found."""
    rng = random.Random(f"{seed} {dialect} {windows}")
    made = image(rng, dialect, windows, rng.choice(SIZES))
    found: list[str] = []
    start = time.process_time()
    try:
        written = write(made, reconstruct.steps(made), comments=rng.random() < 0.5, layout=rng.choice(LAYOUTS))
        found += differences(made, written)
        written.text.encode()
    except Exception as error:
        found.append(f"{type(error).__name__}: {error}"[:300])
    if time.process_time() - start > 3:
        found.append("slow: more than 3 s")
    return len(made.history), found


def main() -> int:
    parser = argparse.ArgumentParser(description="Compares what we write with what the official parser reads.")
    parser.add_argument("--entries", type=int, default=10_000, help="history entries to make (default: 10,000)")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after this time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dialect", choices=DIALECTS, action="append")
    options = parser.parse_args()
    kinds = [(dialect, windows) for dialect in options.dialect or DIALECTS for windows in (False, True)]
    done: Counter[str] = Counter()
    finds: Counter[str] = Counter()
    start, seed = time.monotonic(), options.seed
    while done.total() < options.entries and time.monotonic() - start < options.seconds:
        for dialect, windows in kinds:
            count, found = run(seed, dialect, windows)
            done[f"{dialect}, {'Windows' if windows else 'Linux'}"] += count
            for text in found:
                finds[text.split(":")[0]] += 1
                if finds[text.split(":")[0]] <= 20:
                    print(f"seed {seed}, {dialect}, {'Windows' if windows else 'Linux'}: {text[:500]}", flush=True)
        seed += 1
    for kind, count in sorted(done.items()):
        print(f"{kind:28}{count:10,}")
    print(f"entries {done.total():,}, images {(seed - options.seed) * len(kinds):,}, {time.monotonic() - start:.0f} s")
    print(f"found: {dict(finds) or 'nothing'}")
    return 1 if finds else 0


if __name__ == "__main__":
    sys.exit(main())
