"""What tools that talk to registries print: skopeo, crane, buildx imagetools, docker manifest, and Docker Hub's API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reconstruct import entries
from reconstruct.errors import UnreadableError
from reconstruct.image import HistoryEntry, Image, Layer, Provenance
from reconstruct.sources import config as configs
from reconstruct.sources import document, manifest
from reconstruct.sources.interface import Candidate, Document, Reading, Remarks

if TYPE_CHECKING:
    from reconstruct.sources.layers import Stored

NAME = "registry"


def recognises(value: Any) -> bool:
    return any(test(value) for test, _ in _FORMS)


def images(value: Any, found: Document, reading: Reading) -> list[Candidate]:
    return next(read(value, found, reading) for test, read in _FORMS if test(value))


# -- manifests and indexes -------------------------------------------------------------------------------------------


def _manifest(value: Mapping[str, Any], found: Document, reading: Reading) -> list[Candidate]:
    """A manifest alone: its layers; and its config too where that lies beside it, named by its digest."""
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
    """The image of a manifest alone: layers, neither config nor history."""
    layers = manifest.layers(value)
    # Foreign layers are Windows' alone; `facts` may know better.
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
    """The digest of a document that was read as it was saved, alone in its file."""
    import hashlib

    if found.data is None or len(found.values) != 1 or found.values[0] is not value:
        return None
    return "sha256:" + hashlib.sha256(found.data, usedforsecurity=False).hexdigest()


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
    """An index or manifest list, with the blobs that lie beside it; without any, what it names is told."""
    from reconstruct.sources.oci_layout import walk

    blobs = _blobs_beside(found, reading)
    digest = _digest_of(found, value)
    candidates = walk(value, blobs, reading, digest, manifest.media_type(value)) if blobs is not None else []
    if not candidates:
        raise UnreadableError(
            f"{reading.label}: an index of {_platforms(value)}, and no manifest of these lies beside it; "
            "save the manifest and the config of one"
        )
    return candidates


def _platforms(value: Mapping[str, Any]) -> str:
    names = []
    for item in document.sequence(value.get("manifests"))[:8]:
        platform = document.mapping(document.mapping(item).get("platform"))
        parts = (platform.get("os"), platform.get("architecture"), platform.get("variant"))
        names.append("/".join(part for part in parts if isinstance(part, str) and part) or "?")
    return ", ".join(dict.fromkeys(name for name in names if name != "unknown/unknown")) or "nothing"


def _is_verbose_manifest(value: Any) -> bool:
    items = value if isinstance(value, list) else [value]
    return bool(items) and all(isinstance(item, Mapping) and "Ref" in item and "Descriptor" in item for item in items)


def _verbose_manifest(value: Any, found: Document, reading: Reading) -> list[Candidate]:
    """`docker manifest inspect -v`."""
    candidates = []
    for item in value if isinstance(value, list) else [value]:
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


# -- skopeo ----------------------------------------------------------------------------------------------------------


def _is_skopeo(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("Layers"), list)
        and {"Digest", "Architecture", "Os"} <= value.keys()
        and "Id" not in value
    )


def _skopeo(value: Mapping[str, Any], found: Document, reading: Reading) -> list[Candidate]:
    """`skopeo inspect`: layers, labels and environment. Its RepoTags are the repository's, not the image's."""
    details = [document.mapping(item) for item in document.sequence(value.get("LayersData"))]
    layers = tuple(
        Layer(
            digest=document.optional_string(item.get("Digest")),
            media_type=document.optional_string(item.get("MIMEType")),
            compressed_size=document.size(item.get("Size")),
            annotations=document.string_map(item.get("Annotations")),
        )
        for item in details
    ) or tuple(Layer(digest=digest) for digest in document.strings(value.get("Layers")))
    remarks = Remarks()
    settings = {key: value[key] for key in ("Env", "Labels") if value.get(key) is not None}
    name = document.string(value.get("Name"))
    image = Image(
        config=configs.settings(settings, remarks),
        layers=layers,
        os=document.string(value.get("Os")) or "linux",
        architecture=document.optional_string(value.get("Architecture")),
        variant=document.optional_string(value.get("Variant")),
        created=document.optional_string(value.get("Created")),
        docker_version=document.string(value.get("DockerVersion")),
        digest=document.optional_string(value.get("Digest")),
        tags=(name,) if name else (),
        has_history=False,
        has_config=False,
        notes=(
            "skopeo inspect tells labels and environment alone; skopeo inspect --config tells all",
            *remarks.notes,
        ),
    )
    return [Candidate(lambda: image, tags=image.tags, digest=image.digest)]


# -- docker buildx imagetools inspect --------------------------------------------------------------------------------


def _is_imagetools(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    keys = {key.lower() for key in value}
    return "image" in keys and bool(keys & {"manifest", "name", "provenance"}) and "fromimage" not in keys


def _imagetools(value: Mapping[str, Any], found: Document, reading: Reading) -> list[Candidate]:
    plain = {key.lower(): item for key, item in value.items()}
    described = document.mapping(plain.get("manifest"))
    name = document.string(plain.get("name"))
    tags = (name,) if name else ()
    configs_found = _by_platform(document.mapping(plain.get("image")))
    if not configs_found:
        raise UnreadableError(f"{reading.label}: it names no image config")
    return [_imagetools_image(config, platform, described, tags, plain) for platform, config in configs_found.items()]


def _by_platform(value: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """One config, or one for each platform: `linux/amd64` → config. One alone has the key ''."""
    if configs.is_config(value):
        return {"": value}
    return {key: item for key, item in value.items() if "/" in key and configs.is_config(item)}


def _imagetools_image(
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
    """The descriptor of one platform's manifest, the document's own where it is no index."""
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


def _is_platform_map(value: Any) -> bool:
    """`docker buildx imagetools inspect --format '{{json .Image}}'` of several platforms."""
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all("/" in key and configs.is_config(item) for key, item in value.items())
    )


def _platform_map(value: Mapping[str, Any], found: Document, reading: Reading) -> list[Candidate]:
    return [Candidate(lambda config=config: configs.to_image(config)) for config in value.values()]  # type: ignore[misc]


# -- provenance on its own -------------------------------------------------------------------------------------------


def _is_provenance(value: Any) -> bool:
    from reconstruct.sources import provenance

    return isinstance(value, Mapping) and provenance.statement_in(value) is not None


def _provenance(value: Mapping[str, Any], found: Document, reading: Reading) -> list[Candidate]:
    """An in-toto statement, a SLSA predicate, or buildx's `--metadata-file`: what the build was, no image beside it."""
    from reconstruct.sources import provenance

    statement = provenance.statement_in(value)
    parsed = provenance.from_statement(statement or {})
    name = document.string(value.get("image.name"))
    image = Image(
        provenance=parsed,
        attestations=(parsed.predicate_type,),
        image_id=document.optional_string(value.get("containerimage.config.digest")),
        digest=document.optional_string(value.get("containerimage.digest")),
        tags=tuple(part.strip() for part in name.split(",") if part.strip()),
        has_history=False,
        has_config=False,
    )
    return [Candidate(lambda: image, tags=image.tags, digest=image.digest)]


