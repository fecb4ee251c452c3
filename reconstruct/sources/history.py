"""Histories as commands print them: `docker history` in each of its forms, the engine's API, `podman history`.

They list the newest entry first, give a size for each, and do not tell which entries are without a layer: sizes, the
instruction and, where another input knows it, the number of layers decide that (`with_layers`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from reconstruct import times
from reconstruct.image import HistoryEntry, Image, Layer
from reconstruct.record import replace
from reconstruct.sources import document
from reconstruct.sources.interface import Candidate, Document, Reading, Remarks

NAME = "history"

_HUMAN = re.compile(r"(\d+(?:\.\d+)?)\s*([kKMGTP]?)(i?)B?")
_NOP = re.compile(r".{0,4000}?#\(nop\)\s+", re.DOTALL)
_MAKES_FILES = re.compile(r"(?:COPY|ADD|WORKDIR)\b")
_SETTING = re.compile(
    r"(?:ARG|CMD|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME)\b"
)
_FULL_ID = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
# Docker cuts to 45 characters, its older releases and podman put three dots at the end.
_CUT = re.compile(r".*(?:…|(?:^.{42}|^.{45})\.\.\.)", re.DOTALL)

_WINDOWS = re.compile(r"(?:RUN )?(?:cmd /[Ss] /[Cc] |powershell |Apply image |Install update )")

_TABLE = re.compile(r"(?:IMAGE|ID|SNAPSHOT) +CREATED(?: AT)? +CREATED BY\b.*")
_ROW = re.compile(r"(?P<id><missing>|(?:sha256:)?[0-9a-f]{10,64}) {2,}(?P<rest>\S.*)", re.DOTALL)
_CREATED = re.compile(
    r"(?P<created>\d{4}-\d\d-\d\dT\S+|N/A|(?:About |Less than )?(?:an? )?(?:\d+ )?[a-z]+ ago)(?: {2,}|$)(?P<rest>.*)",
    re.DOTALL,
)
_COPIED = re.compile(r".*#\(nop\) (?:COPY|ADD) .* in \S+")
_SIZE = re.compile(
    r"(?P<by>.*?\S)?\s{2,}(?P<size>\d+(?:\.\d+)? ?[kKMGTP]?i?B|\d+)(?: {2,}(?P<comment>[^\n]*))?\s*",
    re.DOTALL,
)


def is_entry(value: Any) -> bool:
    """Whether a JSON object is one printed history entry."""
    if not isinstance(value, Mapping):
        return False
    keys = _plain_keys(value)
    return "createdby" in keys and bool(keys & {"id", "size", "snapshot", "createdsince", "createdat", "comment"})


def _plain_keys(value: Mapping[str, Any]) -> set[str]:
    return {key.lower().replace("_", "") for key in value}


def recognises(value: Any) -> bool:
    """A list of entries; podman leaves `CreatedBy` out where it is empty, so one that has it is enough."""
    if not isinstance(value, list) or not value or not all(isinstance(item, Mapping) for item in value):
        return False
    if any("created_by" in item for item in value):
        return not any("config" in item or "rootfs" in item for item in value)
    known = {"id", "created", "createdat", "createdsince", "size", "comment", "tags", "createdby"}
    return any(is_entry(item) for item in value) and all(_plain_keys(item) <= known | {"snapshot"} for item in value)


def images(value: Sequence[Any], found: Document, reading: Reading) -> list[Candidate]:
    if any("created_by" in item for item in value):
        return [Candidate(lambda: _from_config_history(value))]
    return [Candidate(lambda: _from_entries([_entry(document.mapping(item)) for item in value]))]


def _from_config_history(value: Sequence[Any]) -> Image:
    """The `history` of an image config on its own: oldest first, and it knows its empty layers."""
    from reconstruct.sources import config

    remarks = Remarks()
    entries = config.history(value, remarks)
    layers = tuple(Layer() for entry in entries if not entry.empty_layer)
    return Image(history=entries, layers=layers, os=os_of(entries), has_config=False, notes=tuple(remarks.notes))


def recognises_table(text: str) -> bool:
    return _TABLE.match(text.lstrip()) is not None


def from_table(text: str) -> Image:
    """The table that `docker history`, `podman history` or `nerdctl history` prints.

    Columns shift where a command holds newlines, so each row is taken apart by what its cells look like.
    """
    rows: list[str] = []
    for line in text.replace("\r\n", "\n").strip("\n").split("\n")[1:]:
        match = _ROW.match(line)
        if match and _CREATED.match(match["rest"]):
            rows.append(line)
        elif rows:
            rows[-1] += "\n" + line
    return _from_entries([_row(row) for row in rows])


def _row(row: str) -> dict[str, Any]:
    first = _ROW.fullmatch(row)
    created = _CREATED.fullmatch(first["rest"]) if first else None
    if first is None or created is None:
        return {"createdby": row}
    # The size wanted is the last one: what a command holds may look like one too.
    cells = _last_size(created["rest"])
    return {"id": first["id"], "createdat": created["created"], **cells}


def _last_size(text: str) -> dict[str, Any]:
    text = " " * 3 + text
    start = 0
    for found in re.finditer(r"\s{2,}(?:\d+(?:\.\d+)? ?[kKMGTP]?i?B|\d+)(?= {2,}|\s*$)", text):
        start = found.start()
    match = _SIZE.fullmatch(text, start)
    if match is None:
        return {"createdby": text[3:]}
    command = text[3:start]
    if _COPIED.fullmatch(command):
        command += " "  # the classic builder's own last blank, which can't be told from the column's
    return {"createdby": command, "size": match["size"], "comment": (match["comment"] or "").strip()}


def _entry(item: Mapping[str, Any]) -> dict[str, Any]:
    plain = {key.lower().replace("_", ""): value for key, value in item.items()}
    plain.setdefault("id", plain.get("snapshot"))
    plain.setdefault("createdat", plain.get("created"))
    return plain


def _from_entries(printed: list[dict[str, Any]]) -> Image:
    if _oldest_first(printed):
        printed = printed[::-1]
    notes: list[str] = []
    entries = tuple(_history_entry(item) for item in reversed(printed))
    cut = sum(entry.cut for entry in entries)
    if cut:
        notes.append(f"the text of {cut} of {len(printed)} entries is cut off: print the history with --no-trunc")
    if any(isinstance(item.get("size"), str) and size(item["size"]) not in _exact(item["size"]) for item in printed):
        notes.append("layer sizes are rounded, as they were printed")
    newest = printed[0] if printed else {}
    identity = _FULL_ID.fullmatch(document.string(newest.get("id")))
    image = Image(
        history=entries,
        os=os_of(entries),
        created=entries[-1].created if entries else None,
        image_id=f"sha256:{identity[1]}" if identity else None,
        tags=document.strings(newest.get("tags")),
        has_config=False,
        notes=tuple(notes),
    )
    return with_layers(image, None)


def _oldest_first(printed: list[dict[str, Any]]) -> bool:
    """The newest entry carries the image's ID where the others have none: so a reversed listing is told."""
    identities = [document.string(item.get("id")) for item in printed]
    return len(identities) > 1 and identities[0] in ("", "<missing>") and identities[-1] not in ("", "<missing>")


