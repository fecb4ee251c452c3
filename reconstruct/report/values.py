"""Images, layers, history entries and steps as JSON values, according to the published schemas."""

from __future__ import annotations

from collections.abc import Mapping

from reconstruct import times
from reconstruct.image import HistoryEntry, Image, Layer
from reconstruct.record import names
from reconstruct.syntax import ExecForm, Heredoc, Instruction, Note, Pair, ShellForm, Step
from reconstruct.typed import Any


def image(of: Image) -> dict[str, Any]:
    """What identifies the image; a member is null where the saved form doesn't know it."""
    return {
        "source": of.source,
        "tags": list(of.tags),
        "platform": of.platform,
        "os": of.os,
        "os_version": of.os_version,
        "architecture": of.architecture,
        "variant": of.variant,
        "created": time(of.created),
        "author": of.author or None,
        "docker_version": of.docker_version or None,
        "image_id": of.image_id,
        "digest": of.digest,
        "media_type": of.media_type,
        "index_digest": of.index_digest,
        "index_media_type": of.index_media_type,
        "annotations": dict(of.annotations),
        "notes": list(of.notes),
    }


def time(text: str | None) -> str | None:
    """The time in UTC, RFC 3339; unchanged if it isn't a time."""
    moment = times.parse(text) if text else None
    return times.rfc3339(moment) if moment else text


def layer(of: Layer | None, index: int | None) -> dict[str, Any] | None:
    """A layer and its position in the root file system (0 is the lowest); sizes in bytes."""
    if of is None:
        return None
    return {
        "index": index,
        "digest": of.digest,
        "diff_id": of.diff_id,
        "media_type": of.media_type,
        "transfer_size": of.compressed_size,
        "uncompressed_size": of.size,
        "foreign": of.foreign,
        "urls": list(of.urls),
        "last_modified": time(of.last_modified),
    }


def entry(of: HistoryEntry | None) -> dict[str, Any] | None:
    """The history entry as it was saved, its time included."""
    if of is None:
        return None
    return {
        "created": of.created,
        "created_by": of.created_by,
        "author": of.author,
        "comment": of.comment,
        "empty_layer": of.empty_layer,
        "size": of.size,
    }


def notes(of: tuple[Note, ...]) -> list[dict[str, str]]:
    """Notes as plain values, with how certain each is."""
    return [{"certainty": str(note.certainty), "text": note.text} for note in of]


def instruction(of: Instruction) -> dict[str, Any]:
    """The instruction: `type` (the AST's class), `keyword` (null if it isn't a Dockerfile instruction), its
    fields.
    """
    own = {name: _value(getattr(of, name)) for name in names(of)}
    return {"type": type(of).__name__, "keyword": of.keyword or None, **own}


def step(of: Step, number: int, text: str) -> dict[str, Any]:
    """A step of the AST, with the entry it was read from and the layer it made."""
    return {
        "number": number,
        "history_index": of.index,
        "text": text,
        "instruction": instruction(of.instruction),
        "builder": str(of.dialect),
        "shell": list(of.shell),
        "certainty": str(of.certainty),
        "notes": notes(of.notes),
        "entry": entry(of.entry),
        "layer": layer(of.layer, of.layer_index),
        "layer_known": of.layer_known,
    }


def _value(of: Any) -> Any:
    """A field of an instruction: words, pairs, commands and here-documents as tagged
    objects.
    """
    match of:
        case ShellForm():
            return {"form": "shell", "text": of.text}
        case ExecForm():
            return {"form": "exec", "words": list(of.words)}
        case Pair():
            return {"key": of.key, "value": of.value}
        case Heredoc():
            return {name: getattr(of, name) for name in names(of)}
        case tuple():
            return [_value(item) for item in of]
        case Mapping():
            return {str(key): _value(item) for key, item in of.items()}
    return of
