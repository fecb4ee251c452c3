"""Records behave as the standard library's dataclasses do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any, ClassVar

import pytest

from reconstruct.record import dataclass, field, is_record, later, names, replace
from reconstruct.syntax import Run, ShellForm


@dataclass(frozen=True)
class Point:
    x: int
    y: int = 2
    kind: ClassVar[str] = "point"


@dataclass(frozen=True)
class Named(Point):
    state: str = "none"
    tags: list[str] = field(default_factory=list)


@dataclass()
class Counter:
    count: int = 0
    seen: set[int] = field(default_factory=set)


def test_fields_are_given_by_place_name_and_default() -> None:
    assert (Point(1).x, Point(1).y) == (1, 2)
    assert Point(y=5, x=4) == Point(4, 5)
    made = Named(1, state="new")
    assert (made.x, made.y, made.state, made.tags) == (1, 2, "new", [])


def test_a_default_factory_makes_one_value_an_object() -> None:
    first, second = Counter(), Counter()
    first.seen.add(1)
    assert second.seen == set()
    assert Counter(seen={3}).seen == {3}


def test_the_hundredth_object_is_made_as_the_first() -> None:
    @dataclass(frozen=True)
    class Part:
        name: str
        size: int = 3
        tags: list[str] = field(default_factory=list)

    made = [Part("a", tags=["b"]) for _ in range(100)] + [Part(size=3, name="a", tags=["b"])]
    assert len({repr(part) for part in made}) == 1
    assert Part("a").tags is not Part("a").tags
    for wrong in (lambda: Part(), lambda: Part("a", 1, [], 2), lambda: Part("a", name="b"), lambda: Part("a", other=1)):
        with pytest.raises(TypeError):
            wrong()


@pytest.mark.parametrize(
    "make", [lambda: Point(), lambda: Point(1, 2, 3), lambda: Point(1, x=2), lambda: Point(1, z=2)]
)
def test_wrong_arguments_raise_type_error(make: object) -> None:
    with pytest.raises(TypeError):
        make()  # type: ignore[operator]


def test_frozen_records_refuse_to_change_and_hash_by_value() -> None:
    point = Point(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        point.x = 3  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del point.x
    assert hash(Point(1)) == hash(Point(1, 2))
    assert len({Point(1), Point(1, 2), Point(2)}) == 2


def test_others_change_and_have_no_hash() -> None:
    counter = Counter()
    counter.count += 1
    assert counter == Counter(1)
    with pytest.raises(TypeError):
        hash(counter)


def test_equality_asks_for_the_same_class() -> None:
    assert Named(1) != Point(1)
    assert Point(1) != (1, 2)


def test_replace_copies_and_changes() -> None:
    made = Named(1, tags=["a"])
    other = replace(made, y=7)
    assert other == Named(1, 7, tags=["a"])
    assert made.y == 2
    with pytest.raises(TypeError, match="no 'z'"):
        replace(made, z=1)
    assert dataclasses.replace(made, y=7) == other


def test_class_variables_are_no_fields() -> None:
    assert [f.name for f in dataclasses.fields(Point)] == ["x", "y"]
    assert Point.kind == Named(1).kind == "point"


def test_the_standard_library_takes_them_for_dataclasses() -> None:
    made = Named(1, tags=["a"])
    assert dataclasses.is_dataclass(Named)
    assert dataclasses.asdict(made) == {"x": 1, "y": 2, "state": "none", "tags": ["a"]}
    assert copy.deepcopy(made) == pickle.loads(pickle.dumps(made)) == made
    assert repr(Point(1)) == "Point(x=1, y=2)"


def test_patterns_match_by_place() -> None:
    match Point(1, 5):
        case Point(x, y):
            assert (x, y) == (1, 5)
        case _:
            pytest.fail("no match")


def test_a_plain_subclass_of_a_record_is_made_like_the_record() -> None:
    class Fresh(Point):
        pass

    assert Fresh(3).x == 3
    assert Fresh(3).y == 2


@dataclass(frozen=True)
class Word:
    text: str
    length: int = field(init=False, default=0, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", len(self.text))


@pytest.mark.parametrize("before", [0, 200])
def test_a_computed_field_follows_the_others(before: int) -> None:
    for _ in range(before):
        Word("x")
    assert Word("abc").length == 3
    assert replace(Word("abc"), text="a").length == 1
    with pytest.raises(TypeError):
        Word("abc", 3)  # type: ignore[call-arg]
    assert {each.name: (each.init, each.compare) for each in dataclasses.fields(Word)} == {
        "text": (True, True),
        "length": (False, False),
    }


def test_records_know_their_fields() -> None:
    assert names(Named(1)) == ("x", "y", "state", "tags")
    assert is_record(Named(1))
    assert not is_record(1)
    assert not is_record(Named)


def test_records_need_no_other_module_of_the_standard_library() -> None:
    import subprocess
    import sys

    code = (
        "import sys; import reconstruct.record; sys.exit(bool({'dataclasses', 'inspect', 'typing'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def _told(made: list[str], name: str) -> str:
    made.append(name)
    return name.upper()


@dataclass(frozen=True)
class Told:
    number: int
    text: str = field(default="", late=True)


def test_a_late_field_is_made_once_it_is_read() -> None:
    made: list[str] = []
    told = Told(1, later(lambda: _told(made, "a")))
    other = replace(told, number=2)
    assert not made
    assert (told.text, told.text, other.text, other.number) == ("A", "A", "A", 2)
    assert made == ["a"]


def test_a_late_field_has_its_default_and_takes_a_plain_value() -> None:
    assert (Told.text, Told(1).text, Told(1, "b").text, Told(1, text="c").text) == ("", "", "b", "c")
    with pytest.raises(dataclasses.FrozenInstanceError):
        Told(1).text = "d"  # type: ignore[misc]


@pytest.mark.parametrize(
    "seen", [repr, hash, dataclasses.asdict, lambda told: pickle.loads(pickle.dumps(told)), copy.copy, copy.deepcopy]
)
def test_a_late_field_is_seen_as_any_other(seen: Any) -> None:
    for _ in range(100):  # the first ones are made by the shared `__init__`, later ones by the class's own
        assert seen(Told(1, later(lambda: "A"))) == seen(Told(1, "A"))
        assert Told(1, later(lambda: "A")) == Told(1, "A") != Told(1, later(lambda: "B"))


def test_what_the_package_has_is_frozen_too() -> None:
    """In a compiled wheel these are other classes (`native`)."""
    run = Run(command=ShellForm("a"))

    with pytest.raises(dataclasses.FrozenInstanceError):
        run.command = ShellForm("b")  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del run.command
    assert run == Run(command=ShellForm("a"))
    assert pickle.loads(pickle.dumps(run)) == copy.deepcopy(run) == run
    assert replace(run, written="RUN a").written == "RUN a"
