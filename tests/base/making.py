"""Images in chains, made entry by entry."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from reconstruct.image import HistoryEntry, Image, Layer

NOP = "/bin/sh -c #(nop)  "
BUILDKIT = "buildkit.dockerfile.v0"
ROOT = "/bin/sh -c #(nop) ADD file:" + "ab" * 32 + " in / "
DEBIAN = "# debian.sh --arch 'amd64' out/ 'bookworm' '@1735689600'"
_EMPTY = ("CMD", "ENTRYPOINT", "ENV", "LABEL", "USER", "EXPOSE", "VOLUME", "ARG", "STOPSIGNAL", "MAINTAINER")


def entry(text: str, created: str | None = None, **more: Any) -> HistoryEntry:
    """An entry by the builder that writes such text; it makes a layer where that instruction does."""
    bare = text.split("#(nop)")[-1].strip().split(" ")[0]
    if "comment" not in more and text.split(" ")[0].isupper() and not text.startswith("/"):
        more["comment"] = BUILDKIT
    return HistoryEntry(created_by=text, created=created, empty_layer=bare in _EMPTY, **more)


def image(*entries: HistoryEntry, seed: str = "", **more: Any) -> Image:
    """An image of these entries, with a layer for each that made one; `seed` makes other layers of the same entries."""
    layers: list[Layer] = []
    text = seed
    for one in entries:
        text += one.created_by
        if not one.empty_layer:
            layers.append(Layer(diff_id="sha256:" + hashlib.sha256(text.encode()).hexdigest()))
    more.setdefault("architecture", "amd64")
    return Image(history=entries, layers=tuple(layers), **more)


def on(base: Image, *entries: HistoryEntry, **more: Any) -> Image:
    """An image built on another: the base's entries and layers, then its own."""
    own = image(*entries, seed="on" + "".join(one.created_by for one in base.history))
    config = {**base.config, **more.pop("config", {})}
    more.setdefault("architecture", "amd64")
    return Image(history=(*base.history, *entries), layers=(*base.layers, *own.layers), config=config, **more)


def zeroed(of: Image) -> Image:
    """The same image saved with every time set to the epoch."""
    return replace(of, history=tuple(replace(one, created="1970-01-01T00:00:00Z") for one in of.history))


def day(number: int, second: int = 0) -> str:
    """A time on the given day of 2024's January."""
    return f"2024-01-{number:02}T10:00:{second:02}Z"


def days(texts: Sequence[str], number: int) -> tuple[HistoryEntry, ...]:
    """Entries of one build on one day, seconds apart."""
    return tuple(entry(text, day(number, second)) for second, text in enumerate(texts))
