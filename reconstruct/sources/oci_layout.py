"""OCI image layouts (OCI image spec, image-layout.md), as a directory or a tar, with nested indexes.

Docker's archives since version 25 are such layouts too; their `manifest.json` adds the tags.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconstruct.errors import NotFoundError, ReconstructError, UnreadableError
from reconstruct.image import Image, Layer, Provenance
from reconstruct.record import dataclass
from reconstruct.sources import config as configs
from reconstruct.sources import document, manifest
from reconstruct.sources.blobs import Blobs
from reconstruct.sources.files import Files
from reconstruct.sources.interface import Candidate, Reading, Remarks
from reconstruct.sources.limits import MAX_DOCUMENT, MAX_MANIFESTS, MAX_NESTING
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.sources.layers import Stored

NAME = "oci-layout"

REFERENCE_TYPE = "vnd.docker.reference.type"
REFERENCE_DIGEST = "vnd.docker.reference.digest"
PREDICATE_TYPE = "in-toto.io/predicate-type"
_REF_NAME = "org.opencontainers.image.ref.name"
_CONTAINERD_NAME = "io.containerd.image.name"


def recognises_files(files: Files) -> bool:
    """By `index.json`, with `oci-layout` or without a `manifest.json` next to it."""
    return "index.json" in files and ("oci-layout" in files or "manifest.json" not in files)


def images_of_files(files: Files, reading: Reading) -> list[Candidate]:
    """The images below `index.json`, named by Docker's `manifest.json` too. UnreadableError without an index."""
    label = f"{reading.label}: index.json"
    found = reading.documents.read(files, "index.json")
    if found is None:
        raise UnreadableError(f"{label} is missing")
    index = manifest.normal(found.value)
    if not manifest.is_index(index):
        # Docker 25.0 writes `"manifests": null` if an image was saved by its ID; manifest.json is then correct.
        return _saved_by_id(files, reading, label)
    candidates = walk(index, Blobs(files, reading), reading)
    return _with_saved_names(candidates, files, reading) if "manifest.json" in files else candidates


def _saved_by_id(files: Files, reading: Reading, label: str) -> list[Candidate]:
    from reconstruct.sources import docker_archive

    if not docker_archive.recognises_files(files):
        raise UnreadableError(f"{label} is not an OCI index")
    return docker_archive.images_of_files(files, reading)


def _with_saved_names(candidates: list[Candidate], files: Files, reading: Reading) -> list[Candidate]:
    """The tags as `docker save` wrote them into `manifest.json`, instead of the index's longer ones."""
    from reconstruct.sources import docker_archive

    if not docker_archive.recognises_files(files):
        return candidates
    if not candidates:
        return docker_archive.images_of_files(files, reading)
    names = docker_archive.tags_by_config(files, reading)
    for candidate in candidates:
        candidate.tags = names.get(candidate.image_id or "") or candidate.tags
    return candidates


def walk(
    index: Mapping[str, Any], blobs: Blobs, reading: Reading, digest: str | None = None, kind: str | None = None
) -> list[Candidate]:
    """Every image that an index leads to, in order, each with the attestations that refer to it.

    `digest` and `kind` are those of the index itself, if it is a published one and not a layout's list of contents.
    Other artifacts (signatures, charts …) and images whose blobs are absent are left out with a note.
    """
    walker = _Walk(blobs, reading)
    walker.index(index, digest, kind, (), 0)
    return walker.candidates()


@dataclass()
class _Found:
    """One manifest that an index names, under all its names."""

    descriptor: Mapping[str, Any]
    index_digest: str | None
    index_type: str | None
    tags: dict[str, None]
    order: int


