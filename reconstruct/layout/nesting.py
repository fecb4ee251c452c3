"""The depth of a line: the blocks of a script, followed line by line."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from reconstruct import pattern

# The words after which a block begins; they fit in the last characters of a line.
_OPENING = ("then", "do", "else")
_OPENS = pattern.compile(r"(?<![\w-])(?:then|do|else)$")
_TAIL = 6
_CASE = pattern.compile(r"(?:^|[\s;&|(])case\s")
_ARM = pattern.compile(r"\(?[^()\s|]+(?: ?\| ?[^()\s|]+)*\)$")
_CLOSES = pattern.compile(r"(?:fi|done|esac)\b|\\?[})]")
_CLOSING = ("f", "d", "e", "}", ")", "\\")
_ELSE = ("else", "elif")
_THEN = ("then", "do ")
_OPERATOR = ("&&", "||")
# Lines that continue a command, in whatever column its words are.
HANGING = ("argument", "pipe", "string")
_BORDER = pattern.compile(r" (?! )")
_WIDEST = 100
_SHORT = 80

Key = tuple[int, str]


class Line(NamedTuple):
    """The relevant facts of a line: how it begins and how it ends."""

    text: str
    closes: str  # the closing word it begins with
    continues: bool  # begins with an operator, `else` or `elif`
    otherwise: bool  # begins with `else` or `elif`
    ends: str  # `arm-end`, `case`, `arm`, `block`, `whole` or `part`


def line(text: str) -> Line:
    """The facts of a line, given without surrounding white space."""
    return _remembered(text) if len(text) <= _SHORT else _line(text)


def _line(text: str) -> Line:
    closes = _CLOSES.match(text) if text[:1] in _CLOSING else None
    otherwise = text.startswith(_ELSE)
    return Line(text, closes[0] if closes else "", otherwise or text.startswith(_OPERATOR), otherwise, _ends(text))


# `fi;`, `done;`, the names of packages: short lines recur, in one script and across scripts.
_remembered = lru_cache(maxsize=2048)(_line)


def _ends(text: str) -> str:
    last = text[-1:]
    if last == ";":
        return "arm-end" if text.endswith(";;") else "whole"
    if last in ("{", "("):
        return "block"
    if last == ")":
        return "arm" if _ARM.match(text) else "part"
    if last == "&":
        return "part" if text.endswith("|&") else "whole"
    if last == "|":
        return "whole" if text.endswith("||") else "part"
    if last == "}":
        return "whole" if text[-2:-1] in ("", " ", "\t", ";", ")") else "part"
    if text.endswith(" in") and _CASE.search(text):
        return "case"
    return "block" if text.endswith(_OPENING) and _OPENS.search(text[-_TAIL:]) else "part"


class Block(NamedTuple):
    """A block: what opened it (`case`, `arm`, or anything else), the columns of that line and of its statement."""

    opener: str
    column: int
    statement: int


class Nesting:
    """Where the next line of a script is expected.

    Columns are in the unit the caller indents with, a tab or a blank; `base` is the column of commands outside of
    blocks. Feed every line to `read`; `key` tells what the next line is (lines of one key stand in one column),
    `expected` in which columns it may stand, likeliest first.
    """

    __slots__ = (
        "base", "blocks", "column", "complete", "in_string", "last", "margin", "opened", "started", "statement", "unit"
    )  # fmt: skip

    def __init__(self, unit: int = 1, base: int = 1) -> None:
        self.unit = unit
        self.base = base
        self.blocks: list[Block] = []
        self.statement = 0
        self.column = 0
        self.complete = True
        self.started = False  # the last line began a command
        self.opened = False  # the last line opened a block
        self.in_string = False  # the last line began in a string
        self.last: Line | None = None
        self.margin = 0

    def read(self, line: Line, column: int, quoted: bool) -> None:
        """Takes a line that starts in `column`; `quoted` if it begins in a string."""
        if not line.text:
            return
        first = self.last is None
        self.margin = len("RUN ") if first else column
        self.last = line
        if first:
            column = self.base
        self.in_string = quoted
        self.column = column
        self.started = self.complete
        if line.closes or line.otherwise:
            self._begin(line, column)
        elif self.complete or line.continues:
            self.statement = column
        if line.ends in ("whole", "part"):
            self.complete = line.ends == "whole"
            self.opened = False
        else:
            self._end(line, 0 if first else column)

    def _begin(self, line: Line, column: int) -> None:
        blocks = self.blocks
        if line.closes and blocks:
            if line.closes == "esac" and blocks[-1].opener == "arm":
                blocks.pop()
            if blocks:
                self.statement = blocks.pop().statement
        elif self.complete or line.continues:
            self.statement = column
        if line.otherwise and blocks:
            self.statement = blocks.pop().statement

    def _end(self, line: Line, column: int) -> None:
        blocks, ends = self.blocks, line.ends
        self.complete = True
        self.opened = False
        if ends == "arm-end":
            if blocks and blocks[-1].opener == "arm":
                blocks.pop()
        elif ends == "case":
            blocks.append(Block("case", self.statement if column else 0, self.statement))
            self.opened = True
        elif ends == "block":
            blocks.append(Block("block", column, self.statement))
            self.opened = True
        elif ends == "arm":
            if blocks and blocks[-1].opener == "case":
                blocks.append(Block("arm", column, self.statement))
                self.opened = True
            else:
                self.complete = False

    def key(self, following: str, quoted: bool) -> Key:
        """The kind of the next line, given how it begins."""
        depth = self.blocks[-1].column if self.blocks else -1
        if quoted:
            return depth, "string"
        first = following[:1]
        if self.blocks and first in _CLOSING and (_CLOSES.match(following) or following.startswith(_ELSE)):
            return depth, "close"
        if first == ";":
            return depth, "statement" if following.startswith(";;") else "end"
        if following.startswith(_OPERATOR):
            return depth, "operator"
        if first in ("t", "d") and following.startswith(_THEN):
            return depth, "pipe"
        if self.complete:
            return depth, "statement"
        return depth, "pipe" if first == "|" else "argument"

    def words(self) -> tuple[int, ...]:
        """The columns where the words of the last line begin."""
        text = self.last.text if self.last else ""
        return tuple(self.margin + m.end() for m in _BORDER.finditer(text, 0, _WIDEST))

    def expected(self, key: Key) -> tuple[int, ...]:
        """The possible columns of a line with this key, likeliest first, if none was seen yet."""
        unit, kind = self.unit, key[1]
        if kind == "close":
            return self._closing()
        if kind == "end":
            return self.statement, self.column
        if kind == "statement":
            if self.blocks:
                outer = self.blocks[-1].column
                return (outer + unit,) if outer else (unit, 2 * unit)
            return (self.statement,)
        if kind == "operator":
            return self.statement, self.statement + unit
        if kind == "string":
            return (self.column,) if self.in_string else (self.column + unit, self.statement + unit, self.column)
        if self.statement == self.column:
            return self.statement + unit, self.statement
        return self.column, self.column + unit

    def _closing(self) -> tuple[int, ...]:
        block = self.blocks[-1]
        if block.opener == "arm" and len(self.blocks) > 1:
            block = self.blocks[-2]
        return (block.column,) if block.column else (0, self.unit)
