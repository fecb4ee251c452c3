"""containerd's content store, read in place: also Docker's, where it keeps its images there (the default since 29).

Names stand in a database of containerd's own and are not read: images are chosen by digest or ID, and by platform.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reconstruct.errors import UnreadableError
from reconstruct.sources import document, manifest
from reconstruct.sources.blobs import Blobs
from reconstruct.sources.files import Files
from reconstruct.sources.interface import Candidate, Reading
from reconstruct.sources.oci_layout import walk

NAME = "containerd store"

_CONTENT = "io.containerd.content.v1.content/blobs/sha256"
_ROOTS = ("", "containerd/daemon/", "daemon/", "containerd/")
_HEX = re.compile(r"[0-9a-f]{64}")
# Manifests and indexes are small; what is larger is a layer or an attestation.
_MAX_INDEX = 1 << 20


def _root(files: Files) -> str | None:
    return next((root + _CONTENT for root in _ROOTS if files.listing(root + _CONTENT)), None)


def recognises(files: Files) -> bool:
    return _root(files) is not None


def images(files: Files, reading: Reading) -> list[Candidate]:
    root = _root(files)
    blobs = Blobs(files, reading, lambda digest: (f"{root}/{digest.removeprefix('sha256:')}",))
    found: dict[str, Mapping[str, Any]] = {}
    for name in files.listing(root or ""):
        value = _document(files, f"{root}/{name}") if _HEX.fullmatch(name) else None
        if manifest.is_index(value) or manifest.is_manifest(value):
            found[f"sha256:{name}"] = document.mapping(value)
    inner = {
        document.string(document.mapping(item).get("digest"))
        for value in found.values()
        for item in document.sequence(value.get("manifests"))
    }
    top = [
        {"digest": digest, "mediaType": manifest.media_type(value)}
        for digest, value in sorted(found.items())
        if digest not in inner
    ]
    candidates = walk({"manifests": top}, blobs, reading)
    if not candidates:
        raise UnreadableError(f"{reading.label}: a containerd store without an image")
    return candidates


def _document(files: Files, path: str) -> Any:
    """The JSON of a small blob, None where it is none."""
    size = files.size(path)
    if size is None or size > _MAX_INDEX or files.head(path, 1) != b"{":
        return None
    try:
        return document.parse(document.decode(files.read(path) or b"", path), path)
    except UnreadableError:
        return None
