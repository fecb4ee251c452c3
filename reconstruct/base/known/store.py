"""The data file: fingerprints of known images' own steps, and the names of each. Read in place, never as a whole.

Layout, numbers little-endian; `tools/make_known_images.py` writes it with the same constants:

    magic, then five tables, each (offset, count) in the header
    beginnings   8 bytes: the start of an image's first step's fingerprint; sorted. Then for each 8 bytes: bit n is set where
                 images of n own steps are
    rows         8 bytes: the start of the fingerprint of all own steps, and the number of its group; sorted
    shapes       the same for the shapes of own steps (families.py)
    blocks       where each block of groups begins; a block is 64 groups, deflated
    texts        by name, deflated: of a distribution's image lines of the tags that it had together; of `=image` its versions

A group is lines `image TAB tags TAB base TAB first day TAB last day TAB particulars`, tags and bases without their image;
days count from 2016-01-01.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
import zlib
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta

from reconstruct.base.known.naming import lasting
from reconstruct.record import dataclass

MAGIC = b"RKNOWN2\n"
HEADER = struct.Struct("<8s10sQQQQQQQQQQ")
ROOT = struct.Struct("<QIB27s")
NUMBER_WIDTH = 8
# The bytes of a row, and of a beginning, that are a fingerprint's; a row's others are its group's.
FINGERPRINT = 5
BEGINNING = 4
MOST_GROUPS = 1 << 8 * (NUMBER_WIDTH - FINGERPRINT)
PER_BLOCK = 64
# Bit 63 of a beginning's mask means any greater number of steps.
MOST_BITS = 63
EPOCH = date(2016, 1, 1)
NO_DAY = -1
PATH = os.path.join(os.path.dirname(__file__), "images.bin")
_BLOCK_LIMIT = 1 << 20
_MOST_TEXTS = 4096


@dataclass(frozen=True)
class Listing:
    """An image's names from day `first` to day `last`, counted from EPOCH (NO_DAY: unknown); `base` is the name in its FROM,
    empty for none.

    `targets` and `sources` are the particulars of its COPY steps (canonical.particulars), None if they don't matter.
    """

    image: str
    tags: tuple[str, ...]
    base: str
    first: int = NO_DAY
    last: int = NO_DAY
    targets: bytes | None = None
    sources: bytes | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The image's name with each of its tags."""
        return tuple([f"{self.image}:{tag}" for tag in self.tags])


class Group:
    """The listings of images with the same own steps. Most groups have many, all on another base: they are read when wanted."""

    def __init__(self, lines: Sequence[str] = (), listings: Sequence[Listing] = ()) -> None:
        """Of the data's `lines`, or of `listings`."""
        self._lines, self._listings = lines, tuple(listings)

    @property
    def listings(self) -> tuple[Listing, ...]:
        """All of them."""
        if not self._listings:
            self._listings = tuple(map(_listing, self._lines))
        return self._listings

    @property
    def bases(self) -> Collection[str]:
        """The names in their FROM."""
        if self._listings:
            return {listing.base for listing in self._listings}
        return {_base_of(line) for line in self._lines}

    def on(self, bases: Collection[str]) -> list[Listing]:
        """Those with one of these names in their FROM."""
        if self._listings:
            return [listing for listing in self._listings if listing.base in bases]
        return [_listing(line) for line in self._lines if _base_of(line) in bases]


