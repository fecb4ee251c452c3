"""One logical line → an instruction with its arguments split according to the keyword, neither checked nor expanded.

Based on BuildKit's `frontend/dockerfile/parser`: `split_command.go` (keyword, flags) and `line_parsers.go` (arguments).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from reconstruct import pattern
from reconstruct.dockerfile import words
from reconstruct.dockerfile.dialect import Dialect
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.model import Instruction, Pair
from reconstruct.golang import SPACES, json_words, quote

# Fewer characters separate words here than Go counts as white space.
_WHITE = pattern.compile(r"[\t\v\f\r ]+")
# Byte by byte: 0x85 and 0xa0 are white space to the builders even in the middle of a character.
_HEALTH_WORD = pattern.compile(rb"([^\t\n\v\f\r \x85\xa0]*)[\t\n\v\f\r \x85\xa0]*")

_TEXT = frozenset({"MAINTAINER", "STOPSIGNAL", "USER", "WORKDIR"})
_COMMAND = frozenset({"CMD", "ENTRYPOINT", "RUN", "SHELL"})
_JSON_LIST = frozenset({"ADD", "COPY", "VOLUME"})
_LIST = frozenset({"EXPOSE", "FROM"})
KEYWORDS = frozenset({"ARG", "ENV", "HEALTHCHECK", "LABEL", "ONBUILD"}) | _TEXT | _COMMAND | _JSON_LIST | _LIST
HEREDOC_KEYWORDS = frozenset({"ADD", "COPY", "RUN"})


def split_keyword(line: str) -> tuple[str, str]:
    """The keyword as written and the text after it, without the white space between them."""
    line = line.strip(SPACES)
    match = _WHITE.search(line)
    return (line[: match.start()], line[match.end() :]) if match else (line, "")


def read_instruction(
    line: str, dialect: Dialect, escape: str, start: int = 1, end: int = 1, nested: bool = False
) -> Instruction:
    """The instruction of a logical line. Raises DockerfileError for arguments that don't have the keyword's form."""
    head, rest = split_keyword(line)
    flags, rest = _flags(rest, escape if dialect.escape_in_flags else "\\")
    rest = rest.strip(SPACES)
    keyword = head.upper()
    args: Sequence[str] = ()
    words_in_json = False
    pairs: tuple[Pair, ...] = ()
    trigger: Instruction | None = None
    if keyword in _COMMAND:
        args, words_in_json = _command(rest, dialect)
    elif keyword in ("ENV", "LABEL"):
        pairs = _pairs(rest, keyword, escape)
    elif keyword in _JSON_LIST:
        args, words_in_json = _list_or_json(rest, dialect)
    elif keyword in _TEXT:
        args = (rest,) if rest else ()
    elif keyword in _LIST:
        args = _list(rest)
    elif keyword == "ARG":
        args = words.split(rest, escape)
    elif keyword == "HEALTHCHECK":
        args, words_in_json = _healthcheck(rest, dialect)
    elif keyword == "ONBUILD" and rest:
        if nested and re.match("onbuild", rest, re.IGNORECASE):
            # Chained triggers are rejected later; a line of nothing else must not nest without limit.
            args = ("ONBUILD",)
        else:
            trigger = read_instruction(rest, dialect, escape, start, end, nested=True)
            args = (trigger.written, *trigger.args)
    return Instruction(keyword, head, line, start, end, flags, tuple(args), words_in_json, pairs, trigger=trigger)


def _json(rest: str, dialect: Dialect) -> list[str] | None:
    # There may still be white space after HEALTHCHECK's CMD.
    if rest[:1] != "[" and rest.lstrip(SPACES)[:1] != "[":
        return None
    try:
        return json_words(rest, whole=dialect.whole_json)
    except ValueError as error:
        raise DockerfileError(str(error)) from None


def _list(rest: str) -> tuple[str, ...]:
    return tuple(_WHITE.split(rest)) if rest else ()


def _list_or_json(rest: str, dialect: Dialect) -> tuple[Sequence[str], bool]:
    found = _json(rest, dialect)
    return (_list(rest), False) if found is None else (found, True)


def _command(rest: str, dialect: Dialect) -> tuple[Sequence[str], bool]:
    """The words of an exec form, or the single text of a shell form; and whether it is an exec form."""
    if not rest:
        return (), False
    found = _json(rest, dialect)
    return ((rest,), False) if found is None else (found, True)


def _healthcheck(rest: str, dialect: Dialect) -> tuple[Sequence[str], bool]:
    data = rest.encode("utf-8", "surrogatepass")
    match = _HEALTH_WORD.match(data)
    if match is None or not match[1]:
        return (), False
    found, in_json = _command(data[match.end() :].decode("utf-8", "replace"), dialect)
    return (match[1].decode("utf-8", "replace"), *found), in_json


def _pairs(rest: str, keyword: str, escape: str) -> tuple[Pair, ...]:
    found = words.split(rest, escape)
    if not found:
        return ()
    if "=" not in found[0]:
        match = _WHITE.search(rest)
        if match is None:
            raise DockerfileError(f"{keyword} must have two arguments")
        return (Pair(rest[: match.start()], rest[match.end() :], legacy=True),)
    for word in found:
        if "=" not in word:
            raise DockerfileError(f"can't find = in {quote(word)}. Must be of the form: name=value")
    return tuple(Pair(key, value) for key, _, value in (word.partition("=") for word in found))


def _flags(rest: str, escape: str) -> tuple[tuple[str, ...], str]:
    """The leading words that start with `--`, unquoted, and the text after them."""
    if not rest.startswith("--"):
        return (), rest
    # The builders iterate over bytes here: non-ASCII text in a flag comes out as Latin-1, and the bytes 0x85 and 0xa0
    # count as white space even in the middle of a character.
    data = rest.encode("utf-8", "surrogatepass").decode("latin-1")
    flags: list[str] = []
    position = 0
    while True:
        while position < len(data) and data[position] in SPACES:
            position += 1
        if not data.startswith("--", position):
            break
        word, position, quoted = _flag(data, position, escape)
        if word == "--":
            break
        if word or quoted:
            flags.append(word)
    return tuple(flags), data[position:].encode("latin-1").decode("utf-8", "replace")


# A flag of characters that mean themselves, whatever the escape.
_PLAIN_FLAG = pattern.compile(r"[!#-&(-\[\]-_a-~]++(?=[\t\n\v\f\r ]|\Z)")


def _flag(data: str, position: int, escape: str) -> tuple[str, int, bool]:
    if plain := _PLAIN_FLAG.match(data, position):
        return plain.group(), plain.end(), False
    word: list[str] = []
    quote_char = ""
    quoted = False
    while position < len(data):
        char = data[position]
        if not quote_char and char in SPACES:
            break
        position += 1
        if char == quote_char:
            quote_char = ""
        elif not quote_char and char in "'\"":
            quote_char, quoted = char, True
        elif char == escape:
            word += data[position : position + 1]
            position += 1
        else:
            word.append(char)
    return "".join(word), position, quoted
