"""How deep a line stands: the blocks of a script, followed line by line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# What a line ends with when the next one stands deeper, and what the first word behind it is.
_OPENS = re.compile(r"(?:\b(?:then|do|else)|[{(])$")
_CASE = re.compile(r"\bcase\b.*\bin$")
_ARM = re.compile(r"^\(?[^()\s]*(?:\s*\|\s*[^()\s]*)*\)$")
_DONE = re.compile(r"(?:;|&&|\|\||[^|]&|(?:^|[\s;)])\})$")
_CLOSES = re.compile(r"(?:fi|done|esac)\b|\\?[})]")
_ELSE = re.compile(r"(?:else|elif)\b")
_OPERATOR = re.compile(r"&&|\|\|")

Key = tuple[int, str]


@dataclass(slots=True)
class Block:
    """A block: what opened it (`case`, `arm`, or anything else), the columns of that line and of its statement."""

    opener: str
    column: int
    statement: int


@dataclass(slots=True)
class Nesting:
    """Where the next line of a script is to be expected.

    Columns are in the unit the caller indents with, a tab or a blank. Feed every line to `read`; `key` tells what
    the next line is (lines of one key stand in one column), `expected` in which columns it may stand, likeliest first.
    """

    unit: int = 1
    base: int = 0
    blocks: list[Block] = field(default_factory=list)
    statement: int = 0
    column: int = 0
    complete: bool = True
    first: bool = True
    in_string: bool = False
    started: bool = False

    def read(self, line: str, column: int, quoted: bool = False) -> None:
        """Takes a line, without the blanks around it, that stands in `column`; `quoted` if it begins in a string."""
        if not line:
            return
        self.in_string = quoted
        first = self.first
        if first:
            column = self.base or self.unit
        self.column = column
        self.started = self.complete
        closes = _CLOSES.match(line)
        if closes and self.blocks:
            if closes[0] == "esac" and self.blocks[-1].opener == "arm":
                self.blocks.pop()
            if self.blocks:
                self.statement = self.blocks.pop().statement
        elif self.complete or _OPERATOR.match(line) or _ELSE.match(line):
            self.statement = column
        if _ELSE.match(line) and self.blocks:
            self.statement = self.blocks.pop().statement
        self.first = False
        self.complete = True
        if line.endswith(";;"):
            if self.blocks and self.blocks[-1].opener == "arm":
                self.blocks.pop()
        elif _CASE.search(line):
            self.blocks.append(Block("case", 0 if first else self.statement, self.statement))
        elif self.blocks and self.blocks[-1].opener == "case" and _ARM.match(line):
            self.blocks.append(Block("arm", column, self.statement))
        elif _OPENS.search(line):
            self.blocks.append(Block("block", 0 if first else column, self.statement))
        elif not _DONE.search(line):
            self.complete = False

    def key(self, line: str, quoted: bool) -> Key:
        """What the next line is, given how it begins."""
        depth = self.blocks[-1].column if self.blocks else -1
        if quoted:
            return depth, "string"
        if self.blocks and (_CLOSES.match(line) or _ELSE.match(line)):
            return depth, "close"
        if line.startswith(";;"):
            return depth, "statement"
        if line.startswith(";"):
            return depth, "end"
        if _OPERATOR.match(line):
            return depth, "operator"
        if self.complete:
            return depth, "statement"
        return depth, "pipe" if line.startswith("|") else "argument"

    def expected(self, key: Key) -> list[int]:
        """The columns a line of this key may stand in, likeliest first, when none was seen yet."""
        unit = self.unit
        kind = key[1]
        if kind == "close":
            block = self.blocks[-1] if self.blocks else Block("", self.statement, self.statement)
            if block.opener == "arm" and len(self.blocks) > 1:
                block = self.blocks[-2]
            return [block.column] if block.column else [0, unit]
        if kind == "end":
            return [self.statement, self.column]
        if kind == "statement":
            if self.blocks:
                outer = self.blocks[-1].column
                return [outer + unit] if outer else [unit, 2 * unit]
            return [self.statement]
        if kind == "operator":
            return [self.statement, self.statement + unit]
        if kind == "string":
            return [self.column] if self.in_string else [self.column + unit, self.statement + unit, self.column]
        if self.statement == self.column:
            return [self.statement + unit, self.statement]
        return [self.column, self.column + unit]
