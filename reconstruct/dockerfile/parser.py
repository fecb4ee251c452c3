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
from reconstruct.dockerfile.expand import Expander
from reconstruct.dockerfile.model import Directive, Dockerfile, Heredoc, Instruction, Pair, Stage
from reconstruct.golang import SPACES, json_words, quote

if TYPE_CHECKING:
    from lark import Lark

MAX_TEXT = 16 << 20
# bufio.Scanner's: https://pkg.go.dev/bufio#pkg-constants
MAX_LINE = 65_535

_WHITE = re.compile(r"[\t\v\f\r ]+")
_DIRECTIVE = re.compile(r"#[\s]*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*\Z", re.ASCII)
_OLD_ESCAPE = re.compile(r"#[ \t]*(escape)[ \t]*=[ \t]*(.).*\Z", re.IGNORECASE)
_HEREDOC = re.compile(r"([0-9]*)<<(-?)\s*([^<]*)\Z", re.ASCII)
_ONBUILD = re.compile(r"\A\s*ONBUILD\s*", re.IGNORECASE | re.ASCII)
_STAGE_NAME = re.compile(r"[a-z][a-z0-9\-_.]*\Z")

_TEXT = frozenset({"MAINTAINER", "STOPSIGNAL", "USER", "WORKDIR"})
_COMMAND = frozenset({"CMD", "ENTRYPOINT", "RUN", "SHELL"})
_JSON_LIST = frozenset({"ADD", "COPY", "VOLUME"})
_LIST = frozenset({"EXPOSE", "FROM"})
_HEREDOC_KEYWORDS = frozenset({"ADD", "COPY", "RUN"})
KEYWORDS = frozenset({"ARG", "ENV", "HEALTHCHECK", "LABEL", "ONBUILD"}) | _TEXT | _COMMAND | _JSON_LIST | _LIST


@cache
def _lines_parser() -> Lark:
    return grammar.load("dockerfile")


@cache
def _words_parser(escape: str) -> Lark:
    from lark import Lark

    text = grammar.text("dockerfile_words").replace("@E@", "\\\\" if escape == "\\" else escape)
    spaces = "".join(f"\\u{ord(char):04x}" for char in SPACES)
    return Lark(text.replace("@S@", spaces), parser="lalr", lexer="basic", maybe_placeholders=False)


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
        if holder.keyword not in _HEREDOC_KEYWORDS or holder.json:
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


def heredocs_in(line: str) -> list[Heredoc]:
    """The here-documents that a logical line announces, without their contents."""
    reader = Expander(keep_quotes=True, keep_escapes=True, keep_unset=True)
    try:
        words = reader.words(line, {})
    except DockerfileError:
        # Text that the builder can't split into words announces none.
        return []
    return [heredoc for word in _joined_marks(words) if (heredoc := heredoc_mark(word))]


def _joined_marks(words: list[str]) -> Iterator[str]:
    """`<< EOT` is one mark: the builder's lexer keeps the white space behind `<<`."""
    waiting = ""
    for word in words:
        if waiting:
            yield waiting + word
            waiting = ""
        elif word.endswith("<<") and not word.endswith("<<<"):
            waiting = word
        else:
            yield word
    if waiting:
        yield waiting


def heredoc_mark(word: str) -> Heredoc | None:
    """The here-document that a word like `3<<-"EOT"` announces, None for any other word."""
    match = _HEREDOC.match(word)
    if not match or not match[3]:
        return None
    words = Expander(keep_unset=True).words(match[3], {})
    if len(words) != 1:
        return None
    raw = Expander(keep_unset=True, keep_quotes=True).words(match[3], {})
    if len(raw) != 1:
        raise DockerfileError(f"internal lexing of heredoc produced inconsistent results: {match[3]}")
    quotes = [sum(map(text.count, "'\"")) for text in (words[0], raw[0])]
    return Heredoc(
        words[0], expand=quotes[0] == quotes[1], strip_tabs=match[2] == "-", descriptor=int(match[1][:9] or 0)
    )


def strip_tabs(content: str) -> str:
    """A here-document's contents without the leading tabs that `<<-` takes off."""
    return re.sub(r"^\t+", "", content, flags=re.MULTILINE)


