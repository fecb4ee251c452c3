"""Histories printed by commands: `docker history` in all its forms, the engine's API, `podman history`.

They list the newest entry first, give a size for each, and don't show which entries have no layer. Sizes, the
instruction and, if another input has it, the number of layers decide that (`with_layers`).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from reconstruct import entries, pattern, times
from reconstruct.errors import UnreadableError
from reconstruct.image import HistoryEntry, Image, Layer
from reconstruct.record import replace
from reconstruct.sources import document
from reconstruct.sources.interface import Candidate, Document, Reading, Remarks
from reconstruct.typed import Any

NAME = "history"

_HUMAN = pattern.compile(r"(\d{1,18}(?:\.\d{1,18})?)\s*([kKMGTP]?)(i?)B?", re.ASCII)
_FULL_ID = pattern.compile(r"(?:sha256:)?([0-9a-f]{64})")
# Docker truncates to 45 characters; its older releases and podman append three dots.
_CUT = pattern.compile(r".*(?:…|(?:^.{42}|^.{45})\.\.\.)", re.DOTALL)

_TABLE = pattern.compile(r"(?:IMAGE|ID|SNAPSHOT) +CREATED(?: AT)? +CREATED BY\b.*")
# An ID may be short (a terminal's width, an old engine), and nerdctl cuts it and puts an ellipsis.
_ROW = pattern.compile(
    r"(?P<id><missing>|(?:sha256:)?[0-9a-f]{1,64}(?:…|\.\.\.)?)(?: {2,}| *\t)[ \t]*(?P<rest>\S.*)", re.DOTALL
)
_CREATED = pattern.compile(
    r"(?P<created>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*(?: [+-]\d{4}(?: [A-Z]{3,5})?)?|N/A"
    r"|(?:About |Less than )?(?:an? )?(?:\d{1,9} )?[a-z]+ ago)(?: {2,}| *\t *|$)(?P<rest>.*)",
    re.DOTALL | re.ASCII,
)
_AGO = pattern.compile(r"(?:About |Less than )?(?P<count>an?|\d{1,9}) (?P<unit>[a-z]+?)s? ago", re.ASCII)
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 2592000, "year": 31536000}
# Times before this year mean none: 1970, 1980, the year 1.
_OLDEST = 40 * _SECONDS["year"]
_SIZE = pattern.compile(r"(?<=\s\s)(?P<size>\d{1,18}(?:\.\d{1,18})? ?[kKMGTP]?i?B|\d{1,18})(?= {2,}|\s*$)", re.ASCII)


def is_entry(value: Any) -> bool:
    """Whether a JSON object is one printed history entry."""
    if not isinstance(value, Mapping):
        return False
    keys = _plain_keys(value)
    return "createdby" in keys and bool(keys & {"id", "size", "snapshot", "createdsince", "createdat", "comment"})


def _plain_keys(value: Mapping[str, Any]) -> set[str]:
    return {key.lower().replace("_", "") for key in value}


def recognises(value: object) -> bool:
    """A list of entries; podman leaves `CreatedBy` out where it is empty, so one that has it is enough."""
    if not isinstance(value, list) or not value or not all(isinstance(item, Mapping) for item in value):
        return False
    if any("created_by" in item for item in value):
        return is_of_config(value)
    known = {"id", "created", "createdat", "createdsince", "size", "comment", "tags", "createdby"}
    return any(is_entry(item) for item in value) and all(
        _plain_keys(item) <= known | {"snapshot", "order"} for item in value
    )


def is_of_config(entries: Sequence[Any]) -> bool:
    """Whether a list is the `history` of an image config, which has its keys."""
    known = [item for item in entries if isinstance(item, Mapping)]
    return any("created_by" in item for item in known) and not any(
        "config" in item or "rootfs" in item for item in known
    )


def images(value: object, found: Document, reading: Reading) -> list[Candidate]:
    """The one image of the entries: a config's own history (oldest first) or what an engine prints (newest first)."""
    items = [document.mapping(item) for item in document.sequence(value)]
    if any("created_by" in item for item in items):
        return [Candidate(lambda: _from_config_history(items))]
    snapshots = any("snapshot" in _plain_keys(item) for item in items)
    return [Candidate(lambda: from_rows([_entry(item) for item in items], snapshots))]


