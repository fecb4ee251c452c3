"""An entry that is the Dockerfile's own line (buildah, kaniko): unquoted, variables unexpanded, with the line kept."""

from __future__ import annotations

from reconstruct.builders.state import Reading, State
from reconstruct.syntax import Env, Shell


def read(line: str, state: State, language: str) -> Reading | None:
    """The instruction on the line in the builder's dialect; None if there is none."""
    from reconstruct.dockerfile.ast import read_line
    from reconstruct.dockerfile.dialect import DIALECTS

    made = read_line(line, DIALECTS[language])
    if made is None:
        return None
    if isinstance(made, Shell):
        state.shell = made.words
    if isinstance(made, Env):
        state.env.update({pair.key: pair.value or "" for pair in made.pairs})
    return Reading(made)


def split_keyword(line: str) -> tuple[str, str]:
    """The keyword and the text after it."""
    from reconstruct.dockerfile.instruction import split_keyword

    return split_keyword(line)
