"""Which of an image's names says the most, for the longest."""

from __future__ import annotations

from collections.abc import Iterable

from reconstruct import pattern

# Tags that move from release to release.
_MOVING = pattern.compile(
    r"(?:^|-)(?:latest|stable|testing|unstable|oldstable|oldoldstable|rolling|devel|edge|mainline|lts|current|rc|nightly|beta)"
    r"(?=-|\d|$)"
)
_DIGIT = pattern.compile(r"\d")


def telling(tag: str) -> tuple[bool, int, int]:
    """Sorts tags by how much they tell: `3.12.7-slim-bookworm` before `3.12-slim`, `bookworm` before `stable`."""
    return _MOVING.search(tag) is None, len(_DIGIT.findall(tag)), len(tag)


def best_first(tags: Iterable[str]) -> tuple[str, ...]:
    """The tags, each once, the most telling first; otherwise in their order."""
    return tuple(sorted(dict.fromkeys(tags), key=telling, reverse=True))
