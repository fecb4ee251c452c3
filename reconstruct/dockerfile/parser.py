"""Dockerfile text → `Dockerfile`, line by line as the builder at hand reads it.

The steps are those of BuildKit's frontend/dockerfile/parser: name each physical line, join continued ones, split off
keyword and flags, and read the arguments in the keyword's own way. grammars/dockerfile.lark holds the lines' order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from reconstruct import grammar
from reconstruct.dockerfile.dialect import BUILDKIT, Dialect
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.heredoc import heredoc_mark, heredocs_in, strip_tabs
from reconstruct.dockerfile.instruction import HEREDOC_KEYWORDS, KEYWORDS, read_instruction
from reconstruct.dockerfile.model import Directive, Dockerfile, Heredoc, Instruction, Stage
from reconstruct.dockerfile.words import split as split_words
from reconstruct.golang import SPACES, quote

if TYPE_CHECKING:
    from lark import Lark

__all__ = [
    "KEYWORDS",
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
# bufio.Scanner's: https://pkg.go.dev/bufio#pkg-constants
MAX_LINE = 65_535

_DIRECTIVE = re.compile(r"#[\s]*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*\Z", re.ASCII)
_OLD_ESCAPE = re.compile(r"#[ \t]*(escape)[ \t]*=[ \t]*(.).*\Z", re.IGNORECASE)
_ONBUILD = re.compile(r"\A\s*ONBUILD\s*", re.IGNORECASE | re.ASCII)
_STAGE_NAME = re.compile(r"[a-z][a-z0-9\-_.]*\Z")

@cache
def _lines_parser() -> Lark:
    return grammar.load("dockerfile")


def parse(text: str, dialect: Dialect = BUILDKIT) -> Dockerfile:
    """The Dockerfile in `text`. Raises DockerfileError, with the line, where the builder's parser would refuse it."""
    if len(text) > MAX_TEXT:
        raise DockerfileError(f"the Dockerfile is longer than {MAX_TEXT >> 20} MiB")
    reader = _Reader(dialect)
    reader.read(text)
    if not reader.instructions:
        raise DockerfileError("file with no instructions", max(reader.number, 1))
    global_args, stages = _stages(reader.instructions, dialect)
    return Dockerfile(
        text=text,
        escape=reader.escape,
        directives=tuple(reader.directives),
        instructions=tuple(reader.instructions),
        global_args=global_args,
        stages=stages,
        dialect=dialect,
    )


def parse_trigger(text: str, dialect: Dialect, line: int | None) -> list[Instruction]:
    """The instructions of ONBUILD triggers as a base image's config keeps them."""
    reader = _Reader(dialect)
    try:
        reader.read(text)
    except DockerfileError as error:
        raise DockerfileError(f"ONBUILD trigger: {error.reason}", line) from None
    return reader.instructions