def read_instruction(
    line: str, dialect: Dialect, escape: str, start: int = 1, end: int = 1, nested: bool = False
) -> Instruction:
    """One logical line → an instruction, its arguments split but neither checked nor expanded."""
    head, _, rest = _split(line.strip(SPACES))
    flags, rest = _flags(rest, escape if dialect.escape_in_flags else "\\")
    rest = rest.strip(SPACES)
    keyword = head.upper()
    bare = Instruction(keyword, head, line, start, end, flags)
    if keyword in _TEXT:
        return replace(bare, args=(rest,) if rest else ())
    if keyword in _COMMAND:
        return _command(bare, rest, dialect)
    if keyword in _JSON_LIST:
        words = _json(rest, dialect)
        return replace(bare, args=tuple(words), json=True) if words is not None else replace(bare, args=_list(rest))
    if keyword in _LIST:
        return replace(bare, args=_list(rest))
    if keyword == "ARG":
        return replace(bare, args=tuple(split_words(rest, escape)))
    if keyword in ("ENV", "LABEL"):
        return replace(bare, pairs=_pairs(rest, keyword, escape))
    if keyword == "HEALTHCHECK":
        return _healthcheck(bare, rest, dialect)
    if keyword == "ONBUILD" and rest:
        if nested and re.match("onbuild", rest, re.IGNORECASE):
            # Chained triggers are refused later on; a line of nothing else must not nest without end.
            return replace(bare, args=("ONBUILD",))
        trigger = read_instruction(rest, dialect, escape, start, end, nested=True)
        return replace(bare, args=(trigger.written, *trigger.args), trigger=trigger)
    return bare


def _json(rest: str, dialect: Dialect) -> list[str] | None:
    try:
        return json_words(rest, whole=dialect.whole_json)
    except ValueError as error:
        raise DockerfileError(str(error)) from None


def _split(line: str) -> tuple[str, str, str]:
    match = _WHITE.search(line)
    return (line[: match.start()], match[0], line[match.end() :]) if match else (line, "", "")


def _list(rest: str) -> tuple[str, ...]:
    return tuple(_WHITE.split(rest)) if rest else ()


def _command(bare: Instruction, rest: str, dialect: Dialect) -> Instruction:
    if not rest:
        return bare
    words = _json(rest, dialect)
    return replace(bare, args=tuple(words), json=True) if words is not None else replace(bare, args=(rest,))


def _healthcheck(bare: Instruction, rest: str, dialect: Dialect) -> Instruction:
    match = re.match(r"([^\t\n\v\f\r ]+)[\t\n\v\f\r ]*", rest)
    if not match:
        return bare
    command = _command(bare, rest[match.end() :], dialect)
    return replace(command, args=(match[1], *command.args))


def split_words(rest: str, escape: str) -> list[str]:
    """The words of ENV, LABEL and ARG, with their quotes and escapes."""
    if escape not in rest and "'" not in rest and '"' not in rest:
        return [word for word in re.split(f"[{SPACES}]+", rest) if word]
    return [str(token) for token in _words_parser(escape).lex(rest) if token.type == "WORD"]


def _pairs(rest: str, keyword: str, escape: str) -> tuple[Pair, ...]:
    words = split_words(rest, escape)
    if not words:
        return ()
    if "=" not in words[0]:
        key, space, value = _split(rest)
        if not space:
            raise DockerfileError(f"{keyword} must have two arguments")
        return (Pair(key, value, legacy=True),)
    for word in words:
        if "=" not in word:
            raise DockerfileError(f"can't find = in {quote(word)}. Must be of the form: name=value")
    return tuple(Pair(key, value) for key, _, value in (word.partition("=") for word in words))


def _flags(rest: str, escape: str) -> tuple[tuple[str, ...], str]:
    """The leading words that begin with `--`, their quotes taken off, and what follows them."""
    # The builders walk bytes here: what is not ASCII in a flag comes out as Latin-1.
    data = rest.encode("utf-8", "surrogatepass").decode("latin-1")
    flags: list[str] = []
    position = 0
    while True:
        while position < len(data) and data[position] in SPACES:
            position += 1
        if not data.startswith("--", position):
            break
        word, position, quoted = _flag(data, position, escape)
        if word == "--":
            break
        if word or quoted:
            flags.append(word)
    return tuple(flags), data[position:].encode("latin-1").decode("utf-8", "surrogatepass")


def _flag(data: str, position: int, escape: str) -> tuple[str, int, bool]:
    word: list[str] = []
    quote_char = ""
    quoted = False
    while position < len(data):
        char = data[position]
        if not quote_char and char in SPACES:
            break
        position += 1
        if char == quote_char:
            quote_char = ""
        elif not quote_char and char in "'\"":
            quote_char, quoted = char, True
        elif char == escape:
            word += data[position : position + 1]
            position += 1
        else:
            word.append(char)
    return "".join(word), position, quoted


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
