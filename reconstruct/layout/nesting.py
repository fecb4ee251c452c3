"""The depth of a line: the blocks of a script, followed line by line."""

from __future__ import annotations

from reconstruct import pattern
from reconstruct.named import NamedTuple

# The words after which a block begins; they fit in the last characters of a line.
_OPENING = ("then", "do", "else")
_OPENS = pattern.compile(r"(?<![\w-])(?:then|do|else)$")
_TAIL = 6
_CASE = pattern.compile(r"(?:^|[\s;&|(])case\s")
_ARM = pattern.compile(r"\(?[^()\s|]+(?: ?\| ?[^()\s|]+)*\)$")
_CLOSES = pattern.compile(r"(?:fi|done|esac)\b|\\?[})]")
# The first characters of what a line may begin with that is more than a word, and the last of what it may end with.
FIRST = frozenset(";&|tfde})\\")
LAST = frozenset(";{()&|}noe")
_THEN = ("then", "do ")
_ELSE = ("else", "elif")
_OPERATOR = ("&&", "||")
# Lines that end a block.
_INNER = ("close", "esac", "else")
# The kinds of lines that their beginning alone decides.
_KINDS = {";;": "statement", ";": "end", "operator": "operator", "then": "pipe"}
# Lines that continue a command, in whatever column its words are.
HANGING = ("argument", "pipe", "string")

Key = tuple[int, str]


def begins(text: str, at: int) -> str:
    """How the line at this position begins: `close` (with a closing word), `esac`, `else` (or `elif`), `operator`, `;;`, `;`,
    `then` (or `do`), `|`, or empty: otherwise."""
    first = text[at : at + 1]
    if first not in FIRST:
        return ""
    if first == ";":
        return ";;" if text.startswith(";;", at) else ";"
    if first in "&|":
        return "operator" if text.startswith(_OPERATOR, at) else "|" if first == "|" else ""
    if first in "td" and text.startswith(_THEN, at):
        return "then"
    if first == "e" and text.startswith(_ELSE, at):
        return "else"
    if first == "t" or not _CLOSES.match(text, at):
        return ""
    return "esac" if first == "e" else "close"


def ends(text: str, start: int, end: int) -> str:
    """How the line between these positions ends, without surrounding white space: `arm-end`, `case`, `arm`, `block`, `whole`
    or `part`."""
    last = text[end - 1]
    if last == ";":
        return "arm-end" if text.endswith(";;", start, end) else "whole"
    if last in "{(":
        return "block"
    if last == ")":
        return "arm" if _ARM.match(text[start:end]) else "part"
    if last == "&":
        return "part" if text.endswith("|&", start, end) else "whole"
    if last == "|":
        return "whole" if text.endswith("||", start, end) else "part"
    if last == "}":
        return "whole" if text[max(start, end - 2) : end - 1] in ("", " ", "\t", ";", ")") else "part"
    if text.endswith(" in", start, end) and _CASE.search(text[start:end]):
        return "case"
    if not text.endswith(_OPENING, start, end):
        return "part"
    return "block" if _OPENS.search(text[max(start, end - _TAIL) : end]) else "part"


class Block(NamedTuple):
    """A block: what opened it (`case`, `arm`, or anything else), the columns of that line and of its statement."""

    opener: str
    column: int
    statement: int


class Nesting:
    """Where the next line of a script is expected.

    Columns are in the unit the caller indents with, a tab or a blank; `base` is the column of commands outside of
    blocks, `begins` and `ends` tell how the first line does. `key` tells what the next line is (lines of one key stand in one column),
    `expected` in which columns it may stand, likeliest first; then feed it to `read`.
    """

    __slots__ = ("blocks", "column", "complete", "in_string", "opened", "started", "statement", "unit")

    def __init__(self, begins: str, ends: str, unit: int, base: int) -> None:
        self.unit = unit
        self.blocks: list[Block] = []
        self.statement = 0
        self.complete = True
        # The first line counts as one in the column of commands, but what it opens is closed in the first column.
        self.read(begins, ends, base, quoted=False)
        if self.blocks:
            self.blocks[0] = self.blocks[0]._replace(column=0)

    def read(self, begins: str, ends: str, column: int, quoted: bool) -> None:
        """Takes a line that begins and ends so (see the functions) and starts in `column`; `quoted` if in a string."""
        self.in_string = quoted
        self.column = column
        self.started = self.complete  # the line began a command
        if begins in _INNER:
            self._begin(begins, column)
        elif self.complete or begins == "operator":
            self.statement = column
        if ends in ("whole", "part"):
            self.complete = ends == "whole"
            self.opened = False  # the line opened a block
        else:
            self._end(ends, column)

    def _begin(self, begins: str, column: int) -> None:
        blocks = self.blocks
        if begins == "else":
            self.statement = blocks.pop().statement if blocks else column
        elif blocks:
            if begins == "esac" and blocks[-1].opener == "arm":
                blocks.pop()
            if blocks:
                self.statement = blocks.pop().statement
        elif self.complete:
            self.statement = column

    def _end(self, ends: str, column: int) -> None:
        blocks = self.blocks
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

    def key(self, begins: str, quoted: bool) -> Key:
        """The kind of the next line, given how it begins."""
        depth = self.blocks[-1].column if self.blocks else -1
        if quoted:
            return depth, "string"
        if begins:
            if begins in _INNER and self.blocks:
                return depth, "close"
            kind = _KINDS.get(begins)
            if kind is not None:
                return depth, kind
        if self.complete:
            return depth, "statement"
        return depth, "pipe" if begins == "|" else "argument"

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