class _Walk:
    """One traversal of an index, collecting manifests and attestations; an index met twice is read once."""

    def __init__(self, blobs: Blobs, reading: Reading) -> None:
        self.blobs = blobs
        self.reading = reading
        self.found: dict[str, _Found] = {}
        self.attestations: dict[str, list[str]] = {}
        # What each index lists.
        self.listed: dict[str | None, list[_Found]] = {}
        # Indexes met so far, by file identity: names may be links to the same one.
        self.seen: dict[str, str] = {}
        self.count = 0

    def index(
        self,
        index: Mapping[str, Any],
        digest: str | None,
        kind: str | None,
        tags: tuple[str, ...],
        depth: int,
    ) -> None:
        if depth > MAX_NESTING:
            raise UnreadableError(f"{self.reading.label}: indexes nested deeper than {MAX_NESTING}")
        for item in document.sequence(index.get("manifests")):
            self.count += 1
            if self.count > MAX_MANIFESTS:
                raise UnreadableError(f"{self.reading.label}: more than {MAX_MANIFESTS:,} manifests")
            self._descriptor(document.mapping(item), digest, kind, tags, depth)

    def _descriptor(
        self,
        descriptor: Mapping[str, Any],
        index_digest: str | None,
        index_type: str | None,
        tags: tuple[str, ...],
        depth: int,
    ) -> None:
        digest = document.string(descriptor.get("digest"))
        annotations = document.string_map(descriptor.get("annotations"))
        names = tuple(dict.fromkeys((*tags, *_names(annotations))))
        found = _Found(descriptor, index_digest, index_type, dict.fromkeys(names), self.count)
        if annotations.get(REFERENCE_TYPE) == "attestation-manifest":
            self.attestations.setdefault(annotations.get(REFERENCE_DIGEST, ""), []).append(digest)
            self.reading.attached.append(_attached(found, self.blobs))
            return
        kind = document.string(descriptor.get("mediaType"))
        if kind in (manifest.OCI_INDEX, manifest.DOCKER_LIST):
            self._nested(digest, kind, names, depth)
        elif digest in self.found:
            self.found[digest].tags.update(found.tags)
        else:
            self.found[digest] = found
            self.listed.setdefault(index_digest, []).append(found)

    def _nested(self, digest: str, kind: str, names: tuple[str, ...], depth: int) -> None:
        identity = self.blobs.identity(digest)
        if identity in self.seen:
            self._rename(self.seen[identity], names)
            return
        self.seen[identity] = digest
        try:
            nested = self.blobs.read(digest)
        except NotFoundError as error:
            self.reading.note(str(error))
            return
        if manifest.is_index(nested):
            self.index(nested, digest, kind, names, depth + 1)

    def _rename(self, index_digest: str, names: tuple[str, ...]) -> None:
        """Gives an index's additional name to its images."""
        for known in self.listed.get(index_digest, ()):
            known.tags.update(dict.fromkeys(names))

    def candidates(self) -> list[Candidate]:
        candidates = []
        missing: list[ReconstructError] = []
        for found in self.found.values():
            try:
                candidate = self._candidate(found)
            except NotFoundError as error:
                missing.append(error)
                continue
            if candidate is not None:
                candidates.append(candidate)
        if missing and not candidates:
            raise missing[0]
        for absent in missing:
            self.reading.note(f"{absent}: that image is skipped")
        return candidates

    def _candidate(self, found: _Found) -> Candidate | None:
        digest = document.string(found.descriptor.get("digest"))
        value = self.blobs.read(digest, document.size(found.descriptor.get("size")))
        tags = tuple(found.tags)
        if not manifest.is_image_manifest(value):
            kind = document.string(document.mapping(value).get("artifactType")) or document.string(
                document.mapping(document.mapping(value).get("config")).get("mediaType")
            )
            self.reading.note(f"{digest[:19]} is not an image ({kind or 'unknown type'}) and is skipped")
            return None
        identity = manifest.config_digest(value) or ""
        if self.blobs.path(identity) is None:
            raise NotFoundError(f"{self.reading.label}: blob {identity[:80]} is missing")
        platform = document.mapping(found.descriptor.get("platform"))

        def read() -> Image:
            return image_of(
                document.mapping(self.blobs.read(digest)),
                self.blobs,
                attested=self.attestations.get(digest, ()),
                expected=platform,
                digest=digest,
                index_digest=found.index_digest,
                index_media_type=found.index_type,
                index_platform=platform,
                tags=tags,
            )

        return Candidate(
            read,
            tags=tags,
            os=document.optional_string(platform.get("os")),
            architecture=document.optional_string(platform.get("architecture")),
            variant=document.optional_string(platform.get("variant")),
            os_version=document.optional_string(platform.get("os.version")),
            digest=digest,
            image_id=identity,
            index_digest=found.index_digest,
            order=found.order,
            stored=lambda: contents(document.mapping(self.blobs.read(digest)), self.blobs),
        )


def contents(value: Mapping[str, Any], blobs: Blobs) -> tuple[Stored | None, ...]:
    """The stored layers of a manifest."""
    from reconstruct.sources.layers import by_digest

    return by_digest(blobs, tuple(layer.digest or "" for layer in manifest.layers(value)))


