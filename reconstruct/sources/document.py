"""Parses JSON within limits, and reads its values without trusting their types."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache

from reconstruct import pattern
from reconstruct.errors import UnreadableError
from reconstruct.sources.limits import MAX_DOCUMENT, MAX_VALUES
from reconstruct.typed import Any

_STRING = pattern.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
# An escape that may be half of a surrogate pair, and an unpaired half.
_SURROGATE = pattern.compile(r"\\u[dD][89a-fA-F]")
_ALONE = pattern.compile(r"[\ud800-\udfff]")
_BLANK = pattern.compile(r"[ \t\r\n]*")


def decode(data: bytes, label: str) -> str:
    """The text of `data`: UTF-8, or UTF-16 with a byte order mark (as PowerShell's `>` writes)."""
    if len(data) > MAX_DOCUMENT:
        raise UnreadableError(f"{label}: larger than the {MAX_DOCUMENT >> 20} MB limit for a document")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        # The codec `utf-8-sig` is written in Python.
        return data.removeprefix(codecs.BOM_UTF8).decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError(f"{label}: not valid {encoding.upper()} (byte {error.start})") from None


def parse(text: str, label: str) -> Any:
    """The single JSON value in `text`."""
    values = parse_all(text, label)
    if len(values) != 1:
        raise UnreadableError(f"{label}: {len(values)} JSON values instead of one")
    return values[0]


def parse_all(text: str, label: str) -> list[Any]:
    """Every JSON value in `text`, one after the other (JSON lines, or the output of several commands)."""
    values, rest = parse_leading(text, label)
    if rest:
        line = text.count("\n", 0, len(text) - len(rest)) + 1
        raise UnreadableError(f"{label}: invalid JSON at line {line}: a value is expected")
    return values


def parse_leading(text: str, label: str) -> tuple[list[Any], str]:
    """The JSON values at the start of `text`, and the rest that isn't JSON."""
    _check_bounds(text, label)
    whole = as_go_reads if "\\u" in text and _SURROGATE.search(text) else None
    values: list[Any] = []
    position = _end_of_blank(text, 0)
    while position < len(text):
        if values and text[position] not in '{["':
            return values, text[position:]
        try:
            value, position = _DECODER.raw_decode(text, position)
        except RecursionError:
            raise UnreadableError(f"{label}: JSON nested too deeply") from None
        except json.JSONDecodeError as error:
            raise UnreadableError(
                f"{label}: invalid JSON at line {error.lineno}, column {error.colno}: {error.msg}"
            ) from None
        except ValueError as error:
            raise UnreadableError(f"{label}: invalid JSON: {error}") from None
        values.append(whole(value) if whole else value)
        position = _end_of_blank(text, position)
    return values, ""


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def as_go_reads(value: Any) -> Any:
    """A parsed value with U+FFFD for each unpaired surrogate, as in Go's encoding/json."""
    if isinstance(value, str):
        return value if value.isascii() else _ALONE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {as_go_reads(key): as_go_reads(item) for key, item in value.items()}
    return [as_go_reads(item) for item in value] if isinstance(value, (list, tuple)) else value


def _end_of_blank(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position


def _check_bounds(text: str, label: str) -> None:
    """Refuses text that wouldn't fit into memory once parsed; counts exactly only if a first, cheap count is high."""
    if len(text) > MAX_DOCUMENT:
        raise UnreadableError(f"{label}: larger than the {MAX_DOCUMENT >> 20} MB limit for a document")
    # Each value has a character at least.
    if len(text) > MAX_VALUES // 2 and structure(text) > MAX_VALUES and structure(_STRING.sub("", text)) > MAX_VALUES:
        raise UnreadableError(f"{label}: more than {MAX_VALUES:,} JSON values")


def structure(text: str) -> int:
    """An upper bound for the number of values and members in a JSON text; characters inside strings count too."""
    return text.count(",") + text.count("[") + text.count("{") + text.count("\n{")


def mapping(value: Any) -> Mapping[str, Any]:
    """`value` if it is an object, else an empty one."""
    # A dict, nearly always: asking the abstract class alone takes longer than all the rest.
    return value if isinstance(value, (dict, Mapping)) else {}


def folded(value: Any, keys: Collection[str]) -> Mapping[str, Any]:
    """An object with those keys that Go's encoding/json takes for one of `keys`, spelt like it: Go ignores case, and the
    last duplicate wins. Empty if `value` isn't an object.
    """
    known, names = mapping(value), frozenset(keys)
    if known.keys() <= names:
        return known
    spelt = _spellings(names)
    return {key if key in names else spelt.get(_fold(key), key): item for key, item in known.items()}


@cache
def _spellings(keys: frozenset[str]) -> Mapping[str, str]:
    """The spellings of a specification's keys, by their lower case."""
    return {key.lower(): key for key in keys}


def _fold(key: str) -> str:
    # Besides letter case, Unicode folds the long s and the Kelvin sign into ASCII.
    return key.lower().replace("\u017f", "s")


def sequence(value: Any) -> Sequence[Any]:
    """`value` if it is an array, else an empty one."""
    return value if isinstance(value, (list, tuple)) else ()


def string(value: Any) -> str:
    """`value` if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def optional_string(value: Any) -> str | None:
    """`value` if it is a non-empty string, else None."""
    return value if isinstance(value, str) and value else None


def integer(value: Any) -> int | None:
    """`value` if it is an integer that fits Go's int64, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and -1 << 63 <= value < 1 << 63 else None


def size(value: Any) -> int | None:
    """`value` if it is a size in bytes, else None; -1 and the like mean unknown."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63 else None


def strings(value: Any) -> tuple[str, ...]:
    """The strings of an array; other values are left out."""
    return tuple([item for item in sequence(value) if isinstance(item, str)])


def string_map(value: Any) -> dict[str, str]:
    """The members of an object whose values are strings."""
    return {key: item for key, item in mapping(value).items() if isinstance(item, str)}
