"""How Go reads and prints the values that builders put into history: quoting, durations, ports, numbers, white space.

The formats are those of Go's fmt, strconv, time and encoding/json packages. The readers of what a builder printed (`%q`,
`%v`, `%+v`) return None for text in another format, because a tool may write anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from reconstruct import pattern
from reconstruct.record import dataclass
from reconstruct.typed import Any

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
_DURATION = pattern.compile(r"([0-9]*)(\.[0-9]*)?(ns|us|µs|μs|ms|s|m|h)")
_INTEGER = pattern.compile(r"[+-]?[0-9]+\Z")
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
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(_escaped(char, '"') for char in text) + '"'


def quote_list(words: Iterable[str]) -> str:
    """`%q` of a list of strings: `["a" "b c"]`."""
    return "[" + " ".join(quote(word) for word in words) + "]"


def show_list(words: Iterable[str]) -> str:
    """`%v` of a list of strings: `[a b c]`."""
    return "[" + " ".join(words) + "]"


def show_set(words: Iterable[str]) -> str:
    """`%v` of a map to empty structs, its keys sorted: `map[443/udp:{} 80/tcp:{}]`."""
    return "map[" + " ".join(f"{word}:{{}}" for word in sorted(set(words))) + "]"


def quote_rune(number: int) -> str:
    """`%q` of an integer: a rune literal. Invalid code points print as U+FFFD."""
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


def spell_duration(nanoseconds: int) -> str:
    """A duration as people write it, whole numbers without zero parts: `5m`, `1m30s`, `1500ms`."""
    if nanoseconds % 1_000_000_000:
        for unit, size in (("ms", 1_000_000), ("us", 1_000), ("ns", 1)):
            if nanoseconds % size == 0:
                return f"{nanoseconds // size}{unit}"
    seconds = nanoseconds // 1_000_000_000
    parts = [(seconds // 3600, "h"), (seconds % 3600 // 60, "m"), (seconds % 60, "s")]
    return "".join(f"{count}{unit}" for count, unit in parts if count) or "0s"


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


def is_digits(text: str) -> bool:
    """Whether the text is decimal digits in Go's sense; Python counts `²` and `٣` too."""
    return text.isascii() and text.isdigit()


def parse_int(text: str, bits: int = 64) -> int:
    """`strconv.ParseInt(text, 10, bits)`. Raises ValueError."""
    if not _INTEGER.match(text) or len(text) > 40 or not -(2 ** (bits - 1)) <= int(text) < 2 ** (bits - 1):
        raise ValueError(f"{quote(text)} is not a {bits}-bit number")
    return int(text)


def parse_bool(text: str) -> bool:
    """`strconv.ParseBool`. Raises ValueError."""
    if text in ("1", "t", "T", "TRUE", "true", "True"):
        return True
    if text in ("0", "f", "F", "FALSE", "false", "False"):
        return False
    raise ValueError(f"{quote(text)} is neither true nor false")


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


# Numbers are not read: their digits may be many.
_WORDS = json.JSONDecoder(parse_int=len, parse_float=len, parse_constant=_constant)
_SURROGATE = pattern.compile(r"[\ud800-\udfff]")


def json_words(text: str, whole: bool = True) -> list[str] | None:
    """The strings of a JSON array as encoding/json reads it; None if it isn't a JSON array.

    With `whole` False, text after the array is ignored. Raises ValueError if the array has anything but
    strings.
    """
    text = text.lstrip(SPACES)
    if not text.startswith("["):
        return None
    try:
        value = _WORDS.decode(text) if whole else _WORDS.raw_decode(text)[0]
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(word, str) for word in value):
        raise ValueError("when using JSON array syntax, arrays must be comprised of strings only")
    # Go turns half of a surrogate pair into U+FFFD, Python keeps it.
    return [word if word.isascii() else _SURROGATE.sub("\ufffd", word) for word in value]


# A string literal as %q prints it, and a rune literal: no line break, and no escapes but Go's own
# (https://go.dev/ref/spec#String_literals). The grammar that tests hold these readers to is grammars/go_values.lark.
_CODES = r"[abfnrtv\\]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}"
_STRING = rf'"[^"\\\n]*(?:\\(?:{_CODES}|")[^"\\\n]*)*"'
_RUNE = rf"'(?:[^'\\\n]|\\(?:{_CODES}|'))'"
_LIST = rf"\[(?:{_STRING}(?: {_STRING})*)?\]"
_LITERAL = pattern.compile(_STRING)
_QUOTED_LIST = pattern.compile(_LIST)
_QUOTED_HEALTH = pattern.compile(rf"&\{{(?P<test>{_LIST})(?P<times>(?: {_STRING}){{1,4}}) (?P<retries>{_RUNE})\}}")
_PORT_MAP = pattern.compile(r"map\[(?:[^\s:\[\]]+:\{\}(?: [^\s:\[\]]+:\{\})*)?\]")
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE = pattern.compile(rf"\\({_CODES}|.)", re.DOTALL)