def _from_config_history(value: Sequence[Any]) -> Image:
    """The `history` of an image config on its own: oldest first, with empty layers marked."""
    from reconstruct.sources import config

    remarks = Remarks()
    history = config.history(value, remarks)
    layers = tuple(Layer() for entry in history if not entry.empty_layer)
    return Image(
        history=history, layers=layers, os=entries.os_of(history), has_config=False, notes=tuple(remarks.notes)
    )


def recognises_text(text: str) -> bool:
    """By the table's header: `IMAGE`, `ID` or `SNAPSHOT`, then `CREATED` and `CREATED BY`."""
    return _TABLE.match(text.lstrip("\r\n")) is not None


def images_of_text(text: str, reading: Reading) -> list[Candidate]:
    """The one image of the table. UnreadableError if it has no row."""
    image = from_table(text)
    if not image.history:
        raise UnreadableError(f"{reading.label}: a history table without rows")
    return [Candidate(lambda: image)]


def from_table(text: str) -> Image:
    """The table that `docker history`, `podman history` or `nerdctl history` prints.

    Columns shift if a command contains newlines, so rows are split by what their cells look like.
    """
    rows: list[list[str]] = []
    head, *lines = text.replace("\r\n", "\n").strip("\n").split("\n")
    for line in lines:
        if is_row(line):
            rows.append([line])
        elif rows:
            rows[-1].append(line)
    if rows and "size" in _row(rows[-1][0]) and "size" not in _row("\n".join(rows[-1])):
        # The last row is whole on its line, and what follows no part of it: a prompt, or what somebody wrote below.
        rows[-1] = rows[-1][:1]
    printed = [_row("\n".join(row)) for row in rows]
    _mark_cut(printed)
    return from_rows(printed, snapshots=head.startswith("SNAPSHOT"))


def is_row(line: str) -> bool:
    """Whether a line begins like a row of the table: an ID and a time."""
    match = _ROW.match(line)
    return match is not None and _CREATED.match(match["rest"]) is not None


def _row(row: str) -> dict[str, Any]:
    first = _ROW.fullmatch(row)
    created = _CREATED.fullmatch(first["rest"]) if first else None
    if first is None or created is None:
        return {"createdby": row}
    cells = _last_size(created["rest"])
    return {"id": first["id"], "createdat": created["created"], **cells}


def _last_size(text: str) -> dict[str, Any]:
    """The cells after CREATED: the size is the last one, because text in a command may look like one too."""
    text = "  " + text
    found = next(reversed(list(_SIZE.finditer(text))), None)
    comment = text[found.end() :].strip() if found else ""
    if found is None or "\n" in comment:
        return {"createdby": text[2:]}
    command = text[2 : found.start()].rstrip()
    return {"createdby": entries.with_last_blank(command), "size": found["size"], "comment": comment}


def _entry(item: Mapping[str, Any]) -> dict[str, Any]:
    plain = {key.lower().replace("_", ""): value for key, value in item.items()}
    plain.setdefault("id", plain.get("snapshot"))
    plain.setdefault("createdat", plain.get("created"))
    return plain


def from_rows(printed: list[dict[str, Any]], snapshots: bool = False) -> Image:
    """The image of rows, newest first (or, told by their IDs or times, oldest first): each has `createdby`, and `id`,
    `createdat`, `size` and `comment` where they were printed. `snapshots`: the IDs are nerdctl's."""
    if _oldest_first(printed, snapshots):
        printed = printed[::-1]
    notes: list[str] = []
    history = tuple(_history_entry(item, snapshots) for item in reversed(printed))
    cut = sum(entry.cut for entry in history)
    if cut:
        notes.append(f"{cut} of {len(printed)} history entries truncated: print them with --no-trunc")
    if any(isinstance(item.get("size"), str) and size(item["size"]) not in _exact(item["size"]) for item in printed):
        notes.append("layer sizes are rounded, as printed")
    newest = printed[0] if printed else {}
    identity = _FULL_ID.fullmatch(document.string(newest.get("id")))
    image = Image(
        history=history,
        os=entries.os_of(history),
        created=history[-1].created if history else None,
        # A snapshot's name isn't an image name.
        image_id=f"sha256:{identity[1]}" if identity and not snapshots else None,
        tags=document.strings(newest.get("tags")),
        has_config=False,
        notes=tuple(notes),
    )
    if snapshots:
        return replace(image, layers=tuple(Layer(size=entry.size) for entry in history if not entry.empty_layer))
    return with_layers(image, None)