@dataclass(slots=True)
class _Reader:
    """Reads physical lines, feeds their kinds to the grammar and collects the instructions."""

    dialect: Dialect
    escape: str = "\\"
    directives: list[Directive] = field(default_factory=list)
    instructions: list[Instruction] = field(default_factory=list)
    number: int = 0
    _in_directives: bool = True

    def read(self, text: str) -> None:
        from lark import Token

        # The byte order mark may stand before the first line.
        lines = self._lines(text.removeprefix("\ufeff"))
        structure = _lines_parser().parse_interactive()
        for line in lines:
            kind, content = self._line(line)
            structure.feed_token(Token(kind, content))
            if kind in ("LAST", "CONTINUED"):
                for more, text_of in self._instruction(kind, content, lines):
                    structure.feed_token(Token(more, text_of))
        structure.feed_eof()  # type: ignore[no-untyped-call]

    def _lines(self, text: str) -> Iterator[str]:
        """The physical lines, ends included; an overlong one ends buildah's reading and the others' build."""
        for line in re.findall(r"[^\n]*\n|[^\n]+", text):
            if len(line) > MAX_LINE // 4 and len(line.rstrip("\n").encode("utf-8", "replace")) > MAX_LINE:
                if self.dialect.name == "buildah":
                    return
                raise DockerfileError(f"line greater than max allowed size of {MAX_LINE}", self.number + 1)
            self.number += 1
            yield line

    def _cut_end(self, line: str) -> str:
        if self.dialect.heredocs:
            return line.rstrip("\r\n")
        return line.removesuffix("\n").removesuffix("\r")

    def _line(self, line: str) -> tuple[str, str]:
        """The kind and content of a line where an instruction may begin."""
        content = self._cut_end(line).lstrip(SPACES)
        if self._in_directives and self._directive(content):
            return "DIRECTIVE", content
        if content.startswith("#"):
            return "COMMENT", content
        joined, goes_on = self._continues(content)
        if not goes_on and not joined:
            return "BLANK", ""
        return ("CONTINUED" if goes_on else "LAST"), joined

    def _directive(self, content: str) -> bool:
        pattern = _OLD_ESCAPE if self.dialect.name == "buildah" else _DIRECTIVE
        match = pattern.match(content)
        if not match or match[1].lower() not in self.dialect.directives:
            self._in_directives = False
            return False
        name, value = match[1].lower(), match[2]
        if any(known.name == name for known in self.directives):
            raise DockerfileError(f"only one {name} parser directive can be used", self.number)
        self.directives.append(Directive(name, value, self.number))
        if name == "escape":
            if value not in ("\\", "`"):
                raise DockerfileError(f"invalid escape token {value!r}: it must be ` or \\", self.number)
            self.escape = value
        return True

    def _continues(self, content: str) -> tuple[str, bool]:
        """The line without its continuation character, and whether it had one."""
        bare = content.rstrip(" \t")
        if not bare.endswith(self.escape):
            return content, False
        if len(bare) > 1 and bare[-2] == self.escape and not self.dialect.lone_escape:
            return content, False
        return bare[:-1], True

    def _instruction(self, kind: str, content: str, lines: Iterator[str]) -> Iterator[tuple[str, str]]:
        """Reads the rest of the instruction that begins with `content`; yields the lines' kinds."""
        start = self.number
        parts = [content]
        while kind == "CONTINUED":
            line = next(lines, None)
            if line is None:
                # The file ends in the middle: what there is counts as the instruction.
                yield "LAST", ""
                break
            content = self._cut_end(line)
            if content.lstrip(SPACES).startswith("#"):
                yield "COMMENT", content
            elif not content.strip(SPACES):
                yield "BLANK", content
            else:
                content, goes_on = self._continues(content)
                parts.append(content)
                kind = "CONTINUED" if goes_on else "LAST"
                yield kind, content
        # A line that the white space of lines below has set back counts too; see BuildKit's Parse.
        end = self.number
        try:
            instruction = read_instruction("".join(parts), self.dialect, self.escape, start, end)
            waiting = self._announced(instruction)
        except DockerfileError as error:
            raise error.at(start) from None
        heredocs = []
        for heredoc in waiting:
            body: list[str] = []
            yield from self._body(heredoc, body, lines, start)
            heredocs.append(replace(heredoc, content="".join(body)))
        if instruction is not None:
            self.instructions.append(replace(instruction, heredocs=tuple(heredocs), end=self.number))

    def _announced(self, instruction: Instruction) -> list[Heredoc]:
        if not self.dialect.heredocs or "<<" not in instruction.text:
            return []
        holder = instruction.trigger or instruction
        if holder.keyword not in HEREDOC_KEYWORDS or holder.json:
            return []
        return heredocs_in(instruction.text)

    def _body(self, heredoc: Heredoc, body: list[str], lines: Iterator[str], start: int) -> Iterator[tuple[str, str]]:
        for line in lines:
            bare = line.rstrip("\r\n")
            if (bare.lstrip("\t") if heredoc.strip_tabs else bare) == heredoc.name:
                yield "END", line
                return
            body.append(line)
            yield "BODY", line
        raise DockerfileError("unterminated heredoc", start)


def _stages(instructions: list[Instruction], dialect: Dialect) -> tuple[tuple[Instruction, ...], tuple[Stage, ...]]:
    """The ARGs before the first FROM, and the stages. FROM's own form is checked, for nothing works without."""
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
        name = args[2] if dialect.name == "buildah" else args[2].lower()
        if dialect.name != "buildah" and not _STAGE_NAME.match(name):
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
    """The trigger of an ONBUILD as builders keep it: the logical line behind the keyword, here-documents put back."""
    text = _ONBUILD.sub("", instruction.text)
    return text + "".join(f"\n{heredoc.content}{heredoc.name}" for heredoc in instruction.heredocs)
