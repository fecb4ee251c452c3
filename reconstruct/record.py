"""Dataclasses that are cheap to define and quick to instantiate.

The standard decorator compiles half a dozen functions for every class, nearly a millisecond each; for the AST's forty
classes that is a third of a whole command's time, and importing it is a fifth. Here all classes share `__repr__`,
`__eq__` and `__hash__`, and a class gets its own `__init__` only once it has many instances. To `dataclasses.fields`,
`asdict`, `is_dataclass` and type checkers the result is a dataclass.
"""

from __future__ import annotations

from collections.abc import Callable

from reconstruct.typed import Any, Generic, TypeVar, dataclass_transform

_T = TypeVar("_T")

# Number of instances from which compiling an own `__init__` pays off (some 150 µs).
_MANY = 64
_made: dict[type, int] = {}
_set_attribute = object.__setattr__
_MISSING: Any = object()


class _Field:
    """A field: its default or default factory, whether it is an `__init__` parameter, whether it counts for equality, whether
    its value may be a `Later`."""

    __slots__ = ("compare", "default", "factory", "init", "kind", "late", "name")

    def __init__(
        self, default: Any, factory: Any = _MISSING, init: bool = True, compare: bool = True, late: bool = False
    ) -> None:
        self.name = self.kind = ""
        self.default, self.factory, self.init, self.compare, self.late = default, factory, init, compare, late


def field(
    *,
    default: Any = _MISSING,
    default_factory: Any = _MISSING,
    init: bool = True,
    compare: bool = True,
    late: bool = False,
) -> Any:
    """A field with settings, like `dataclasses.field`. With `late` its value may be given as `later(…)`."""
    return _Field(default, default_factory, init, compare, late)


class Later(Generic[_T]):
    """A value that is made on the first call, and kept; what it is made of is then let go."""

    __slots__ = ("_make", "_value")

    def __init__(self, make: Callable[[], _T]) -> None:
        self._make: Callable[[], _T] | None = make

    def __call__(self) -> _T:
        if self._make is not None:
            self._value = self._make()
            self._make = None
        return self._value


def later(make: Callable[[], Any]) -> Any:
    """The value of a field that is declared `late`: `make()`, once someone reads the field, compares or pickles the record."""
    return Later(make)


class _Late:
    """A late field's attribute: its value is made when it is first read."""

    __slots__ = ("default", "name")

    def __init__(self, name: str, default: Any) -> None:
        self.name, self.default = name, default

    def __get__(self, record: Any, _: Any) -> Any:
        if record is None:
            return self.default
        state = record.__dict__
        value = state[self.name]
        if type(value) is Later:
            value = state[self.name] = value()
        return value

    def __set__(self, record: Any, value: Any) -> None:
        record.__dict__[self.name] = value


def _settled(record: Any) -> dict[str, Any]:
    """A record's fields, all of them made."""
    for name in record.__late__:
        getattr(record, name)
    state: dict[str, Any] = record.__dict__
    return state


@dataclass_transform(field_specifiers=(field,))
def dataclass(*, frozen: bool = False) -> Callable[[type[_T]], type[_T]]:
    """The decorator. Fields, defaults and `__post_init__` are those of `dataclasses.dataclass`."""
    return lambda cls: _decorate(cls, frozen)


def names(record: Any) -> tuple[str, ...]:
    """The names of a record's fields."""
    return tuple(type(record).__record_fields__)


def is_record(value: Any) -> bool:
    """Whether `value` is an instance of a class made by `dataclass`."""
    return hasattr(type(value), "__record_fields__")


def replace(record: _T, **changes: Any) -> _T:
    """A copy of `record` with `changes`; a faster `dataclasses.replace` for records."""
    try:
        state = {**record.__dict__, **changes}
    except AttributeError:
        # A class that mypyc compiled (see `native`).
        return record.__replace__(**changes)  # type: ignore[attr-defined, no-any-return]
    made = object.__new__(type(record))
    _set_attribute(made, "__dict__", state)
    if len(state) != len(record.__dict__):
        unknown = next(name for name in changes if name not in record.__dict__)
        raise TypeError(f"{type(record).__name__} has no {unknown!r}")
    if hasattr(made, "__post_init__"):
        made.__post_init__()
    return made


def native(cls: Any, frozen: bool, own: dict[str, tuple[str, Any]]) -> None:
    """Makes a record of a class that has no decorator, because mypyc compiled it (tools/native_sources.py writes those classes):
    it brings the methods that need speed. `own`: its fields, but not those that it inherits: their types, as text, and settings.
    """
    fields = _inherited(cls)
    for name, (kind, made) in own.items():
        made.name, made.kind = name, kind
        fields[name] = made
    if "__repr__" not in cls.__dict__:
        cls.__repr__ = _native_repr
    cls.__reduce__ = _reduce
    if not frozen:
        cls.__hash__ = None
    elif "__mypyc_attrs__" in cls.__dict__:
        # Compiled methods, `__init__` among them, set fields without it.
        cls.__setattr__ = cls.__delattr__ = _refuse
    _describe(cls, fields)


def _reduce(self: Any) -> Any:
    return _rebuilt, (
        type(self),
        {name: getattr(self, name) for name, each in self.__record_fields__.items() if each.init},
    )


def _rebuilt(cls: Any, values: dict[str, Any]) -> Any:
    return cls(**values)


