"""Registry manifests of schema 1 (Docker distribution, manifest-v2-1.md): a v1 image config an entry, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconstruct.image import Image, Layer
from reconstruct.sources import config as configs
from reconstruct.sources import document
from reconstruct.sources.interface import Candidate, Document, Reading, Remarks

NAME = "schema-1"
MEDIA_TYPE = "application/vnd.docker.distribution.manifest.v1+json"
SIGNED_MEDIA_TYPE = "application/vnd.docker.distribution.manifest.v1+prettyjws"


def recognises(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("fsLayers"), list)
        and isinstance(value.get("history"), list)
    )


def images(value: Mapping[str, Any], found: Document, reading: Reading) -> list[Candidate]:
    name, tag = document.string(value.get("name")), document.string(value.get("tag"))
    tags = (f"{name}:{tag}" if tag else name,) if name else ()
    architecture = document.optional_string(value.get("architecture"))
    return [Candidate(lambda: _read(value, tags, reading), tags=tags, os="linux", architecture=architecture)]


def _read(value: Mapping[str, Any], tags: tuple[str, ...], reading: Reading) -> Image:
    versions = [_compatible(item, reading) for item in reversed(document.sequence(value.get("history")))]
    blobs = [
        document.optional_string(document.mapping(item).get("blobSum"))
        for item in reversed(document.sequence(value.get("fsLayers")))
    ]
    remarks = Remarks()
    if len(blobs) != len(versions):
        remarks.doubt(f"the manifest has {len(blobs)} layers and {len(versions)} history entries")
    layers = [
        Layer(digest=blob, size=own_size(version))
        for version, blob in zip(versions, blobs, strict=False)
        if version.get("throwaway") is not True
    ]
    return from_versions(
        versions,
        layers,
        remarks,
        architecture=document.optional_string(value.get("architecture")),
        media_type=SIGNED_MEDIA_TYPE if "signatures" in value else MEDIA_TYPE,
        tags=tags,
    )


def _compatible(item: Any, reading: Reading) -> Mapping[str, Any]:
    text = document.string(document.mapping(item).get("v1Compatibility"))
    return document.mapping(document.parse(text, f"{reading.label}: v1Compatibility")) if text else {}


def own_size(version: Mapping[str, Any]) -> int | None:
    """The layer's uncompressed bytes, which Docker before 1.10 wrote into each v1 config. 0 may stand for unknown."""
    return document.size(version.get("Size")) or None


def from_versions(
    versions: Sequence[Mapping[str, Any]], layers: Sequence[Layer], remarks: Remarks, **facts: Any
) -> Image:
    """The image of a chain of v1 configs, oldest first, as Docker migrates them: container_config's Cmd is the step."""
    newest = dict(versions[-1]) if versions else {}
    newest["history"] = [_history(version) for version in versions]
    newest.pop("rootfs", None)
    return configs.to_image(newest, layers, remarks, **facts)


def _history(version: Mapping[str, Any]) -> dict[str, Any]:
    command = document.mapping(version.get("container_config")).get("Cmd")
    words = [command] if isinstance(command, str) else document.strings(command)
    entry = {
        "created": version.get("created"),
        "created_by": " ".join(words),
        "author": version.get("author"),
        "comment": version.get("comment"),
        "empty_layer": version.get("throwaway") is True,
    }
    return {key: item for key, item in entry.items() if item}
