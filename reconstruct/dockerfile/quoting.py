"""Values as words of a Dockerfile: quoted only if necessary, so that every builder reads the same value back.

The inverse is `words.unquote`. Facts: BuildKit `frontend/dockerfile/parser/line_parsers.go` (words), `split_command.go`
(flags) and `shell/lex.go` (quotes, variables); the classic builder of Docker 20.10 uses the same code, one version older.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from json.encoder import encode_basestring

from reconstruct import pattern
from reconstruct.golang import SPACES

# C0 and C1 controls except tab: no Dockerfile needs one, and a terminal would obey it. Unpaired surrogates aren't text.
CONTROL = pattern.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff]")
# Only inside JSON: characters that json.dumps leaves unescaped.
_JSON_BARE = pattern.compile(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BOM = "\ufeff"
# Text in which nothing quotes, escapes, expands, separates words, or opens a JSON list or a here-document; and words of it,
# none of which is a flag.
PLAIN = pattern.compile(r"[\w./:@%+=,*?!~^;&|(){}#-]*", re.ASCII)
PLAIN_WORDS = pattern.compile(r"(?:(?:^| ++)(?!--)[\w./:@%+=,*?!~^-]++)++", re.ASCII)
# A physical line may have 65,535 bytes; a character has at most four.
LONG_LINE = 16_000


def printable(text: str) -> str:
    """`text` with control characters spelled out; the caller reports the loss."""
    return CONTROL.sub(_spelled, text)


_SURROGATES = 0xD800


def _spelled(match: re.Match[str]) -> str:
    char = match.group()
    if ord(char) >= _SURROGATES:
        # This is what Go reads from JSON.
        return "\ufffd"
    return {"\n": "\\n", "\r": "\\r"}.get(char, f"\\x{ord(char):02x}")


def json_string(text: str) -> str:
    """`text` as a JSON string: readable, but without control characters and line separators."""
    return _JSON_BARE.sub(lambda match: f"\\u{ord(match.group()):04x}", encode_basestring(text))


def json_form(words: Iterable[str]) -> str:
    """The exec form: `["a", "b c"]`."""
    return "[" + ", ".join(json_string(word) for word in words) + "]"


def is_json_list(text: str) -> bool:
    """Whether some Dockerfile parser takes the text, or its start, for the exec form."""
    text = text.lstrip(SPACES)
    if not text.startswith("["):
        return False
    try:
        # Older parsers ignore text after the list.
        json.JSONDecoder(parse_int=len, parse_float=len).raw_decode(text)
    except ValueError:
        return False
    except RecursionError:
        return True
    return True


def quote(value: str, escape: str) -> str:
    """A value of ENV, LABEL or ARG (or a key) as one word: bare, in single quotes or in double quotes."""
    if PLAIN.fullmatch(value):
        return value
    value = printable(value)
    if not value:
        return ""
    special = set("\"'$" + escape)
    if not value.startswith(_BOM) and not any(char.isspace() or char in special for char in value):
        return value
    if "'" not in value and any(char in value for char in '"$' + escape):
        return f"'{value}'"
    return _double(value, escape)


def _double(value: str, escape: str) -> str:
    return '"' + "".join(escape + char if char in '"$' + escape else char for char in value) + '"'


def escaped(value: str, escape: str) -> str:
    """A word without blanks, escaped only where the word lexer would misread it."""
    if PLAIN.fullmatch(value):
        return value
    value = printable(value)
    if value != value.strip() or value.startswith(_BOM):
        return _double(value, escape)
    special = "\"'$" + escape
    return "".join(escape + char if char in special else char for char in value)


def argument(value: str, escape: str) -> str:
    """A value that is a whole line's argument (WORKDIR, USER, STOPSIGNAL), or its first word, so that it isn't taken for a flag."""
    return _double(printable(value), escape) if value.startswith("--") else escaped(value, escape)


def word_list(words: Iterable[str], escape: str) -> str:
    """Words of COPY, ADD or VOLUME: separated by blanks if that can be read back, else in JSON form."""
    words = tuple(words)
    if line := plain_words(words):
        return line
    shown = [printable(word) for word in words]
    plain = all(
        word and not any(char.isspace() for char in word) and "<<" not in word and not word.startswith(_BOM)
        for word in shown
    )
    lexed = [escaped(word, escape) for word in shown]
    if plain and lexed and not lexed[0].startswith(("[", "--")) and not lexed[-1].endswith(escape):
        return " ".join(lexed)
    return json_form(lexed)


def plain_words(words: Sequence[str]) -> str:
    """The words separated by blanks, if nothing in them needs quotes or could be misread; else an empty text."""
    line = " ".join(words)
    plain = "" not in words and line.count(" ") == len(words) - 1 and PLAIN_WORDS.fullmatch(line)
    return line if plain else ""


def text_argument(text: str, escape: str) -> str:
    """Text that runs to the end of its line (MAINTAINER, ONBUILD, a health check's command), with control characters
    spelled out; an escape character at the end is doubled, or it would continue on the next line."""
    text = printable(text).strip(SPACES)
    if text.endswith(escape) and not text.endswith(escape * 2):
        text += escape
    return text


def shell_text_is_plain(text: str, escape: str, *, heredocs: bool) -> bool:
    """Whether a shell form's text can be written unchanged: on one line, and read back byte for byte.

    `heredocs`: the instruction is one whose `<<NAME` opens a here-document (RUN, since BuildKit 0.9).
    """
    if not text or text != text.strip() or CONTROL.search(text) or text.startswith("--") or text.endswith(escape):
        return False
    if heredocs and opens_heredoc(text):
        return False
    return not is_json_list(text)


# `<<<` is never a marker, and any other is at the start of a word.
_NESTED = pattern.compile(r"\$\{(?!\w+\})")
_POSSIBLE_MARK = pattern.compile(r"(?:\A|\s)[0-9]*<<(?!<)")


def opens_heredoc(text: str) -> bool:
    """Whether some version of BuildKit would expect a here-document's lines after this text."""
    return marks(text) != ()


def marks(text: str) -> tuple[str, ...] | None:
    """The names of the here-documents that every BuildKit finds opened in the text; None if versions disagree.

    Versions before 0.13 split `<< EOT` into two words, and in newer ones a substitution drops the word it is in.
    """
    if "<<" not in text or not _POSSIBLE_MARK.search(text):
        return ()
    from reconstruct.dockerfile.errors import DockerfileError
    from reconstruct.dockerfile.heredoc import heredocs_in

    try:
        now = tuple(heredoc.name for heredoc in heredocs_in(text))
        before = tuple(heredoc.name for heredoc in heredocs_in(text, blanks=False))
    except DockerfileError:
        return None
    return now if now == before and not _NESTED.search(text) else None


def has_long_line(text: str) -> bool:
    """Whether a line of the text may be too long for a builder's reader."""
    return len(text) > LONG_LINE and max(map(len, text.split("\n"))) > LONG_LINE


def folded(text: str, escape: str) -> str:
    """The instruction's text, with lines too long for a builder's reader split by continuation characters."""
    if not has_long_line(text):
        return text
    return "\n".join(part for line in text.split("\n") for part in _parted(line, escape))


def _parted(line: str, escape: str) -> Iterable[str]:
    start = 0
    while len(line) - start > LONG_LINE:
        end = start + LONG_LINE
        # No line may end in an escaped escape character, start like a comment, or be blank.
        while end > start and (line[end - 1] == escape or line[end] in "# \t" or line[end].isspace()):
            end -= 1
        if end == start:
            break
        yield line[start:end] + escape
        start = end
    yield line[start:]
