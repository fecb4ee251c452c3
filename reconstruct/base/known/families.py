"""Versions newer than the data: images named by the variable with their version.

A family is recognised by its shape: all own steps without the values of variables and RUN's text. Or, if the steps have
changed since, by its ends: the variable (`PYTHON_VERSION`), what the first own step sets, and the last own step
(`CMD ["python3"]`). A row gives the text after the version in the tag, for each base: `-slim-bookworm`, or `-slim` if the
base's release is unknown, on `debian:bookworm-slim`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconstruct import pattern
from reconstruct.base.known.canonical import START, WIDTH, follow
from reconstruct.base.known.store import Listing, Store
from reconstruct.record import dataclass

# A shape with fewer steps or characters isn't distinctive.
FEWEST_STEPS = 2
LIGHTEST = 40
MOST_STEPS = 48
# Last steps that are distinctive.
_CLOSING = ("CMD ", "ENTRYPOINT ", "EXPOSE ", "VOLUME ", "WORKDIR ", "HEALTHCHECK ")
_BEFORE = r"(?:jdk-?|v|release-|node-)"
_VERSION = pattern.compile(r"\d[\w.]{0,40}(?:-b\d+)?")
_PREFIX = pattern.compile(rf"^{_BEFORE}(?=\d)")
_BEGINS = pattern.compile(rf"{_BEFORE}?\d")
_PACKAGE = pattern.compile(r"(\d[\w.]*?)[-~+].*")
_NUMBERS = pattern.compile(r"\d+(?:\.\d+)*")


@dataclass(frozen=True)
class Family:
    """One row: the tag of an image of version `v` is `v` + `long`, or `v` + `short` if the base's release is unknown."""

    image: str
    variable: str
    long: str
    short: str
    base: str

    @property
    def line(self) -> str:
        """The row as stored in the table: tab-separated fields."""
        return "\t".join((self.image, self.variable, self.long, self.short, self.base))


def spellings(value: str) -> Iterator[str]:
    """The spellings in tags of a version from a variable: `v2.8`, `jdk-21.0.5+11`, `16.4-1.pgdg120+1`."""
    bare = _PREFIX.sub("", value)
    for text in (value, bare, bare.replace("+", "_"), bare.replace("~", "")):
        if _VERSION.fullmatch(text):
            yield text
    package = _PACKAGE.fullmatch(bare)
    if package:
        yield package[1]


def may_be_version(value: str) -> bool:
    """False for a value without `spellings`."""
    return _BEGINS.match(value) is not None


def ends(variable: str, first: str, last: str) -> bytes | None:
    """The key of a family's ends, the first and the last step as shapes; None if they aren't distinctive."""
    if not last.startswith(_CLOSING) or not first:
        return None
    return follow(START, f"{variable}\n{first}\n{last}")[:WIDTH]


def shaped(shapes: Sequence[str], start: int, store: Store) -> list[tuple[int, tuple[Family, ...]]]:
    """Every end of a known shape that starts at `start`, and its families. `shapes`: from `canonical.shape`."""
    value, found, weight = START, [], 0
    for length, text in enumerate(shapes[start : start + MOST_STEPS], 1):
        value = follow(value, text)
        weight += len(text)
        if length >= FEWEST_STEPS and weight >= LIGHTEST and (families := _families(store, value[:WIDTH])):
            found.append((start + length, families))
    return found


def ended(
    shapes: Sequence[str], start: int, variables: Sequence[Mapping[str, str]], store: Store
) -> list[tuple[int, tuple[Family, ...]]]:
    """Every match by a family's ends. `variables`: what each step sets. A version in the data doesn't count, because its
    steps would have matched."""
    found: list[tuple[int, tuple[Family, ...]]] = []
    names: dict[str, str] = {}
    first = shapes[start]
    for place in range(start, min(start + MOST_STEPS, len(shapes))):
        if variables[place]:
            names.update({name: value for name, value in variables[place].items() if "VERSION" in name.upper()})
        if not names or not shapes[place].startswith(_CLOSING):
            continue
        for name, value in names.items():
            key = ends(name, first, shapes[place])
            families = _families(store, key) if key is not None else ()
            newer = tuple(
                one for one in families if not any(map(store.versions(one.image).__contains__, spellings(value)))
            )
            if newer:
                found.append((place + 1, newer))
    return found


def _families(store: Store, key: bytes) -> tuple[Family, ...]:
    rows = store.shapes(key)
    return tuple([Family(*fields[:5]) for fields in rows if len(fields) >= 5]) if rows else ()


def listings(families: Sequence[Family], variables: Mapping[str, str], below: Sequence[str]) -> tuple[Listing, ...]:
    """The image's possible names on an image with the names `below` (none: unknown), the likeliest first."""
    result: dict[Listing, None] = {}
    best = max((_fit(family, below) for family in families), default=0)
    likely = [family for family in families if _fit(family, below) == best]
    for family in sorted(likely, key=lambda family: len(family.short)):
        version = next(spellings(variables.get(family.variable, "")), None)
        if version is None:
            continue
        long = _moved(family, below)
        endings = (family.short,) if long is None else (long, family.short) if long == family.long else (long,)
        tags = dict.fromkeys(f"{text}{ending}" for text in (version, *_shorter(version)) for ending in endings)
        result[Listing(family.image, tuple(tags), family.base)] = None
    return tuple(result)


def _shorter(version: str) -> Iterator[str]:
    """`3.14`, `3` for `3.14.2`."""
    parts = version.split(".")
    if len(parts) > 1 and all(part.isdigit() for part in parts):
        yield from (".".join(parts[:count]) for count in range(len(parts) - 1, 0, -1))


def _fit(family: Family, below: Sequence[str]) -> int:
    if family.base in below:
        return 2
    return 1 if any(name.partition(":")[0] == family.base.partition(":")[0] for name in below) else 0


def _moved(family: Family, below: Sequence[str]) -> str | None:
    """The ending for another release of the base: `-slim-bookworm` on trixie is `-slim-trixie`; None if unknown."""
    if family.base in below:
        return family.long
    image, _, tag = family.base.partition(":")
    release = tag.split("-")[0]
    if not release or release not in family.long:
        return None
    for name in below:
        other, _, theirs = name.partition(":")
        theirs = theirs.split("-")[0]
        numbers = _NUMBERS.match(theirs)
        if other == image and bool(_NUMBERS.fullmatch(release)) == bool(numbers):
            if numbers:
                theirs = ".".join(numbers[0].split(".")[: release.count(".") + 1])
            return family.long.replace(release, theirs)
    return None
