"""The way of the data is the way of the imports: each room knows only rooms before it, and no two know each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "reconstruct"

# A package may import from the rows above its own, and from earlier packages in its own row.
ORDER = [
    [
        "typed",
        "named",
        "errors",
        "digest",
        "stopping",
        "possessive",
        "pattern",
        "record",
        "times",
        "grammar",
        "terminals",
        "golang",
        "reference",
        "image",
        "entries",
        "syntax",
        "repo_info",
    ],
    ["show"],
    ["dockerfile", "layout", "sources"],
    ["builders", "pairing", "replay", "leftovers"],
    ["base"],
    ["writer"],
    ["report"],
    ["audit", "diff", "verify", "files"],
    ["fleet"],
    ["cli"],
]
# `reconstruct.api` is the public API: it uses all of these, and is used for `load` and `steps`.
FREE = {"api", "pattern_table", "ready", "room", "", "__main__", "__version__", "load", "steps"}
RANK = {room: (row, place) for row, rooms in enumerate(ORDER) for place, room in enumerate(rooms)}


def _imported(path: Path) -> Iterator[str]:
    """What a module imports, wherever in it; what only type checkers see is left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    unseen = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in unseen:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _imports(path: Path) -> Iterator[str]:
    """The rooms that a module imports from."""
    for name in _imported(path):
        package, *rest = name.split(".")
        if package == "reconstruct":
            yield rest[0] if rest else ""


def _room(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_import_runs_against_the_line(path: Path) -> None:
    room = _room(path)
    if room in FREE:
        return
    assert room in RANK, f"{room}: give it a place in ORDER"
    for other in _imports(path):
        if other != room and other not in FREE:
            assert RANK[other] < RANK[room], f"{room} imports from {other}, which comes after it"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_command_waits_for_typing(path: Path) -> None:
    """Its names are those of `reconstruct.typed`."""
    assert not [name for name in _imported(path) if name.split(".")[0] == "typing"]
