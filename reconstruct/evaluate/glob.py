"""The patterns of `${x#pattern}`, `${x%pattern}` and `${x/pattern/text}`: `*`, `?` and escapes, without brackets.

Matched by following all positions at once: no pattern takes more than its length times the text's. BuildKit turns
them into regular expressions, whose `.` matches no newline, and so does not `*` here.
"""

from __future__ import annotations

import re

from reconstruct.evaluate.errors import DockerfileError

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


def _closure(states: set[int], parts: list[Part]) -> set[int]:
    reached = set(states)
    todo = list(states)
    while todo:
        state = todo.pop()
        if state < len(parts) and parts[state] == (_STAR, True) and state + 1 not in reached:
            reached.add(state + 1)
            todo.append(state + 1)
    return reached


def match_end(text: str, start: int, parts: list[Part], longest: bool) -> int | None:
    """Where a match that begins at `start` ends: the first or the last such place, None without a match."""
    states = _closure({0}, parts)
    found: int | None = None
    for position in range(start, len(text) + 1):
        if len(parts) in states:
            found = position
            if not longest:
                return found
        if position == len(text):
            break
        states = _closure(_step(states, parts, text[position]), parts)
        if not states:
            break
    return found


def _step(states: set[int], parts: list[Part], char: str) -> set[int]:
    after = set()
    for state in states:
        if state == len(parts):
            continue
        wanted, wild = parts[state]
        if not wild:
            if wanted == char:
                after.add(state + 1)
        elif char != "\n":
            after.add(state if wanted == _STAR else state + 1)
    return after


def trim(value: str, pattern: str, *, longest: bool, end: bool) -> str:
    """`value` without what `pattern` matches at its beginning, or at its end."""
    _bounded(value, pattern)
    parts = compile_pattern(pattern)
    if end:
        value, parts = value[::-1], parts[::-1]
    cut = match_end(value, 0, parts, longest)
    value = value[cut:] if cut is not None else value
    return value[::-1] if end else value


def replace(value: str, pattern: str, replacement: str, *, everywhere: bool) -> str:
    """`value` with the first or each longest match of `pattern` replaced."""
    _bounded(value, pattern)
    parts = compile_pattern(pattern)
    out: list[str] = []
    position = last = 0
    while position <= len(value):
        end = match_end(value, position, parts, True)
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
