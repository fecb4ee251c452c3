"""Pairs the images of two sets by their keys, the most reliable first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

# An image's keys, the most reliable first; None is unknown. All images of both sets have the same number.
Keys = tuple[Hashable | None, ...]


def partners(old: Sequence[Keys], new: Sequence[Keys]) -> Iterator[tuple[int | None, int | None]]:
    """(place in `old`, place in `new`) of every image, once each: pairs and added images in the order of `new`, then removed ones.

    Two are paired by their first key that only one remaining image on each side has.
    """
    found: dict[int, int] = {}
    left_old, left_new = set(range(len(old))), set(range(len(new)))
    for kind in range(len(old[0]) if old else 0):
        before, after = _single(old, left_old, kind), _single(new, left_new, kind)
        for key, place in after.items():
            if key in before:
                found[place] = before[key]
        left_new -= found.keys()
        left_old -= set(found.values())
    for place in range(len(new)):
        yield found.get(place), place
    for place in sorted(left_old):
        yield place, None


def _single(images: Sequence[Keys], left: set[int], kind: int) -> dict[Hashable, int]:
    """Key → the one image that has it."""
    places: dict[Hashable, list[int]] = defaultdict(list)
    for place in sorted(left):
        if (key := images[place][kind]) is not None:
            places[key].append(place)
    return {key: found[0] for key, found in places.items() if len(found) == 1}
