"""The data types of a parsed Dockerfile, before any value is expanded."""

from __future__ import annotations

from reconstruct.dockerfile.dialect import BUILDKIT, Dialect
from reconstruct.record import dataclass
from reconstruct.syntax import Heredoc

__all__ = ["Directive", "Dockerfile", "Heredoc", "Instruction", "Pair", "Stage"]


@dataclass(frozen=True)
class Directive:
    """A parser directive: `# name=value`; `name` is lower case."""

    name: str
    value: str
    line: int


@dataclass(frozen=True)
class Pair:
    """`key=value` of ENV or LABEL, quotes and variables as written; `legacy` is the form `key value`."""

    key: str
    value: str
    legacy: bool = False


@dataclass(frozen=True)
class Instruction:
    """One instruction with its lines (1-based, inclusive).

    `keyword` is upper case, `written` its spelling in the file. `flags` are the leading `--…` words, unquoted; `args`
    are the arguments: the words of an exec form (`json`), of a list (ADD, COPY, EXPOSE, FROM, VOLUME), of ARG (with
    quotes), otherwise a single text. `pairs` are those of ENV and LABEL. `text` is the logical line: continuation
    lines joined, comments removed. `trigger` is the text after ONBUILD.
    """

    keyword: str
    written: str
    text: str
    start: int
    end: int
    flags: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    json: bool = False
    pairs: tuple[Pair, ...] = ()
    heredocs: tuple[Heredoc, ...] = ()
    trigger: Instruction | None = None


@dataclass(frozen=True)
class Stage:
    """A build stage: FROM and what follows. `base` as written; `name` is lower case, empty for a stage without one."""

    index: int
    base: str
    name: str
    platform: str
    source: Instruction
    instructions: tuple[Instruction, ...] = ()

    @property
    def label(self) -> str:
        """The name for display: the stage's own, or its number."""
        return self.name or str(self.index)


@dataclass(frozen=True)
class Dockerfile:
    """A parsed Dockerfile. `instructions` has all of them, in order; `text` is the source, `dialect` its language."""

    text: str
    escape: str = "\\"
    directives: tuple[Directive, ...] = ()
    instructions: tuple[Instruction, ...] = ()
    global_args: tuple[Instruction, ...] = ()
    stages: tuple[Stage, ...] = ()
    dialect: Dialect = BUILDKIT
