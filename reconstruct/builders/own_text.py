"""An entry that is the Dockerfile's own line (buildah, kaniko): unquoted, variables unexpanded, with the line kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from reconstruct.builders.state import Reading, State
from reconstruct.syntax import Env, Instruction, Shell


@cache
def _reader(language: str) -> Callable[[str], Instruction | None]:
    """The reader of one line in the builder's dialect, imported once it is needed."""
    from reconstruct.dockerfile.ast import read_line
    from reconstruct.dockerfile.dialect import DIALECTS

    dialect = DIALECTS[language]
    return lambda line: read_line(line, dialect)


@cache
def _splitter() -> Callable[[str], tuple[str, str]]:
    from reconstruct.dockerfile.instruction import split_keyword

    return split_keyword


def read(line: str, state: State, language: str) -> Reading | None:
    """The instruction on the line in the builder's dialect; None if there is none."""
    made = _reader(language)(line)
    if made is None:
        return None
    if isinstance(made, Shell):
        state.shell = made.words
    if isinstance(made, Env):
        state.env.update({pair.key: pair.value or "" for pair in made.pairs})
    return Reading(made)


def split_keyword(line: str) -> tuple[str, str]:
    """The keyword and the text after it."""
    return _splitter()(line)
