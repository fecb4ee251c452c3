"""Docker's data root, read in place: `image/<driver>/` with its image and layer databases (moby, image/ and layer/).

Nothing is written, and no engine is needed. Layer sizes are those of the files in a layer, as in `docker history`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

from reconstruct import pattern
from reconstruct.errors import UnreadableError
from reconstruct.golang import is_digits
from reconstruct.image import Image, Layer
from reconstruct.record import replace
from reconstruct.sources import config as configs
from reconstruct.sources import document, manifest
from reconstruct.sources.blobs import digest_of, matches
from reconstruct.sources.files import Files
from reconstruct.sources.interface import Candidate, Reading
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.sources.layers import Stored

NAME = "docker store"

_HEX = pattern.compile(r"[0-9a-f]{64}")


def recognises_files(files: Files) -> bool:
    """By a storage driver's folder with an image database (`imagedb/content`)."""
    return bool(_roots(files))


def _roots(files: Files) -> list[str]:
    """The folders of the storage drivers, from the data root, its `image`, or a driver's own folder."""
    folders = [f"{parent}{name}/" for parent in ("image/", "") for name in files.listing(parent)]
    return [folder for folder in [*folders, ""] if "content" in files.listing(f"{folder}imagedb")]


def images_of_files(files: Files, reading: Reading) -> list[Candidate]:
    """The images of all drivers' databases. UnreadableError if there is none."""
    found: list[Candidate] = []
    for root in _roots(files):
        store = _Store(files, root, reading)
        found += store.candidates()
    if not found:
        raise UnreadableError(f"{reading.label}: no image in this Docker data root")
    return found


class _Store:
    """The databases of one storage driver."""

    def __init__(self, files: Files, root: str, reading: Reading) -> None:
        self.files = files
        self.root = root
        self.reading = reading

    def candidates(self) -> list[Candidate]:
        """The named images by name, then the others by ID."""
        tags = self._tags()
        identities = [name for name in self.files.listing(f"{self.root}imagedb/content/sha256") if _HEX.fullmatch(name)]
        identities.sort(key=lambda identity: (identity not in tags, tags.get(identity, ("",)), identity))
        return [self._candidate(identity, tags.get(identity, ())) for identity in identities]

    def _candidate(self, identity: str, tags: tuple[str, ...]) -> Candidate:
        return Candidate(
            lambda: self._image(identity, tags),
            tags=tags,
            image_id=f"sha256:{identity}",
            stored=lambda: self._contents(identity),
        )

    def _contents(self, identity: str) -> tuple[Stored | None, ...]:
        """The unpacked layers in the storage driver's directory, next to `image/`."""
        from reconstruct.sources.unpacked import at

        config = document.mapping(self._json(f"{self.root}imagedb/content/sha256/{identity}"))
        parent, _, driver = self.root.rstrip("/").rpartition("/")
        if posixpath.basename(parent) != "image":
            return ()
        found: list[Stored | None] = []
        for chain in chain_ids(document.strings(document.mapping(config.get("rootfs")).get("diff_ids"))):
            folder = f"{self.root}layerdb/{chain.replace(':', '/', 1)}/"
            home = f"{parent.removesuffix('image')}{driver}"
            found.append(at(self.files, home, self._text(f"{folder}cache-id") or "", f"{folder}tar-split.json.gz"))
        return tuple(found)

    def _tags(self) -> dict[str, tuple[str, ...]]:
        """`repositories.json` (repository → reference → image ID), inverted."""
        found: dict[str, tuple[str, ...]] = {}
        known = document.mapping(self._json(f"{self.root}repositories.json"))
        for references in document.mapping(known.get("Repositories")).values():
            for name, identity in sorted(document.string_map(references).items()):
                key = identity.removeprefix("sha256:")
                if "@" not in name:
                    found[key] = (*found.get(key, ()), name)
        return found

    def _json(self, path: str) -> Any:
        data = self.files.read(path)
        label = f"{self.reading.label}: {path}"
        return document.parse(document.decode(data, label), label) if data is not None else None

    def _text(self, path: str) -> str | None:
        data = self.files.head(path, 4096)
        return data.decode("ascii", "replace").strip() if data else None

    def _image(self, identity: str, tags: tuple[str, ...]) -> Image:
        path = f"{self.root}imagedb/content/sha256/{identity}"
        data = self.files.read(path)
        label = f"{self.reading.label}: {path}"
        config = document.parse(document.decode(data or b"", label), label)
        if not configs.is_config(config):
            raise UnreadableError(f"{label} is not an image config")
        if not matches(f"sha256:{identity}", data or b""):
            self.reading.doubt(f"the config of image {identity[:12]} doesn't match its digest: it was modified")
        diff_ids = document.strings(document.mapping(config.get("rootfs")).get("diff_ids"))
        return configs.to_image(config, self._layers(diff_ids), image_id=f"sha256:{identity}", tags=tags)

    def _layers(self, diff_ids: Sequence[str]) -> tuple[Layer, ...]:
        """Layers by their chain ID (OCI image spec, config.md): each names all those below it."""
        return tuple(self._layer(chain, diff_id) for chain, diff_id in zip(chain_ids(diff_ids), diff_ids, strict=True))

    def _layer(self, chain: str, diff_id: str) -> Layer:
        folder = f"{self.root}layerdb/{chain.replace(':', '/', 1)}/"
        text = self._text(f"{folder}size") or ""
        size = int(text) if is_digits(text) and len(text) < 19 else None
        descriptor = document.mapping(self._json(f"{folder}descriptor.json"))
        layer = manifest.layer(descriptor) if descriptor else Layer(digest=self._blob(diff_id))
        return replace(layer, size=size)

    def _blob(self, diff_id: str) -> str | None:
        """The digest under which the layer was last pulled or pushed, if recorded."""
        path = f"{self.root}distribution/v2metadata-by-diffid/{diff_id.replace(':', '/', 1)}"
        known = document.sequence(self._json(path))
        newest: Mapping[str, Any] = document.mapping(known[-1]) if known else {}
        return document.optional_string(newest.get("Digest"))


def chain_ids(diff_ids: Sequence[str]) -> list[str]:
    """The chain ID of each layer, base first."""
    found: list[str] = []
    for diff_id in diff_ids:
        found.append(digest_of(f"{found[-1]} {diff_id}".encode()) if found else diff_id)
    return found
