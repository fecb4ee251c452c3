"""Splits text into the terminals of a grammar, as Lark's basic lexer does, without loading Lark.

A basic lexer is one regular expression: a grammar's terminals, ordered by Lark. The wheel build keeps it in a table beside
the parsers' (`hatch_build.py`); where there is none of the same grammar, Lark itself splits.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator
from functools import cache

from reconstruct import grammar, pattern
from reconstruct.digest import sha256_hex

# The grammars that are only split, never parsed. None of them ignores a terminal or has overlapping keywords.
SPLIT = (
    "shell",
    "shell_commands",
    "powershell",
    "powershell_commands",
    "cmd",
    "commands_cmd",
    "commands_powershell",
)


def split(name: str, text: str) -> Iterator[tuple[str, str]]:
    """The terminals of `text` in order: (name, text). Raises lark.exceptions.UnexpectedInput if none matches."""
    form = _form(name)
    if form is None:
        yield from by_lark(name, text)
        return
    end = 0
    for match in form.finditer(text):
        if match.start() != end:
            break
        end = match.end()
        yield match.lastgroup or "", match[0]
    if end < len(text):
        # Lark reports the error.
        for _ in by_lark(name, text):
            pass


def by_lark(name: str, text: str) -> Iterator[tuple[str, str]]:
    """What `split` gives, by Lark."""
    return ((token.type, token.value) for token in grammar.lexer(name).lex(text))


def table_path(name: str) -> str:
    """The path of a grammar's table, in the wheel and in an editable install."""
    return os.path.join(os.path.dirname(grammar.table_path(name, "start", "basic")), f"{name}.terminals.table")


@cache
def _form(name: str) -> re.Pattern[str] | None:
    try:
        with open(table_path(name), encoding="utf-8", newline="") as file:
            if file.readline() != _stamp(name):
                return None
            return pattern.compile(file.read())
    except (OSError, ValueError):
        return None


def _stamp(name: str) -> str:
    """The table must have been made from this grammar."""
    return sha256_hex(grammar.text(name).encode()) + "\n"


def write_tables() -> list[str]:
    """Makes the tables (when the wheel is built) and returns their paths."""
    paths = []
    for name in SPLIT:
        path = table_path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        # Atomically, because another process may be reading or making it too.
        with open(f"{path}.{os.getpid()}", "w", encoding="utf-8", newline="") as file:
            file.write(_stamp(name) + _expression(name))
        os.replace(file.name, path)
        paths.append(path)
    _form.cache_clear()
    return paths


def _expression(name: str) -> str:
    """The lexer's expression, as Lark puts it together."""
    lexer = grammar.lexer(name)._build_lexer()
    scanner = lexer.scanner
    if lexer.ignore_types or lexer.callback or lexer.g_regex_flags or len(scanner._mres) != 1:
        raise ValueError(f"{name}: its lexer is more than one expression")
    expression: str = scanner._mres[0].pattern
    return expression
