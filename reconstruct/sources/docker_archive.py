"""`docker save` archives: `manifest.json` names configs, tags and layers (Docker image spec 1.2, since Docker 1.10).

Kaniko's and podman's variants differ in the names of files alone, and names are taken as `manifest.json` gives them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from reconstruct.errors import UnreadableError
from reconstruct.image import Image, Layer
from reconstruct.sources import config as configs
from reconstruct.sources import document
from reconstruct.sources.files import Files
from reconstruct.sources.interface import Candidate, Reading

NAME = "docker-archive"

_HEX = re.compile(r"[0-9a-f]{64}")
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"


def recognises(files: Files) -> bool:
    return files.head("manifest.json", 16).lstrip()[:1] == b"["


def images(files: Files, reading: Reading) -> list[Candidate]:
    label = f"{reading.label}: manifest.json"
    data = files.read("manifest.json")
    if data is None:
        raise UnreadableError(f"{reading.label}: there is no manifest.json")
    entries = document.parse(document.decode(data, label), label)
    found = []
    for number, entry in enumerate(document.sequence(entries), 1):
        if not isinstance(entry, Mapping) or not isinstance(entry.get("Config"), str):
            raise UnreadableError(f"{label}: entry {number} names no Config")
        found.append(_candidate(files, reading, entry))
    return found


def _candidate(files: Files, reading: Reading, entry: Mapping[str, Any]) -> Candidate:
    return Candidate(lambda: _read(files, reading, entry), tags=document.strings(entry.get("RepoTags")))


def _read(files: Files, reading: Reading, entry: Mapping[str, Any]) -> Image:
    name = entry["Config"]
    label = f"{reading.label}: {name[:120]}"
    data = files.read(name)
    if data is None:
        raise UnreadableError(f"{reading.label}: the config {name[:120]} is missing")
    config = document.parse(document.decode(data, label), label)
    if not isinstance(config, Mapping):
        raise UnreadableError(f"{label}: no image config")
    layers = tuple(_layer(files, path) for path in document.strings(entry.get("Layers")))
    return configs.to_image(
        config,
        layers,
        image_id=_digest(name),
        tags=document.strings(entry.get("RepoTags")),
    )


def _digest(name: str) -> str | None:
    """The digest in a file's name: `sha256:<hex>`, `<hex>.json`, `<hex>.tar.gz`, `blobs/sha256/<hex>`."""
    base = posixpath.basename(name).removeprefix("sha256:")
    match = _HEX.match(base)
    return f"sha256:{match.group()}" if match else None


def _layer(files: Files, path: str) -> Layer:
    """A layer as the archive has it: an uncompressed tar, or a compressed blob. One that is absent has no sizes."""
    size = files.size(path)
    if size is None:
        return Layer()
    head = files.head(path, 4)
    if head[:2] == _GZIP:
        return Layer(digest=_digest(path), media_type=f"{_DOCKER_LAYER}.gzip", compressed_size=size)
    if head == _ZSTD:
        return Layer(digest=_digest(path), media_type=f"{_DOCKER_LAYER}.zstd", compressed_size=size)
    return Layer(size=size)
