"""The data file: fingerprints of known images' own steps, and the names of each. Read in place, never as a whole.

Layout, numbers little-endian; `tools/make_known_images.py` writes it with the same constants:

    magic, then five tables, each (offset, count) in the header
    beginnings   4 bytes of an image's first step's fingerprint, 8 bytes: bit n is set where images of n own steps are
    rows         5 bytes of the fingerprint of all own steps, 3 bytes: the number of its group; sorted
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
import zlib
from collections.abc import Iterable
from datetime import date, timedelta
from math import isqrt

from reconstruct.record import dataclass

MAGIC = b"RKNOWN1\n"
HEADER = struct.Struct("<8s10sQQQQQQQQQQ")
BEGINNING = struct.Struct("<4sQ")
ROOT = struct.Struct("<QIB27s")
ROW = struct.Struct("<5s3s")
ROW_WIDTH = ROW.size
FINGERPRINT = 5
PER_BLOCK = 64
# Bit 63 of a beginning's mask means any greater number of steps.
MOST_BITS = 63
EPOCH = date(2016, 1, 1)
PATH = os.path.join(os.path.dirname(__file__), "images.bin")
_BLOCK_LIMIT = 1 << 20
_MOST_TEXTS = 4096


@dataclass(frozen=True)
class Listing:
    """An image's names from day `first` to day `last`; `base` is the name in its FROM, empty for none.

    `targets` and `sources` are the particulars of its COPY steps (canonical.particulars), None if they don't matter.
    """

    image: str
    tags: tuple[str, ...]
    base: str
    first: str
    last: str
    targets: bytes | None = None
    sources: bytes | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The image's name with each of its tags."""
        return tuple(f"{self.image}:{tag}" for tag in self.tags)


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
        self._beginnings, self._rows, self._shapes, self._blocks, self._roots = (
            (numbers[i], numbers[i + 1]) for i in range(0, 10, 2)
        )
        self._cache: dict[int, list[str]] = {}
        # Asked for most often, and small: fingerprint → group.
        self._shape_groups: dict[bytes, bytes] = {}
        # By name, where the texts are.
        self._texts: dict[bytes, tuple[int, int]] | None = None
        self._versions: dict[str, frozenset[str]] = {}
        # Of the distributions that the data has, which are few.
        self._distributions: dict[str, str] = {}

    def lengths(self, first: bytes) -> int:
        """The mask of the numbers of own steps of images that start with this step."""
        offset, count = self._beginnings
        place = self._find(offset, count, BEGINNING.size, first[:4])
        if place < 0:
            return 0
        return int(BEGINNING.unpack_from(self._data, place)[1])

    def listings(self, fingerprint: bytes) -> tuple[Listing, ...]:
        """The images with these own steps."""
        return tuple(_listing(line) for line in self._group(self._rows, fingerprint))

    def shapes(self, fingerprint: bytes) -> tuple[tuple[str, ...], ...]:
        """The families whose own steps have this shape: the fields of each row."""
        if not self._shape_groups:
            offset, count = self._shapes
            self._shape_groups = dict(ROW.iter_unpack(self._data[offset : offset + count * ROW_WIDTH]))
        number = self._shape_groups.get(fingerprint[:FINGERPRINT])
        return () if number is None else tuple(tuple(line.split("\t")) for line in self._lines(number))

    def also_called(self, image: str, tags: Iterable[str]) -> frozenset[str]:
        """The tags with all others that the distribution's image had: `jammy` and `latest` for ubuntu's `22.04`."""
        text = self._distributions.get(image) or self._listings_of(image)
        if text:
            self._distributions[image] = text
        result = set(tags)
        for tag in tags:
            place = text.find(tag)
            while place >= 0:
                start, end = text.rfind("\n", 0, place) + 1, text.find("\n", place)
                line = text[start : end if end >= 0 else len(text)].split(" ")
                if tag in line:
                    result.update(line)
                place = text.find(tag, end) if end >= 0 else -1
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

    def _group(self, table: tuple[int, int], fingerprint: bytes) -> list[str]:
        offset, count = table
        place = self._find(offset, count, ROW_WIDTH, fingerprint[:FINGERPRINT])
        return [] if place < 0 else self._lines(self._data[place + FINGERPRINT : place + ROW_WIDTH])

    def _lines(self, group: bytes) -> list[str]:
        """The lines of the group with that number."""
        number = int.from_bytes(group, "little")
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

    def _find(self, offset: int, count: int, width: int, key: bytes) -> int:
        """The position of the entry of `key` in a sorted table; -1 if there is none."""
        size, data = len(key), self._data
        # Fingerprints are spread evenly, so that an entry is hardly ever far from its share of the table.
        likely, reach = int.from_bytes(key[:4], "big") * count >> 32, 2 * isqrt(count)
        first, last = max(likely - reach, 0), min(likely + reach, count)
        for bottom, top in ((first, last), (0, count)):
            low, high = bottom, top
            while low < high:
                middle = (low + high) // 2
                place = offset + middle * width
                if data[place : place + size] < key:
                    low = middle + 1
                else:
                    high = middle
            if (bottom < low or not bottom) and (low < top or top == count):
                break
        place = offset + low * width
        return place if low < count and data[place : place + size] == key else -1


def _listing(line: str) -> Listing:
    image, tags, base, first, last, particulars = (line.split("\t") + [""] * 6)[:6]
    extra = bytes.fromhex(particulars) if particulars else b""
    return Listing(
        image, tuple(tags.split(" ")), base, day_of(first), day_of(last), extra[:2] or None, extra[2:4] or None
    )


def day_of(number: str) -> str:
    """The date (YYYY-MM-DD) of a number of days since EPOCH; empty if the text isn't a number."""
    return (EPOCH + timedelta(days=int(number))).isoformat() if number.isdigit() else ""
