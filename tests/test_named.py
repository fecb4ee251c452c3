"""Named tuples are the standard library's, but for the time that a class takes."""

from __future__ import annotations

import pickle
import typing

import pytest

from reconstruct.named import NamedTuple


class Ours(NamedTuple):
    """A class for the tests."""

    name: str
    size: int = 0
    rest: tuple[str, ...] = ()

    @property
    def large(self) -> bool:
        return self.size > 9

    def __str__(self) -> str:
        return self.name


class Pair(NamedTuple):
    cls: str
    new: str
    tuple: str = ""
    self: str = ""


class Theirs(typing.NamedTuple):
    name: str
    size: int = 0
    rest: tuple[str, ...] = ()


def test_fields_are_items() -> None:
    made = Ours("a", rest=("b",))
    assert made == ("a", 0, ("b",)) == Theirs("a", rest=("b",))
    assert (made.name, made.size, made.rest) == tuple(made)
    assert hash(made) == hash(tuple(made))
    assert (Ours("a", 10).large, str(made), Ours.__doc__) == (True, "a", "A class for the tests.")
    assert repr(made) == repr(Theirs("a", rest=("b",))).replace("Theirs", "Ours")
    assert Ours._fields == Theirs._fields == Ours.__match_args__
    assert made._asdict() == {"name": "a", "size": 0, "rest": ("b",)}


def test_fields_have_any_name() -> None:
    assert Pair(new="b", cls="a") == ("a", "b", "", "")
    assert Pair("a", "b", self="c").self == "c"


def test_a_field_is_replaced() -> None:
    made = Ours("a")._replace(size=3)
    assert type(made) is Ours
    assert made == ("a", 3, ())


def test_an_instance_can_be_pickled_and_never_changed() -> None:
    made = Ours("a", 2)
    again = pickle.loads(pickle.dumps(made))
    assert (type(again), again) == (Ours, made)
    for name in ("size", "other"):
        with pytest.raises(AttributeError):
            setattr(made, name, 1)


@pytest.mark.parametrize("given", [((), {}), (("a", 1, (), 2), {}), (("a",), {"name": "b"}), (("a",), {"other": 1})])
def test_wrong_arguments_are_refused(given: tuple[tuple[typing.Any, ...], dict[str, typing.Any]]) -> None:
    values, named = given
    for kind in (Ours, Theirs):
        with pytest.raises(TypeError):
            kind(*values, **named)
