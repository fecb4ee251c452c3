"""Loads the Lark grammars that ship with the package, each when first used."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lark import Lark


def _folder() -> Path:
    # In the wheel the grammars sit inside the package; in a checkout, at the top of the repository.
    inside = Path(__file__).parent / "grammars"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "grammars"


def text(name: str) -> str:
    """The text of grammar `name` (`grammars/<name>.lark`)."""
    return (_folder() / f"{name}.lark").read_text(encoding="utf-8")


@cache
def load(name: str, start: str = "start") -> Lark:
    """The LALR parser of grammar `name`, built once a process and only when asked for."""
    from lark import Lark

    return Lark(text(name), parser="lalr", start=start, maybe_placeholders=False)


@cache
def lexer(name: str, start: str = "start") -> Lark:
    """The same grammar for `.lex(text)` alone: the basic lexer, whose tokens do not depend on the parser's state."""
    from lark import Lark

    return Lark(text(name), parser="lalr", lexer="basic", start=start, maybe_placeholders=False)
