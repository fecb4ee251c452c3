"""The patterns of `${x#pattern}`, `${x%pattern}` and `${x/pattern/text}`: `*`, `?` and escapes, without brackets.

Matched by following all positions at once: no pattern takes more than its length times the text's. BuildKit turns
them into regular expressions, whose `.` matches no newline, and so doesn't `*` here.
"""

from __future__ import annotations

import re

from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.record import dataclass

_STAR, _ANY = "*", "?"
# Replacing tries every position, so it takes up to the square of the value's length.
MAX_REPLACED = 2_000

Part = tuple[str, bool]  # the character, and whether it is a wildcard


def compile_pattern(pattern: str) -> list[Part]:
    """The pattern's parts. Raises DockerfileError for an escape that BuildKit refuses."""
    parts: list[Part] = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        position += 1
        if char == "\\":
            following = pattern[position : position + 1]
            if following in ("}", "/") and following:
                continue
            if following not in ("*", "?", "\\") or not following:
                raise DockerfileError(f"invalid pattern ({pattern}) in substitution: invalid escape")
            parts.append((following, False))
            position += 1
        elif char == _STAR:
            if parts[-1:] != [(_STAR, True)]:
                parts.append((_STAR, True))
        else:
            parts.append((char, char == _ANY))
    return parts


@dataclass(frozen=True)
class _Matcher:
    """The pattern as sets of positions, each set the bits of a number: bit i stands before part i."""

    length: int
    stars: int
    any: int
    literals: dict[str, int]

    @classmethod
    def of(cls, parts: list[Part]) -> _Matcher:
        stars = any_ = 0
        literals: dict[str, int] = {}
        for index, (char, wild) in enumerate(parts):
            if not wild:
                literals[char] = literals.get(char, 0) | 1 << index
            elif char == _STAR:
                stars |= 1 << index
            else:
                any_ |= 1 << index
        return cls(len(parts), stars, any_, literals)

    def end(self, text: str, start: int, longest: bool) -> int | None:
        """Where a match that begins at `start` ends: the first or the last such place, None without a match."""
        accept = 1 << self.length
        # Two stars never follow each other, so one step over a star is enough.
        states = 1 | (1 & self.stars) << 1
        found: int | None = None
        for position in range(start, len(text) + 1):
            if states & accept:
                found = position
                if not longest:
                    return found
            if position == len(text):
                break
            char = text[position]
            after = (states & self.literals.get(char, 0)) << 1
            if char != "\n":
                after |= (states & self.any) << 1 | states & self.stars
            states = after | (after & self.stars) << 1
            if not states:
                break
        return found


def trim(value: str, pattern: str, *, longest: bool, end: bool) -> str:
    """`value` without what `pattern` matches at its beginning, or at its end."""
    _bounded(value, pattern)
    parts = compile_pattern(pattern)
    if end:
        value, parts = value[::-1], parts[::-1]
    cut = _Matcher.of(parts).end(value, 0, longest)
    value = value[cut:] if cut is not None else value
    return value[::-1] if end else value


def replace(value: str, pattern: str, replacement: str, *, everywhere: bool) -> str:
    """`value` with the first or each longest match of `pattern` replaced."""
    _bounded(value, pattern)
    matcher = _Matcher.of(compile_pattern(pattern))
    out: list[str] = []
    position = last = 0
    while position <= len(value):
        end = matcher.end(value, position, True)
        if end is None and matcher.stars & 1:
            # What begins with a star and doesn't match here matches nowhere before the next line.
            newline = value.find("\n", position)
            position = newline + 1 if newline >= 0 else len(value) + 1
            continue
        if end is None or (end == last and position > 0):
            position += 1
            continue
        out += [
            value[last:position],
            _template(replacement, value[position:end]) if everywhere else replacement,
        ]
        last = end
        if not everywhere:
            break
        position = end if end > position else position + 1
    return "".join(out) + value[last:]


def _template(replacement: str, matched: str) -> str:
    """Go's ReplaceAllString reads `$0` and the like in the replacement; there are no groups but the whole."""
    return re.sub(r"\$(?:(\$)|\{(\w+)\}|(\w+))", lambda m: _group(m, matched), replacement)


def _group(match: re.Match[str], matched: str) -> str:
    if match[1]:
        return "$"
    return matched if (match[2] or match[3]) == "0" else ""


def _bounded(value: str, pattern: str) -> None:
    if len(value) > MAX_REPLACED or len(pattern) > MAX_REPLACED:
        raise DockerfileError(f"a pattern or the value it is used on is longer than {MAX_REPLACED} characters")
