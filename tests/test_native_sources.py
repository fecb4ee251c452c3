"""What a compiled wheel is built from (tools/native_sources.py) is the same as the pure one: here as plain Python."""

from __future__ import annotations

import copy
import dataclasses
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from reconstruct.record import is_record, later, names, replace
from tools import native_sources

ROOT = Path(__file__).parents[1]
SOURCE = '''"""Records."""

from __future__ import annotations

from typing import Any, ClassVar

from reconstruct.record import dataclass, field


@dataclass(frozen=True)
class Base:
    """Documented."""

    written: str | None = None

    keyword: ClassVar[str] = ""
    """Of the class."""


@dataclass(frozen=True)
class Run(Base):
    """Fields of every kind."""

    words: tuple[str, ...] = (
        "a",
        "b",
    )
    pairs: dict[str, int] = field(default_factory=dict)
    name: str = field(init=False, default="", compare=False)
    line: int | None = field(default=None, late=True)

    keyword: ClassVar[str] = "RUN"

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.words[0] if self.words else "")

    @property
    def count(self) -> int:
        return len(self.words)


def between() -> int:
    return 1


@dataclass()
class Plan:
    needed: int
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Empty:
    """No fields."""


LAST = Run(words=("x",))
TABLE: dict[str, int] = {
    "one": 1,
}
QUIET = False
COUNT = 0
COUNT += 1
'''


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType]:
    """The module as it is written, and as the build writes it."""
    made = []
    for name in ("sample", "sample_native"):
        (tmp_path / f"{name}.py").write_text(SOURCE)
        if name == "sample_native":
            native_sources.rewrite(tmp_path, [name])
        specification = importlib.util.spec_from_file_location(name, tmp_path / f"{name}.py")
        assert specification is not None
        assert specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        monkeypatch.setitem(sys.modules, name, module)
        specification.loader.exec_module(module)
        made.append(module)
    return made[0], made[1]


def test_no_decorator_is_left(both: tuple[ModuleType, ModuleType]) -> None:
    path = both[1].__file__

    assert path is not None
    assert "@dataclass" not in Path(path).read_text()
    assert "_native(" in Path(path).read_text()


def test_what_is_set_once_is_final(both: tuple[ModuleType, ModuleType]) -> None:
    path = both[1].__file__

    assert path is not None
    text = Path(path).read_text()
    assert "\nLAST: Final = Run(" in text
    assert "\nTABLE: Final[dict[str, int]] = {\n" in text
    assert "\nQUIET = False\nCOUNT = 0\n" in text


PROBES = {
    "constants": lambda m: (m.TABLE, m.QUIET, m.COUNT),
    "defaults": lambda m: repr(m.Run()),
    "by position": lambda m: repr(m.Run("w", ("c", "d"), {"e": 1}, 7)),
    "by name": lambda m: repr(m.Run(words=("c",), line=3)),
    "a class's own attribute": lambda m: (m.Run.keyword, m.Run().keyword, m.Base().keyword),
    "a field that is no parameter": lambda m: m.Run(words=("z", "y")).name,
    "methods": lambda m: m.Run().count,
    "what stands between and below": lambda m: (m.between(), repr(m.LAST)),
    "equal": lambda m: (m.Run() == m.Run(), m.Run() == m.Run(words=()), m.Run() == m.Base(), m.Run() == 1),
    "what doesn't count for it": lambda m: m.Run(words=("a", "b")) == m.Run(),
    "hashes": lambda m: (hash(m.Base("x")) == hash(m.Base("x")), len({m.Base("x"), m.Base("x"), m.Base("y")})),
    "no hash where values change": lambda m: m.Plan.__hash__,
    "factories are called anew": lambda m: m.Run().pairs is m.Run().pairs,
    "values change": lambda m: _changed(m.Plan(1)),
    "replaced": lambda m: repr(replace(m.Run(words=("q",)), written="w", words=("r", "s"))),
    "replaced, and equal": lambda m: replace(m.Run(), written="w") == m.Run("w"),
    "names": lambda m: (names(m.Run()), is_record(m.Run()), is_record(m.Run), m.Run.__match_args__),
    "the standard library's fields": lambda m: [
        (each.name, each.init, each.compare, each.type) for each in dataclasses.fields(m.Run)
    ],
    "as a dictionary": lambda m: dataclasses.asdict(m.Run(line=2)),
    "copies": lambda m: copy.copy(m.Run(words=("k",), line=1)) == m.Run(words=("k",), line=1),
    "late": lambda m: _late(m),
    "late, replaced": lambda m: replace(m.Run(line=later(lambda: 5)), written="w").line,
    "no fields": lambda m: (repr(m.Empty()), m.Empty() == m.Empty(), hash(m.Empty()) == hash(m.Empty())),
    "documentation": lambda m: (m.Base.__doc__, m.Run.__doc__),
}


def _changed(plan: object) -> str:
    plan.needed = 2  # type: ignore[attr-defined]
    plan.notes.append("n")  # type: ignore[attr-defined]
    return repr(plan)


def _late(module: ModuleType) -> tuple[object, ...]:
    calls: list[int] = []
    record = module.Run(line=later(lambda: calls.append(1) or 9))
    before = len(calls)
    return before, record.line, record.line, len(calls)


@pytest.mark.parametrize("probe", PROBES)
def test_it_is_the_same_record(both: tuple[ModuleType, ModuleType], probe: str) -> None:
    first, second = (PROBES[probe](module) for module in both)  # type: ignore[no-untyped-call]

    assert second == first


MISTAKES = {
    "a field too few": lambda m: m.Plan(),
    "a field too many": lambda m: m.Base("a", "b"),
    "an unknown field": lambda m: m.Base(other=1),
    "an unknown field to replace": lambda m: replace(m.Base(), other=1),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_same_is_an_error(both: tuple[ModuleType, ModuleType], mistake: str) -> None:
    kinds = []
    for module in both:
        with pytest.raises((TypeError, AttributeError)) as caught:
            MISTAKES[mistake](module)  # type: ignore[no-untyped-call]
        kinds.append(caught.type)

    assert kinds[0] is kinds[1]


def test_every_record_of_a_compiled_module_is_written_out(tmp_path: Path) -> None:
    package = native_sources.Package(ROOT)

    for module in native_sources.compiled_modules(ROOT):
        path = package.path(module)
        assert path is not None
        source = path.read_text(encoding="utf-8")
        made = native_sources.rewritten(source, package.records(module)) if package.records(module) else source
        made = native_sources.with_finals(made)
        compile(made, str(path), "exec")
        assert "\n@dataclass(" not in made, module
