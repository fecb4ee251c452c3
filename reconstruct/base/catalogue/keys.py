"""What a catalogue stores of an image: names, and keys of its layers and its history, which images built on it share.

The key of the first n entries (or layers) is made from the key of the first n - 1, so one pass over an image gives the keys
of everything that it can be built on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconstruct.base.names import is_name
from reconstruct.digest import sha256
from reconstruct.image import HistoryEntry, Image
from reconstruct.record import dataclass

# Bytes kept of each SHA-256: enough to rule out accidental matches among any number of images.
KEY_BYTES = 16


@dataclass(frozen=True)
class Entry:
    """One image of a catalogue. `history_key` covers its `entries` history entries, `layers_key` its `layers` layers
    (empty if the saved form has no diff IDs), `times_key` its entries' times. Images with the same three keys are
    the same. `created` is RFC 3339 as saved."""

    names: tuple[str, ...]
    history_key: bytes
    entries: int
    layers_key: bytes = b""
    layers: int | None = None
    times_key: bytes = b""
    created: str | None = None
    platform: str = ""
    image_id: str | None = None
    digest: str | None = None


def entry_of(image: Image, names: Sequence[str] = ()) -> Entry | None:
    """The entry for an image under `names` or its own; None if it has no name or no history."""
    kept = tuple(dict.fromkeys(name for name in (*names, *image.tags) if is_name(name)))
    if not kept or not image.history:
        return None
    layers = layer_keys(image)
    return Entry(
        names=kept,
        history_key=history_keys(image.history)[-1],
        entries=len(image.history),
        layers_key=layers[-1] if layers and len(layers) == len(image.layers) else b"",
        layers=len(image.layers) or None,
        times_key=times_key(image.history),
        created=image.created,
        platform=image.platform,
        image_id=image.image_id,
        digest=image.digest,
    )


def history_keys(history: Sequence[HistoryEntry]) -> list[bytes]:
    """The keys of the first entry, of the first two, and so on. An entry's time doesn't count."""
    return _chained(
        (entry.created_by.encode("utf-8", "surrogatepass") + (b"\0-" if entry.empty_layer else b"\0+"))
        for entry in history
    )


def layer_keys(image: Image) -> list[bytes]:
    """The keys of the first layer, of the first two, and so on, up to the first unknown diff ID."""
    known: list[bytes] = []
    for layer in image.layers:
        if layer.diff_id is None:
            break
        known.append(layer.diff_id.encode("utf-8", "surrogatepass"))
    return _chained(known)


def times_key(history: Sequence[HistoryEntry]) -> bytes:
    """The key of the entries' times; empty if none has one."""
    times = [entry.created or "" for entry in history]
    return sha256("\0".join(times).encode("utf-8", "surrogatepass")).digest()[:KEY_BYTES] if any(times) else b""


def _chained(parts: Iterable[bytes]) -> list[bytes]:
    found: list[bytes] = []
    above = b""
    for part in parts:
        above = sha256(above + part).digest()
        found.append(above[:KEY_BYTES])
    return found
