"""`docker save` archives: `manifest.json` names configs, tags and layers (Docker image spec 1.2, since Docker 1.10).

Kaniko's and podman's variants differ only in file names, and these are taken from `manifest.json`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from reconstruct import pattern
from reconstruct.errors import UnreadableError
from reconstruct.image import Image, Layer
from reconstruct.record import replace
from reconstruct.sources import config as configs
from reconstruct.sources import document, manifest
from reconstruct.sources.files import Files
from reconstruct.sources.interface import Candidate, Reading, Remarks
from reconstruct.sources.limits import MAX_MANIFESTS
from reconstruct.sources.magic import kind_of
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.sources.layers import Stored

NAME = "docker-archive"

# Go ignores the case of keys in manifest.json; Jib before 2.2 wrote them in lower case.
_KEYS = ("Config", "RepoTags", "Layers", "LayerSources", "Parent")
_HEX = pattern.compile(r"[0-9a-f]{64}")
_DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"


def recognises_files(files: Files) -> bool:
    """By a `manifest.json` that is a list."""
    return files.head("manifest.json", 16).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"["


def images_of_files(files: Files, reading: Reading) -> list[Candidate]:
    """The images of `manifest.json`, in its order."""
    return [_candidate(files, reading, entry) for entry in _entries(files, reading)]


def _entries(files: Files, reading: Reading) -> list[Mapping[str, Any]]:
    label = f"{reading.label}: manifest.json"
    found = reading.documents.read(files, "manifest.json")
    if found is None:
        raise UnreadableError(f"{label} is missing")
    entries = [document.folded(entry, _KEYS) for entry in document.sequence(found.value)]
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry.get("Config"), str):
            raise UnreadableError(f"{label}: entry {number} names no Config")
    if len(entries) > MAX_MANIFESTS:
        raise UnreadableError(f"{label}: more than {MAX_MANIFESTS:,} images")
    return entries


def tags_by_config(files: Files, reading: Reading) -> dict[str, tuple[str, ...]]:
    """Config digest → tags, for an archive whose images are read as an OCI layout."""
    found: dict[str, list[str]] = {}
    for entry in _entries(files, reading):
        if (digest := _digest(entry["Config"])) is not None:
            found.setdefault(digest, []).extend(document.strings(entry.get("RepoTags")))
    return {digest: tuple(tags) for digest, tags in found.items()}


def _candidate(files: Files, reading: Reading, entry: Mapping[str, Any]) -> Candidate:
    tags = document.strings(entry.get("RepoTags"))
    return Candidate(
        lambda: _read(files, reading, entry, tags),
        tags=tags,
        image_id=_digest(entry["Config"]),
        stored=lambda: _contents(files, entry),
    )


def _contents(files: Files, entry: Mapping[str, Any]) -> tuple[Stored | None, ...]:
    from reconstruct.sources.layers import named

    return named(files, document.strings(entry.get("Layers")))


def _read(files: Files, reading: Reading, entry: Mapping[str, Any], tags: tuple[str, ...]) -> Image:
    name = entry["Config"]
    label = f"{reading.label}: {name[:120]}"
    found = reading.documents.read(files, name)
    if found is None:
        raise UnreadableError(f"{label} is missing, the config named in manifest.json")
    config = found.value
    if not configs.is_config(config):
        raise UnreadableError(f"{label} is not an image config")
    named = _digest(name)
    if named is not None and named != found.digest:
        reading.doubt(f"the config {name[:120]} doesn't match its digest: it was modified")
    remarks = Remarks()
    layers = _layers(files, entry, config, remarks)
    return configs.to_image(config, layers, remarks, image_id=named or found.digest, tags=tags)


def _digest(name: str) -> str | None:
    """The digest in a file's name: `sha256:<hex>`, `<hex>.json`, `<hex>.tar.gz`, `blobs/sha256/<hex>`."""
    match = _HEX.match(posixpath.basename(name).removeprefix("sha256:"))
    return f"sha256:{match.group()}" if match else None


def _layers(files: Files, entry: Mapping[str, Any], config: Mapping[str, Any], remarks: Remarks) -> tuple[Layer, ...]:
    diff_ids = document.strings(document.mapping(config.get("rootfs")).get("diff_ids"))
    sources = document.mapping(entry.get("LayerSources"))
    found = []
    for number, path in enumerate(document.strings(entry.get("Layers"))):
        diff_id = diff_ids[number] if number < len(diff_ids) else ""
        described = document.mapping(sources.get(diff_id))
        layer = _stored(files, path)
        if described:
            # Foreign layers, which the archive needn't contain: their descriptors are in LayerSources.
            layer = _described(described, layer)
        elif layer is not None and layer.digest == diff_id:
            # A compressed layer under the name of its uncompressed tar: its own digest stays unknown.
            layer = replace(layer, digest=None)
        elif layer is None:
            remarks.note(f"layer {number + 1} ({path[:80]}) is not in the archive")
        found.append(layer or Layer())
    return tuple(found)


def _described(descriptor: Mapping[str, Any], stored: Layer | None) -> Layer:
    layer = manifest.layer(descriptor)
    if stored is None or layer.size is not None:
        return layer
    return Layer(
        digest=layer.digest,
        media_type=layer.media_type,
        compressed_size=layer.compressed_size,
        size=stored.size,
        urls=layer.urls,
    )


def _stored(files: Files, path: str) -> Layer | None:
    """A layer in the archive: an uncompressed tar or a compressed blob. None if it is absent."""
    size = files.size(path)
    if size is None:
        return None
    kind = kind_of(files.head(path, 6))
    if kind is None:
        return Layer(size=size)
    # Only these two have a media type.
    named = f"{_DOCKER_LAYER}.{kind}" if kind in ("gzip", "zstd") else None
    return Layer(digest=_digest(path), media_type=named, compressed_size=size)