def _history_entry(item: Mapping[str, Any]) -> HistoryEntry:
    return HistoryEntry(
        created_by=document.string(item.get("createdby")),
        created=_time(item.get("createdat")),
        comment=document.string(item.get("comment")),
        size=size(item.get("size")),
        cut=_CUT.fullmatch(document.string(item.get("createdby"))) is not None,
    )


def os_of(entries: Sequence[HistoryEntry]) -> str:
    """The system a history without a platform was made on: Windows' shells and base layers name themselves."""
    return "windows" if any(_WINDOWS.match(entry.created_by) for entry in entries) else "linux"


def _time(value: Any) -> str | None:
    """RFC 3339 of what is printed; of `3 weeks ago` nothing certain can be said."""
    if isinstance(value, int) and not isinstance(value, bool):
        return times.from_seconds(value)
    text = document.string(value)
    if "T" in text[:11]:
        return text if times.parse(text) else None
    moment = times.parse(text)
    return times.rfc3339(moment.replace(microsecond=0)) if moment else None


def size(value: Any) -> int | None:
    """Bytes: an integer, or printed as `1.99MB` (decimal, as Docker and podman do) or `1.9 MiB` (nerdctl)."""
    if not isinstance(value, str):
        return document.size(value)
    match = _HUMAN.fullmatch(value.strip())
    if match is None:
        return None
    base = 1024 if match[3] else 1000
    power = " KMGTP".index(match[2].upper() or " ")
    return round(float(match[1]) * float(base**power))


def _exact(text: str) -> tuple[int | None, ...]:
    """The sizes that such a text gives without loss: those below the first unit."""
    number = re.fullmatch(r"(\d+)\s*B?", text.strip())
    return (int(number[1]),) if number else (None,)


def with_layers(image: Image, count: int | None) -> Image:
    """The image with its empty layers marked, as well as sizes and instructions tell, for `count` layers if known."""
    history = mark(image.history, count)
    layers = tuple(Layer(size=entry.size) for entry in history if not entry.empty_layer)
    return replace(image, history=history, layers=layers)


def mark(history: Sequence[HistoryEntry], count: int | None) -> tuple[HistoryEntry, ...]:
    """The entries, those without a layer marked: so many have one as `count` says, if that is known and possible."""
    choices = [set(range(len(history)))] if count == len(history) else _choices(history)
    chosen = next((choice for choice in choices if len(choice) == count), choices[0])
    return tuple(replace(entry, empty_layer=number not in chosen) for number, entry in enumerate(history))


def _choices(history: Sequence[HistoryEntry]) -> list[set[int]]:
    """Which entries may have made the layers, the likeliest first."""
    buildah = any(entry.comment.startswith("FROM ") for entry in history)
    sized = {number for number, entry in enumerate(history) if entry.size}
    copies: set[int] = set()
    runs: set[int] = set()
    workdirs: set[int] = set()
    for number, entry in enumerate(history):
        text = entry.created_by
        nop = _NOP.match(text)
        body = text[nop.end() :] if nop else text
        if _MAKES_FILES.match(body):
            (workdirs if body.startswith("WORKDIR") else copies).add(number)
        elif not nop and not _SETTING.match(body) and body.strip():
            runs.add(number)
    buildkit = {number for number in runs if _by_buildkit(history[number])}
    likely = sized | copies | buildkit | (set() if buildah else workdirs)
    unsized = all(entry.size is None for entry in history)
    choices = [likely, likely | runs, likely - workdirs | sized, sized | copies | runs, sized | copies, sized]
    return [likely | runs, *choices] if unsized else choices


def _by_buildkit(entry: HistoryEntry) -> bool:
    return entry.comment.startswith("buildkit") or entry.created_by.endswith("# buildkit")
