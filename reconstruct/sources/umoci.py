"""`umoci stat`: an image's history with its layers, as JSON and as the table for people (man/umoci-stat.1.md).

Oldest first. Since 0.6 the JSON also has the manifest and the config, each as a descriptor with its blob, and the text
has a section for each before the history.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconstruct import entries, pattern
from reconstruct.errors import UnreadableError
from reconstruct.image import HistoryEntry, Image, Layer
from reconstruct.sources import config as configs
from reconstruct.sources import document, manifest
from reconstruct.sources import history as printed
from reconstruct.sources.interface import Candidate, Document, Reading, Remarks
from reconstruct.typed import Any

NAME = "umoci stat"

_HEAD = pattern.compile(r"^LAYER +CREATED +CREATED BY +SIZE +COMMENT *$", re.MULTILINE)
_ROW = pattern.compile(r"(?P<id><none>|sha256:[0-9a-f]{64}) +(?P<created>\d{4}-\d\d-\d\dT\S+) (?P<rest>.*)", re.DOTALL)
# The last size of a row, because text in a command may look like one.
_SIZE = pattern.compile(r" (?P<size><none>|\d{1,18}(?:\.\d{1,9})? ?[kKMGTP]?i?B)(?= |$)", re.ASCII)


def recognises(value: object) -> bool:
    """By a `history` whose every step has `layer` and `diff_id`."""
    steps = document.sequence(document.mapping(value).get("history"))
    return bool(steps) and all(isinstance(step, Mapping) and {"layer", "diff_id"} <= step.keys() for step in steps)


def images(value: object, found: Document, reading: Reading) -> list[Candidate]:
    """The one image of the steps, or of the config if the output has it."""
    known = document.mapping(value)
    described = document.mapping(document.mapping(known.get("manifest")).get("descriptor"))
    return [Candidate(lambda: _image(known), digest=document.optional_string(described.get("digest")))]


def _image(value: Mapping[str, Any]) -> Image:
    steps = [document.mapping(step) for step in document.sequence(value.get("history"))]
    layers = [
        manifest.layer({**document.mapping(step.get("layer")), "diff_id": None})
        for step in steps
        if step.get("empty_layer") is not True
    ]
    diff_ids = [document.string(step.get("diff_id")) for step in steps if step.get("empty_layer") is not True]
    saved = document.mapping(_blob(value, "config"))
    if configs.is_config(saved):
        whole = document.mapping(_blob(value, "manifest"))
        return configs.to_image(saved, manifest.layers(whole) or layers, image_id=manifest.config_digest(whole))
    remarks = Remarks()
    history = configs.history(steps, remarks)
    return Image(
        history=history,
        layers=configs.join_layers(diff_ids, layers, remarks),
        os=entries.os_of(history),
        has_config=False,
        notes=tuple(remarks.notes),
        doubts=tuple(remarks.doubts),
    )


def _blob(value: Mapping[str, Any], key: str) -> Any:
    return document.mapping(value.get(key)).get("blob")


def recognises_text(text: str) -> bool:
    """By the header of the history table."""
    return _HEAD.search(text) is not None


def images_of_text(text: str, reading: Reading) -> list[Candidate]:
    """The one image of the table. UnreadableError if it has no row."""
    image = _of_table(text)
    if not image.history:
        raise UnreadableError(f"{reading.label}: a history table without rows")
    return [Candidate(lambda: image)]


def _of_table(text: str) -> Image:
    """The table's rows; a command with newlines continues on the next lines."""
    head = _HEAD.search(text)
    rows: list[list[str]] = []
    for line in text[head.end() if head else 0 :].strip("\n").split("\n"):
        if _ROW.match(line):
            rows.append([line])
        elif rows:
            rows[-1].append(line)
    history = []
    layers = []
    for row in rows:
        entry, layer = _read("\n".join(row))
        history.append(entry)
        layers += [layer] if layer is not None else []
    return Image(
        history=tuple(history), layers=tuple(layers), os=entries.os_of(history), has_config=False, notes=(_ROUNDED,)
    )


_ROUNDED = "layer sizes are rounded, as printed"


def _read(row: str) -> tuple[HistoryEntry, Layer | None]:
    match = _ROW.fullmatch(row)
    rest = match["rest"] if match else row
    size = next(reversed(list(_SIZE.finditer(rest))), None)
    command = rest[: size.start()] if size else rest
    empty = match is None or match["id"] == "<none>"
    entry = HistoryEntry(
        created_by=entries.with_last_blank(command.rstrip()),
        created=match["created"] if match else None,
        comment=rest[size.end() :].strip() if size else "",
        empty_layer=empty,
    )
    if empty or match is None:
        return entry, None
    return entry, Layer(digest=match["id"], compressed_size=printed.size(size["size"]) if size else None)
