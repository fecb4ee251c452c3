"""From every saved form to an Image. Forms are told by their content; each module is imported when its form is met."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from reconstruct.errors import UnreadableError
from reconstruct.image import Image
from reconstruct.sources.interface import Candidate, Document, Reading

if TYPE_CHECKING:
    from reconstruct.sources.files import Files

# Asked in this order: the first that recognises the input reads it.
FILE_FORMS = ("docker_archive", "oci_layout")
DOCUMENT_FORMS = ("documents",)


def load(
    source: Any,
    *,
    manifest: Any = None,
    platform: str | None = None,
    tag: str | None = None,
    strict: bool = False,
) -> Image:
    """Reads one image from any saved form; see `reconstruct.load`. `strict` makes doubts (a wrong digest) errors."""
    from reconstruct.sources.selection import choose

    candidates, reading = read(source, manifest=manifest, strict=strict)
    image = choose(candidates, platform, tag, reading).image
    notes = tuple(dict.fromkeys((*reading.notes, *image.notes)))
    return replace(image, source=image.source or reading.label, notes=notes)


def read(source: Any, *, manifest: Any = None, strict: bool = False) -> tuple[list[Candidate], Reading]:
    """Every image that an input holds, unread where possible, and the reading's notes so far."""
    from reconstruct.sources.opening import label_of, open_source

    reading = Reading(label_of(source), strict)
    found = open_source(source, reading.label)
    if isinstance(found, Document):
        return _from_document(found, manifest, reading), reading
    return _from_files(found, reading), reading


def _from_files(files: Files, reading: Reading) -> list[Candidate]:
    for name in FILE_FORMS:
        form = import_module(f"reconstruct.sources.{name}")
        if form.recognises(files):
            return _some(form.images(files, reading), reading)
    raise UnreadableError(
        f"{reading.label}: no saved image: there is no manifest.json and no index.json in it"
    )


def _from_document(found: Document, manifest: Any, reading: Reading) -> list[Candidate]:
    from reconstruct.sources import config as configs
    from reconstruct.sources import manifest as manifests

    value = found.values[0] if len(found.values) == 1 else None
    if not configs.is_config(value):
        raise UnreadableError(f"{reading.label}: no saved image is recognised in it")
    layers = ()
    facts: dict[str, Any] = {}
    if manifest is not None:
        from reconstruct.sources.opening import label_of, open_source

        label = label_of(manifest)
        second = open_source(manifest, label)
        beside = second.values[0] if isinstance(second, Document) and len(second.values) == 1 else None
        if not manifests.is_manifest(beside):
            raise UnreadableError(f"{label}: no image manifest")
        layers = manifests.layers(beside)
        facts = {"media_type": manifests.media_type(beside), "image_id": manifests.config_digest(beside)}
    return [Candidate(lambda: configs.to_image(value, layers, **facts))]


def _some(candidates: list[Candidate], reading: Reading) -> list[Candidate]:
    if not candidates:
        raise UnreadableError(f"{reading.label}: it holds no image")
    return candidates
