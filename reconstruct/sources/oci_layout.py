"""OCI image layouts (OCI image spec, image-layout.md), as a folder or a tar, and indexes inside indexes.

Docker's archives since version 25 are such layouts too; their `manifest.json` then adds the tags.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reconstruct.errors import NotFoundError, UnreadableError
from reconstruct.image import Image
from reconstruct.sources import config as configs
from reconstruct.sources import document, manifest
from reconstruct.sources.files import Files
from reconstruct.sources.interface import Candidate, Reading
from reconstruct.sources.limits import MAX_MANIFESTS, MAX_NESTING

NAME = "oci-layout"

REFERENCE_TYPE = "vnd.docker.reference.type"
REFERENCE_DIGEST = "vnd.docker.reference.digest"
_REF_NAME = "org.opencontainers.image.ref.name"
_CONTAINERD_NAME = "io.containerd.image.name"


def recognises(files: Files) -> bool:
    return "index.json" in files and ("oci-layout" in files or "manifest.json" not in files)


def images(files: Files, reading: Reading) -> list[Candidate]:
    data = files.read("index.json")
    if data is None:
        raise UnreadableError(f"{reading.label}: there is no index.json")
    index = document.parse(
        document.decode(data, f"{reading.label}: index.json"), f"{reading.label}: index.json"
    )
    if not manifest.is_index(index):
        raise UnreadableError(f"{reading.label}: index.json is no OCI index")
    return walk(index, Blobs(files, reading), reading)


class Blobs:
    """The content-addressed documents of a layout, checked against their digests."""

    def __init__(
        self, files: Files, reading: Reading, paths: Callable[[str], Sequence[str]] | None = None
    ) -> None:
        self.files = files
        self.reading = reading
        self.paths = paths or blob_paths
        self._checked: set[str] = set()

    def path(self, digest: str) -> str | None:
        """Where the blob lies, None where it is absent."""
        if not configs.is_digest(digest):
            return None
        return next((path for path in self.paths(digest) if path in self.files), None)

    def read(self, digest: str) -> Any:
        """The JSON document with this digest. NotFoundError where the blob is absent."""
        path = self.path(digest)
        data = self.files.read(path) if path is not None else None
        if path is None or data is None:
            raise NotFoundError(f"{self.reading.label}: blob {digest[:80]} is missing")
        self._check(digest, data)
        label = f"{self.reading.label}: {path}"
        return document.parse(document.decode(data, label), label)

    def _check(self, digest: str, data: bytes) -> None:
        if digest in self._checked:
            return
        self._checked.add(digest)
        if not matches(digest, data):
            self.reading.doubt(f"the content of blob {digest} has another digest")


def blob_paths(digest: str) -> tuple[str, ...]:
    algorithm, _, value = digest.partition(":")
    return (f"blobs/{algorithm}/{value}",)


def matches(digest: str, data: bytes) -> bool:
    """Whether `data` has this digest; an algorithm that is not known here can't be checked and counts as right."""
    import hashlib

    algorithm, _, value = digest.partition(":")
    if algorithm not in ("sha256", "sha384", "sha512"):
        return True
    return hashlib.new(algorithm, data, usedforsecurity=False).hexdigest() == value


def walk(index: Mapping[str, Any], blobs: Blobs, reading: Reading) -> list[Candidate]:
    """Every image that an index leads to, in order; each with the attestations that refer to it."""
    walker = _Walk(blobs, reading)
    walker.index(index, None, (), 0)
    return walker.candidates()


class _Walk:
    def __init__(self, blobs: Blobs, reading: Reading) -> None:
        self.blobs = blobs
        self.reading = reading
        self.found: list[tuple[Mapping[str, Any], str | None, str | None, tuple[str, ...]]] = []
        self.attestations: dict[str, list[Mapping[str, Any]]] = {}
        self.seen: set[str] = set()

    def index(self, index: Mapping[str, Any], digest: str | None, tags: tuple[str, ...], depth: int) -> None:
        if depth > MAX_NESTING:
            raise UnreadableError(f"{self.reading.label}: indexes nested deeper than {MAX_NESTING}")
        for item in document.sequence(index.get("manifests")):
            descriptor = document.mapping(item)
            if len(self.found) >= MAX_MANIFESTS:
                raise UnreadableError(f"{self.reading.label}: more than {MAX_MANIFESTS:,} manifests")
            self._descriptor(descriptor, index, digest, tags, depth)

    def _descriptor(
        self,
        descriptor: Mapping[str, Any],
        index: Mapping[str, Any],
        index_digest: str | None,
        tags: tuple[str, ...],
        depth: int,
    ) -> None:
        digest = document.string(descriptor.get("digest"))
        annotations = document.string_map(descriptor.get("annotations"))
        if annotations.get(REFERENCE_TYPE) == "attestation-manifest":
            self.attestations.setdefault(annotations.get(REFERENCE_DIGEST, ""), []).append(descriptor)
            return
        names = tuple(dict.fromkeys((*tags, *_tags(annotations))))
        kind = document.string(descriptor.get("mediaType"))
        if kind in (manifest.OCI_INDEX, manifest.DOCKER_LIST):
            self._nested(digest, names, depth)
        elif kind in ("", manifest.OCI_MANIFEST, manifest.DOCKER_MANIFEST):
            self.found.append(
                (descriptor, index_digest, manifest.media_type(index) if index_digest else None, names)
            )

    def _nested(self, digest: str, names: tuple[str, ...], depth: int) -> None:
        if digest in self.seen:
            return
        self.seen.add(digest)
        try:
            nested = self.blobs.read(digest)
        except NotFoundError as error:
            self.reading.note(str(error))
            return
        if manifest.is_index(nested):
            self.index(nested, digest, names, depth + 1)

    def candidates(self) -> list[Candidate]:
        return [self._candidate(*found) for found in self.found]

    def _candidate(
        self,
        descriptor: Mapping[str, Any],
        index_digest: str | None,
        index_type: str | None,
        tags: tuple[str, ...],
    ) -> Candidate:
        platform = document.mapping(descriptor.get("platform"))
        digest = document.string(descriptor.get("digest"))

        def read() -> Image:
            return read_image(
                self.blobs, digest, index_digest=index_digest, index_media_type=index_type, tags=tags
            )

        return Candidate(
            read,
            tags=tags,
            os=document.optional_string(platform.get("os")),
            architecture=document.optional_string(platform.get("architecture")),
            variant=document.optional_string(platform.get("variant")),
            os_version=document.optional_string(platform.get("os.version")),
            digest=digest,
        )


def _tags(annotations: Mapping[str, str]) -> tuple[str, ...]:
    full = annotations.get(_CONTAINERD_NAME)
    short = annotations.get(_REF_NAME)
    return (full,) if full else (short,) if short else ()


def read_image(blobs: Blobs, digest: str, **facts: Any) -> Image:
    """The image of one manifest: config, layers, what is noted on the way."""
    found = blobs.read(digest)
    if not manifest.is_manifest(found):
        raise UnreadableError(f"{blobs.reading.label}: blob {digest[:80]} is no image manifest")
    image_id = manifest.config_digest(found)
    config = blobs.read(image_id or "")
    if not isinstance(config, Mapping):
        raise UnreadableError(f"{blobs.reading.label}: blob {image_id} is no image config")
    return configs.to_image(
        config,
        manifest.layers(found),
        digest=digest,
        media_type=manifest.media_type(found),
        image_id=image_id,
        annotations=document.string_map(found.get("annotations")),
        **facts,
    )
