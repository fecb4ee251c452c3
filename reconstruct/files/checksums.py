"""The checksums that Docker's classic builder writes for the sources of COPY and ADD, computed from the files of a layer.

Each file has a tarsum, version 1: SHA-256 over its header's fields, each name followed by its value, and the content (moby,
builder/remotecontext, tarsum/versioning.go). A file's checksum is that; a folder's is over the sums of all that is in it,
itself included, sorted and joined by commas; several sources' is over their checksums in order (copy.go, internals.go). The
context arrives with all owners 0. The name is the path below the context, so if all else is known, names can be tried.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterable, Mapping, Sequence

from reconstruct.files.members import FOLDER, SYMLINK
from reconstruct.files.tree import Entry

_BITS = {FOLDER: (stat.S_IFDIR, "5"), SYMLINK: (stat.S_IFLNK, "2")}


def header(entry: Entry, name: str) -> bytes:
    """The fields at the start of a sum, for an entry at `name` in the context."""
    bits, flag = _BITS.get(entry.kind, (stat.S_IFREG, "0"))
    slash = "/" if entry.kind == FOLDER else ""
    fields: list[tuple[str, str]] = [
        ("name", name + slash),
        ("mode", str(bits | entry.mode)),
        ("uid", "0"),
        ("gid", "0"),
        ("size", str(entry.size)),
        ("typeflag", flag),
        ("linkname", entry.link),
        ("uname", ""),
        ("gname", ""),
        ("devmajor", "0"),
        ("devminor", "0"),
    ]
    text = "".join(key + value for key, value in fields).encode("utf-8", "surrogateescape")
    return text + b"".join(key.encode("utf-8", "surrogateescape") + entry.xattrs[key] for key in sorted(entry.xattrs))


class Sums:
    """The sums of one entry under several names at once, so that its content is read only once."""

    def __init__(self, entry: Entry, names: Iterable[str]) -> None:
        self._made = {name: hashlib.sha256(header(entry, name), usedforsecurity=False) for name in names}

    def update(self, piece: bytes) -> None:
        """Adds the next bytes of the content to every sum."""
        for made in self._made.values():
            made.update(piece)

    def digests(self) -> Mapping[str, str]:
        """Name → sum."""
        return {name: made.hexdigest() for name, made in self._made.items()}


def folder(sums: Sequence[str]) -> str:
    """The checksum of a directory, without `dir:`."""
    return _joined(sorted(sums))


def several(checksums: Sequence[str]) -> str:
    """The checksum of several sources, each as `file:<sum>` or `dir:<sum>`, without `multi:`."""
    return _joined(checksums)


def _joined(parts: Sequence[str]) -> str:
    return hashlib.sha256(",".join(parts).encode(), usedforsecurity=False).hexdigest()
