"""Writes modules for mypyc, for a compiled wheel: records as plain classes, constants declared final.

    python tools/native_sources.py FOLDER

mypyc makes a struct of a plain class, which its code reads without a look-up and makes without a call into the interpreter; what a
decorator has touched it leaves an ordinary class, slower to read from compiled code than from the interpreter. So each `@dataclass`
of `reconstruct/record.py` in these modules is replaced by what it stands for, an `__init__` and the like, written
out. A constant of a module is declared final for the same reason: compiled code then reads a C variable, not the module's dict.
The files in FOLDER are changed: an unpacked sdist, never the repository.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

DECORATOR = "reconstruct.record"


class Field(NamedTuple):
    """A field as its class declares it: the expressions as text, empty where there is none."""

    name: str
    kind: str
    default: str = ""
    factory: str = ""
    init: bool = True
    compare: bool = True
    late: bool = False
    settings: str = ""

    @property
    def held(self) -> str:
        """The attribute that holds its value: a late field's own name is a property."""
        return f"_late_{self.name}" if self.late else self.name


class Record(NamedTuple):
    """A record: `fields` with those that it inherits, `own` without, and the lines (from 0) of its decorator and its end."""

    name: str
    node: ast.ClassDef
    frozen: bool
    fields: dict[str, Field]
    own: dict[str, Field]
    completed: bool


def _field(statement: ast.AnnAssign) -> Field:
    assert isinstance(statement.target, ast.Name)
    name, kind, value = statement.target.id, ast.unparse(statement.annotation), statement.value
    if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "field"):
        return Field(
            name,
            kind,
            ast.unparse(value) if value else "",
            settings=f"field(default={ast.unparse(value)})" if value else "",
        )
    given = {word.arg: ast.unparse(word.value) for word in value.keywords}
    flags = {key: given[key] == "True" for key in ("init", "compare", "late") if key in given}
    return Field(
        name, kind, given.get("default", ""), given.get("default_factory", ""), **flags, settings=ast.unparse(value)
    )


def _declarations(node: ast.ClassDef) -> Iterator[ast.AnnAssign]:
    """The statements in the class that declare fields."""
    for each in node.body:
        if isinstance(each, ast.AnnAssign) and not ast.unparse(each.annotation).startswith("ClassVar"):
            yield each


def _declared(node: ast.ClassDef) -> Iterator[Field]:
    return map(_field, _declarations(node))


def _methods(node: ast.ClassDef) -> set[str]:
    return {each.name for each in node.body if isinstance(each, ast.FunctionDef)}


class Package:
    """The package's modules below `root`, and the records in them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: dict[str, dict[str, Record]] = {}

    def records(self, module: str) -> dict[str, Record]:
        """The records of a module of the package (a dotted name), in order; empty if there is no such module."""
        if module not in self._read:
            self._read[module] = {}
            path = self.path(module)
            if path is not None:
                tree = ast.parse(path.read_text(encoding="utf-8"))
                for record in self._found(tree, module):
                    self._read[module][record.name] = record
        return self._read[module]

    def path(self, module: str) -> Path | None:
        place = self._root.joinpath(*module.split("."))
        candidates = (place.with_suffix(".py"), place / "__init__.py")
        return next((each for each in candidates if each.is_file()), None)

    def _found(self, tree: ast.Module, module: str) -> Iterator[Record]:
        known: dict[str, str] = {}
        for statement in tree.body:
            if isinstance(statement, ast.ImportFrom) and statement.module:
                for each in statement.names:
                    known[each.asname or each.name] = f"{statement.module}.{each.name}"
        if known.get("dataclass") != f"{DECORATOR}.dataclass":
            return
        for node in tree.body:
            if not isinstance(node, ast.ClassDef):
                continue
            decorator = _decorator(node)
            if decorator is None:
                continue
            below = self._base(node, module, known)
            own = {each.name: each for each in _declared(node)}
            completed = "__post_init__" in _methods(node) or bool(below and below.completed)
            frozen = any(word.arg == "frozen" and ast.unparse(word.value) == "True" for word in decorator.keywords)
            record = Record(node.name, node, frozen, {**(below.fields if below else {}), **own}, own, completed)
            self._read[module][node.name] = record
            yield record

    def _base(self, node: ast.ClassDef, module: str, known: dict[str, str]) -> Record | None:
        """The record that the class inherits from."""
        for base in node.bases:
            first, _, rest = ast.unparse(base).partition(".")
            full = f"{known.get(first, f'{module}.{first}')}{'.' if rest else ''}{rest}"
            place, _, name = full.rpartition(".")
            if place == module:
                found = self._read[module].get(name)
            else:
                found = self.records(place).get(name)
            if found is not None:
                return found
        return None


def _decorator(node: ast.ClassDef) -> ast.Call | None:
    """The class's `@dataclass(…)`."""
    for each in node.decorator_list:
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "dataclass":
            return each
    return None


