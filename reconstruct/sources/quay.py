"""Quay's API: a manifest with its steps (`/api/v1/repository/NAME/manifest/DIGEST`).

Every history entry is a layer there, base first; an entry without a layer has the blob of an empty tar. A command is a
list: one text for schema 2, the container's words for schema 1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from reconstruct import entries, times
from reconstruct.image import HistoryEntry, Image, Layer
from reconstruct.sources import document, manifest
from reconstruct.sources.interface import Candidate, Document, Reading
from reconstruct.sources.limits import MAX_STEPS, OverLimitError
from reconstruct.typed import Any

NAME = "Quay"

# An empty tar, as gzipped by Docker (docker/distribution).
EMPTY_LAYER = "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4"


def recognises(value: object) -> bool:
    """By `is_manifest_list` and `manifest_data`."""
    known = document.mapping(value)
    return "is_manifest_list" in known and "manifest_data" in known


def images(value: object, found: Document, reading: Reading) -> list[Candidate]:
    """The one image of the manifest with its steps, or one for each platform of a list."""
    known = document.mapping(value)
    text = document.string(known.get("manifest_data"))
    whole = manifest.normal(reading.documents.parse(text, f"{reading.label}: manifest_data")) if text else {}
    if known.get("is_manifest_list") is True:
        from reconstruct.sources import manifests

        return manifests.images(whole, found, reading)
    digest = document.optional_string(known.get("digest"))
    return [Candidate(lambda: _image(known, document.mapping(whole)), digest=digest)]


def _image(value: Mapping[str, Any], whole: Mapping[str, Any]) -> Image:
    steps = [document.mapping(step) for step in document.sequence(value.get("layers"))]
    if len(steps) > MAX_STEPS:
        raise OverLimitError(f"more than {MAX_STEPS:,} history entries or layers")
    steps.sort(key=lambda step: document.size(step.get("index")) or 0)
    history = tuple(_entry(step) for step in steps)
    described = {layer.digest: layer for layer in manifest.layers(whole)}
    layers = tuple(
        described.get(digest) or Layer(digest=digest, compressed_size=document.size(step.get("compressed_size")))
        for step, entry in zip(steps, history, strict=True)
        if not entry.empty_layer and (digest := document.optional_string(step.get("blob_digest")))
    )
    told = any(entry.created_by or entry.comment for entry in history)
    return Image(
        history=history if told else (),
        layers=layers,
        os=entries.os_of(history),
        created=history[-1].created if history else None,
        digest=document.optional_string(value.get("digest")),
        media_type=manifest.media_type(whole) if whole else None,
        image_id=manifest.config_digest(whole),
        has_history=told,
        has_config=False,
    )


def _entry(step: Mapping[str, Any]) -> HistoryEntry:
    moment = times.parse(document.string(step.get("created_datetime")).replace("-0000", "GMT"))
    return HistoryEntry(
        created_by=" ".join(_words(step.get("command"))),
        created=times.rfc3339(moment) if moment else None,
        author=document.string(step.get("author")),
        comment=document.string(step.get("comment")),
        empty_layer=step.get("blob_digest") == EMPTY_LAYER,
    )


def _words(command: Any) -> tuple[str, ...]:
    """The words of a command; before Quay 3, a JSON list in a string."""
    if isinstance(command, str) and command.startswith("["):
        try:
            command = json.loads(command)
        except (ValueError, RecursionError):
            return (str(command),)
    return (command,) if isinstance(command, str) else document.strings(command)
