"""How Go reads and prints the values that builders put into history: quoting, durations, numbers, white space."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

# unicode.IsSpace (https://pkg.go.dev/unicode#IsSpace): str.strip() alone would also take the separators 0x1c to 0x1f.
SPACES = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_ESCAPES = {7: "\\a", 8: "\\b", 12: "\\f", 10: "\\n", 13: "\\r", 9: "\\t", 11: "\\v", 92: "\\\\"}

_SECOND = 1_000_000_000
_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": _SECOND,
    "m": 60 * _SECOND,
    "h": 3600 * _SECOND,
}
_DURATION = re.compile(r"([0-9]*)(\.[0-9]*)?(ns|us|µs|μs|ms|s|m|h)")
_INTEGER = re.compile(r"[+-]?[0-9]+\Z")
_INT64 = 2**63


def _escaped(char: str, quote: str) -> str:
    code = ord(char)
    if char == quote:
        return "\\" + char
    if code in _ESCAPES:
        return _ESCAPES[code]
    if char == " " or (char.isprintable() and not char.isspace()):
        return char
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def quote(text: str) -> str:
    """`%q` of a string (strconv.Quote)."""
    return '"' + "".join(_escaped(char, '"') for char in text) + '"'


def quote_list(words: Iterable[str]) -> str:
    """`%q` of a list of strings: `["a" "b c"]`."""
    return "[" + " ".join(quote(word) for word in words) + "]"


def show_list(words: Iterable[str]) -> str:
    """`%v` of a list of strings: `[a b c]`."""
    return "[" + " ".join(words) + "]"


def quote_rune(number: int) -> str:
    """`%q` of an integer: a rune literal. What is no code point prints as U+FFFD."""
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF or number < 0:
        number = 0xFFFD
    return "'" + _escaped(chr(number), "'") + "'"


def show_duration(nanoseconds: int) -> str:
    """`time.Duration.String`: `1m30s`, `1.5s`, `0s`."""
    if nanoseconds < 0:
        return "-" + show_duration(-nanoseconds)
    if nanoseconds == 0:
        return "0s"
    if nanoseconds < _SECOND:
        for unit in ("ms", "µs", "ns"):
            if nanoseconds >= _UNITS[unit]:
                return _fraction(nanoseconds, _UNITS[unit]) + unit
    minutes, rest = divmod(nanoseconds, 60 * _SECOND)
    shown = _fraction(rest, _SECOND) + "s"
    if minutes:
        hours, minutes = divmod(minutes, 60)
        shown = f"{minutes}m{shown}"
        if hours:
            shown = f"{hours}h{shown}"
    return shown


def _fraction(value: int, unit: int) -> str:
    whole, rest = divmod(value, unit)
    if not rest:
        return str(whole)
    return f"{whole}." + str(rest).rjust(len(str(unit)) - 1, "0").rstrip("0")


def parse_duration(text: str) -> int:
    """`time.ParseDuration`, in nanoseconds. Raises ValueError."""
    body = text[1:] if text[:1] in ("-", "+") else text
    if body == "0":
        return 0
    total = position = 0
    while position < len(body) or not body:
        match = _DURATION.match(body, position)
        if not match or not (match[1] or (match[2] or ".") != "."):
            raise ValueError(f"time: invalid duration {quote(text)}")
        unit = _UNITS[match[3]]
        digits = (match[2] or ".")[1:][:18]
        total += int((match[1] or "0")[:40]) * unit
        if digits:
            total += int(float(int(digits)) * (float(unit) / 10.0 ** len(digits)))
        if total >= _INT64:
            raise ValueError(f"time: invalid duration {quote(text)}")
        position = match.end()
    return -total if text[0] == "-" else total


def parse_int(text: str, bits: int = 64) -> int:
    """`strconv.ParseInt(text, 10, bits)`. Raises ValueError."""
    if not _INTEGER.match(text) or len(text) > 40 or not -(2 ** (bits - 1)) <= int(text) < 2 ** (bits - 1):
        raise ValueError(f"{quote(text)} is no number of {bits} bits")
    return int(text)


def parse_bool(text: str) -> bool:
    """`strconv.ParseBool`. Raises ValueError."""
    if text in ("1", "t", "T", "TRUE", "true", "True"):
        return True
    if text in ("0", "f", "F", "FALSE", "false", "False"):
        return False
    raise ValueError(f"{quote(text)} is neither true nor false")


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def json_words(text: str, whole: bool = True) -> list[str] | None:
    """The strings of a JSON array as encoding/json reads it, None for what is no JSON array at all.

    `whole` False takes an array at the beginning and leaves what follows unread. Raises ValueError for an array that
    holds anything but strings.
    """
    text = text.lstrip(SPACES)
    if not text.startswith("["):
        return None
    decoder = json.JSONDecoder(parse_int=len, parse_float=len, parse_constant=_constant)
    try:
        value = decoder.decode(text) if whole else decoder.raw_decode(text)[0]
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(word, str) for word in value):
        raise ValueError("when using JSON array syntax, arrays must be comprised of strings only")
    # Go turns half of a surrogate pair into U+FFFD, Python keeps it.
    return [re.sub("[\ud800-\udfff]", "\ufffd", word) for word in value]
