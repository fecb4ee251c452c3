"""Words of a Dockerfile line as text: split at white space, and unquoted.

Facts: BuildKit `frontend/dockerfile/parser/line_parsers.go` (parseWords) and `shell/lex.go`. The grammar of quotes is
`grammars/dockerfile_expand.lark`, which also has substitutions; this module reads the common forms without loading it.
"""

from __future__ import annotations

import re
from functools import cache

from reconstruct import pattern
from reconstruct.golang import SPACES

_BLANKS = pattern.compile(f"[{SPACES}]+")


@cache
def _word(escape: str) -> re.Pattern[str]:
    e = re.escape(escape)
    return re.compile(
        rf"(?:[^{SPACES}'\"{e}]|{e}[\s\S]|'[^']*(?:'|\Z)|\"(?:[^\"{e}]|{e}[\s\S])*(?:\"|(?={e}?\Z)))+|{e}\Z"
    )


def split(text: str, escape: str = "\\") -> list[str]:
    """The words of ENV, LABEL and ARG, with their quotes and escapes. An unclosed quote extends to the end."""
    if escape not in text and "'" not in text and '"' not in text:
        return [word for word in _BLANKS.split(text) if word]
    words = _word(escape).findall(text)
    # A final escape character belongs to no word.
    return words[:-1] if words and words[-1] == escape else words


@cache
def _parts(escape: str) -> re.Pattern[str]:
    e = re.escape(escape)
    return re.compile(
        rf"\"((?:[^\"{e}]|{e}[\s\S])*)\"|'([^']*)'|{e}([\s\S]?)|([^\"'{e}]+|[\"'])",
    )


@cache
def _quoted_escape(escape: str) -> re.Pattern[str]:
    e = re.escape(escape)
    return re.compile(rf"{e}([\"${e}])")


# Text after `$` that only needs to be copied.
_OTHER_SUBSTITUTION = pattern.compile(r"\$\{(?!\w+\})")


def unquote(word: str, escape: str = "\\") -> str:
    """A word without quotes and escapes, as the builder's lexer removes them; variables stay as written.

    Text that the builder would reject (an unclosed quote) is read as far as possible.
    """
    word = word.removeprefix("\ufeff")  # like Go's text/scanner
    if escape not in word and "'" not in word and '"' not in word:
        return word
    if _OTHER_SUBSTITUTION.search(word):
        from reconstruct.dockerfile.dialect import BUILDKIT
        from reconstruct.dockerfile.errors import DockerfileError
        from reconstruct.dockerfile.expand import Expander

        try:
            return Expander(BUILDKIT, escape, keep_unset=True).word(word, {})
        except DockerfileError:
            pass

    def part(match: re.Match[str]) -> str:
        double, single, escaped, plain = match.groups()
        if double is not None:
            return _quoted_escape(escape).sub(r"\1", double)
        return next(text for text in (single, escaped, plain) if text is not None)

    return _parts(escape).sub(part, word)


@cache
def _exact(escape: str) -> re.Pattern[str]:
    e = re.escape(escape)
    return pattern.compile(rf"(?:[^\"'${e}]++|'[^']*+'|{e}[\s\S]|\"(?:[^\"${e}]++|{e}[\s\S])*+\")*+")


def value(word: str, escape: str = "\\") -> str | None:
    """Every builder's reading of a word without variables; None if it has any, or an unclosed quote."""
    return unquote(word, escape) if _exact(escape).fullmatch(word) else None
