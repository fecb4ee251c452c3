"""containerd's content store, read in place: also Docker's, where it keeps its images there (the default since 29).

Names are in a database of containerd's and aren't read; images are chosen by digest or ID, and by platform.
"""

from __future__ import annotations

from reconstruct import pattern
from reconstruct.errors import UnreadableError
from reconstruct.sources import document, manifest
from reconstruct.sources.blobs import Blobs
from reconstruct.sources.files import Files
from reconstruct.sources.interface import Candidate, Reading
from reconstruct.sources.oci_layout import walk
from reconstruct.typed import Any

NAME = "containerd store"

_CONTENT = "io.containerd.content.v1.content/blobs/sha256"
_ROOTS = ("", "containerd/daemon/", "daemon/", "containerd/")
_HEX = pattern.compile(r"[0-9a-f]{64}")
# Manifests and indexes are small; anything larger is a layer or an attestation.
_MAX_INDEX = 1 << 20


def _root(files: Files) -> str | None:
    return next((root + _CONTENT for root in _ROOTS if files.listing(root + _CONTENT)), None)


def recognises_files(files: Files) -> bool:
    """By containerd's blob directory."""
    return _root(files) is not None


def images_of_files(files: Files, reading: Reading) -> list[Candidate]:
    """Every image of the indexes and manifests that no other index names."""
    root = _root(files)
    blobs = Blobs(files, reading, lambda digest: (f"{root}/{digest.removeprefix('sha256:')}",))
    kinds: dict[str, str] = {}
    inner: set[str] = set()
    for name in files.listing(root or ""):
        value = document.mapping(_document(files, f"{root}/{name}", reading) if _HEX.fullmatch(name) else None)
        if manifest.is_index(value) or manifest.is_manifest(value):
            kinds[f"sha256:{name}"] = manifest.media_type(value)
            inner.update(
                document.string(document.mapping(item).get("digest"))
                for item in document.sequence(value.get("manifests"))
            )
    top = [{"digest": digest, "mediaType": kind} for digest, kind in sorted(kinds.items()) if digest not in inner]
    candidates = walk({"manifests": top}, blobs, reading)
    if not candidates:
        raise UnreadableError(f"{reading.label}: no image in this containerd store")
    return candidates


def _document(files: Files, path: str, reading: Reading) -> Any:
    """The JSON of a small blob, None if it isn't JSON."""
    size = files.size(path)
    if size is None or size > _MAX_INDEX or files.head(path, 1) != b"{":
        return None
    try:
        document.decode(files.head(path, size), path)
    except UnreadableError:
        return None
    found = reading.documents.read(files, path)
    return found.value if found is not None else None
