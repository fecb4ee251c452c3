"""Which of an image's names its author is likely to have written in FROM.

People rarely write an image's longest tag: `python:3.12-slim` was `python:3.12.7-slim-bookworm` on the day of the build. The
habits below are those of most repositories that use the image, counted on the FROMs of 370 public ones. A name without any
version is never chosen, however common: the Dockerfile would build on something else soon.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconstruct import pattern
from reconstruct.record import dataclass
from reconstruct.reference import split


@dataclass(frozen=True)
class Habit:
    """The numbers of the version that people write, None for all; whether they name the distribution's release."""

    numbers: int | None = None
    release: bool = False


_HABITS = {
    "alpine": Habit(2),
    "eclipse-temurin": Habit(1, release=True),
    "golang": Habit(2),
    "node": Habit(1),
    "openjdk": Habit(1),
    "php": Habit(2),
    "python": Habit(2),
    "ubuntu": Habit(2),
}
_OTHERS = Habit()
# What a tag names beside the version: the release of the distribution below, a day.
_RELEASE = pattern.compile(
    r"(?:^|-)(?:alpine-?\d[\d.]*|(?:old){0,2}stable|testing|unstable|sid|experimental"
    r"|wheezy|jessie|stretch|buster|bullseye|bookworm|trixie|forky|duke"
    r"|trusty|xenial|bionic|focal|jammy|noble|resolute)(?=-|$)"
)
# `alpine3.20` is Alpine, and so is `alpine-3.20`.
_NUMBERED = pattern.compile(r"(alpine)-?\d[\d.]*")
_DATE = pattern.compile(r"(?:^|-)\d{8}(?:\.\d+)?(?=-|$)")
_DAY = len("20240506")
_VERSION = pattern.compile(r"v?(\d+(?:[._u]\d+)*)(?=-|$)")
_SEPARATOR = pattern.compile(r"[._u]")


@dataclass(frozen=True)
class _Tag:
    """A tag taken apart: the numbers of its version, its words after that, and whether these name a release or a day."""

    text: str
    numbers: tuple[str, ...]
    words: tuple[str, ...]
    release: bool
    dated: bool


def likeliest(name: str, names: Sequence[str]) -> str:
    """The likeliest of the `names` that the official image `name` had; `name` itself if it shows no version."""
    repository, tag, digest = split(name)
    if "/" in repository or digest:
        return name
    mine, habit = _read(tag), _HABITS.get(repository, _OTHERS)
    if not mine.numbers and not mine.release:
        return name
    fitting = [mine, *(one for one in _tags(repository, names, mine) if _is_of(one, mine))]
    return f"{repository}:{min(fitting, key=lambda one: _unlike(one, mine, habit)).text}"


def fullest(written: str, names: Sequence[str]) -> str:
    """The name that says most of those that the image had beside `written`: one of a day, or with the whole version."""
    repository, tag, _ = split(written)
    mine = _read(tag)
    words = set(mine.words)
    alike = [one for one in _tags(repository, names, mine) if words <= set(one.words) and _is_of(mine, one)]
    best = max(alike, key=lambda one: (one.dated, len(one.numbers), one.release, len(one.words)), default=mine)
    return f"{repository}:{best.text}" if best is not mine else written


def numbers_kept(repository: str) -> int | None:
    """The numbers of an image's version that name a line of releases, of which the newest is built; None for all."""
    return _HABITS.get(repository, _OTHERS).numbers


def _tags(repository: str, names: Sequence[str], mine: _Tag) -> Iterator[_Tag]:
    """Those of the names' tags in a repository that can be of the same version as `mine`."""
    first = mine.numbers[0] if mine.numbers else ""
    for name in names:
        theirs, tag, _ = split(name)
        if theirs == repository and tag.lstrip("v").startswith(first):
            yield _read(tag)


def _read(tag: str) -> _Tag:
    dated = len(tag) >= _DAY and _DATE.search(tag) is not None
    version = None if dated else _VERSION.match(tag)
    numbers = tuple(_SEPARATOR.split(version[1])) if version else ()
    rest = tag[version.end() :] if version else tag
    plain = _NUMBERED.sub(r"\1", rest) if "alpine" in rest else rest
    return _Tag(tag, numbers, tuple(plain.split("-")), rest != "" and _RELEASE.search(rest) is not None, dated)


def _is_of(one: _Tag, mine: _Tag) -> bool:
    """Whether a tag is of the same version with the same or fewer numbers, or without one of the same release."""
    if mine.numbers:
        return bool(one.numbers) and mine.numbers[: len(one.numbers)] == one.numbers
    return not one.numbers and one.words[:1] == mine.words[:1]


def _unlike(one: _Tag, mine: _Tag, habit: Habit) -> tuple[bool, int, bool, int]:
    """Sort key: how far the tag is from what people write; of those alike, the one that says most."""
    wanted = len(mine.numbers) if habit.numbers is None else habit.numbers
    release = habit.release if mine.numbers else True
    return one.dated, abs(len(one.numbers) - wanted), one.release is not release, -len(one.words)
