"""JSON read within bounds, and its values taken apart without trust in their types."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from reconstruct.errors import UnreadableError
from reconstruct.sources.limits import MAX_DOCUMENT, MAX_VALUES

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_DIGEST = re.compile(r"[a-z0-9]+:[0-9a-f]{32,128}")
_BLANK = re.compile(r"[ \t\r\n]*")


def decode(data: bytes, label: str) -> str:
    """The text of `data`: UTF-8, or UTF-16 with its mark (what PowerShell's `>` writes)."""
    if len(data) > MAX_DOCUMENT:
        raise UnreadableError(f"{label}: larger than the {MAX_DOCUMENT >> 20} MB that a document may have")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"{label}: no {encoding.removesuffix('-sig').upper()} text (byte {error.start})"
        ) from None


def parse(text: str, label: str) -> Any:
    """The one JSON value that `text` holds."""
    values = parse_all(text, label)
    if len(values) != 1:
        raise UnreadableError(f"{label}: {len(values)} JSON values where one was expected")
    return values[0]


def parse_all(text: str, label: str) -> list[Any]:
    """Every JSON value in `text`, one after the other (JSON lines, or what several commands printed)."""
    values, rest = parse_leading(text, label)
    if rest:
        line = text.count("\n", 0, len(text) - len(rest)) + 1
        raise UnreadableError(f"{label}: broken JSON at line {line}: no value begins there")
    return values


def parse_leading(text: str, label: str) -> tuple[list[Any], str]:
    """The JSON values that `text` begins with, and the rest where something else follows: what is no JSON at all."""
    _check_bounds(text, label)
    decoder = json.JSONDecoder()
    values: list[Any] = []
    position = _end_of_blank(text, 0)
    while position < len(text):
        if values and text[position] not in '{["':
            return values, text[position:]
        try:
            value, position = decoder.raw_decode(text, position)
        except RecursionError:
            raise UnreadableError(f"{label}: JSON nested too deeply") from None
        except json.JSONDecodeError as error:
            raise UnreadableError(
                f"{label}: broken JSON at line {error.lineno}, column {error.colno}: {error.msg}"
            ) from None
        except ValueError as error:
            raise UnreadableError(f"{label}: broken JSON: {error}") from None
        values.append(value)
        position = _end_of_blank(text, position)
    return values, ""


def _end_of_blank(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position


def _check_bounds(text: str, label: str) -> None:
    """Refuses what would not fit into memory once parsed; looks twice only where the first, cheap count is high."""
    if len(text) > MAX_DOCUMENT:
        raise UnreadableError(f"{label}: larger than the {MAX_DOCUMENT >> 20} MB that a document may have")
    if _structure(text) > MAX_VALUES and _structure(_STRING.sub("", text)) > MAX_VALUES:
        raise UnreadableError(f"{label}: more than {MAX_VALUES:,} JSON values")


def _structure(text: str) -> int:
    return text.count(",") + text.count("[") + text.count("{") + text.count("\n{")


def mapping(value: Any) -> Mapping[str, Any]:
    """`value` where it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def sequence(value: Any) -> Sequence[Any]:
    """`value` where it is an array, else an empty one."""
    return value if isinstance(value, (list, tuple)) else ()


def string(value: Any) -> str:
    """`value` where it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def optional_string(value: Any) -> str | None:
    """`value` where it is a string that says something, else None."""
    return value if isinstance(value, str) and value else None


def size(value: Any) -> int | None:
    """`value` where it is a size in bytes, else None: -1 and the like stand for unknown."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63 else None


def strings(value: Any) -> tuple[str, ...]:
    """The strings of an array; others are left out."""
    return tuple(item for item in sequence(value) if isinstance(item, str))


def string_map(value: Any) -> dict[str, str]:
    """The members of an object whose values are strings."""
    return {key: item for key, item in mapping(value).items() if isinstance(item, str)}


def is_digest(value: Any) -> bool:
    """Whether `value` is a digest, `sha256:<hex>`."""
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None
