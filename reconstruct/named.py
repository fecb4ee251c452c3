"""Named tuples that are cheap to define.

`typing.NamedTuple` takes a tenth of a millisecond for every class, used or not, most of it to compile a function, and a
command imports half a dozen. Here a class gets that function, its `__new__`, with its first instance. To type checkers it is
`typing.NamedTuple`.
"""

from __future__ import annotations

from reconstruct.typed import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    # What reads a field in the standard library's too.
    from collections import _tuplegetter

    class _Defined(type):
        """Makes fields of a class's annotations."""

        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            fields = tuple(body.get("__annotations__", ()))
            body["_field_defaults"] = {field: body[field] for field in fields if field in body}
            body.update((field, _tuplegetter(place, None)) for place, field in enumerate(fields))
            body["_fields"] = body["__match_args__"] = fields
            body["__slots__"] = ()
            return super().__new__(cls, name, bases, body)

    class NamedTuple(tuple, metaclass=_Defined):
        """A tuple whose items are its fields; a subclass declares them like a dataclass."""

        def __new__(cls, /, *values: Any, **named: Any) -> Self:
            cls.__new__ = _own_new(cls)
            return cls(*values, **named)

        def _replace(self, /, **changes: Any) -> Self:
            return type(self)(**{**self._asdict(), **changes})

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self) -> str:
            inner = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
            return f"{type(self).__name__}({inner})"

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

    def _own_new(cls: Any) -> Any:
        """The function that makes an instance of the values, given in order or by name."""
        names = ", ".join(cls._fields)
        # Field names are identifiers from this package's source, never input; none begins with an underscore.
        made = eval(f"lambda _cls, {names}: _new(_cls, ({names},))", {"_new": tuple.__new__})
        made.__defaults__ = tuple(cls._field_defaults.values())
        return made
