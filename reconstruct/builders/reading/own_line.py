"""An entry that is the Dockerfile's own line (buildah, kaniko) → what the steps after it need to know of it."""

from __future__ import annotations

from reconstruct.builders.reading.state import Reading, State
from reconstruct.dockerfile.ast import read_line
from reconstruct.dockerfile.dialect import Dialect
from reconstruct.dockerfile.instruction import KEYWORDS, split_keyword
from reconstruct.syntax import Env, Shell


def begins(line: str) -> bool:
    """Whether the line begins with an instruction's keyword."""
    return split_keyword(line)[0].upper() in KEYWORDS


def read(line: str, state: State, dialect: Dialect) -> Reading | None:
    """The instruction on the line as the builder's language has it; None if there is none."""
    made = read_line(line, dialect)
    if made is None:
        return None
    if isinstance(made, Shell):
        state.shell = made.words
    if isinstance(made, Env):
        state.env.update({pair.key: pair.value or "" for pair in made.pairs})
    return Reading(made)
