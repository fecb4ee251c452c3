"""Dataclasses that are cheap to define and quick to make.

The standard decorator compiles half a dozen functions for every class, nearly a millisecond each: for the AST's forty
classes a third of the time of a whole command. Here all classes share `__repr__`, `__eq__` and `__hash__`, and a class
gets an `__init__` of its own once there are many of its objects. What comes out is a dataclass to `dataclasses.fields`,
`asdict` and `is_dataclass`, and to type checkers.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, dataclass_transform

_T = TypeVar("_T")

# Objects of a class from which on an `__init__` of its own pays for being compiled (some 150 µs).
_MANY = 64
_made: dict[type, int] = {}


@dataclass_transform(field_specifiers=(dataclasses.field,))
def dataclass(*, frozen: bool = False) -> Callable[[type[_T]], type[_T]]:
    """The decorator. Fields, defaults and `field(default_factory=…)` are those of `dataclasses.dataclass`."""
    return lambda cls: _decorate(cls, frozen)


def replace(record: _T, **changes: Any) -> _T:
    """A copy of `record` with `changes` (as `dataclasses.replace`, of which it is a quick version for records)."""
    made = object.__new__(type(record))
    state = made.__dict__
    state.update(record.__dict__)
    count = len(state)
    state.update(changes)
    if len(state) != count:
        unknown = next(name for name in changes if name not in record.__dict__)
        raise TypeError(f"{type(record).__name__} has no {unknown!r}")
    return made


def _decorate(cls: Any, frozen: bool) -> Any:
    fields: dict[str, dataclasses.Field[Any]] = {}
    for base in cls.__mro__[:0:-1]:
        fields.update(base.__dict__.get("__dataclass_fields__", {}))
    for name, kind in inspect.get_annotations(cls).items():
        if str(kind).startswith("ClassVar"):
            continue
        default = cls.__dict__.get(name, dataclasses.MISSING)
        made: Any = default if isinstance(default, dataclasses.Field) else dataclasses.field(default=default)
        made.name, made.type = name, kind
        made._field_type = dataclasses._FIELD  # type: ignore[attr-defined]
        if made.default is not dataclasses.MISSING:
            setattr(cls, name, made.default)
        elif name in cls.__dict__:
            delattr(cls, name)
        fields[name] = made
    if "__repr__" not in cls.__dict__:
        cls.__repr__ = _repr
    cls.__init__, cls.__eq__, cls.__hash__ = _first_init, _eq, _hash
    if frozen:
        cls.__setattr__ = cls.__delattr__ = _refuse
    else:
        cls.__hash__ = None
    cls.__dataclass_fields__ = fields
    cls.__match_args__ = tuple(fields)  # type: ignore[misc]
    return cls


def _first_init(self: Any, *args: Any, **values: Any) -> None:
    """A class's `__init__` for its first objects: slow, but ready. A class of many gets one of its own."""
    fields = self.__dataclass_fields__
    if len(args) > len(fields):
        raise TypeError(f"{type(self).__name__} takes {len(fields)} arguments, not {len(args)}")
    for name, value in zip(fields, args, strict=False):
        if name in values:
            raise TypeError(f"{type(self).__name__} got {name!r} twice")
        values[name] = value
    for name, field in fields.items():
        if name in values:
            value = values.pop(name)
        elif field.default is not dataclasses.MISSING:
            value = field.default
        elif field.default_factory is not dataclasses.MISSING:
            value = field.default_factory()
        else:
            raise TypeError(f"{type(self).__name__} needs {name!r}")
        self.__dict__[name] = value
    if values:
        raise TypeError(f"{type(self).__name__} has no {next(iter(values))!r}")
    cls: Any = next(base for base in type(self).__mro__ if base.__dict__.get("__init__") is _first_init)
    _made[cls] = _made.get(cls, 0) + 1
    if _made[cls] == _MANY:
        cls.__init__ = _own_init(fields)


def _own_init(fields: dict[str, dataclasses.Field[Any]]) -> Any:
    """The function that sets the fields. Past a frozen class's `__setattr__`: straight into the object's dictionary."""
    names: dict[str, Any] = {"MISSING": dataclasses.MISSING}
    parameters, lines = ["self"], ["_fields = self.__dict__"]
    for name, field in fields.items():
        value = name
        if field.default is not dataclasses.MISSING:
            names[f"default_{name}"] = field.default
            parameters.append(f"{name}=default_{name}")
        elif field.default_factory is not dataclasses.MISSING:
            names[f"make_{name}"] = field.default_factory
            parameters.append(f"{name}=MISSING")
            value = f"make_{name}() if {name} is MISSING else {name}"
        else:
            parameters.append(name)
        lines.append(f"_fields[{name!r}] = {value}")
    # Names of fields are identifiers of this package's own source, never input.
    exec(f"def __init__({', '.join(parameters)}):\n " + "\n ".join(lines), names)
    return names["__init__"]


def _values(self: Any) -> tuple[Any, ...]:
    state = self.__dict__
    return tuple(state[name] for name in self.__dataclass_fields__)


def _repr(self: Any) -> str:
    inner = ", ".join(f"{name}={self.__dict__[name]!r}" for name in self.__dataclass_fields__)
    return f"{type(self).__qualname__}({inner})"


def _eq(self: Any, other: object) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    return self is other or _values(self) == _values(other)


def _hash(self: Any) -> int:
    return hash((type(self), _values(self)))


def _refuse(self: Any, name: str, value: object = None) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
