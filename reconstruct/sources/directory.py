"""Directories written by `skopeo copy dir:`: the original `manifest.json`, and blobs named by the hex of their digest."""

from __future__ import annotations

from reconstruct.errors import UnreadableError
from reconstruct.image import Image
from reconstruct.sources import manifest, oci_layout, schema1
from reconstruct.sources.blobs import Blobs
from reconstruct.sources.files import Files
from reconstruct.sources.interface import Candidate, Document, Reading

NAME = "dir"


def recognises_files(files: Files) -> bool:
    """By a `manifest.json` that is an object; Docker's is a list."""
    return files.head("manifest.json", 16).lstrip()[:1] == b"{"


def images_of_files(files: Files, reading: Reading) -> list[Candidate]:
    """The images of the manifest or index. UnreadableError if `manifest.json` is neither."""
    label = f"{reading.label}: manifest.json"
    saved = reading.documents.read(files, "manifest.json")
    if saved is None:
        raise UnreadableError(f"{label} is missing")
    found, digest = manifest.normal(saved.value), saved.digest
    blobs = Blobs(files, reading, _paths)
    if schema1.recognises(found):
        return schema1.images(found, Document(label), reading)
    if manifest.is_index(found):
        return oci_layout.walk(found, blobs, reading, digest, manifest.media_type(found))
    if not manifest.is_manifest(found):
        raise UnreadableError(f"{label} is not an image manifest")

    def read() -> Image:
        return oci_layout.image_of(found, blobs, digest=digest)

    return [Candidate(read, digest=digest, stored=lambda: oci_layout.contents(found, blobs))]


def _paths(digest: str) -> tuple[str, ...]:
    algorithm, _, value = digest.partition(":")
    return (value, f"{value}.manifest.json", f"{algorithm}-{value}", digest)