# -- Docker Hub ------------------------------------------------------------------------------------------------------


def _is_hub(value: Any) -> bool:
    items = _hub_items(value)
    return bool(items) and all(_is_hub_image(item) for item in items)


def _is_hub_image(item: Any) -> bool:
    if not isinstance(item, Mapping) or "architecture" not in item or "config" in item:
        return False
    steps = document.sequence(item.get("layers"))
    instructed = bool(steps) and all(isinstance(step, Mapping) and "instruction" in step for step in steps)
    return instructed or "last_pushed" in item or "os_features" in item


def _hub_items(value: Any) -> Sequence[Any]:
    """The images of a tag: alone, as a list, or inside the tag's own object."""
    if isinstance(value, Mapping):
        return document.sequence(value.get("images")) or [value]
    return document.sequence(value)


def _hub(value: Any, found: Document, reading: Reading) -> list[Candidate]:
    """Docker Hub's images of a tag (`/v2/namespaces/…/tags/TAG/images`): instructions with transfer sizes."""
    items = [item for item in _hub_items(value) if isinstance(item.get("layers"), list)]
    if not items:
        raise UnreadableError(f"{reading.label}: Docker Hub's list names no layers; get …/tags/TAG/images")
    return [
        Candidate(lambda item=item: _hub_image(item), digest=document.optional_string(item.get("digest")))  # type: ignore[misc]
        for item in items
        if item.get("os") != "unknown" or item.get("architecture") != "unknown"
    ]


def _hub_image(item: Mapping[str, Any]) -> Image:
    history = []
    layers = []
    for step in document.sequence(item.get("layers")):
        known = document.mapping(step)
        digest = document.optional_string(known.get("digest"))
        size = document.size(known.get("size"))
        empty = not size and digest is None
        text = entries.with_frame(document.string(known.get("instruction")))
        history.append(HistoryEntry(text, empty_layer=empty))
        if not empty:
            layers.append(Layer(digest=digest, compressed_size=size))
    return Image(
        history=tuple(history),
        layers=tuple(layers),
        os=document.string(item.get("os")) or "linux",
        os_version=document.optional_string(item.get("os_version")),
        architecture=document.optional_string(item.get("architecture")),
        variant=document.optional_string(item.get("variant")),
        digest=document.optional_string(item.get("digest")),
        has_config=False,
    )


_FORMS: Sequence[tuple[Any, Any]] = (
    (manifest.is_manifest, _manifest),
    (_is_imagetools, _imagetools),
    (_is_hub, _hub),
    (manifest.is_index, _index),
    (_is_verbose_manifest, _verbose_manifest),
    (_is_skopeo, _skopeo),
    (_is_platform_map, _platform_map),
    (_is_provenance, _provenance),
)
