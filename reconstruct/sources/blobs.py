"""Documents named by digest, wherever a form stores them, and checked against the digest when read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconstruct import reference
from reconstruct.digest import sha256_hex
from reconstruct.errors import NotFoundError
from reconstruct.sources import manifest
from reconstruct.sources.files import Files
from reconstruct.sources.interface import Reading
from reconstruct.sources.parsed import Parsed
from reconstruct.typed import Any

_ALGORITHMS = ("sha256", "sha384", "sha512")


class Blobs:
    """The content-addressed documents among `files`. `paths` gives the possible locations of a digest's blob."""

    def __init__(self, files: Files, reading: Reading, paths: Callable[[str], Sequence[str]] | None = None) -> None:
        self.files = files
        self.reading = reading
        self.paths = paths or layout_paths
        self._checked: set[str] = set()

    def path(self, digest: str) -> str | None:
        """The blob's path, None if it is absent."""
        if not reference.is_descriptor_digest(digest):
            return None
        return next((path for path in self.paths(digest) if path in self.files), None)

    def read(self, digest: str, size: int | None = None) -> Any:
        """The JSON document with this digest and the descriptor's `size`. NotFoundError if it is absent."""
        path = self.path(digest)
        found = self.reading.documents.read(self.files, path) if path is not None else None
        if path is None or found is None:
            raise NotFoundError(f"{self.reading.label}: blob {digest[:80] or 'without a digest'} is missing")
        self._check(digest, path, found)
        if size is not None and size != found.size:
            self.reading.doubt(f"blob {digest[:19]} has {found.size:,} bytes, but its descriptor says {size:,}")
        return manifest.normal(found.value)

    def identity(self, digest: str) -> str:
        """A value shared by blobs that are one file under several names; the digest itself if the blob is absent."""
        path = self.path(digest)
        return (self.files.identity(path) if path is not None else None) or digest

    def _check(self, digest: str, path: str, found: Parsed) -> None:
        if digest in self._checked:
            return
        self._checked.add(digest)
        same = found.digest == digest if digest.startswith("sha256:") else matches(digest, self.files.read(path) or b"")
        if not same:
            self.reading.doubt(f"the content of blob {digest} doesn't match its digest: it was modified")


def layout_paths(digest: str) -> tuple[str, ...]:
    """The path of a blob in an OCI layout."""
    return ("blobs/" + digest.replace(":", "/", 1),)


def digest_of(data: bytes) -> str:
    """The SHA-256 of `data` as a digest, `sha256:<hex>`."""
    return "sha256:" + sha256_hex(data)


def matches(digest: str, data: bytes) -> bool:
    """Whether `data` has this digest; an unknown algorithm can't be checked and counts as right."""
    algorithm, _, value = digest.partition(":")
    if algorithm not in _ALGORITHMS:
        return True
    if algorithm == "sha256":
        return sha256_hex(data) == value
    import hashlib

    return hashlib.new(algorithm, data, usedforsecurity=False).hexdigest() == value
