"""The physical lines of a Dockerfile, each classified as the builder would.

The ends of lines and here-documents depend on the preceding text (the escape directive, the words after `<<`), so lines
are classified one by one; `grammars/dockerfile.lark` defines their order. Based on BuildKit's Parse
(`frontend/dockerfile/parser/parser.go`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reconstruct import pattern
from reconstruct.dockerfile.dialect import Dialect
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.heredoc import heredocs_in
from reconstruct.dockerfile.instruction import HEREDOC_KEYWORDS, read_instruction
from reconstruct.dockerfile.model import Directive, Heredoc, Instruction
from reconstruct.golang import SPACES
from reconstruct.named import NamedTuple
from reconstruct.record import replace

# bufio.Scanner's: https://pkg.go.dev/bufio#pkg-constants
MAX_LINE = 65_535

_PHYSICAL = pattern.compile(r"[^\n]*\n|[^\n]+")
_DIRECTIVE = pattern.compile(rf"#[{SPACES}]*([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*([^\n]+?)[\t\n\f\r ]*\Z")
_OLD_ESCAPE = pattern.compile(r"#[ \t]*(escape)[ \t]*=[ \t]*(.).*\Z", re.IGNORECASE)


class Line(NamedTuple):
    """A physical line, or the end of the file if an instruction is still open.

    `kind`: DIRECTIVE, COMMENT or BLANK; CONTINUED for a line of an instruction that continues, and LAST for its last line;
    BODY and END for a here-document's lines and the one that closes it. `number` is 1-based. `instruction` is the one that a
    LAST line completes, with its here-documents still without text. `text` is the relevant part of the line.
    """

    kind: str
    text: str
    number: int
    instruction: Instruction | None = None
    directive: Directive | None = None


def with_documents(instruction: Instruction, bodies: Sequence[Sequence[Line]]) -> Instruction:
    """The instruction with its here-documents' text; each of `bodies` has the lines of one, END included."""
    if not bodies:
        return instruction
    heredocs = tuple(
        replace(heredoc, content="".join(line.text for line in body))
        for heredoc, (*body, _) in zip(instruction.heredocs, bodies, strict=True)
    )
    return replace(instruction, heredocs=heredocs, end=bodies[-1][-1].number)


class Lines:
    """Classifies the lines of `text`, in order, on demand. Raises DockerfileError if the builder stops.

    `escape` is the character in force; `directives` is False for text that isn't the start of a file.
    """

    def __init__(self, text: str, dialect: Dialect, escape: str = "\\", *, directives: bool = True) -> None:
        self.dialect = dialect
        self.escape = escape
        self.number = 0
        self._in_directives = directives
        self._known: set[str] = set()
        # The first line may have a byte order mark.
        self._lines = self._physical(text.removeprefix("\ufeff") if directives else text)

    def __iter__(self) -> Iterator[Line]:
        for line in self._lines:
            content = self._cut_end(line).lstrip(SPACES)
            if content.startswith("#"):
                directive = self._directive(content) if self._in_directives else None
                self._in_directives = directive is not None
                kind = "COMMENT" if directive is None else "DIRECTIVE"
                yield Line(kind, content, self.number, directive=directive)
                continue
            self._in_directives = False
            joined, goes_on = self._continues(content)
            if goes_on or joined:
                yield from self._instruction(joined, goes_on)
            else:
                yield Line("BLANK", "", self.number)

    def _physical(self, text: str) -> Iterator[str]:
        """The lines, ends included; an overlong one ends the reading in buildah, and the build in the others."""
        for match in _PHYSICAL.finditer(text):
            line = match[0]
            if len(line) > MAX_LINE // 4 and len(line.encode("utf-8", "replace")) > MAX_LINE:
                if self.dialect.stops_at_long_lines:
                    return
                raise DockerfileError(f"line greater than max allowed size of {MAX_LINE}", self.number + 1)
            self.number += 1
            yield line

    def _cut_end(self, line: str) -> str:
        if self.dialect.cuts_all_ends:
            return line.rstrip("\r\n")
        return line.removesuffix("\n").removesuffix("\r")

    def _directive(self, content: str) -> Directive | None:
        pattern = _OLD_ESCAPE if self.dialect.old_directive else _DIRECTIVE
        match = pattern.match(content)
        if not match or match[1].lower() not in self.dialect.directives:
            return None
        name, value = match[1].lower(), match[2]
        if name in self._known:
            raise DockerfileError(f"only one {name} parser directive can be used", self.number)
        self._known.add(name)
        if name == "escape":
            if value not in ("\\", "`"):
                raise DockerfileError(f"invalid escape token {value!r}: it must be ` or \\", self.number)
            self.escape = value
        return Directive(name, value, self.number)

    def _continues(self, content: str) -> tuple[str, bool]:
        """The line without its continuation character, and whether it had one."""
        bare = content.rstrip(" \t")
        if not bare.endswith(self.escape):
            return content, False
        if len(bare) > 1 and bare[-2] == self.escape and not self.dialect.lone_escape:
            return content, False
        return bare[:-1], True

    def _instruction(self, content: str, goes_on: bool) -> Iterator[Line]:
        """The lines of the instruction that starts with `content`, with its here-documents."""
        start = self.number
        parts = [content]
        while goes_on:
            yield Line("CONTINUED", content, self.number)
            content, goes_on, kind = self._following()
            while kind:
                yield Line(kind, content, self.number)
                content, goes_on, kind = self._following()
            parts.append(content)
        read = self._joined(parts, start)
        yield Line("LAST", content, self.number, read)
        for heredoc in read.heredocs:
            yield from self._body(heredoc, start)

    def _joined(self, parts: list[str], start: int) -> Instruction:
        """The instruction of the lines from `start` on, with the here-documents that it announces."""
        try:
            read = read_instruction("".join(parts), self.dialect, self.escape, start, self.number)
            waiting = self._announced(read)
        except DockerfileError as error:
            raise error.at(start) from None
        return replace(read, heredocs=tuple(waiting)) if waiting else read

    def _following(self) -> tuple[str, bool, str]:
        """The next line of an instruction: its text, whether it continues, and its kind if it isn't part of the text."""
        line = next(self._lines, None)
        if line is None:
            # The file ends in the middle: the text so far counts as the instruction.
            return "", False, ""
        content = self._cut_end(line)
        bare = content.lstrip(SPACES)
        if bare.startswith("#"):
            return content, True, "COMMENT"
        if not bare:
            return content, True, "BLANK"
        return (*self._continues(content), "")

    def _announced(self, instruction: Instruction) -> list[Heredoc]:
        if not self.dialect.heredocs or "<<" not in instruction.text:
            return []
        holder = instruction.trigger or instruction
        if holder.keyword not in HEREDOC_KEYWORDS or holder.json:
            return []
        return heredocs_in(instruction.text)

    def _body(self, heredoc: Heredoc, start: int) -> Iterator[Line]:
        for line in self._lines:
            bare = line.rstrip("\r\n")
            closes = (bare.lstrip("\t") if heredoc.strip_tabs else bare) == heredoc.name
            yield Line("END" if closes else "BODY", line, self.number)
            if closes:
                return
        raise DockerfileError("unterminated heredoc", start)
