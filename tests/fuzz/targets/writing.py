"""The writer against the official parser: does it read from our text exactly the instructions that we say it has?"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import dockerfile as official

import reconstruct
from reconstruct.dockerfile.parser import parse
from reconstruct.errors import ReconstructError
from reconstruct.image import Image
from reconstruct.writer import Written, write
from tests.fuzz.strategies import DIALECTS, SPECIAL, image
from tests.fuzz.target import target

SAMPLES = Path(__file__).parents[3] / "samples"
COMPARED = frozenset(
    {"RUN", "CMD", "ENTRYPOINT", "COPY", "ADD", "USER", "WORKDIR", "MAINTAINER", "VOLUME", "EXPOSE", "ARG"}
)
# Maximum entries of one history: short ones need the config, long ones are quick.
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


def image_and_text(rng: random.Random) -> tuple[Image, Written]:
    """An image of any dialect and system, and its Dockerfile."""
    made = image(rng, rng.choice(DIALECTS), rng.random() < 0.5, rng.choice(SIZES))
    steps = reconstruct.steps(made)
    written = write(made, steps, comments=rng.random() < 0.5, layout=rng.choice(LAYOUTS))
    written.text.encode()
    return made, written


@target(
    "writer",
    "the official parser finds exactly the reported instructions in the output, each step on its lines",
)
def writer(rng: random.Random) -> Iterator[str]:
    yield from differences(*image_and_text(rng))


@target("writer-spliced", "the same for parts of real histories, wrongly combined")
def spliced(rng: random.Random) -> Iterator[str]:
    made = image(rng, rng.choice(DIALECTS), rng.random() < 0.5, 12)
    texts = [entry.created_by for entry in made.history] + list(real())
    history = tuple(replace(entry, created_by=_spliced(rng, texts)) for entry in made.history)
    made = replace(made, history=history)
    yield from differences(made, write(made, reconstruct.steps(made), layout=rng.choice(LAYOUTS)))


@cache
def real() -> tuple[str, ...]:
    """What builders wrote into the samples' histories."""
    images = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(SAMPLES.glob("hello-*.json"))]
    return tuple(entry.get("created_by", "") for each in images for entry in each.get("history", ()))


def _spliced(rng: random.Random, texts: Sequence[str]) -> str:
    made = rng.choice(texts)
    for _ in range(rng.randint(0, 4)):
        at = rng.choice((0, len(made), rng.randrange(len(made) + 1)))
        other = rng.choice(texts)
        start = rng.randrange(len(other) + 1)
        piece = rng.choice((*SPECIAL, "\\", "`", " ", "\n", other[start : start + rng.choice((3, 20, 200))]))
        made = made[:at] + piece + made[at + rng.choice((0, 0, 1, 10)) :]
    return made * rng.choice((1, 1, 1, 1, 1, 1, 1, 1, 1, 2)) + rng.choice(("", "", "", "\\", "`", "x" * 70_000))


@target("buildkit", "BuildKit's own parser (tests/fuzz/judge, if built) reads the same, and rejects nothing")
def buildkit(rng: random.Random) -> Iterator[str]:
    from tests.fuzz import judge

    _, written = image_and_text(rng)
    if (read := judge.read(written.text)) is None:
        return
    if read["Err"] or read["ParseErr"]:
        yield f"refused: {read['Err']}{read['ParseErr']}"
        return
    mine = [(i.keyword, i.start, i.end, (i.trigger or i).json, list(i.flags)) for i in parse(written.text).instructions]
    theirs = [(i["Keyword"].upper(), i["Start"], i["End"], i["Json"], i["Flags"] or []) for i in read["Ins"]]
    if mine != theirs:
        yield f"read differently: {next((p for p in zip(theirs, mine, strict=False) if p[0] != p[1]), len(theirs))}"
