"""A part of an image config: its history, with or without its settings (`jq '{history}'`, `jq '{config, history}'`)."""

from __future__ import annotations

from collections.abc import Mapping

from reconstruct import entries
from reconstruct.image import Image, Layer
from reconstruct.record import replace
from reconstruct.sources import config as configs
from reconstruct.sources import document, history
from reconstruct.sources.interface import Candidate, Document, Reading
from reconstruct.typed import Any

NAME = "part of an image config"


def recognises(value: object) -> bool:
    """By a config's `history` in an object that is no whole config and none of an engine's."""
    known = document.mapping(value)
    listed = known.get("history")
    return "schemaVersion" not in known and isinstance(listed, list) and history.is_of_config(listed)


def images(value: object, found: Document, reading: Reading) -> list[Candidate]:
    """The one image of the part."""
    return [Candidate(lambda: _image(document.mapping(value)))]


def _image(value: Mapping[str, Any]) -> Image:
    image = configs.to_image(value)
    layers = image.layers or tuple(Layer() for entry in image.history if not entry.empty_layer)
    system = document.string(value.get("os")) or entries.os_of(image.history)
    return replace(image, layers=layers, os=system, raw_config={})
