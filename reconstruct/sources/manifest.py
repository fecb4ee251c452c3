"""Manifests and indexes of the OCI image spec (manifest.md, image-index.md) and Docker's schema 2."""

from __future__ import annotations

from collections.abc import Mapping

from reconstruct.golang import is_digits
from reconstruct.image import Layer
from reconstruct.sources import document
from reconstruct.sources.limits import MAX_STEPS, OverLimitError
from reconstruct.typed import Any

DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"

CONFIG_TYPES = frozenset({"application/vnd.docker.container.image.v1+json", "application/vnd.oci.image.config.v1+json"})
# Layers whose blob is the tar itself, so its size is both transfer size and uncompressed size.
PLAIN_TYPES = frozenset(
    {
        "application/vnd.docker.image.rootfs.diff.tar",
        "application/vnd.oci.image.layer.v1.tar",
        "application/vnd.oci.image.layer.nondistributable.v1.tar",
    }
)


_KEYS = ("schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests", "annotations", "subject")
_DESCRIPTOR = ("mediaType", "digest", "size", "urls", "annotations", "platform", "artifactType", "data")
_PLATFORM = ("architecture", "os", "os.version", "os.features", "variant", "features")


def normal(value: Any) -> Any:
    """A manifest or an index with its keys spelt as in the specification; Go ignores their case.

    Anything else is returned unchanged.
    """
    known = document.folded(value, _KEYS)
    if not isinstance(known.get("layers"), list) and not isinstance(known.get("manifests"), list):
        return value
    if max(len(document.sequence(known.get(key))) for key in ("layers", "manifests")) > MAX_STEPS:
        return known
    found = dict(known)
    if isinstance(known.get("config"), Mapping):
        found["config"] = document.folded(known["config"], _DESCRIPTOR)
    for key in ("layers", "manifests"):
        if isinstance(known.get(key), list):
            found[key] = [_descriptor(item) for item in known[key]]
    return found


def _descriptor(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    known = document.folded(value, _DESCRIPTOR)
    platform = known.get("platform")
    if not isinstance(platform, Mapping) or platform.keys() <= set(_PLATFORM):
        return known
    return {**known, "platform": document.folded(platform, _PLATFORM)}


def is_manifest(value: object) -> bool:
    """Whether a JSON object is an image manifest, schema 2 or OCI."""
    return (
        isinstance(value, Mapping)
        and value.get("schemaVersion") != 1
        and isinstance(value.get("layers"), list)
        and ("schemaVersion" in value or isinstance(value.get("config"), Mapping))
        and not isinstance(value.get("digest"), str)
    )


def is_image_manifest(value: Any) -> bool:
    """Whether a manifest is an image's, not one of a signature, a chart, or another artifact (OCI 1.1, 2.1)."""
    if not is_manifest(value) or value.get("artifactType"):
        return False
    kind = document.string(document.mapping(value.get("config")).get("mediaType"))
    return not kind or kind in CONFIG_TYPES or "image" in kind


def is_index(value: object) -> bool:
    """Whether a JSON object is an OCI index or a Docker manifest list."""
    return isinstance(value, Mapping) and isinstance(value.get("manifests"), list)


def media_type(value: Mapping[str, Any]) -> str:
    """The media type, which OCI documents may omit (the fields then show it)."""
    return document.string(value.get("mediaType")) or (OCI_INDEX if "manifests" in value else OCI_MANIFEST)


def layers(manifest: Mapping[str, Any]) -> tuple[Layer, ...]:
    """The manifest's layers, base first, with the facts from their descriptors."""
    listed = document.sequence(manifest.get("layers"))
    if len(listed) > MAX_STEPS:
        raise OverLimitError(f"more than {MAX_STEPS:,} history entries or layers")
    return tuple(layer(document.mapping(item)) for item in listed)


def layer(descriptor: Mapping[str, Any]) -> Layer:
    """A manifest's descriptor as a layer; sizes in bytes, None if unknown."""
    kind = document.optional_string(descriptor.get("mediaType"))
    size = document.size(descriptor.get("size"))
    annotations = document.string_map(descriptor.get("annotations"))
    return Layer(
        digest=document.optional_string(descriptor.get("digest")),
        media_type=kind,
        compressed_size=size,
        size=size if kind in PLAIN_TYPES else _uncompressed(annotations),
        urls=document.strings(descriptor.get("urls")),
        annotations=annotations,
    )


def _uncompressed(annotations: Mapping[str, str]) -> int | None:
    """The tar's size in bytes, from the annotation of eStargz layers (stargz-snapshotter, docs/estargz.md)."""
    text = annotations.get("io.containers.estargz.uncompressed-size", "")
    return int(text) if is_digits(text) and len(text) < 19 else None


def config_digest(manifest: Mapping[str, Any]) -> str | None:
    """The digest of the manifest's config, which is the image ID; None if it is missing."""
    return document.optional_string(document.mapping(manifest.get("config")).get("digest"))
