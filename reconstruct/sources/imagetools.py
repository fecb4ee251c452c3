"""`docker buildx imagetools inspect --format '{{json .}}'` and `'{{json .Image}}'`: one image, or one for each platform."""

from __future__ import annotations

from collections.abc import Mapping

from reconstruct.errors import UnreadableError
from reconstruct.image import Image, Provenance
from reconstruct.sources import config as configs
from reconstruct.sources import document, manifest
from reconstruct.sources.interface import Candidate, Document, Reading
from reconstruct.typed import Any

NAME = "imagetools inspect"


def recognises(value: object) -> bool:
    """By the whole answer, or by a map of platforms to configs."""
    return _is_whole(value) or _is_platform_map(value)


def images(value: object, found: Document, reading: Reading) -> list[Candidate]:
    """An image for each platform. UnreadableError if there is no config."""
    known = document.mapping(value)
    return _whole(known, reading) if _is_whole(value) else _platform_map(known)


def _is_whole(value: object) -> bool:
    if not isinstance(value, Mapping):
        return False
    keys = {key.lower() for key in value}
    # buildah and nerdctl (`--mode=native`) have an object of the engine's own under the same key.
    return (
        "image" in keys and bool(keys & {"manifest", "name", "provenance"}) and not keys & {"fromimage", "imageconfig"}
    )


def _whole(value: Mapping[str, Any], reading: Reading) -> list[Candidate]:
    plain = {key.lower(): item for key, item in value.items()}
    described = document.mapping(plain.get("manifest"))
    name = document.string(plain.get("name"))
    tags = (name,) if name else ()
    configs_found = _by_platform(document.mapping(plain.get("image")))
    if not configs_found:
        raise UnreadableError(f"{reading.label}: it names no image config")
    return [_image(config, platform, described, tags, plain) for platform, config in configs_found.items()]


def _by_platform(value: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """One config, or one for each platform: `linux/amd64` → config. A single one has the key ''."""
    if configs.is_config(value):
        return {"": value}
    return {key: item for key, item in value.items() if "/" in key and configs.is_config(item)}


def _image(
    config: Mapping[str, Any],
    platform: str,
    described: Mapping[str, Any],
    tags: tuple[str, ...],
    plain: Mapping[str, Any],
) -> Candidate:
    descriptor = _descriptor(described, platform)
    provenance, attestations = _attested(plain, platform)
    several = isinstance(described.get("manifests"), list)

    def read() -> Image:
        return configs.to_image(
            config,
            manifest.layers(described) if isinstance(described.get("layers"), list) else (),
            digest=document.optional_string(descriptor.get("digest")),
            media_type=document.optional_string(descriptor.get("mediaType")),
            index_digest=document.optional_string(described.get("digest")) if several else None,
            index_media_type=document.optional_string(described.get("mediaType")) if several else None,
            image_id=manifest.config_digest(described),
            tags=tags,
            provenance=provenance,
            attestations=attestations,
        )

    return Candidate(read, tags=tags, digest=document.optional_string(descriptor.get("digest")))


def _descriptor(described: Mapping[str, Any], platform: str) -> Mapping[str, Any]:
    """The descriptor of one platform's manifest, or the document's own if it isn't an index."""
    if not isinstance(described.get("manifests"), list):
        return described
    real = []
    for item in document.sequence(described.get("manifests")):
        known = document.mapping(document.mapping(item).get("platform"))
        parts = [known.get("os"), known.get("architecture"), known.get("variant")]
        name = "/".join(part for part in parts if isinstance(part, str) and part)
        if name == platform:
            return document.mapping(item)
        if name != "unknown/unknown":
            real.append(document.mapping(item))
    return real[0] if platform == "" and len(real) == 1 else {}


def _attested(plain: Mapping[str, Any], platform: str) -> tuple[Provenance | None, tuple[str, ...]]:
    from reconstruct.sources import provenance

    kinds = []
    found = None
    statement = document.mapping(plain.get("provenance"))
    statement = document.mapping(statement.get(platform)) if platform in statement else statement
    if isinstance(statement.get("SLSA"), Mapping):
        found = provenance.from_predicate(statement["SLSA"])
        kinds.append(found.predicate_type)
    bill = document.mapping(plain.get("sbom"))
    bill = document.mapping(bill.get(platform)) if platform in bill else bill
    if "SPDX" in bill:
        kinds.append("https://spdx.dev/Document")
    return found, tuple(kinds)


def _is_platform_map(value: object) -> bool:
    """`docker buildx imagetools inspect --format '{{json .Image}}'` of several platforms."""
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all("/" in key and configs.is_config(item) for key, item in value.items())
    )


def _platform_map(value: Mapping[str, Any]) -> list[Candidate]:
    return [Candidate(lambda config=config: configs.to_image(config)) for config in value.values()]  # type: ignore[misc]
