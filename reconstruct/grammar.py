"""Loads the Lark grammars that ship with the package, each when first used."""

from __future__ import annotations

import os.path
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lark import Lark


def _folder() -> str:
    # In the wheel the grammars sit inside the package; in a checkout, at the top of the repository.
    here = os.path.dirname(os.path.abspath(__file__))
    inside = os.path.join(here, "grammars")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(here), "grammars")


def text(name: str) -> str:
    """The text of grammar `name` (`grammars/<name>.lark`)."""
    with open(os.path.join(_folder(), f"{name}.lark"), encoding="utf-8") as file:
        return file.read()


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
