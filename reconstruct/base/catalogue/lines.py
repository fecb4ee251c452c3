"""A catalogue as JSON lines: the output of `export`, and collections of image configs, one per line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from reconstruct.base.catalogue.keys import Entry, entry_of
from reconstruct.base.names import is_digest, is_name
from reconstruct.errors import ReconstructError, UnreadableError
from reconstruct.typed import Any

# A config with thousands of entries takes about a megabyte.
MAX_LINE = 64 << 20


def written(entries: Iterable[Entry]) -> Iterator[str]:
    """A line for each image, keys in hexadecimal."""
    for entry in entries:
        yield json.dumps(
            {
                "names": list(entry.names),
                "history_key": entry.history_key.hex(),
                "entries": entry.entries,
                "layers_key": entry.layers_key.hex(),
                "layers": entry.layers,
                "times_key": entry.times_key.hex(),
                "created": entry.created,
                "platform": entry.platform,
                "image_id": entry.image_id,
                "digest": entry.digest,
            }
        )


def entries(lines: Iterable[bytes], label: str, skipped: list[str]) -> Iterator[Entry]:
    """The images of the lines. A line is one from `written`, an image config, or an object that has one as `image` and
    its names as `name` and `tags`. Lines that are one of these but useless (no name, no history) are reported in
    `skipped`. Raises UnreadableError for a line that isn't a JSON object."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found = _entry(_object(line))
            except ReconstructError as error:
                raise UnreadableError(f"{label}: line {number}: {error}") from error
            if found is None:
                skipped.append(f"{label}: line {number}: no name or no history")
            else:
                yield found


def _object(line: bytes) -> Mapping[str, Any]:
    if len(line) > MAX_LINE:
        raise UnreadableError(f"longer than {MAX_LINE >> 20} MiB")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise UnreadableError("not JSON") from None
    if not isinstance(value, dict):
        raise UnreadableError("not a JSON object")
    return value


def _entry(value: Mapping[str, Any]) -> Entry | None:
    if "history_key" in value:
        return _exported(value)
    from reconstruct.sources import load

    config = value.get("image") if isinstance(value.get("image"), dict) else value
    names = [value.get("name"), *_list(value.get("names")), *_list(value.get("tags"))]
    return entry_of(load(config), [name for name in names if isinstance(name, str)])


def _exported(value: Mapping[str, Any]) -> Entry:
    """Checks field by field, because somebody else's file is no more trusted than an image."""
    names = tuple(name for name in _list(value.get("names")) if isinstance(name, str) and is_name(name))
    history_key, times_key = _key(value.get("history_key")), _key(value.get("times_key"))
    count = _count(value.get("entries"))
    if not names or not history_key or times_key is None or count is None:
        raise UnreadableError("not a line of an exported catalogue")
    return Entry(
        names=names,
        history_key=history_key,
        entries=count,
        layers_key=_key(value.get("layers_key")) or b"",
        layers=_count(value.get("layers")),
        times_key=times_key,
        created=_text(value.get("created")),
        platform=_text(value.get("platform")) or "",
        image_id=image_id if is_digest(image_id := value.get("image_id")) else None,
        digest=digest if is_digest(digest := value.get("digest")) else None,
    )


def _key(value: object) -> bytes | None:
    """The key of hexadecimal text; empty for an empty text, None for an invalid one."""
    from reconstruct.base.catalogue.keys import KEY_BYTES

    try:
        key = bytes.fromhex(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return key if key is not None and len(key) in (0, KEY_BYTES) else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 31 else None


def _text(value: object) -> str | None:
    return value[:200] if isinstance(value, str) else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
