"""Learns, from all records, which variable names the version of images of a shape, and how their tags end."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from known_images.gather import Record

from reconstruct.base.known.families import FEWEST_STEPS, MOST_STEPS, Family, ends, spellings
from reconstruct.base.known.naming import best_first

# What was not listed for so long has no newer versions.
_ALIVE = timedelta(days=400)
_RECENT = timedelta(days=1200)
# The next version has another day in its tag.
_DATE = re.compile(r"\d{8}")


def learn(records: Sequence[Record], until: str) -> dict[bytes, list[str]]:
    """Lines of families by the fingerprint of a shape or of its ends; of each image, variable and base the newest."""
    newest: dict[bytes, dict[tuple[str, str, str], tuple[str, Family]]] = {}
    for record in _living(records, date.fromisoformat(until)):
        family = _family(record)
        if family is None:
            continue
        for row in record.rows:
            if FEWEST_STEPS <= row.length <= MOST_STEPS:
                by_ends = ends(family.variable, row.opening, row.closing)
                for key in (row.shape, by_ends) if by_ends is not None else (row.shape,):
                    kept = newest.setdefault(key, {})
                    place = (family.image, family.variable, family.base)
                    if _rank(record, family) >= kept.get(place, ("",))[0]:
                        kept[place] = (_rank(record, family), family)
    return {
        key: [
            family.line for _, family in sorted(kept.values(), key=lambda item: (item[0], item[1].line), reverse=True)
        ]
        for key, kept in newest.items()
    }


def _rank(record: Record, family: Family) -> str:
    """The newest, and of several just as new the one with the most names: `php:8.4-cli` before `php:8.4-zts`."""
    return f"{record.last} {len(record.tags):04d}"


def _living(records: Iterable[Record], until: date) -> Iterable[Record]:
    newest: dict[str, str] = defaultdict(str)
    records = list(records)
    for record in records:
        newest[record.image] = max(newest[record.image], record.last)
    alive = {image for image, last in newest.items() if date.fromisoformat(last) >= until - _ALIVE}
    return [
        record for record in records if record.image in alive and date.fromisoformat(record.last) >= until - _RECENT
    ]


def _family(record: Record) -> Family | None:
    """The variable whose value the most telling tag begins with, and how the longest and the shortest such tag end."""
    tags = best_first(tag for tag in record.tags if not _DATE.search(tag))
    if not tags:
        return None
    found: tuple[int, str, str] | None = None
    for variable, value in record.variables:
        for version in spellings(value):
            rest = tags[0][len(version) :]
            if tags[0].startswith(version) and (not rest or rest[0] == "-") and (not found or len(version) > found[0]):
                found = (len(version), variable, version)
                break
    # A lone number is a major version at best: `8` of `JAVA_VERSION` would name all that followed.
    if found is None or found[2].isdigit():
        return None
    _, variable, version = found
    endings = sorted(
        (tag[len(version) :] for tag in tags if tag == version or tag.startswith(version + "-")),
        key=lambda ending: (len(ending), ending),
    )
    return Family(record.image, variable, tags[0][len(version) :], endings[0], record.base)


def versions(records: Iterable[Record]) -> dict[str, str]:
    """The versions that the data knows, by image, one text each."""
    known: dict[str, set[str]] = defaultdict(set)
    for record in records:
        for _, value in record.variables:
            known[record.image].update(spelt for spelt in spellings(value) if not spelt.isdigit() and len(spelt) < 24)
    return {image: " ".join(sorted(found)) for image, found in sorted(known.items()) if found}
