"""Manifests and indexes from registries (`crane manifest`, `docker manifest inspect`), with the blobs next to them."""

from __future__ import annotations

from collections.abc import Mapping

from reconstruct.digest import sha256_hex
from reconstruct.errors import UnreadableError
from reconstruct.image import Image
from reconstruct.sources import config as configs
from reconstruct.sources import document, manifest
from reconstruct.sources.interface import Candidate, Document, Reading
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.sources.layers import Stored

NAME = "manifest"


def recognises(value: object) -> bool:
    """By a manifest, an index, or the output of `docker manifest inspect --verbose`."""
    return manifest.is_manifest(value) or manifest.is_index(value) or _is_verbose(value)


def images(value: object, found: Document, reading: Reading) -> list[Candidate]:
    """An image for a manifest, one for each platform of an index."""
    if manifest.is_manifest(value):
        return _manifest(document.mapping(value), found, reading)
    if manifest.is_index(value):
        return _index(document.mapping(value), found, reading)
    return _verbose(value)


def _manifest(value: Mapping[str, Any], found: Document, reading: Reading) -> list[Candidate]:
    """A single manifest: its layers, and its config if that is next to it, named by its digest."""
    digest = _digest_of(found, value)
    blobs = _blobs_beside(found, reading)
    identity = manifest.config_digest(value)
    if blobs is None or identity is None or blobs.path(identity) is None:
        return [Candidate(lambda: bare(value, digest=digest), digest=digest)]

    def read() -> Image:
        config = blobs.read(identity)
        return configs.to_image(
            document.mapping(config),
            manifest.layers(value),
            digest=digest,
            media_type=manifest.media_type(value),
            image_id=identity,
            annotations=document.string_map(value.get("annotations")),
        )

    def stored() -> tuple[Stored | None, ...]:
        from reconstruct.sources.oci_layout import contents

        return contents(value, blobs)

    return [Candidate(read, digest=digest, stored=stored)]


def bare(value: Mapping[str, Any], **facts: Any) -> Image:
    """The image of a single manifest: layers, but neither config nor history."""
    layers = manifest.layers(value)
    # Only Windows has foreign layers; `facts` may know better.
    known: dict[str, Any] = {"os": "windows" if any(layer.foreign for layer in layers) else "linux", **facts}
    return Image(
        layers=layers,
        media_type=manifest.media_type(value),
        image_id=manifest.config_digest(value),
        annotations=document.string_map(value.get("annotations")),
        has_config=False,
        has_history=False,
        **known,
    )


def _digest_of(found: Document, value: Any) -> str | None:
    """The digest of a document that is the only one in its file, as saved."""
    if found.data is None or len(found.values) != 1 or found.values[0] is not value:
        return None
    return "sha256:" + sha256_hex(found.data)


def _blobs_beside(found: Document, reading: Reading) -> Any:
    if found.folder is None:
        return None
    from reconstruct.sources.blobs import Blobs
    from reconstruct.sources.files import Folder

    return Blobs(Folder(found.folder, reading.label, reading.note), reading, _paths_beside)


def _paths_beside(digest: str) -> tuple[str, ...]:
    algorithm, _, value = digest.partition(":")
    stems = (value, digest, f"{algorithm}-{value}")
    return (f"blobs/{algorithm}/{value}", *stems, *(f"{stem}.json" for stem in stems))


def _index(value: Mapping[str, Any], found: Document, reading: Reading) -> list[Candidate]:
    """An index or manifest list with the blobs next to it; without any, the images that it names."""
    from reconstruct.sources.oci_layout import walk

    blobs = _blobs_beside(found, reading)
    digest = _digest_of(found, value)
    candidates = walk(value, blobs, reading, digest, manifest.media_type(value)) if blobs is not None else []
    if not candidates:
        raise UnreadableError(
            f"{reading.label}: an index of {_platforms(value)}, without any of its manifests; "
            "save the manifest and the config of one"
        )
    return candidates


def _platforms(value: Mapping[str, Any]) -> str:
    names = []
    for item in document.sequence(value.get("manifests")):
        platform = document.mapping(document.mapping(item).get("platform"))
        parts = (platform.get("os"), platform.get("architecture"), platform.get("variant"))
        names.append("/".join(part for part in parts if isinstance(part, str) and part) or "?")
    found = list(dict.fromkeys(name for name in names if name != "unknown/unknown"))
    more = f" and {len(found) - 8:,} more" if len(found) > 8 else ""
    return ", ".join(found[:8]) + more or "nothing"


def _is_verbose(value: object) -> bool:
    items = value if isinstance(value, list) else [value]
    return bool(items) and all(isinstance(item, Mapping) and "Ref" in item and "Descriptor" in item for item in items)


def _verbose(value: object) -> list[Candidate]:
    """`docker manifest inspect -v`."""
    candidates = []
    for item in map(document.mapping, value if isinstance(value, list) else [value]):
        inner = document.mapping(item.get("SchemaV2Manifest") or item.get("OCIManifest"))
        descriptor = document.mapping(item.get("Descriptor"))
        platform = document.mapping(descriptor.get("platform"))
        digest = document.optional_string(descriptor.get("digest"))
        facts = {
            "digest": digest,
            "os": document.string(platform.get("os")) or "linux",
            "architecture": document.optional_string(platform.get("architecture")),
            "variant": document.optional_string(platform.get("variant")),
            "os_version": document.optional_string(platform.get("os.version")),
        }
        if inner and facts["os"] != "unknown":
            candidates.append(Candidate(lambda inner=inner, facts=facts: bare(inner, **facts), digest=digest))  # type: ignore[misc]
    return candidates
