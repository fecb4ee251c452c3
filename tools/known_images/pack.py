"""Writes the data file that reconstruct/base/known/store.py reads."""

from __future__ import annotations

import struct
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from known_images.gather import Record
from known_images.shapes import learn, versions

from reconstruct.base.known.canonical import LIGHTEST
from reconstruct.base.known.store import BEGINNING, EPOCH, HEADER, MAGIC, MOST_BITS, PER_BLOCK, ROOT, key


@dataclass
class Group:
    """All listings of one fingerprint. Keys: image, tags, base, targets, sources; values: first and last day."""

    listings: dict[tuple[str, tuple[str, ...], str, bytes | None, bytes | None], list[str]] = field(
        default_factory=dict
    )

    def add(self, record: Record, targets: bytes | None, sources: bytes | None) -> None:
        key = (record.image, record.tags, record.base, targets, sources)
        days = self.listings.setdefault(key, [record.first, record.last])
        days[0], days[1] = min(days[0], record.first), max(days[1], record.last)

    def lines(self) -> list[str]:
        """The listings as text, the oldest first; particulars only if they distinguish listings."""
        merged: dict[tuple[str, tuple[str, ...], str], tuple[list[str], set[bytes | None], set[bytes | None]]] = {}
        for (image, tags, base, targets, sources), (first, last) in self.listings.items():
            days, at, of = merged.setdefault((image, tags, base), ([first, last], set(), set()))
            days[0], days[1] = min(days[0], first), max(days[1], last)
            at.add(targets)
            of.add(sources)
        tell = any(base in ("", "scratch") for _, _, base in merged)
        tell |= len({(_known(at), _known(of)) for _, at, of in merged.values()}) > 1
        result = []
        for (image, tags, base), (days, at, of) in sorted(merged.items(), key=lambda item: (item[1][0], item[0])):
            particulars = ""
            if tell:
                particulars = (_known(at) + _known(of)).hex()
            fields = [image, " ".join(tags), base, _number(days[0]), _number(days[1]), particulars]
            result.append("\t".join(fields).rstrip("\t"))
        return result


def _known(values: set[bytes | None]) -> bytes:
    return min(filter(None, values), default=bytes(2))


def _number(day: str) -> str:
    return str((date.fromisoformat(day) - EPOCH).days)


def pack(records: Sequence[Record], roots: Iterable[Record], day: str, path: Path) -> None:
    """Writes the file. `day`: of the newest thing in it; `roots`: listings of distributions."""
    shapes = learn(records, day)
    groups: dict[bytes, Group] = defaultdict(Group)
    beginnings: dict[bytes, int] = defaultdict(int)
    for record in records:
        for row in record.rows:
            if row.weight < LIGHTEST and record.base not in ("", "scratch"):
                continue
            groups[row.fingerprint].add(record, row.targets, row.sources)
            beginnings[row.first[:4]] |= 1 << min(row.length, MOST_BITS)
    texts = {fingerprint: group.lines() for fingerprint, group in groups.items()}
    order = sorted(texts, key=lambda fingerprint: (*_neighbours(texts[fingerprint][0]), fingerprint))
    shape_order = sorted(shapes, key=lambda fingerprint: (shapes[fingerprint], fingerprint))
    blobs = ["\n".join(texts[fingerprint]) for fingerprint in order]
    blobs += ["\n".join(shapes[fingerprint]) for fingerprint in shape_order]
    rows = _rows(order, 0)
    shape_rows = _rows(shape_order, len(order))
    begin = sorted((key(start, BEGINNING), mask) for start, mask in beginnings.items())
    texts_by_name = {**_root_texts(roots), **{f"={image}": text for image, text in versions(records).items()}}
    _write(path, day, begin, rows, shape_rows, blobs, texts_by_name)


def _neighbours(line: str) -> tuple[str, str, str]:
    """Puts groups side by side that share most of their text: the same variant of the same image, by time."""
    image, tags, base, first = line.split("\t")[:4]
    last = tags.split(" ")[-1].rstrip("0123456789.")
    return image, base.rstrip("0123456789."), f"{last} {int(first):06d}"


def _rows(order: Sequence[bytes], start: int) -> list[int]:
    return sorted(key(fingerprint) + start + index for index, fingerprint in enumerate(order))


def _root_texts(roots: Iterable[Record]) -> dict[str, str]:
    """Lines of tags by image, those of the same release side by side."""
    merged: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for record in roots:
        merged[record.image].add(record.tags)
    return {
        image: "\n".join(" ".join(tags) for tags in sorted(listed, key=lambda tags: (tags[-1], tags)))
        for image, listed in sorted(merged.items())
    }


def _write(
    path: Path,
    day: str,
    begin: Sequence[tuple[int, int]],
    rows: Sequence[int],
    shapes: Sequence[int],
    blobs: Sequence[str],
    roots: dict[str, str],
) -> None:
    body = bytearray(HEADER.size)
    places = []
    for count, table in (
        (len(begin), [*(start for start, _ in begin), *(mask for _, mask in begin)]),
        (len(rows), rows),
        (len(shapes), shapes),
    ):
        places += [len(body), count]
        body += struct.pack(f"<{len(table)}Q", *table)
    starts = []
    for index in range(0, len(blobs), PER_BLOCK):
        starts.append(len(body))
        body += _deflate("\n\n".join(blobs[index : index + PER_BLOCK]))
    starts.append(len(body))
    heads = []
    for image, text in roots.items():
        packed = _deflate(text)
        heads.append(ROOT.pack(len(body), len(packed), len(image.encode()), image.encode()))
        body += packed
    places += [len(body), len(starts) - 1]
    body += struct.pack(f"<{len(starts)}Q", *starts)
    places += [len(body), len(heads)]
    body += b"".join(heads)
    body[: HEADER.size] = HEADER.pack(MAGIC, day.encode("ascii"), *places)
    path.write_bytes(body)


def _deflate(text: str) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    return packer.compress(text.encode()) + packer.flush()
