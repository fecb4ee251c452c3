"""containers/storage, read in place: the store of podman, buildah, CRI-O and skopeo (containers/storage, images.go).

`<driver>-images/images.json` lists the images, `<driver>-layers/layers.json` the layers with both kinds of size.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from reconstruct import pattern
from reconstruct.errors import UnreadableError
from reconstruct.image import Image, Layer
from reconstruct.sources import config as configs
from reconstruct.sources import document, manifest
from reconstruct.sources.blobs import matches
from reconstruct.sources.files import Files
from reconstruct.sources.interface import Candidate, Reading
from reconstruct.sources.limits import MAX_STEPS
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.sources.layers import Stored

NAME = "containers-storage"

_PLAIN = pattern.compile(r"[0-9a-z._-]*")


def recognises_files(files: Files) -> bool:
    """By a driver's folder with its list of images."""
    return bool(_drivers(files))


def _drivers(files: Files) -> list[str]:
    """`storage/overlay`, `vfs` …: the drivers that have an image list, from the store's root or the folder above."""
    return [
        parent + name.removesuffix("-images")
        for parent in ("", "storage/")
        for name in files.listing(parent)
        if name.endswith("-images") and f"{parent}{name}/images.json" in files
    ]


def images_of_files(files: Files, reading: Reading) -> list[Candidate]:
    """The images of all drivers' lists. UnreadableError if there is none."""
    found = []
    for driver in _drivers(files):
        found += _Store(files, driver, reading).candidates()
    if not found:
        raise UnreadableError(f"{reading.label}: no image in this containers-storage")
    return found


def _order(record: Mapping[str, Any]) -> tuple[bool, tuple[str, ...], str]:
    names = document.strings(record.get("names"))
    return (not names, names, document.string(record.get("id")))


class _Store:
    """The records of one storage driver."""

    def __init__(self, files: Files, driver: str, reading: Reading) -> None:
        self.files = files
        self.driver = driver
        self.reading = reading
        self._layers: dict[str, Mapping[str, Any]] | None = None

    def _json(self, path: str) -> Any:
        data = self.files.read(path)
        label = f"{self.reading.label}: {path}"
        return document.parse(document.decode(data, label), label) if data else None

    def candidates(self) -> list[Candidate]:
        """The named images by name, then the others by ID."""
        records = [
            document.mapping(item) for item in document.sequence(self._json(f"{self.driver}-images/images.json"))
        ]
        records.sort(key=_order)
        return [self._candidate(record) for record in records]

    def _candidate(self, record: Mapping[str, Any]) -> Candidate:
        identity = document.string(record.get("id"))
        return Candidate(
            lambda: self._image(record),
            tags=document.strings(record.get("names")),
            digest=document.optional_string(record.get("digest")),
            image_id=f"sha256:{identity}",
            stored=lambda: self._contents(record),
        )

    def _data(self, identity: str, key: str) -> bytes | None:
        """One of an image's documents; a name with special characters is stored as `=` and its base64."""
        name = key if _PLAIN.fullmatch(key) else "=" + base64.b64encode(key.encode()).decode()
        return self.files.read(f"{self.driver}-images/{identity}/{name}")

    def _image(self, record: Mapping[str, Any]) -> Image:
        identity = document.string(record.get("id"))
        label = f"{self.reading.label}: image {identity[:12]}"
        manifest_data = self._data(identity, "manifest")
        found = document.mapping(document.parse(document.decode(manifest_data, label), label)) if manifest_data else {}
        config_digest = manifest.config_digest(found) or f"sha256:{identity}"
        data = self._data(identity, config_digest)
        if data is None:
            raise UnreadableError(f"{label}: its config is missing")
        config = document.parse(document.decode(data, label), label)
        if not configs.is_config(config):
            raise UnreadableError(f"{label}: its config is not an image config")
        if not matches(config_digest, data):
            self.reading.doubt(f"the config of image {identity[:12]} doesn't match its digest: it was modified")
        diff_ids = document.strings(document.mapping(config.get("rootfs")).get("diff_ids"))
        return configs.to_image(
            config,
            self._layers_of(record, diff_ids) or manifest.layers(found),
            image_id=config_digest,
            digest=document.optional_string(record.get("digest")),
            media_type=manifest.media_type(found) if found else None,
            annotations=document.string_map(found.get("annotations")),
            tags=document.strings(record.get("names")),
        )

    def _layer_records(self) -> dict[str, Mapping[str, Any]]:
        if self._layers is None:
            self._layers = {}
            for name in ("layers.json", "volatile-layers.json"):
                for item in document.sequence(self._json(f"{self.driver}-layers/{name}")):
                    known = document.mapping(item)
                    self._layers[document.string(known.get("id"))] = known
        return self._layers

    def _layers_of(self, record: Mapping[str, Any], diff_ids: tuple[str, ...]) -> tuple[Layer, ...]:
        """The layers up to the image's top one, base first; none if they don't match the config."""
        chain = self._chain(record)
        if tuple(item.get("diff-digest") for item in chain) != diff_ids:
            return ()
        return tuple(
            Layer(
                digest=document.optional_string(item.get("compressed-diff-digest")),
                diff_id=document.optional_string(item.get("diff-digest")),
                compressed_size=document.size(item.get("compressed-size")),
                size=document.size(item.get("diff-size")),
            )
            for item in chain
        )

    def _chain(self, record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The records of the image's layers, base first."""
        records = self._layer_records()
        chain: list[Mapping[str, Any]] = []
        current = document.string(record.get("layer"))
        while current in records and len(chain) <= MAX_STEPS:
            chain.append(records[current])
            current = document.string(records[current].get("parent"))
        chain.reverse()
        return chain

    def _contents(self, record: Mapping[str, Any]) -> tuple[Stored | None, ...]:
        """The unpacked layers in the storage driver's directory."""
        from reconstruct.sources.unpacked import at

        names = [document.string(item.get("id")) for item in self._chain(record)]
        return tuple(at(self.files, self.driver, name, f"{self.driver}-layers/{name}.tar-split.gz") for name in names)
