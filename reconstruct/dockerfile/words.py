"""Words of a Dockerfile line as text: split at white space, quotes and escapes taken off.

Facts: BuildKit `frontend/dockerfile/parser/line_parsers.go` (parseWords) and `shell/lex.go`. The language of quotes stands in
`grammars/dockerfile_expand.lark`, which also knows substitutions; what is here reads the common forms without loading it.
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
    """The words of ENV, LABEL and ARG, with their quotes and escapes. A quote that isn't closed takes the rest."""
    if escape not in text and "'" not in text and '"' not in text:
        return [word for word in _BLANKS.split(text) if word]
    words = _word(escape).findall(text)
    # An escape character at the very end belongs to no word.
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


# What may stand behind `$` and needs no more than to be copied.
_OTHER_SUBSTITUTION = pattern.compile(r"\$\{(?!\w+\})")


def unquote(word: str, escape: str = "\\") -> str:
    """A word with its quotes and escapes gone, as the builder's lexer takes them off; variables stay as written.

    Text that the builder would refuse (a quote that isn't closed) is read as far as it goes.
    """
    word = word.removeprefix("\ufeff")  # as text/scanner of Go does
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
    return re.compile(rf"(?:[^\"'${e}]++|'[^']*+'|{e}[\s\S]|\"(?:[^\"${e}]++|{e}[\s\S])*+\")*+")


def value(word: str, escape: str = "\\") -> str | None:
    """What every builder makes of a word that names no variable; None if it does, or where a quote isn't closed."""
    return unquote(word, escape) if _exact(escape).fullmatch(word) else None
