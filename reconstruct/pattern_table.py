"""Makes the table of compiled patterns (see `pattern.py`): when the wheel is built, never while a command runs."""

from __future__ import annotations

import gc
import marshal
import os
import pkgutil
import sys
from importlib import import_module
from types import ModuleType

import reconstruct
from reconstruct import pattern, terminals
from reconstruct.typed import Any

# (text, flags) → the arguments from which the interpreter makes the pattern: all flags, code, groups, names, their order.
Codes = dict[tuple[str | bytes, int], tuple[int, bytes, int, dict[str, int], tuple[str | None, ...]]]


def write() -> list[str]:
    """Makes the table if it is missing or outdated, and returns its path; nothing if this interpreter has none."""
    if sys.implementation.name != "cpython":
        return []
    path = pattern.table_path()
    data = _file(table())
    os.makedirs(os.path.dirname(path), exist_ok=True)
    # Atomically, because another process may be reading or making it too.
    with open(f"{path}.{os.getpid()}", "wb") as file:
        file.write(data)
    os.replace(file.name, path)
    return [path]


def _file(codes: Codes) -> bytes:
    """The stamp, the offsets, and the data at each."""
    bodies = {key: marshal.dumps(code) for key, code in codes.items()}
    head = b""
    while True:
        # The offsets' own length shifts the data after them.
        at, places = len(pattern.stamp() + head), {}
        for key, body in bodies.items():
            places[key] = at, at + len(body)
            at += len(body)
        made = marshal.dumps(places)
        if len(made) == len(head):
            return b"".join([pattern.stamp(), made, *bodies.values()])
        head = made


def table() -> Codes:
    """All patterns of those modules of the package that can be imported here."""
    for module in pkgutil.walk_packages(reconstruct.__path__, "reconstruct."):
        if not module.name.endswith("__main__"):
            try:
                import_module(module.name)
            except ImportError:
                # It needs an extra that isn't installed where the wheel is built: its patterns are compiled.
                continue
    # The expressions of lexers are read from tables of their own.
    lexers = [terminals._form(name) for name in terminals.SPLIT]
    sources = {each._source for each in (*gc.get_objects(), *lexers) if isinstance(each, pattern._Pattern)}
    return {(text, int(flags)): _code(text, flags) for text, flags in sorted(sources, key=repr)}


def _code(text: str | bytes, flags: int) -> Any:
    """The arguments that the compiler passes to the interpreter for a pattern."""
    from re import _compiler  # type: ignore[attr-defined]

    handed: list[tuple[Any, ...]] = []

    class Recorder(ModuleType):
        """The interpreter's module, as the compiler sees it."""

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        @staticmethod
        def compile(*arguments: Any) -> None:
            """Records what the pattern would be made from."""
            handed.append(arguments)

    real = _compiler._sre
    _compiler._sre = Recorder("_sre")
    try:
        _compiler.compile(text, flags)
    finally:
        _compiler._sre = real
    _, all_flags, code, groups, names, places = handed[0]
    return int(all_flags), b"".join(word.to_bytes(4, sys.byteorder) for word in code), groups, dict(names), places