def _parameters(record: Record) -> Iterator[str]:
    for each in record.fields.values():
        if not each.init:
            continue
        if each.late:
            yield f"{each.name}: Any = {each.default}"
        elif each.factory:
            yield f"{each.name}: {_optional(each.kind)} = None"
        elif each.default:
            yield f"{each.name}: {each.kind} = {each.default}"
        else:
            yield f"{each.name}: {each.kind}"


def _optional(kind: str) -> str:
    return kind if kind.endswith("| None") or kind == "Any" else f"{kind} | None"


def _settings(record: Record) -> Iterator[str]:
    for each in record.fields.values():
        made = f"({each.factory})()"
        if each.factory:
            value = f"{made} if {each.name} is None else {each.name}" if each.init else made
        elif each.init:
            value = each.name
        elif each.default:
            value = each.default
        else:
            continue
        yield f"self.{each.held} = {value}"
    if record.completed:
        yield "self.__post_init__()"


def _written(record: Record) -> Iterator[str]:
    """The lines of the methods, without indentation."""
    fields = record.fields.values()
    yield f"def __init__({', '.join(['self', *_parameters(record)])}) -> None:"
    yield from (f"    {line}" for line in list(_settings(record)) or ["pass"])
    defined = _methods(record.node)
    compared = [each for each in fields if each.compare]
    if "__eq__" not in defined:
        same = " and ".join(f"self.{each.name} == other.{each.name}" for each in compared) or "True"
        yield "def __eq__(self, other: object) -> bool:"
        yield "    if self is other:"
        yield "        return True"
        yield f"    if type(other) is not type(self) or not isinstance(other, {record.name}):"
        yield "        return NotImplemented"
        yield f"    return {same}"
    if record.frozen and "__hash__" not in defined:
        values = "".join(f"self.{each.name}, " for each in compared)
        yield "def __hash__(self) -> int:"
        yield f"    return hash((type(self), ({values})))"
    yield "def __replace__(self, /, **changes: Any) -> Any:"
    taken = [each for each in fields if each.init]
    for each in taken:
        yield f"    {each.name}_ = changes.pop({each.name!r}) if {each.name!r} in changes else self.{each.held}"
    yield "    if changes:"
    yield f'        raise TypeError(f"{record.name} has no {{next(iter(changes))!r}}")'
    yield f"    return {record.name}({', '.join(f'{each.name}_' for each in taken)})"
    for each in record.own.values():
        if each.late:
            yield "@property"
            yield f"def {each.name}(self) -> {each.kind}:"
            yield f"    value = self.{each.held}"
            yield "    if type(value) is Later:"
            yield f"        value = self.{each.held} = value()"
            yield f"    made: {each.kind} = value"
            yield "    return made"


def _body(record: Record, lines: list[str]) -> Iterator[str]:
    """The class's own lines, with the fields as mere declarations."""
    skipped: dict[int, str] = {}
    for statement, each in zip(_declarations(record.node), record.own.values(), strict=True):
        for number in range(statement.lineno - 1, statement.end_lineno or 0):
            skipped[number] = ""
        skipped[statement.lineno - 1] = f"    {each.held}: {'Any' if each.late else each.kind}"
    ours = _decorator(record.node)
    first = min(each.lineno for each in record.node.decorator_list) - 1
    for number in range(first, record.node.end_lineno or 0):
        if ours is not None and ours.lineno - 1 <= number < (ours.end_lineno or 0):
            continue
        line = skipped.get(number, lines[number])
        if line or number not in skipped:
            yield line


