"""Masks secrets in typed data, so that all formats mask them alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum

from reconstruct.record import is_record, names, replace
from reconstruct.typed import Any, TypeVar, cast

T = TypeVar("T")
Mask = Callable[[str], str]
# JSON in an image may nest to any depth.
_DEEPEST = 100
TOO_DEEP = "(nested too deeply to show)"


def masked(value: T, mask: Mask, special: Mapping[type, Callable[[Any, Mask], Any]] | None = None) -> T:
    """`value` (records, dataclasses, tuples, lists, mappings, text) with `mask` applied to every text in it.

    Enum members are kept. Values without secrets are returned as the same object. `special` has functions for certain types.
    """
    return cast("T", _Masking(mask, special or {}).of(value, 0))


class _Masking:
    def __init__(self, mask: Mask, special: Mapping[type, Callable[[Any, Mask], Any]]) -> None:
        self.mask = mask
        self.special = special
        # Steps and entries are shared; each is masked once.
        self.done: dict[int, Any] = {}

    def of(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return value if isinstance(value, Enum) else self.mask(value)
        if value is None or isinstance(value, (Enum, int, float, bytes)):
            return value
        if depth > _DEEPEST:
            return TOO_DEEP
        if type(value) in self.special:
            return self.special[type(value)](value, self.mask)
        if id(value) not in self.done:
            self.done[id(value)] = self._whole(value, depth + 1)
        return self.done[id(value)]

    def _whole(self, value: Any, depth: int) -> Any:
        if isinstance(value, Mapping):
            made = {self.of(key, depth): self.of(inner, depth) for key, inner in value.items()}
            return value if made == value else made
        if isinstance(value, (list, tuple)):
            items = [self.of(inner, depth) for inner in value]
            same = all(new is old or new == old for new, old in zip(items, value, strict=True))
            return value if same else type(value)(items)
        if is_record(value):
            changed = self._changed(value, names(value), depth)
            return replace(value, **changed) if changed else value
        if hasattr(type(value), "__dataclass_fields__"):
            import dataclasses

            changed = self._changed(value, [each.name for each in dataclasses.fields(value)], depth)
            return dataclasses.replace(value, **changed) if changed else value
        return value

    def _changed(self, value: Any, fields: Sequence[str], depth: int) -> dict[str, Any]:
        """The fields that hold a secret, without it."""
        changed = {}
        for name in fields:
            old = getattr(value, name)
            new = self.of(old, depth)
            if new is not old and new != old:
                changed[name] = new
        return changed