class Store:
    """The open file. Methods return nothing if the data has no match."""

    def __init__(self, path: str | os.PathLike[str] = PATH) -> None:
        """Raises OSError if the file can't be opened, ValueError if it isn't a data file."""
        with open(path, "rb") as file:
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if len(self._data) < HEADER.size or self._data[: len(MAGIC)] != MAGIC:
            raise ValueError("no data on known images")
        fields = HEADER.unpack_from(self._data)
        self.day = fields[1].decode("ascii")
        numbers = fields[2:]
        beginnings, rows, shapes, self._blocks, self._roots = ((numbers[i], numbers[i + 1]) for i in range(0, 10, 2))
        self._beginnings = self._numbers(*beginnings)
        self._masks = self._numbers(beginnings[0] + len(self._beginnings) * NUMBER_WIDTH, beginnings[1])
        self._rows, self._shapes = self._numbers(*rows), self._numbers(*shapes)
        # Asked for most often, and small: fingerprint → group.
        self._shape_groups: dict[int, int] = {}
        self._cache: dict[int, list[str]] = {}
        # By name, where the texts are.
        self._texts: dict[bytes, tuple[int, int]] | None = None
        self._versions: dict[str, frozenset[str]] = {}
        # Of the distributions that the data has, which are few, and of their tags.
        self._distributions: dict[str, str] = {}
        self._together: dict[tuple[str, str], frozenset[str]] = {}
        self._lasting: dict[tuple[str, str], tuple[str, ...]] = {}

    def lengths(self, first: bytes) -> int:
        """The mask of the numbers of own steps of images that start with this step."""
        wanted = key(first, BEGINNING)
        place = bisect_left(self._beginnings, wanted)
        found = place < len(self._masks) and self._beginnings[place] == wanted
        return self._masks[place] if found else 0

    def group(self, fingerprint: bytes) -> Group | None:
        """The images with these own steps."""
        wanted = key(fingerprint)
        place = bisect_left(self._rows, wanted)
        group = self._rows[place] - wanted if place < len(self._rows) else MOST_GROUPS
        lines = self._lines(group) if group < MOST_GROUPS else []
        return Group(lines) if lines else None

    def shapes(self, fingerprint: bytes) -> tuple[tuple[str, ...], ...]:
        """The families whose own steps have this shape: the fields of each row."""
        if not self._shape_groups:
            self._shape_groups = {number & -MOST_GROUPS: number % MOST_GROUPS for number in self._shapes}
        group = self._shape_groups.get(key(fingerprint))
        return () if group is None else tuple(tuple(line.split("\t")) for line in self._lines(group))

    def also_called(self, image: str, tags: Iterable[str]) -> frozenset[str]:
        """The tags with all others that the distribution's image had: `jammy` and `latest` for ubuntu's `22.04`."""
        return frozenset(tags).union(*[self._had_with(image, tag) for tag in tags])

    def lasting(self, image: str, tag: str) -> tuple[str, ...]:
        """Those of a distribution's tags that it had together with this one and that last; none if the data doesn't have it."""
        if (image, tag) not in self._lasting:
            together = self._had_with(image, tag)
            if not together:
                return ()
            self._lasting[image, tag] = lasting(together)
        return self._lasting[image, tag]

    def _had_with(self, image: str, tag: str) -> frozenset[str]:
        """The tags in the distribution's lines with this one; none if the data doesn't have it."""
        known = self._together.get((image, tag))
        if known is not None:
            return known
        text = self._distributions.get(image) or self._listings_of(image)
        result: set[str] = set()
        place = text.find(tag)
        while place >= 0:
            start, end = text.rfind("\n", 0, place) + 1, text.find("\n", place)
            line = text[start : end if end >= 0 else len(text)].split(" ")
            if tag in line:
                result.update(line)
            place = text.find(tag, end) if end >= 0 else -1
        if text:
            self._distributions[image] = text
        if result:
            self._together[image, tag] = frozenset(result)
        return frozenset(result)

    def versions(self, image: str) -> frozenset[str]:
        """The versions of an image that the data has."""
        if image not in self._versions:
            self._versions[image] = frozenset(self._listings_of(f"={image}").split(" "))
        return self._versions[image]

    def _listings_of(self, image: str) -> str:
        """Lines of the tags that a distribution's image had together; `=` before an image's name means its versions."""
        if self._texts is None:
            offset, count = self._roots
            rows = self._data[offset : offset + min(count, _MOST_TEXTS) * ROOT.size]
            whole = len(rows) // ROOT.size * ROOT.size
            self._texts = {
                label[:length]: (start, size) for start, size, length, label in ROOT.iter_unpack(rows[:whole])
            }
        start, size = self._texts.get(image.encode("utf-8", "replace"), (0, 0))
        try:
            return self._inflate(start, size) if size else ""
        except zlib.error:
            return ""  # A damaged file counts as empty.

    def _numbers(self, offset: int, count: int) -> Sequence[int]:
        """A table of numbers, in place where the machine has their byte order."""
        table = memoryview(self._data)[offset : offset + count * NUMBER_WIDTH]
        table = table[: len(table) // NUMBER_WIDTH * NUMBER_WIDTH]
        return table.cast("Q") if sys.byteorder == "little" else struct.unpack(f"<{len(table) // NUMBER_WIDTH}Q", table)

    def _lines(self, number: int) -> list[str]:
        """The lines of the group with that number."""
        groups = self._block(number // PER_BLOCK)
        return groups[number % PER_BLOCK].split("\n") if number % PER_BLOCK < len(groups) else []

    def _block(self, index: int) -> list[str]:
        offset, count = self._blocks
        if index not in self._cache and index < count:
            start, end = struct.unpack_from("<QQ", self._data, offset + 8 * index)
            self._cache[index] = self._inflate(start, end - start).split("\n\n")
        return self._cache.get(index, [])

    def _inflate(self, start: int, size: int) -> str:
        inflater = zlib.decompressobj(-15)
        return inflater.decompress(self._data[start : start + size], _BLOCK_LIMIT).decode("utf-8", "replace")


def key(fingerprint: bytes, width: int = FINGERPRINT) -> int:
    """The first `width` bytes of a fingerprint as the highest of a table's number."""
    return int.from_bytes(fingerprint[:width], "big") << 8 * (NUMBER_WIDTH - width)


def _base_of(line: str) -> str:
    fields = line.split("\t", 3)
    return fields[2] if len(fields) > 2 else ""


def _listing(line: str) -> Listing:
    image, tags, base, first, last, particulars = (line.split("\t") + [""] * 6)[:6]
    days = (int(first) if first.isdigit() else NO_DAY, int(last) if last.isdigit() else NO_DAY)
    if not particulars:
        return Listing(image, tuple(tags.split(" ")), base, *days)
    extra = bytes.fromhex(particulars)
    return Listing(image, tuple(tags.split(" ")), base, *days, extra[:2] or None, extra[2:4] or None)


def date_of(day: int) -> str:
    """The date (YYYY-MM-DD) of a day counted from EPOCH; empty for NO_DAY."""
    return (EPOCH + timedelta(days=day)).isoformat() if day != NO_DAY else ""
