"""Dataclasses that are cheap to define.

The standard decorator compiles half a dozen functions for every class it makes, nearly a millisecond each: for the AST's
forty classes a third of the time of a whole command. Here all classes share the functions. What is made is a dataclass to
`dataclasses.fields`, `replace`, `asdict` and `is_dataclass`; type checkers are shown the standard decorator:

    if TYPE_CHECKING:
        from dataclasses import dataclass
    else:
        from reconstruct.record import dataclass
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any


def dataclass(*, frozen: bool = False, slots: bool = False) -> Callable[[type], type]:
    """The decorator. `slots` is taken for the type checker's sake alone."""
    return lambda cls: _decorate(cls, frozen)


def _decorate(cls: type, frozen: bool) -> type:
    fields: dict[str, dataclasses.Field[Any]] = {}
    for base in cls.__mro__[:0:-1]:
        fields.update(base.__dict__.get("__dataclass_fields__", {}))
    for name, kind in inspect.get_annotations(cls).items():
        default = cls.__dict__.get(name, dataclasses.MISSING)
        made = default if isinstance(default, dataclasses.Field) else dataclasses.field(default=default)
        made.name, made.type = name, kind
        made._field_type = dataclasses._FIELD  # type: ignore[attr-defined, union-attr]
        if made.default is dataclasses.MISSING and name in cls.__dict__:
            delattr(cls, name)
        elif made.default is not dataclasses.MISSING:
            setattr(cls, name, made.default)
        fields[name] = made
    for name, function in _SHARED.items():
        if name not in cls.__dict__ or name in ("__eq__", "__hash__"):
            setattr(cls, name, function)
    if frozen:
        cls.__setattr__ = cls.__delattr__ = _set  # type: ignore[method-assign, assignment]
    else:
        cls.__hash__ = None  # type: ignore[assignment]
    cls.__dataclass_fields__ = fields  # type: ignore[attr-defined]
    cls.__match_args__ = tuple(fields)  # type: ignore[attr-defined, misc]
    return cls


def _init(self: Any, *args: Any, **values: Any) -> None:
    fields = self.__dataclass_fields__
    if args:
        if len(args) > len(fields):
            raise TypeError(f"{type(self).__name__} takes {len(fields)} arguments, not {len(args)}")
        for name, value in zip(fields, args, strict=False):
            if name in values:
                raise TypeError(f"{type(self).__name__} got {name!r} twice")
            values[name] = value
    state = self.__dict__
    for name, field in fields.items():
        if name in values:
            state[name] = values.pop(name)
        elif field.default is not dataclasses.MISSING:
            state[name] = field.default
        elif field.default_factory is not dataclasses.MISSING:
            state[name] = field.default_factory()
        else:
            raise TypeError(f"{type(self).__name__} needs {name!r}")
    if values:
        raise TypeError(f"{type(self).__name__} has no {next(iter(values))!r}")


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


def _set(self: Any, name: str, value: object = None) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


_SHARED: dict[str, Any] = {
    "__init__": _init,
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
}