def _registered(record: Record) -> Iterator[str]:
    yield "_native("
    yield f"    {record.name}, {record.frozen},"
    yield "    {"
    for each in record.own.values():
        yield f"        {each.name!r}: ({each.kind!r}, {each.settings or 'field()'}),"
    yield "    },"
    yield ")"


def rewritten(source: str, records: dict[str, Record]) -> str:
    """The module's source with its records written out."""
    lines = source.splitlines()
    out: list[str] = []
    position = 0
    for record in records.values():
        first = min(each.lineno for each in record.node.decorator_list) - 1
        out += lines[position:first]
        out += _body(record, lines)
        out += [f"    {line}" for line in _written(record)]
        out += ["", "", *_registered(record), "", ""]
        position = record.node.end_lineno or 0
    out += lines[position:]
    place = next(number for number, line in enumerate(out) if line.startswith("from __future__")) + 1
    out.insert(
        place, "from reconstruct.typed import Any\nfrom reconstruct.record import Later, field, native as _native"
    )
    return "\n".join(out) + "\n"


# A constant by its name; a type variable of one letter isn't one.
_CONSTANT = re.compile(r"_?[A-Z][A-Z_0-9]+\Z")


def _constants(tree: ast.Module) -> Iterator[tuple[ast.Name, ast.expr | None]]:
    """The names of the constants that are set once and for all, where they are set, with their annotations."""
    names = (each for each in ast.walk(tree) if isinstance(each, ast.Name))
    stores = Counter(each.id for each in names if isinstance(each.ctx, ast.Store))
    for each in tree.body:
        if isinstance(each, ast.Assign):
            target, kind = each.targets[0], None
        elif isinstance(each, ast.AnnAssign):
            target, kind = each.target, each.annotation
        else:
            continue
        # A final truth is one to mypy as well: it takes code for unreachable.
        known = each.value is None or ast.unparse(each.value) in ("True", "False", "None")
        if isinstance(target, ast.Name) and _CONSTANT.match(target.id) and stores[target.id] == 1 and not known:
            yield target, kind


def with_finals(source: str) -> str:
    """The module's source with its constants declared final."""
    lines = source.splitlines()
    found = list(_constants(ast.parse(source)))
    if not found:
        return source
    for name, kind in found:
        line = lines[name.lineno - 1]
        made = f"Final[{ast.unparse(kind)}]" if kind else "Final"
        rest = line[(kind or name).end_col_offset :]
        lines[name.lineno - 1] = f"{line[: name.end_col_offset]}: {made}{rest}"
    place = next(number for number, line in enumerate(lines) if line.startswith("from __future__")) + 1
    lines.insert(place, "from reconstruct.typed import Final")
    return "\n".join(lines) + "\n"


def compiled_modules(root: Path) -> list[str]:
    """The modules (dotted names) that the build compiles, as the table of its hook in pyproject.toml says."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    hook = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["mypyc"]
    included = {path for pattern in hook["include"] for path in root.glob(pattern)}
    excluded = {path for pattern in hook["exclude"] for path in root.glob(pattern)}
    paths = (path.relative_to(root).with_suffix("") for path in sorted(included - excluded))
    return [".".join(path.parts[:-1] if path.name == "__init__" else path.parts) for path in paths]


def rewrite(root: Path, modules: Iterable[str]) -> None:
    """Writes out the records of `modules`, in the files below `root`."""
    package = Package(root)
    # All are read before one is changed: records inherit fields from each other.
    found = {module: package.records(module) for module in modules}
    for module, records in found.items():
        path = package.path(module)
        if path is None:
            continue
        source = path.read_text(encoding="utf-8")
        path.write_text(with_finals(rewritten(source, records) if records else source), encoding="utf-8")


if __name__ == "__main__":
    rewrite(Path(sys.argv[1]), compiled_modules(Path(sys.argv[1])))
