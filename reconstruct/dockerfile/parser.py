"""Dockerfile text → `Dockerfile`, line by line as a given builder reads it.

The steps are those of BuildKit's frontend/dockerfile/parser: name each physical line (`lines`), join continued ones, split off
keyword and flags, and read the arguments in the keyword's own way (`instruction`). grammars/dockerfile.lark holds the
lines' order, `lexer` what becomes of its tree. Only an instruction with here-documents needs it: all others are their lines,
and loading Lark costs more than the rest of a small verification.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reconstruct import grammar, pattern
from reconstruct.dockerfile.dialect import BUILDKIT, Dialect
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.heredoc import heredoc_mark, heredocs_in, strip_tabs
from reconstruct.dockerfile.instruction import KEYWORDS, read_instruction
from reconstruct.dockerfile.lines import Line, Lines
from reconstruct.dockerfile.model import Directive, Dockerfile, Instruction, Stage
from reconstruct.dockerfile.words import split as split_words
from reconstruct.golang import quote
from reconstruct.record import replace

__all__ = [
    "KEYWORDS",
    "Readings",
    "heredoc_mark",
    "heredocs_in",
    "onbuild_text",
    "parse",
    "parse_trigger",
    "read_instruction",
    "split_words",
    "strip_tabs",
]

MAX_TEXT = 16 << 20

_ONBUILD = pattern.compile(r"\A\s*ONBUILD\s*", re.IGNORECASE | re.ASCII)
_STAGE_NAME = pattern.compile(r"[a-z][a-z0-9\-_.]*\Z")


def parse(text: str, dialect: Dialect = BUILDKIT) -> Dockerfile:
    """The Dockerfile in `text`. Raises DockerfileError, with the line, if the builder's parser would reject it."""
    if len(text) > MAX_TEXT:
        raise DockerfileError(f"the Dockerfile is longer than {MAX_TEXT >> 20} MiB")
    lines = Lines(text, dialect)
    found = _read(lines)
    instructions = [made for made in found if isinstance(made, Instruction)]
    if not instructions:
        raise DockerfileError("file with no instructions", max(lines.number, 1))
    global_args, stages = _stages(instructions, dialect)
    return Dockerfile(
        text=text,
        escape=lines.escape,
        directives=tuple(made for made in found if isinstance(made, Directive)),
        instructions=tuple(instructions),
        global_args=global_args,
        stages=stages,
        dialect=dialect,
    )


class Readings:
    """A Dockerfile's text, parsed once for each dialect used."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._made: dict[str, Dockerfile | DockerfileError] = {}

    def by(self, dialect: Dialect) -> Dockerfile:
        """As `parse` reads it. Raises DockerfileError."""
        made = self._made.get(dialect.name)
        if made is None:
            try:
                made = parse(self.text, dialect)
            except DockerfileError as error:
                made = error
            self._made[dialect.name] = made
        if isinstance(made, DockerfileError):
            raise type(made)(made.reason, made.line)
        return made


def parse_trigger(text: str, dialect: Dialect, line: int | None) -> list[Instruction]:
    """The instructions of ONBUILD triggers as a base image's config keeps them."""
    try:
        found = _read(Lines(text, dialect))
    except DockerfileError as error:
        raise DockerfileError(f"ONBUILD trigger: {error.reason}", line) from None
    return [made for made in found if isinstance(made, Instruction)]


def _read(lines: Lines) -> list[Directive | Instruction]:
    """The file's directives and instructions."""
    found: list[Directive | Instruction] = []
    left = iter(lines)
    for line in left:
        made = line.directive or line.instruction
        if isinstance(made, Instruction) and made.heredocs:
            found += _by_grammar(_with_documents(line, len(made.heredocs), left))
        elif made is not None:
            found.append(made)
    return found


def _with_documents(last: Line, count: int, left: Iterator[Line]) -> Iterator[Line]:
    """The last line of an instruction, and those of its here-documents."""
    yield last
    for _ in range(count):
        for line in left:
            yield line
            if line.kind == "END":
                break


def _by_grammar(lines: Iterable[Line]) -> list[Directive | Instruction]:
    return grammar.load("dockerfile").parse(lines)  # type: ignore[return-value]


def _stages(instructions: list[Instruction], dialect: Dialect) -> tuple[tuple[Instruction, ...], tuple[Stage, ...]]:
    """The ARGs before the first FROM, and the stages. FROM's form is checked, because nothing works without it."""
    global_args: list[Instruction] = []
    stages: list[Stage] = []
    body: list[Instruction] = []
    for instruction in instructions:
        if instruction.keyword == "FROM":
            if stages:
                stages[-1] = replace(stages[-1], instructions=tuple(body))
            body = []
            stages.append(_stage(len(stages), instruction, dialect))
        elif stages:
            body.append(instruction)
        elif instruction.keyword == "ARG":
            global_args.append(instruction)
        elif instruction.keyword in KEYWORDS:
            raise DockerfileError("no build stage in current context", instruction.start)
        else:
            raise DockerfileError(f"unknown instruction: {instruction.written}", instruction.start)
    if not stages:
        raise DockerfileError("dockerfile contains no stages to build", instructions[-1].start)
    stages[-1] = replace(stages[-1], instructions=tuple(body))
    return tuple(global_args), tuple(stages)


def _stage(index: int, instruction: Instruction, dialect: Dialect) -> Stage:
    args = instruction.args
    name = ""
    if len(args) == 3 and args[1].lower() == "as":
        name = args[2] if dialect.free_stage_names else args[2].lower()
        if not dialect.free_stage_names and not _STAGE_NAME.match(name):
            raise DockerfileError(f"invalid name for build stage: {quote(args[2])}", instruction.start)
    elif len(args) != 1:
        raise DockerfileError("FROM requires either one or three arguments", instruction.start)
    platform = ""
    for flag in instruction.flags:
        key, _, value = flag.partition("=")
        if key != "--platform" or "=" not in flag or platform:
            raise DockerfileError(f"unknown, repeated or empty flag of FROM: {flag}", instruction.start)
        platform = value
    return Stage(index, args[0], name, platform, instruction)


def onbuild_text(instruction: Instruction) -> str:
    """The trigger of an ONBUILD as builders keep it: the logical line after the keyword, with its here-documents."""
    text = _ONBUILD.sub("", instruction.text)
    return text + "".join(f"\n{heredoc.content}{heredoc.name}" for heredoc in instruction.heredocs)
