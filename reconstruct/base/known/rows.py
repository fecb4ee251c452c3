"""Unofficial images, recognised by marks in their steps. The data is `rows.json`, with one row per image.

A row's fields are regular expressions for a step's text (`COPY sources destination`, else as in `canonical.texts`):

    name, names   templates of the names; `{version}` and the like are filled in from what matched
    hint          a text that the history must contain for the row to be tried
    labels        of the config, by key: each must match completely; config: its lists, by key: each must be found
    first         the step that identifies the image; without it, the image starts with the history, and `own` decides
    at            the required position of that step
    own           the following steps that also belong to the image, in order; `until`: its last step
    last          the last of these that it can end with: later steps are another image's
    most          the maximum number of steps after the first
    empty         the image may have no history at all
    below         the image isn't the whole history: its makers also build applications
    after         the name of a row that must have matched before
    anywhere, inside, flavours, either     fields of the name: a group in any step, or in the image's steps; the first of
                  several that is found in the image's steps, or in the later ones
    variants      `{variant}` by the distribution below, with `{minor}`, `{codename}` and `{tag}` of its release
    source        the location of the image's Dockerfiles, or the source of the facts
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby

from reconstruct import pattern
from reconstruct.base.known.chain import Root
from reconstruct.base.known.model import KnownImage
from reconstruct.image import Image
from reconstruct.syntax import Certainty, Copy, Label, RootFilesystem, Step
from reconstruct.typed import Any

_PATH = os.path.join(os.path.dirname(__file__), "rows.json")
# The length of a step's text that is examined.
_ENOUGH = 2000
_FIELD = pattern.compile(r"\{(\w+)\}")
_MINOR = pattern.compile(r"\d+\.\d+")

Row = Mapping[str, Any]


@cache
def rows() -> tuple[Row, ...]:
    """The rows; none if the file is missing or damaged."""
    try:
        with open(_PATH, encoding="utf-8") as file:
            return tuple(json.load(file))
    except (OSError, ValueError):
        return ()


@cache
def _by_hint() -> tuple[tuple[str, tuple[Row, ...]], ...]:
    """The rows in order, those with the same hint in a row together."""
    return tuple((hint, tuple(same)) for hint, same in groupby(rows(), lambda row: str(row.get("hint", ""))))


def by_marks(image: Image, steps: Sequence[Step], texts: Sequence[str], roots: Sequence[Root]) -> list[KnownImage]:
    """The images matched by rows, each once, by where they end. `texts` are the steps in canonical form."""
    lines = [_line(step, text) for step, text in zip(steps, texts, strict=True)]
    whole = "\n".join(lines)
    found: dict[int, KnownImage] = {}
    for hint, hinted in _by_hint():
        for row in hinted if hint in whole else ():
            fields = _config_fields(row, image)
            known = _apply(row, fields, lines, roots, found.values()) if fields is not None else None
            if known is not None:
                found.setdefault(known.entries, known)
    return [found[end] for end in sorted(found)]


def _line(step: Step, text: str) -> str:
    instruction = step.instruction
    if isinstance(instruction, Copy):
        text = f"{instruction.keyword} {' '.join((*instruction.sources, instruction.destination.strip()))}"
    elif isinstance(instruction, RootFilesystem):
        text = f"ROOT {' '.join(step.raw[:_ENOUGH].split())}"
    elif isinstance(instruction, Label):
        # buildah keeps the quotes.
        text = text.replace('"', "")
    return text[:_ENOUGH]


def _config_fields(row: Row, image: Image) -> dict[str, str] | None:
    """The captures of a row's config part; None if it doesn't match."""
    fields: dict[str, str] = {}
    labels = image.config.get("Labels") or {}
    for key, wanted in row["labels"].items() if "labels" in row else ():
        value = labels.get(key) if isinstance(labels, Mapping) else None
        match = re.fullmatch(wanted, value[:_ENOUGH]) if isinstance(value, str) else None
        if match is None:
            return None
        fields.update({name: text or "" for name, text in match.groupdict().items()})
    for key, wanted in row["config"].items() if "config" in row else ():
        value = image.config.get(key)
        text = "\n".join([str(item)[:_ENOUGH] for item in value[:_ENOUGH]]) if isinstance(value, (list, tuple)) else ""
        match = re.search(wanted, text)
        if match is None:
            return None
        fields.update({name: text or "" for name, text in match.groupdict().items()})
    return fields


def _apply(
    row: Row, fields: dict[str, str], lines: Sequence[str], roots: Sequence[Root], found: Any
) -> KnownImage | None:
    span = _span(row, fields, lines)
    if span is None or ("after" in row and not any(known.name.startswith(row["after"]) for known in found)):
        return None
    start, end = span
    if row.get("below") and end >= len(lines):
        return None
    fields.update(_told(row, lines, start, end))
    fields["variant"] = _variant(row, start, roots)
    name = _filled(row["name"], fields)
    if name is None:
        return None
    others = (_filled(template, fields) for template in row.get("names", ()))
    names = tuple(dict.fromkeys((name, *(other for other in others if other))))
    what = "its labels" if row.get("labels") else "its variables" if row.get("config") else "its own steps"
    return KnownImage(name, names, end, Certainty.INFERRED, f"{what} are {name.partition(':')[0]}'s")


def _span(row: Row, fields: dict[str, str], lines: Sequence[str]) -> tuple[int, int] | None:
    """The range of the image's own steps; the first one's groups become fields."""
    start, most = 0, int(row.get("most", 0))
    if "first" in row:
        places = range(len(lines)) if "at" not in row else range(min(row["at"] + 1, len(lines)))
        for start in places:
            if match := re.search(row["first"], lines[start]):
                fields.update({name: text or "" for name, text in match.groupdict().items()})
                break
        else:
            return None
        end = start + 1
    else:
        end = 0
    if "until" in row:
        ends = range(start, min(start + most + 1, len(lines)))
        return next(((start, place + 1) for place in ends if re.search(row["until"], lines[place])), None)
    while "own" in row and end < len(lines) and end - start <= most and re.search(row["own"], lines[end]):
        end += 1
    if "last" in row:
        end = next(
            (place + 1 for place in range(end - 1, start, -1) if re.search(row["last"], lines[place])), start + 1
        )
    return (start, end) if "first" in row or end or row.get("empty") else None


def _told(row: Row, lines: Sequence[str], start: int, end: int) -> Iterator[tuple[str, str]]:
    for where, among in (("anywhere", lines), ("inside", lines[start:end])):
        for name, wanted in row.get(where, {}).items():
            match = next((found for line in among if (found := re.search(wanted, line))), None)
            if match:
                yield name, match[1]
    for where, among in (("flavours", lines[start:end]), ("either", lines[end:])):
        for name, choices in row.get(where, {}).items():
            for value, wanted in choices:
                if any(re.search(wanted, line) for line in among):
                    yield name, value
                    break


def _variant(row: Row, start: int, roots: Sequence[Root]) -> str:
    """What the distribution below adds to the tag; nothing if its release is unknown."""
    root = next((root for root in roots if root.end <= start), None)
    if root is None:
        return ""
    template = row.get("variants", {}).get(root.image.rpartition("/")[2], "")
    tags = sorted(root.tags, key=lambda tag: (len(tag), tag))
    told = {
        "minor": next((tag for tag in tags if _MINOR.fullmatch(tag)), None),
        "codename": next((tag for tag in tags if tag.isalpha() and tag not in ("latest", "rolling", "devel")), None),
        "tag": next(iter(tags), None),
    }
    text = _FIELD.sub(lambda match: told.get(match[1]) or "\0", template)
    return "" if "\0" in text else text


def _filled(template: str, fields: Mapping[str, str]) -> str | None:
    """The name; without its tag if a part of that is unknown, None if its repository is."""
    repository, colon, tag = template.partition(":")
    try:
        repository = repository.format_map(fields)
    except KeyError:
        return None
    try:
        full = f"{repository}{colon}{tag.format_map(fields)}"
    except KeyError:
        return repository
    return repository if full.endswith(":") else full
