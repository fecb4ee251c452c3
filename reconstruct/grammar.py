"""Loads the Lark grammars that ship with the package, each when first used.

Building an LALR parser from a grammar's text takes tens of milliseconds, more than reading a small image. The wheel
build therefore puts prebuilt tables next to the grammars (`hatch_build.py`). They are used if they were made from the
same text by the same version of Lark; otherwise the grammar is built.
"""

from __future__ import annotations

import os.path
from functools import cache
from importlib import import_module

from reconstruct.digest import sha256_hex
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lark import Lark

# Grammar, start rule and lexer of the parsers that commands need immediately, and that are therefore worth a table. What is only
# split into terminals needs no parser: see `terminals`.
TABLES = (("dockerfile", "start", "contextual"),)
# Grammar → the module of its own `LineLexer` and `Reading`, a Transformer.
_OWN = {"dockerfile": "reconstruct.dockerfile.lexer"}
_HERE = os.path.dirname(os.path.abspath(__file__))


def folder() -> str:
    """The grammars' directory: inside the package in a wheel, at the top of the repository in a checkout."""
    inside = os.path.join(_HERE, "grammars")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(_HERE), "grammars")


def text(name: str) -> str:
    """The text of grammar `name` (`grammars/<name>.lark`)."""
    with open(os.path.join(folder(), f"{name}.lark"), encoding="utf-8") as file:
        return file.read()


@cache
def load(name: str, start: str = "start") -> Lark:
    """The LALR parser of grammar `name`, built on demand, once per process."""
    return _ready(name, start, "contextual") or build(name, start, "contextual")


@cache
def lexer(name: str, start: str = "start") -> Lark:
    """The same grammar, only for `.lex(text)`: the basic lexer, whose tokens don't depend on the parser's state."""
    return _ready(name, start, "basic") or build(name, start, "basic")


def build(name: str, start: str, lexer: str) -> Lark:
    """The parser from the grammar's text."""
    from lark import Lark

    from reconstruct.pattern import mended

    own_lexer, transformer = _own(name)
    kind: Any = own_lexer or lexer
    # Line by line, for an expression is on one, and a bracket in another line's quotes begins no set.
    source = "\n".join(map(mended, text(name).split("\n")))
    return Lark(source, parser="lalr", lexer=kind, start=start, maybe_placeholders=False, transformer=transformer)


def _own(name: str) -> tuple[Any, Any]:
    """The lexer and the transformer of a grammar that has its own: a Dockerfile's tokens are lines (`.parse(lines)`)."""
    if name not in _OWN:
        return None, None
    module = import_module(_OWN[name])
    return module.LineLexer, module.Reading()


def table_path(name: str, start: str, lexer: str) -> str:
    """The path of a parser's prebuilt table, in the wheel and in an editable install."""
    return os.path.join(_HERE, "tables", f"{name}.{start}.{lexer}.table")


def stamp(name: str) -> bytes:
    """The table must have been made from this grammar and this version of Lark."""
    import lark

    return sha256_hex(f"{lark.__version__}\n{text(name)}".encode()).encode() + b"\n"


def _ready(name: str, start: str, lexer: str) -> Lark | None:
    """The parser from its table, if there is one of this grammar and this Lark."""
    if (name, start, lexer) not in TABLES:
        return None
    try:
        with open(table_path(name, start, lexer), "rb") as file:
            if file.readline() != stamp(name):
                return None
            from lark import Lark

            # A file of this package, as trusted as its code.
            loaded: Lark = Lark.__new__(Lark)
            return loaded._load(file, transformer=_own(name)[1])
    except OSError:
        return None


def write_tables() -> list[str]:
    """Makes missing or outdated tables (when the wheel is built) and returns the paths of all."""
    import io

    paths = []
    os.makedirs(os.path.join(_HERE, "tables"), exist_ok=True)
    for name, start, kind in TABLES:
        if not os.path.exists(os.path.join(folder(), f"{name}.lark")):
            continue
        path = table_path(name, start, kind)
        paths.append(path)
        if _is_of(path, stamp(name)):
            continue
        data = io.BytesIO()
        build(name, start, kind).save(data)
        # Atomically, because another process may be reading or making it too.
        with open(f"{path}.{os.getpid()}", "wb") as file:
            file.write(stamp(name) + data.getvalue())
        os.replace(file.name, path)
    return paths


def _is_of(path: str, stamp: bytes) -> bool:
    try:
        with open(path, "rb") as file:
            return file.readline() == stamp
    except OSError:
        return False
