"""Versions newer than the data: an image whose own steps have the shape of a known one's, named by its version variable.

A shape is the steps without the values of variables and the text of RUN. Its rows say which variable holds the version and
what follows the version in the tag, for each base: `python`, `PYTHON_VERSION`, `-slim-bookworm`, `-slim`, `debian:bookworm-slim`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from reconstruct.base.known.canonical import START, WIDTH, follow
from reconstruct.base.known.store import Listing, Store
from reconstruct.record import dataclass

# A shape of fewer steps or characters is anybody's.
FEWEST_STEPS = 2
LIGHTEST = 40
MOST_STEPS = 48
_PACKAGE = re.compile(r"(\d[\w.]*?)(?:[-~+].*)")
_VERSION = re.compile(r"\d[\w.]{0,40}")


@dataclass(frozen=True)
class Family:
    """One row: the tag of an image of version `v` is `v` + `long`, or `v` + `short` where the base's release is not known."""

    image: str
    variable: str
    long: str
    short: str
    base: str

    @property
    def line(self) -> str:
        return "\t".join((self.image, self.variable, self.long, self.short, self.base))


def spellings(value: str) -> Iterator[str]:
    """How tags spell a version that a variable holds: `v2.8`, `jdk-21.0.5+11`, `16.4-1.pgdg120+1`."""
    bare = re.sub(r"^(?:jdk-?|v|release-|node-)(?=\d)", "", value)
    for text in (value, bare, bare.replace("+", "_"), bare.replace("~", "")):
        if _VERSION.fullmatch(text):
            yield text
    package = _PACKAGE.fullmatch(bare)
    if package:
        yield package[1]


def shaped(shapes: Sequence[str], start: int, store: Store) -> list[tuple[int, tuple[Family, ...]]]:
    """Every end of a known shape that begins at `start`, and its families. `shapes`: as `canonical.shape` gives them."""
    value, found, weight = START, [], 0
    for length, text in enumerate(shapes[start : start + MOST_STEPS], 1):
        value = follow(value, text)
        weight += len(text)
        if length >= FEWEST_STEPS and weight >= LIGHTEST:
            families = tuple(Family(*fields[:5]) for fields in store.shapes(value[:WIDTH]) if len(fields) >= 5)
            if families:
                found.append((start + length, families))
    return found


def listings(families: Sequence[Family], variables: Mapping[str, str], below: Sequence[str]) -> tuple[Listing, ...]:
    """What the image would be called, on an image that has the names `below` (none: not known), the likeliest first."""
    result: dict[Listing, None] = {}
    for family in sorted(families, key=lambda family: -_fit(family, below)):
        version = next(spellings(variables.get(family.variable, "")), None)
        if version is None:
            continue
        long = _moved(family, below) if below else family.long
        endings = (long, family.short) if below and long is not None else (family.short,)
        tags = tuple(dict.fromkeys(version + ending for ending in endings if ending is not None))
        result[Listing(family.image, tags, family.base, "", "")] = None
    return tuple(result)


def _fit(family: Family, below: Sequence[str]) -> int:
    if family.base in below:
        return 2
    return 1 if any(name.partition(":")[0] == family.base.partition(":")[0] for name in below) else 0


def _moved(family: Family, below: Sequence[str]) -> str | None:
    """The ending for another release of the base: `-slim-bookworm` on trixie is `-slim-trixie`; None where it can't be told."""
    if family.base in below:
        return family.long
    image, _, tag = family.base.partition(":")
    release = tag.split("-")[0]
    for name in below:
        other, _, theirs = name.partition(":")
        if other == image and release and release in family.long:
            return family.long.replace(release, theirs.split("-")[0])
    return None
