"""Documents named by their digest, wherever a form keeps them, checked against that digest when they are read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from reconstruct.errors import NotFoundError
from reconstruct.sources import document
from reconstruct.sources.files import Files
from reconstruct.sources.interface import Reading

_ALGORITHMS = ("sha256", "sha384", "sha512")


class Blobs:
    """The content-addressed documents among `files`. `paths` tells where a digest's blob may lie."""

    def __init__(self, files: Files, reading: Reading, paths: Callable[[str], Sequence[str]] | None = None) -> None:
        self.files = files
        self.reading = reading
        self.paths = paths or layout_paths
        self._checked: set[str] = set()

    def path(self, digest: str) -> str | None:
        """Where the blob lies, None where it is absent."""
        if not document.is_digest(digest):
            return None
        return next((path for path in self.paths(digest) if path in self.files), None)

    def read(self, digest: str, size: int | None = None) -> Any:
        """The JSON document with this digest, of which a descriptor says `size`. NotFoundError where it is absent."""
        path = self.path(digest)
        data = self.files.read(path) if path is not None else None
        if path is None or data is None:
            raise NotFoundError(f"{self.reading.label}: blob {digest[:80] or 'without a digest'} is missing")
        self._check(digest, data)
        if size is not None and size != len(data):
            self.reading.doubt(f"blob {digest[:19]} has {len(data):,} bytes, its descriptor says {size:,}")
        label = f"{self.reading.label}: {path}"
        return document.parse(document.decode(data, label), label)

    def _check(self, digest: str, data: bytes) -> None:
        if digest not in self._checked:
            self._checked.add(digest)
            if not matches(digest, data):
                self.reading.doubt(f"the content of blob {digest} has another digest: it was changed")


def layout_paths(digest: str) -> tuple[str, ...]:
    """Where an OCI layout keeps a blob."""
    return ("blobs/" + digest.replace(":", "/", 1),)


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data, usedforsecurity=False).hexdigest()


def matches(digest: str, data: bytes) -> bool:
    """Whether `data` has this digest; an algorithm that is not known here can't be checked and counts as right."""
    algorithm, _, value = digest.partition(":")
    if algorithm not in _ALGORITHMS:
        return True
    return hashlib.new(algorithm, data, usedforsecurity=False).hexdigest() == value
