"""The `|N A=1 B=2 ` that builders put before a RUN: the build arguments in force, without quotes.

Facts: Docker 20.10 `builder/dockerfile/dispatchers.go` (sorted; those that ENV sets are left out), BuildKit
`dockerfile2llb/convert.go` (declared order), buildah 1.28 `imagebuildah/stage_executor.go` (N counts words).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from reconstruct import pattern
from reconstruct.record import dataclass
from reconstruct.syntax import Pair

_HEAD = pattern.compile(r"\|(\d{1,6}) ")
# Starts at a blank or `=`, so that matching isn't tried at every character.
_NAME = pattern.compile(r"(?<![^\s=])([^\s=]+)=")


@dataclass(frozen=True)
class Prefix:
    """The arguments and the text after them. `sure`: no other reading is possible."""

    pairs: tuple[Pair, ...]
    rest: str
    sure: bool = True


def count(text: str) -> tuple[int, int] | None:
    """(N, start of the arguments) of a text that starts with `|N `, else None."""
    match = _HEAD.match(text)
    return (int(match.group(1)), match.end()) if match else None


def names_in(text: str) -> set[str]:
    """Every possible argument name in a text that starts with `|N `: a superset."""
    head = count(text)
    names = _NAME.findall(text, head[1]) if head else []
    return set(names[:1]) if head and head[0] == 1 else set(names)


def read_words(text: str, declared: Collection[str]) -> Prefix | None:
    """buildah: N counts the blank-separated words, so the boundary is certain."""
    head = count(text)
    if head is None:
        return None
    number, start = head
    end = start
    for _ in range(number):
        blank = text.find(" ", end)
        if blank < 0:
            return Prefix(_split_sorted(text[start:], declared), "")
        end = blank + 1
    return Prefix(_split_sorted(text[start : end - 1] if number else "", declared), text[end:])


def _split_sorted(text: str, declared: Collection[str]) -> tuple[Pair, ...]:
    """`A=1 B=two words C=`: a new argument starts at every declared name."""
    found: list[tuple[str, list[str]]] = []
    for word in text.split(" ") if text else ():
        name, separator, value = word.partition("=")
        if separator and (name in declared or not found):
            found.append((name, [value]))
        elif found:
            found[-1][1].append(word)
    return tuple(Pair(name, " ".join(words)) for name, words in found)


def read_counted(
    text: str,
    *,
    candidates: Sequence[Sequence[str]],
    declared: Collection[str],
    expected: Mapping[str, str],
    shells: Sequence[str],
) -> Prefix | None:
    """Classic builder and BuildKit: N arguments.

    `candidates`: the name sequences that the declarations allow, likeliest first; `expected`: the values that ARG's
    default or ENV gives; `shells`: the shells' words joined, one of which follows the arguments in shell form.
    """
    head = count(text)
    if head is None:
        return None
    number, start = head
    if number == 0:
        return Prefix((), text[start:])
    for names in candidates:
        if len(names) == number:
            found = _by_names(text, start, names, expected, shells)
            if found is not None:
                return found
    return _by_looks(text, start, number, declared, expected, shells)


def _by_names(
    text: str, start: int, names: Sequence[str], expected: Mapping[str, str], shells: Sequence[str]
) -> Prefix | None:
    pairs: list[Pair] = []
    position = start
    sure = True
    for index, name in enumerate(names):
        if not text.startswith(name + "=", position):
            return None
        value_start = position + len(name) + 1
        if index + 1 < len(names):
            end = _before(text, value_start, f" {names[index + 1]}=", expected.get(name))
        else:
            end, sure = _before_command(text, value_start, expected.get(name), shells)
        if end is None:
            return None
        pairs.append(Pair(name, text[value_start:end]))
        position = end + 1
    return Prefix(tuple(pairs), text[position:], sure)


def _before(text: str, start: int, mark: str, value: str | None) -> int | None:
    """The end of the value at `start`, before `mark`: after the expected value if it matches, else at the first mark."""
    if value is not None and text.startswith(value + mark, start):
        return start + len(value)
    end = text.find(mark, start)
    return end if end >= 0 else None


def _before_command(text: str, start: int, value: str | None, shells: Sequence[str]) -> tuple[int | None, bool]:
    """The end of the last value, where the command begins."""
    if value is not None and text.startswith(value + " ", start):
        return start + len(value), True
    ends = [text.find(f" {shell} ", start - 1) for shell in shells]
    found = [max(end, start) for end in ends if end >= 0]
    if found:
        end = min(found)
        return end, all(text.find(f" {shell} ", end + 1) < 0 for shell in shells)
    # In exec form the value is taken as one word, as almost all are.
    end = text.find(" ", start)
    return (end, False) if end >= 0 else (len(text), False)


def _by_looks(
    text: str,
    start: int,
    number: int,
    declared: Collection[str],
    expected: Mapping[str, str],
    shells: Sequence[str],
) -> Prefix:
    """If no declaration explains the names, takes the first N that look like one, preferring declared names."""
    names: list[str] = []
    position = start
    for match in _NAME.finditer(text, start):
        if match.start() != position and text[match.start() - 1] != " ":
            continue
        if declared and match.group(1) not in declared and match.start() != position:
            continue
        names.append(match.group(1))
        if len(names) == number:
            break
    found = _by_names(text, start, names, expected, shells) if len(names) == number else None
    if found is not None:
        return Prefix(found.pairs, found.rest, sure=False)
    for shell in shells:
        end = text.find(f" {shell} ", start)
        if end >= 0:
            return Prefix(_split_sorted(text[start:end], declared), text[end + 1 :], sure=False)
    return Prefix((), text[start:], sure=False)
