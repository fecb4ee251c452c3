"""Learns, from all records, which variable names the version of images of a shape, and how their tags end."""

from __future__ import annotations

from collections.abc import Iterable

from known_images.gather import Record

from reconstruct.base.known.families import FEWEST_STEPS, MOST_STEPS, Family, spellings
from reconstruct.base.known.naming import best_first


def learn(records: Iterable[Record]) -> dict[bytes, list[str]]:
    """Lines of families by the shape's fingerprint; of each image, variable and base the newest."""
    newest: dict[bytes, dict[tuple[str, str, str], tuple[str, Family]]] = {}
    for record in records:
        family = _family(record)
        if family is None:
            continue
        for row in record.rows:
            if FEWEST_STEPS <= row.length <= MOST_STEPS:
                kept = newest.setdefault(row.shape, {})
                key = (family.image, family.variable, family.base)
                if record.last >= kept.get(key, ("",))[0]:
                    kept[key] = (record.last, family)
    return {
        shape: [
            family.line for _, family in sorted(kept.values(), key=lambda item: (item[0], item[1].line), reverse=True)
        ]
        for shape, kept in newest.items()
    }


def _family(record: Record) -> Family | None:
    """The variable whose value the most telling tag begins with, and how the longest and the shortest such tag end."""
    tags = best_first(record.tags)
    found: tuple[int, str, str] | None = None
    for variable, value in record.variables:
        for version in spellings(value):
            rest = tags[0][len(version) :]
            if tags[0].startswith(version) and (not rest or rest[0] == "-") and (not found or len(version) > found[0]):
                found = (len(version), variable, version)
                break
    # A lone number is a major version at best: `8` of `JAVA_VERSION` would name all that followed.
    if found is None or ("." not in found[2] and not any(letter.isalpha() for letter in found[2])):
        return None
    _, variable, version = found
    endings = sorted(
        (tag[len(version) :] for tag in record.tags if tag == version or tag.startswith(version + "-")),
        key=lambda ending: (len(ending), ending),
    )
    return Family(record.image, variable, tags[0][len(version) :], endings[0], record.base)