def _native_repr(self: Any) -> str:
    inner = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__record_fields__)
    return f"{type(self).__qualname__}({inner})"


def _inherited(cls: Any) -> dict[str, _Field]:
    fields: dict[str, _Field] = {}
    for base in cls.__mro__[:0:-1]:
        fields.update(base.__dict__.get("__record_fields__", {}))
    return fields


def _decorate(cls: Any, frozen: bool) -> Any:
    fields = _inherited(cls)
    for name, kind in cls.__annotations__.items():
        # The text of an annotation, or, in a compiled module, its type.
        kind = str(kind)
        if kind.startswith(("ClassVar", "typing.ClassVar")):
            continue
        default = cls.__dict__.get(name, _MISSING)
        made = default if isinstance(default, _Field) else _Field(default)
        made.name, made.kind = name, kind
        if made.late:
            setattr(cls, name, _Late(name, made.default))
        elif made.default is not _MISSING:
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
    _describe(cls, fields)
    cls.__late__ = tuple(name for name, each in fields.items() if each.late)
    if cls.__late__:
        cls.__getstate__ = _settled
    return cls


def _describe(cls: Any, fields: dict[str, _Field]) -> None:
    """Tells everyone what fields a record has."""
    cls.__record_fields__ = fields
    cls.__dataclass_fields__ = _STANDARD
    cls.__match_args__ = tuple(name for name, each in fields.items() if each.init)  # type: ignore[misc]


class _Standard:
    """`__dataclass_fields__` for the standard library's functions, made on first access."""

    def __get__(self, _: object, cls: Any) -> dict[str, Any]:
        import dataclasses

        found: dict[str, Any] = {}
        for name, each in cls.__record_fields__.items():
            kept = {"default": each.default, "default_factory": each.factory}
            given = {key: value for key, value in kept.items() if value is not _MISSING}
            made: Any = dataclasses.field(**given, init=each.init, compare=each.compare)
            made.name, made.type = name, each.kind
            made._field_type = dataclasses._FIELD  # type: ignore[attr-defined]
            found[name] = made
        cls.__dataclass_fields__ = found
        return found


_STANDARD = _Standard()


def _first_init(self: Any, *args: Any, **values: Any) -> None:
    """The shared `__init__` for a class's first instances: slow, but ready. Later the class gets its own."""
    cls = type(self)
    fields = cls.__record_fields__
    taken = cls.__match_args__
    if len(args) > len(taken):
        raise TypeError(f"{cls.__name__} takes {len(taken)} arguments, not {len(args)}")
    for name, value in zip(taken, args, strict=False):
        if name in values:
            raise TypeError(f"{cls.__name__} got {name!r} twice")
        values[name] = value
    state: dict[str, Any] = {}
    for name, field in fields.items():
        if field.init and name in values:
            state[name] = values.pop(name)
        elif field.default is not _MISSING:
            state[name] = field.default
        elif field.factory is not _MISSING:
            state[name] = field.factory()
        elif field.init:
            raise TypeError(f"{cls.__name__} needs {name!r}")
    if values:
        raise TypeError(f"{cls.__name__} has no {next(iter(values))!r}")
    _set_attribute(self, "__dict__", state)
    if hasattr(cls, "__post_init__"):
        self.__post_init__()
    own: Any = next(base for base in cls.__mro__ if base.__dict__.get("__init__") is _first_init)
    _made[own] = _made.get(own, 0) + 1
    if _made[own] == _MANY:
        own.__init__ = _own_init(own)


def _own_init(cls: Any) -> Any:
    """The function that sets the fields, bypassing a frozen class's `__setattr__`: it gives the instance a dictionary of its
    own. One that the instance fills shares its keys with others', and is read at a third of the speed (CPython 3.11)."""
    known: dict[str, Any] = {"MISSING": _MISSING}
    known["set_fields"] = next(base.__dict__["__dict__"] for base in cls.__mro__ if "__dict__" in base.__dict__).__set__
    parameters, values = ["self"], []
    for name, field in cls.__record_fields__.items():
        value = name
        if field.default is not _MISSING:
            known[f"default_{name}"] = field.default
            parameters += [f"{name}=default_{name}"] if field.init else []
            value = name if field.init else f"default_{name}"
        elif field.factory is not _MISSING:
            known[f"make_{name}"] = field.factory
            parameters += [f"{name}=MISSING"] if field.init else []
            value = f"make_{name}() if {name} is MISSING else {name}" if field.init else f"make_{name}()"
        elif field.init:
            parameters.append(name)
        else:
            continue
        values.append(f"{name!r}: {value}")
    lines = [f"set_fields(self, {{{', '.join(values)}}})"]
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    # Field names are identifiers from this package's source, never input.
    exec(f"def __init__({', '.join(parameters)}):\n " + "\n ".join(lines), known)
    return known["__init__"]


def _values(self: Any) -> tuple[Any, ...]:
    state = _settled(self) if self.__late__ else self.__dict__
    return tuple(state[name] for name, field in self.__record_fields__.items() if field.compare)


def _repr(self: Any) -> str:
    state = _settled(self)
    inner = ", ".join(f"{name}={state[name]!r}" for name in self.__record_fields__)
    return f"{type(self).__qualname__}({inner})"


def _eq(self: Any, other: object) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    return self is other or _values(self) == _values(other)


def _hash(self: Any) -> int:
    return hash((type(self), _values(self)))


def _refuse(self: Any, name: str, value: object = None) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")