def _oldest_first(printed: Sequence[Mapping[str, Any]], snapshots: bool) -> bool:
    """Whether a listing was reversed: every command prints the newest entry first.

    The newest entry has the image's ID, the others have none. IDs of `snapshots` (nerdctl) are on every entry with a layer
    and say nothing; then the times decide, if they all run one way.
    """
    identities = [document.string(item.get("id")) not in ("", "<missing>") for item in printed]
    if len(identities) > 1 and not snapshots and identities[0] != identities[-1]:
        return identities[-1]
    ages = [age for item in printed if (age := _age(item.get("createdat"))) is not None]
    falling = sum(before > after for before, after in itertools.pairwise(ages))
    rising = sum(before < after for before, after in itertools.pairwise(ages))
    return falling > 0 and rising == 0


def _age(value: Any) -> float | None:
    """The age of an entry in seconds, relative to the others of its listing; None if it has no real time."""
    text = document.string(value)
    if match := _AGO.fullmatch(text):
        count = int(match["count"]) if match["count"].isdecimal() else 1
        age = float(count * _SECONDS.get(match["unit"], 0))
        return age if age < _OLDEST else None
    moment = times.parse(_time(value))
    return -moment.timestamp() if moment is not None and moment.year > 1980 else None


# Docker before 1.10 truncated to 45 characters without a mark; blanks at the end of the rest are invisible.
_WIDTH = 45
_UNFINISHED = pattern.compile(r".*(?:&&|\|\||[|\\])", re.DOTALL)


def _mark_cut(printed: Sequence[dict[str, Any]]) -> None:
    """Marks the rows of a table that were truncated without a mark: those as long as the column, if none is longer."""
    texts = [document.string(item.get("createdby")).rstrip() for item in printed]
    whole = any(_FULL_ID.fullmatch(document.string(item.get("id"))) for item in printed)
    if whole or max(map(len, texts), default=0) != _WIDTH or any(_CUT.fullmatch(text) for text in texts):
        return
    for item, text in zip(printed, texts, strict=True):
        item["cut"] = len(text) >= _WIDTH - 1 or _UNFINISHED.fullmatch(text) is not None


def _history_entry(item: Mapping[str, Any], snapshots: bool) -> HistoryEntry:
    """The entry of a row; if rows name snapshots, one without a name has no layer."""
    return HistoryEntry(
        empty_layer=snapshots and document.string(item.get("id")) in ("", "<missing>"),
        created_by=document.string(item.get("createdby")),
        created=_time(item.get("createdat")),
        comment=document.string(item.get("comment")),
        size=size(item.get("size")),
        cut=item.get("cut") is True or _CUT.fullmatch(document.string(item.get("createdby"))) is not None,
    )


def _time(value: Any) -> str | None:
    """The printed time as RFC 3339; nothing for `3 weeks ago`, which is too vague."""
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
    return document.size(round(float(match[1]) * float(base**power)))


def _exact(text: str) -> tuple[int | None, ...]:
    """The sizes that the text gives exactly: those below the first unit."""
    number = re.fullmatch(r"(\d{1,18})\s*B?", text.strip(), re.ASCII)
    return (int(number[1]),) if number else (None,)


def with_layers(image: Image, count: int | None) -> Image:
    """The image with its empty layers marked, as far as sizes and instructions show, for `count` layers if known."""
    history = entries.mark(image.history, count)
    layers = tuple(Layer(size=entry.size) for entry in history if not entry.empty_layer)
    return replace(image, history=history, layers=layers)