def _attached(found: _Found, blobs: Blobs) -> Candidate:
    """An attestation manifest as an index's page shows it: its layers, no history."""
    from reconstruct.sources.manifests import bare

    digest = document.string(found.descriptor.get("digest"))
    platform = document.mapping(found.descriptor.get("platform"))

    def read() -> Image:
        return bare(
            document.mapping(blobs.read(digest)),
            digest=digest,
            os="unknown",
            index_digest=found.index_digest,
            index_media_type=found.index_type,
            index_platform=platform,
        )

    return Candidate(read, tags=tuple(found.tags), digest=digest, index_digest=found.index_digest, order=found.order)


def _names(annotations: Mapping[str, str]) -> tuple[str, ...]:
    name = annotations.get(_CONTAINERD_NAME) or annotations.get(_REF_NAME)
    return (name,) if name else ()


def image_of(
    value: Mapping[str, Any],
    blobs: Blobs,
    attested: Sequence[str] = (),
    expected: Mapping[str, Any] | None = None,
    **facts: Any,
) -> Image:
    """The image of one manifest: its config's blob, its layers, and the facts from the attestation manifests `attested`.

    `expected` is the platform that an index gives for it.
    """
    identity = manifest.config_digest(value)
    config = blobs.read(identity or "", document.size(document.mapping(value.get("config")).get("size")))
    if not configs.is_config(config):
        raise UnreadableError(f"{blobs.reading.label}: blob {(identity or '')[:80]} is not an image config")
    layers = manifest.layers(value)
    provenance, attestations = _attestations(attested, blobs, layers)
    return configs.to_image(
        config,
        layers,
        _checked(config, layers, blobs, expected),
        media_type=manifest.media_type(value),
        image_id=identity,
        annotations=document.string_map(value.get("annotations")),
        provenance=provenance,
        attestations=attestations,
        **facts,
    )


def _checked(
    config: Mapping[str, Any], layers: Sequence[Layer], blobs: Blobs, expected: Mapping[str, Any] | None
) -> Remarks:
    """Checks an image against what refers to it: the index's platform, the sizes of the layers' blobs."""
    remarks = Remarks()
    for key in ("os", "architecture"):
        named, own = (document.optional_string(of.get(key)) for of in (expected or {}, config))
        if named and own and named != own:
            remarks.doubt(f"the index says {key} {named[:40]}, the config {own[:40]}")
    for layer in layers:
        path = blobs.path(layer.digest or "")
        size = blobs.files.size(path) if path is not None else None
        if size is not None and layer.compressed_size is not None and size != layer.compressed_size:
            remarks.doubt(
                f"layer {(layer.digest or '')[:19]} has {size:,} bytes, the manifest says {layer.compressed_size:,}"
            )
    return remarks


def _attestations(
    digests: Sequence[str], blobs: Blobs, layers: Sequence[Any]
) -> tuple[Provenance | None, tuple[str, ...]]:
    """The best provenance among the statements (one with a Dockerfile), and the predicate types of all."""
    kinds: list[str] = []
    found: list[Provenance] = []
    for digest in digests:
        try:
            value = blobs.read(digest)
        except NotFoundError as error:
            blobs.reading.note(f"{error}: that attestation is skipped")
            continue
        for item in document.sequence(document.mapping(value).get("layers")):
            descriptor = document.mapping(item)
            kind = document.string_map(descriptor.get("annotations")).get(PREDICATE_TYPE, "")
            kinds.append(kind or document.string(descriptor.get("mediaType")))
            if provenance := _provenance(descriptor, kind, blobs, layers):
                found.append(provenance)
    found.sort(key=lambda item: (item.dockerfile is None, item.mode == ""))
    return (found[0] if found else None), tuple(dict.fromkeys(kinds))


def _provenance(descriptor: Mapping[str, Any], kind: str, blobs: Blobs, layers: Sequence[Any]) -> Provenance | None:
    from reconstruct.sources import provenance

    if not kind.startswith(provenance.PREFIX):
        return None
    if (document.size(descriptor.get("size")) or 0) > MAX_DOCUMENT:
        blobs.reading.note("the provenance attestation is too large and is skipped")
        return None
    try:
        statement = provenance.statement_in(document.mapping(blobs.read(document.string(descriptor.get("digest")))))
    except NotFoundError as error:
        blobs.reading.note(f"{error}: that attestation is skipped")
        return None
    return provenance.from_statement(statement, layers) if statement is not None else None
