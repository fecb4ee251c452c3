"""Registry manifests of schema 1 (Docker distribution, manifest-v2-1.md): one v1 image config per entry, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest

from reconstruct.image import Image, Layer
from reconstruct.sources import config as configs
from reconstruct.sources import document
from reconstruct.sources.interface import Candidate, Document, Reading, Remarks
from reconstruct.typed import Any

NAME = "schema-1"
MEDIA_TYPE = "application/vnd.docker.distribution.manifest.v1+json"
SIGNED_MEDIA_TYPE = "application/vnd.docker.distribution.manifest.v1+prettyjws"


def recognises(value: object) -> bool:
    """By `fsLayers` and `history`, both lists."""
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("fsLayers"), list)
        and isinstance(value.get("history"), list)
    )


def images(value: object, found: Document, reading: Reading) -> list[Candidate]:
    """The one image of the manifest, tagged with its `name` and `tag`."""
    value = document.mapping(value)
    name, tag = document.string(value.get("name")), document.string(value.get("tag"))
    tags = (f"{name}:{tag}" if tag else name,) if name else ()
    architecture = document.optional_string(value.get("architecture"))
    return [Candidate(lambda: _read(value, tags, reading), tags=tags, os="linux", architecture=architecture)]


def _read(value: Mapping[str, Any], tags: tuple[str, ...], reading: Reading) -> Image:
    history = document.sequence(value.get("history"))
    blobs = [
        document.optional_string(document.mapping(item).get("blobSum"))
        for item in reversed(document.sequence(value.get("fsLayers")))
    ]
    remarks = Remarks()
    if len(blobs) != len(history):
        remarks.doubt(f"the manifest has {len(blobs)} layers and {len(history)} history entries")
    chain = Chain()
    for item, blob in zip_longest(reversed(history), blobs):
        version = _compatible(item, reading) if item is not None else None
        layer = Layer(digest=blob, size=own_size(version)) if version is not None and blob is not None else None
        if version is not None:
            chain.add(version, layer if version.get("throwaway") is not True else None)
    return chain.image(
        remarks,
        architecture=document.optional_string(value.get("architecture")),
        media_type=SIGNED_MEDIA_TYPE if "signatures" in value else MEDIA_TYPE,
        tags=tags,
    )


_KEYS = (
    "architecture",
    "author",
    "comment",
    "config",
    "container_config",
    "created",
    "docker_version",
    "id",
    "os",
    "parent",
    "Size",
    "throwaway",
)


def normal(version: Any) -> Mapping[str, Any]:
    """A v1 config with its keys spelt as in Docker's image spec 1.0; Go ignores their case."""
    return document.folded(version, _KEYS)


def _compatible(item: Any, reading: Reading) -> Mapping[str, Any]:
    text = document.string(document.mapping(item).get("v1Compatibility"))
    return normal(reading.documents.parse(text, f"{reading.label}: v1Compatibility")) if text else {}


def own_size(version: Mapping[str, Any]) -> int | None:
    """The layer's uncompressed size, which Docker before 1.10 wrote into each v1 config. 0 may mean unknown."""
    return document.size(version.get("Size")) or None


class Chain:
    """A chain of v1 configs, added oldest first; only the newest is kept completely."""

    def __init__(self) -> None:
        self._newest: Mapping[str, Any] = {}
        self._history: list[dict[str, Any]] = []
        self._layers: list[Layer] = []

    def add(self, version: Mapping[str, Any], layer: Layer | None) -> None:
        """Adds a v1 config on top; `layer` is None if it has none."""
        self._newest = version
        self._history.append(history_of(version))
        if layer is not None:
            self._layers.append(layer)

    def image(self, remarks: Remarks, **facts: Any) -> Image:
        """The image as Docker migrates it: each container_config's Cmd is the step."""
        newest = {key: value for key, value in self._newest.items() if key != "rootfs"}
        return configs.to_image({**newest, "history": self._history}, self._layers, remarks, **facts)


def history_of(version: Mapping[str, Any]) -> dict[str, Any]:
    """The history entry that a v1 config becomes in the image built on it."""
    command = document.mapping(document.folded(version.get("container_config"), ("Cmd",))).get("Cmd")
    words = [command] if isinstance(command, str) else document.strings(command)
    entry = {
        "created": version.get("created"),
        "created_by": " ".join(words),
        "author": version.get("author"),
        "comment": version.get("comment"),
        "empty_layer": version.get("throwaway") is True,
    }
    return {key: item for key, item in entry.items() if item}
