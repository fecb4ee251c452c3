"""Values as words of a Dockerfile: quoted only where they must be, so that every builder reads the same value back.

Facts: BuildKit `frontend/dockerfile/parser/line_parsers.go` (words) and `shell/lex.go` (quotes, variables); the
classic builder of Docker 20.10 uses the same code, one version older.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from reconstruct import pattern

# C0 and C1 controls but tab: no Dockerfile needs one, and a terminal would obey it.
CONTROL = pattern.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f]")
# Only inside JSON: what json.dumps leaves bare.
_JSON_BARE = pattern.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def printable(text: str) -> str:
    """`text` with control characters spelled out; the caller says that something was lost."""
    return CONTROL.sub(
        lambda match: {"\n": "\\n", "\r": "\\r"}.get(match.group(), f"\\x{ord(match.group()):02x}"), text
    )


def json_string(text: str) -> str:
    return _JSON_BARE.sub(lambda match: f"\\u{ord(match.group()):04x}", json.dumps(text, ensure_ascii=False))


def json_form(words: Iterable[str]) -> str:
    """The exec form: `["a", "b c"]`."""
    return "[" + ", ".join(json_string(word) for word in words) + "]"


def is_json_list(text: str) -> bool:
    """Whether a Dockerfile parser takes the text for the exec form."""
    if not text.lstrip().startswith("["):
        return False
    try:
        return isinstance(json.loads(text), list)
    except (ValueError, RecursionError):
        return False


def quote(value: str, escape: str) -> str:
    """A value of ENV, LABEL or ARG (or a key) as one word: bare, in single quotes or in double quotes."""
    value = printable(value)
    if not value:
        return ""
    special = set("\"'$" + escape)
    if not any(char.isspace() or char in special for char in value):
        return value
    if "'" not in value and any(char in value for char in '"$' + escape):
        return f"'{value}'"
    return '"' + "".join(escape + char if char in '"$' + escape else char for char in value) + '"'


def escaped(value: str, escape: str) -> str:
    """A value that is a whole line's argument (WORKDIR, USER, STOPSIGNAL) or a word without blanks: only what the
    word lexer would take for something else is escaped."""
    value = printable(value)
    if value != value.strip():
        return quote(value, escape)
    special = "\"'$" + escape
    return "".join(escape + char if char in special else char for char in value)


def word_list(words: Iterable[str], escape: str) -> str:
    """Words of COPY, ADD or VOLUME: separated by blanks where that can be read back, else the JSON form."""
    words = [printable(word) for word in words]
    plain = all(word and not any(char.isspace() for char in word) and "<<" not in word for word in words)
    lexed = [escaped(word, escape) if word == word.strip() else word.replace("$", escape + "$") for word in words]
    if plain and not lexed[0].startswith(("[", "--")) and not lexed[-1].endswith(escape):
        return " ".join(lexed)
    return json_form(lexed)


def shell_text_is_plain(text: str, escape: str, *, heredocs: bool) -> bool:
    """Whether a shell form's text can stand in a Dockerfile as it is: on one line, and read back to the byte.

    `heredocs`: the instruction is one whose `<<NAME` opens a here-document (RUN, since BuildKit 0.9).
    """
    if not text or text != text.strip() or CONTROL.search(text) or text.startswith("--") or text.endswith(escape):
        return False
    if heredocs and opens_heredoc(text):
        return False
    return not is_json_list(text)


# A word as BuildKit's lexer sees it, quotes kept; blanks behind `<<` belong to the word.
_WORD = pattern.compile(r"""(?:<<-?[ \t]*|'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\<]|<)+""", re.DOTALL)
_OPENER = pattern.compile(r"\d*<<-?\s*[^<\s][^<]*")


def opens_heredoc(text: str) -> bool:
    """Whether BuildKit waits for a here-document's lines after this text (`parser.go`, heredocsFromLine)."""
    return "<<" in text and any(_OPENER.fullmatch(word) for word in _WORD.findall(text))
