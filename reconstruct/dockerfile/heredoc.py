"""Here-documents: those that a line opens, and the processing of their text.

Facts: BuildKit `frontend/dockerfile/parser/parser.go` (heredocsFromLine, heredocFromMatch) and `shell/lex.go`.
"""

from __future__ import annotations

import re

from reconstruct import pattern
from reconstruct.dockerfile.errors import DockerfileError, TooMuchError
from reconstruct.syntax import Heredoc

_MARK = pattern.compile(r"([0-9]*)<<(-?)[\t\n\f\r ]*([^<]*)\Z")
# A marker is a word: it is at the start, or after white space.
_POSSIBLE = pattern.compile(r"(?:\A|\s)[0-9]*<<")


def heredocs_in(line: str, *, blanks: bool = True) -> list[Heredoc]:
    """The here-documents that a logical line opens, without their contents.

    `blanks`: `<< EOT` is one marker. Raises TooMuchError for a line that is too long to be read.
    """
    if "<<" not in line or not _POSSIBLE.search(line):
        return []
    from reconstruct.dockerfile.expand import Expander

    reader = Expander(keep_quotes=True, keep_escapes=True, keep_unset=True)
    try:
        words = reader.words(line, {}, marks=blanks)
    except TooMuchError:
        raise
    except DockerfileError:
        # Text that the builder can't split into words opens none.
        return []
    return [heredoc for word in words if (heredoc := heredoc_mark(word))]


def heredoc_mark(word: str) -> Heredoc | None:
    """The here-document that a word like `3<<-"EOT"` opens, None for any other word."""
    match = _MARK.match(word)
    if not match or not match[3]:
        return None
    from reconstruct.dockerfile.expand import Expander

    words = Expander(keep_unset=True).words(match[3], {})
    if len(words) != 1:
        return None
    raw = Expander(keep_unset=True, keep_quotes=True).words(match[3], {})
    if len(raw) != 1:
        raise DockerfileError(f"internal lexing of heredoc produced inconsistent results: {match[3]}")
    quotes = [sum(map(text.count, "'\"")) for text in (words[0], raw[0])]
    return Heredoc(
        words[0], "", strip_tabs=match[2] == "-", expand=quotes[0] == quotes[1], descriptor=int(match[1][:9] or 0)
    )


def strip_tabs(content: str) -> str:
    """A here-document's contents without the leading tabs that `<<-` strips."""
    return re.sub(r"^\t+", "", content, flags=re.MULTILINE)
