"""Reports that contain an image's config: Trivy's (JSON), Syft's and Grype's (their own JSON), and dive's list of layers.

Trivy has the config as an object; Syft and Grype have the bytes of the config and the manifest in base64; dive has each
layer's command, and so no instruction without a layer.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from reconstruct.errors import UnreadableError
from reconstruct.image import HistoryEntry, Image, Layer
from reconstruct.sources import config as configs
from reconstruct.sources import document, manifest
from reconstruct.sources.interface import Candidate, Document, Reading
from reconstruct.typed import Any

NAME = "scanner report"


def recognises(value: object) -> bool:
    """By the place where each of the tools puts the config, or dive its layers."""
    known = document.mapping(value)
    return bool(_trivy(known) or _anchore(known) or _dive(known) or _single(known))


def images(value: object, found: Document, reading: Reading) -> list[Candidate]:
    """The one image of the report. UnreadableError if its config can't be read."""
    known = document.mapping(value)
    if config := _trivy(known):
        about = document.mapping(known.get("Metadata"))
        facts = {"image_id": about.get("ImageID"), "tags": document.strings(about.get("RepoTags"))}
        return [Candidate(lambda: configs.to_image(config, **_texts(facts)))]
    if single := _single(known):
        return [Candidate(lambda: configs.to_image(single))]
    if target := _anchore(known):
        return [_of_anchore(target, reading)]
    layers = _dive(known)
    return [Candidate(lambda: _of_dive(layers))]


def _single(known: Mapping[str, Any]) -> Mapping[str, Any]:
    """`{"image": CONFIG}`, of `docker buildx imagetools inspect` with a template."""
    config = document.mapping(known.get("image"))
    return config if known.keys() == {"image"} and configs.is_config(config) else {}


def _trivy(known: Mapping[str, Any]) -> Mapping[str, Any]:
    config = document.mapping(document.mapping(known.get("Metadata")).get("ImageConfig"))
    return config if configs.is_config(config) else {}


def _anchore(known: Mapping[str, Any]) -> Mapping[str, Any]:
    """What Syft (`metadata`; before 1.0 `target`) and Grype say of the image they looked at."""
    source = document.mapping(known.get("source"))
    for key in ("metadata", "target"):
        target = document.mapping(source.get(key))
        if target.get("config") and "imageID" in target:
            return target
    return {}


def _of_anchore(target: Mapping[str, Any], reading: Reading) -> Candidate:
    config = _decoded(target.get("config"), reading)
    if not configs.is_config(config):
        raise UnreadableError(f"{reading.label}: the report contains no image config")
    described = document.mapping(_decoded(target.get("manifest"), reading))
    layers = manifest.layers(described) if isinstance(described.get("layers"), list) else ()
    digest = document.optional_string(target.get("manifestDigest"))
    facts = {"image_id": target.get("imageID"), "digest": digest, "tags": document.strings(target.get("tags"))}
    return Candidate(lambda: configs.to_image(config, layers, **_texts(facts)), digest=digest)


def _decoded(text: object, reading: Reading) -> Any:
    try:
        data = base64.b64decode(document.string(text), validate=True)
    except (binascii.Error, ValueError):
        return None
    if not data:
        return None
    label = f"{reading.label}: the config in the report"
    return reading.documents.parse(document.decode(data, label), label)


def _dive(known: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    layers = [document.mapping(item) for item in document.sequence(known.get("layer"))]
    return layers if layers and all({"command", "digestId", "sizeBytes"} <= layer.keys() for layer in layers) else []


def _of_dive(listed: list[Mapping[str, Any]]) -> Image:
    """The image of dive's layers, oldest first."""
    sizes = [document.size(item.get("sizeBytes")) for item in listed]
    history = tuple(
        HistoryEntry(created_by=document.string(item.get("command")), size=size)
        for item, size in zip(listed, sizes, strict=True)
    )
    layers = tuple(
        Layer(diff_id=document.optional_string(item.get("digestId")), size=size)
        for item, size in zip(listed, sizes, strict=True)
    )
    note = "dive lists the entries with a layer only"
    return Image(history=history, layers=layers, has_config=False, notes=(note,))


def _texts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that are there and of the type they should be."""
    return {key: value for key, value in facts.items() if value and isinstance(value, (str, tuple))}
