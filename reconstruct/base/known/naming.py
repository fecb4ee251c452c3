"""Chooses the most specific and lasting of an image's names."""

from __future__ import annotations

from collections.abc import Iterable

from reconstruct import pattern

# Tags that move from release to release.
_MOVING = pattern.compile(
    r"(?:^|-)(?:latest|stable|testing|unstable|oldstable|oldoldstable|rolling|devel|edge|mainline|lts|current|rc|nightly|beta)"
    r"(?=-|\d|$)"
)
_DIGIT = pattern.compile(r"\d")

# Tags of one day, and tags that move every half year.
_PASSING = pattern.compile(r"(?:\w+-)?\d{8}(?:\.\d+)?(?:-\w+)?|devel|rolling|edge")


def lasting(tags: Iterable[str]) -> tuple[str, ...]:
    """The tags, in alphabetical order, without those that an image has for a day or until another takes them."""
    return tuple([tag for tag in sorted(tags) if _PASSING.fullmatch(tag) is None])


def telling(tag: str) -> tuple[bool, int, int]:
    """Sort key of tags by how specific they are: `3.12.7-slim-bookworm` before `3.12-slim`, `bookworm` before `stable`."""
    return _MOVING.search(tag) is None, len(_DIGIT.findall(tag)), len(tag)


def releases_first(tags: Iterable[str]) -> list[str]:
    """A set of tags in one order, those of a release before those that move: the first names the release."""
    return sorted(tags, key=lambda tag: (_MOVING.search(tag) is not None, tag))


def best_first(tags: Iterable[str]) -> tuple[str, ...]:
    """The tags without duplicates, the most specific first; otherwise in their order."""
    return tuple(sorted(dict.fromkeys(tags), key=telling, reverse=True))