@dataclass(frozen=True)
class Health:
    """A health check as a builder printed it; durations in nanoseconds. `joined`: its words are joined with blanks."""

    test: tuple[str, ...]
    interval: int = 0
    timeout: int = 0
    start_period: int = 0
    start_interval: int = 0
    retries: int = 0
    joined: bool = False


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1)
    if code[0] in "xuU" and len(code) > 1:
        value = int(code[1:], 16)
        # \xNN is a byte that wasn't valid UTF-8; the config next to it has the replacement character.
        wrong = (code[0] == "x" and value > 0x7F) or 0xD800 <= value <= 0xDFFF or value > 0x10FFFF
        return "\ufffd" if wrong else chr(value)
    return _SIMPLE.get(code, code)


def unquote(literal: str) -> str:
    """The text of a Go string or rune literal, quotes included in `literal`."""
    return _ESCAPE.sub(_unescape, literal[1:-1]) if "\\" in literal else literal[1:-1]


def quoted_list(text: str) -> tuple[str, ...] | None:
    """`["a" "b c"]`: the words."""
    if _QUOTED_LIST.fullmatch(text) is None:
        return None
    return tuple(map(unquote, _LITERAL.findall(text)))


def quoted_struct(text: str) -> tuple[str, ...] | None:
    """`&{["a" "b"]}`, as Docker up to 1.12 printed a command: the words."""
    return quoted_list(text[2:-1]) if text.startswith("&{") and text.endswith("}") else None


def port_map(text: str) -> tuple[str, ...] | None:
    """`map[443/udp:{} 80/tcp:{}]`: the keys of a set."""
    if _PORT_MAP.fullmatch(text) is None:
        return None
    return tuple(text[len("map[") : -len(":{}]")].split(":{} ")) if text != "map[]" else ()


def duration(text: str) -> int | None:
    """A Go duration (`1m30s`, `1.5s`, `0s`) in nanoseconds; None if it is invalid or negative."""
    try:
        nanoseconds = parse_duration(text)
    except ValueError:
        return None
    return nanoseconds if nanoseconds >= 0 else None


def health(text: str) -> Health | None:
    """HEALTHCHECK's value in any notation: `&{["CMD" …] "5s" … '\\x03'}` or `{Test:[…] Interval:…}`."""
    return _quoted_health(text) if text.startswith("&{") else _plain_health(text)


_FIELDS = pattern.compile(r"(?: [A-Z][A-Za-z]*:[0-9][^\s\]}]*)+")


def _plain_health(text: str) -> Health | None:
    """%+v has no quotes, so the field names are the separators; no field's value contains the bracket that ends the test."""
    border = text.rfind("] ")
    if (
        not text.startswith("{Test:[")
        or not text.endswith("}")
        or not _FIELDS.fullmatch(text, border + 1, len(text) - 1)
    ):
        return None
    fields = dict(field.split(":", 1) for field in text[border + 2 : -1].split(" "))
    kind, _, words = text[len("{Test:[") : border].partition(" ")
    retries = fields.get("Retries", "")
    return Health(
        test=(kind, words) if words else ((kind,) if kind else ()),
        interval=duration(fields.get("Interval", "0s")) or 0,
        timeout=duration(fields.get("Timeout", "0s")) or 0,
        start_period=duration(fields.get("StartPeriod", "0s")) or 0,
        start_interval=duration(fields.get("StartInterval", "0s")) or 0,
        retries=int(retries) if is_digits(retries) and len(retries) < 10 else 0,
        joined=True,
    )


def _quoted_health(text: str) -> Health | None:
    match = _QUOTED_HEALTH.fullmatch(text)
    if match is None:
        return None
    times = [duration(unquote(word)) for word in _LITERAL.findall(match["times"])]
    test = quoted_list(match["test"])
    if None in times or test is None:
        return None
    # Docker 1.12 had no start period; the start interval came last (Docker 25, BuildKit 0.13).
    interval, timeout, start_period, start_interval = ([time or 0 for time in times] + [0, 0, 0])[:4]
    return Health(
        test=test,
        interval=interval,
        timeout=timeout,
        start_period=start_period,
        start_interval=start_interval,
        retries=ord(unquote(match["retries"])),
    )
