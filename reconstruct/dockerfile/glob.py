"""The patterns of `${x#pattern}`, `${x%pattern}` and `${x/pattern/text}`: `*`, `?` and escapes, without brackets.

All positions are followed at once, so matching takes at most the pattern's length times the text's. BuildKit turns
patterns into regular expressions, in which `.` doesn't match a newline, so `*` doesn't here either.
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
    """The pattern's parts. Raises DockerfileError for an escape that BuildKit rejects."""
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
    """The pattern as sets of positions; each set is a bit mask, in which bit i means before part i."""

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
        """The end of a match that starts at `start`: the first or the last possible one, None without a match."""
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
    """`value` without the match of `pattern` at its start, or at its end."""
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
            # A pattern that starts with a star and doesn't match here won't match before the next line.
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
    """Expands `$0` and the like in the replacement, as Go's ReplaceAllString does; the only group is the whole match."""
    return re.sub(r"\$(?:(\$)|\{(\w+)\}|(\w+))", lambda m: _group(m, matched), replacement)


def _group(match: re.Match[str], matched: str) -> str:
    if match[1]:
        return "$"
    return matched if (match[2] or match[3]) == "0" else ""


def _bounded(value: str, pattern: str) -> None:
    if len(value) > MAX_REPLACED or len(pattern) > MAX_REPLACED:
        raise DockerfileError(f"a pattern or the value it is used on is longer than {MAX_REPLACED} characters")
