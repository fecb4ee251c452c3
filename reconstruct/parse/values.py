"""Values as Go prints them (`%q`, `%v`, `%+v`), read through `grammars/go_values.lark`.

The shapes are those of Go's fmt and strconv packages. Every function returns None for text that is not of its shape,
since what a maker wrote may be anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconstruct import grammar, pattern

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from reconstruct.record import dataclass

_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE = pattern.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_DURATION = pattern.compile(r"(\d+(?:\.\d+)?)(h|ms|us|µs|μs|ns|m|s)")
_NANOSECONDS = {
    "h": 3_600_000_000_000,
    "m": 60_000_000_000,
    "s": 1_000_000_000,
    "ms": 1_000_000,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ns": 1,
}


@dataclass(frozen=True, slots=True)
class Health:
    """A health check as a builder printed it; durations in nanoseconds. `joined`: blanks stand between its words."""

    test: tuple[str, ...]
    interval: int = 0
    timeout: int = 0
    start_period: int = 0
    start_interval: int = 0
    retries: int = 0
    joined: bool = False


def _parse(text: str, start: str) -> Any:
    from lark.exceptions import LarkError

    try:
        return grammar.load("go_values", start).parse(text)
    except LarkError:
        return None


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1)
    if code[0] in "xuU" and len(code) > 1:
        value = int(code[1:], 16)
        # \xNN is a byte that was no UTF-8; the config that stands beside it holds the replacement character.
        return "\ufffd" if (code[0] == "x" and value > 0x7F) or value > 0x10FFFF else chr(value)
    return _SIMPLE.get(code, code)


def unquote(literal: str) -> str:
    """The text of a Go string or rune literal, quotes included in `literal`."""
    return _ESCAPE.sub(_unescape, literal[1:-1])


# Words without escapes, which most lists hold: no parser is worth loading for them.
_SIMPLE_LIST = pattern.compile(r'\["[^"\\\n]*"(?: "[^"\\\n]*")*\]')


def quoted_list(text: str) -> tuple[str, ...] | None:
    """`["a" "b c"]`: the words."""
    if text == "[]":
        return ()
    if _SIMPLE_LIST.fullmatch(text):
        return tuple(text[2:-2].split('" "'))
    tree = _parse(text, "quoted_list")
    return None if tree is None else tuple(unquote(str(token)) for token in tree.children)


def quoted_struct(text: str) -> tuple[str, ...] | None:
    """`&{["a" "b"]}`: the words."""
    tree = _parse(text, "quoted_struct")
    return None if tree is None else tuple(unquote(str(token)) for token in tree.children[0].children)


_SIMPLE_PORTS = pattern.compile(r"map\[[0-9]+/[a-z]+:\{\}(?: [0-9]+/[a-z]+:\{\})*\]")


def port_map(text: str) -> tuple[str, ...] | None:
    """`map[443/udp:{} 80/tcp:{}]`: the ports."""
    if text == "map[]":
        return ()
    if _SIMPLE_PORTS.fullmatch(text):
        return tuple(text[len("map[") : -len(":{}]")].split(":{} "))
    tree = _parse(text, "port_map")
    return None if tree is None else tuple(str(token) for token in tree.children)


def duration(text: str) -> int | None:
    """A Go duration (`1m30s`, `1.5s`, `0s`) in nanoseconds."""
    if text in ("0", "0s"):
        return 0
    total, position = 0, 0
    for match in _DURATION.finditer(text):
        if match.start() != position:
            return None
        number, unit = match.groups()
        whole, _, fraction = number.partition(".")
        scale = _NANOSECONDS[unit]
        total += int(whole) * scale + (int(fraction) * scale // 10 ** len(fraction) if fraction else 0)
        position = match.end()
    return total if position == len(text) and position else None


# %+v has no quotes, so there is nothing to parse: the test is what stands before the fields that fit to the end.
_PLAIN_HEALTH = pattern.compile(r"\{Test:\[(?P<test>[\s\S]*)\](?P<fields>(?: [A-Z][A-Za-z]*:[0-9][^\s}]*)+)\}")


def health(text: str) -> Health | None:
    """HEALTHCHECK's value in any of the three renderings: `&{["CMD" …] "5s" … '\\x03'}` or `{Test:[…] Interval:…}`."""
    if text.startswith("&{"):
        return _quoted_health(text)
    match = _PLAIN_HEALTH.fullmatch(text)
    if match is None:
        return None
    fields = dict(field.split(":", 1) for field in match["fields"].split())
    kind, _, words = match["test"].partition(" ")
    retries = fields.get("Retries", "")
    return Health(
        test=(kind, words) if words else ((kind,) if kind else ()),
        interval=duration(fields.get("Interval", "0s")) or 0,
        timeout=duration(fields.get("Timeout", "0s")) or 0,
        start_period=duration(fields.get("StartPeriod", "0s")) or 0,
        start_interval=duration(fields.get("StartInterval", "0s")) or 0,
        retries=int(retries) if retries.isdecimal() and len(retries) < 10 else 0,
        joined=True,
    )


# Strings without escapes, as most checks are: read without a parser.
_SIMPLE_HEALTH = pattern.compile(
    r"&\{(?P<test>\[\"[^\"\\\n]*\"(?: \"[^\"\\\n]*\")*\])(?P<times>(?: \"[0-9a-zµ.]+\"){2,4}) "
    r"(?P<retries>'(?:[^'\\]|\\[nx][0-9a-f]{0,2})')\}"
)


def _quoted_health(text: str) -> Health | None:
    simple = _SIMPLE_HEALTH.fullmatch(text)
    if simple is not None:
        test, retries = quoted_list(simple["test"]), unquote(simple["retries"])
        words = [word.strip('"') for word in simple["times"].split()]
    else:
        tree = _parse(text, "quoted_health")
        if tree is None:
            return None
        listed, *durations, rune = tree.children
        test, retries = tuple(unquote(str(token)) for token in listed.children), unquote(str(rune))
        words = [unquote(str(token)) for token in durations]
    times = [duration(word) for word in words]
    if len(times) > 4 or None in times or test is None:
        return None
    # Docker 1.12 had no start period; the start interval came last (Docker 25, BuildKit 0.13).
    interval, timeout, start_period, start_interval = ([time or 0 for time in times] + [0, 0, 0])[:4]
    return Health(
        test=test,
        interval=interval,
        timeout=timeout,
        start_period=start_period,
        start_interval=start_interval,
        retries=ord(retries),
    )
