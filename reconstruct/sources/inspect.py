"""`docker image inspect`, `podman inspect`, `buildah inspect`: the config in force; the latter two have history too."""

from __future__ import annotations

from collections.abc import Mapping

from reconstruct.errors import UnreadableError
from reconstruct.image import Image
from reconstruct.record import replace
from reconstruct.sources import config as configs
from reconstruct.sources import document, manifest
from reconstruct.sources.interface import Candidate, Document, Reading
from reconstruct.typed import Any

NAME = "inspect"


def recognises(value: object) -> bool:
    """By every object being an image, a container or a config's settings, as printed by docker, podman or buildah."""
    items = value if isinstance(value, list) else [value]
    known = (_is_image, _is_buildah, _is_container, is_settings)
    return bool(items) and all(any(test(item) for test in known) for item in items)


def _is_image(value: Any) -> bool:
    return isinstance(value, Mapping) and "Id" in value and ("RootFS" in value or "RepoTags" in value)


def _is_container(value: Any) -> bool:
    return isinstance(value, Mapping) and "Id" in value and "State" in value and "Image" in value


def is_settings(value: Any) -> bool:
    """Whether a value is what `docker image inspect --format '{{json .Config}}'` prints: only the settings."""
    typical = {"Env", "Cmd", "Entrypoint", "WorkingDir", "Labels", "User", "Volumes", "ExposedPorts"}
    return isinstance(value, Mapping) and len(typical & value.keys()) > 2 and "Digest" not in value


def _is_buildah(value: Any) -> bool:
    return isinstance(value, Mapping) and "FromImage" in value and "OCIv1" in value


def images(value: object, found: Document, reading: Reading) -> list[Candidate]:
    """An image for each object. UnreadableError for a container."""
    items = value if isinstance(value, list) else [value]
    return [_candidate(document.mapping(item), reading) for item in items]


def _candidate(item: Mapping[str, Any], reading: Reading) -> Candidate:
    if _is_buildah(item):
        return Candidate(lambda: _from_buildah(item, reading))
    if is_settings(item):
        return Candidate(lambda: configs.to_image({"config": item}))
    if _is_container(item):
        image = document.string(item.get("Image"))[:80]
        raise UnreadableError(f"{reading.label}: this is a container; inspect its image: docker image inspect {image}")
    return Candidate(lambda: _from_engine(item), tags=tags(item.get("RepoTags")))


def tags(value: Any) -> tuple[str, ...]:
    """The names of a `RepoTags` list, without `<none>:<none>`."""
    return tuple(tag for tag in document.strings(value) if tag != "<none>:<none>")


def _from_engine(item: Mapping[str, Any]) -> Image:
    settings = dict(document.mapping(item.get("Config")))
    check = item.get("HealthCheck") or item.get("Healthcheck")
    if isinstance(check, Mapping) and "Healthcheck" not in settings:
        settings["Healthcheck"] = check
    config: dict[str, Any] = {
        "architecture": item.get("Architecture"),
        "os": item.get("Os"),
        "os.version": item.get("OsVersion"),
        "variant": item.get("Variant"),
        "created": item.get("Created"),
        "author": item.get("Author"),
        "docker_version": item.get("DockerVersion") or item.get("Version"),
        "config": settings,
        "rootfs": {"type": "layers", "diff_ids": document.mapping(item.get("RootFS")).get("Layers")},
    }
    if isinstance(item.get("History"), list):
        config["history"] = item["History"]
    config = {key: value for key, value in config.items() if value is not None}
    descriptor = document.mapping(item.get("Descriptor"))
    return configs.to_image(
        config,
        image_id=_image_id(item.get("Id")),
        digest=document.optional_string(descriptor.get("digest") or item.get("Digest")),
        media_type=document.optional_string(descriptor.get("mediaType") or item.get("ManifestType")),
        tags=tags(item.get("RepoTags")),
        annotations=document.string_map(item.get("Annotations")),
    )


def _image_id(value: Any) -> str | None:
    """Docker writes `sha256:<hex>`, podman only the hex."""
    text = document.string(value)
    return f"sha256:{text}" if text and ":" not in text else text or None


def _from_buildah(item: Mapping[str, Any], reading: Reading) -> Image:
    """buildah keeps the config and the manifest as texts inside its JSON."""
    config = _inner(item.get("Config"), reading) or document.mapping(item.get("OCIv1"))
    found = _inner(item.get("Manifest"), reading)
    name = document.optional_string(item.get("FromImage"))
    image = configs.to_image(
        config,
        manifest.layers(found),
        image_id=_image_id(item.get("FromImageID")),
        digest=document.optional_string(item.get("FromImageDigest")),
        media_type=manifest.media_type(found) if found else None,
    )
    return replace(image, tags=(name,)) if name else image


def _inner(value: Any, reading: Reading) -> Mapping[str, Any]:
    text = document.string(value)
    return document.mapping(reading.documents.parse(text, reading.label)) if text else {}
