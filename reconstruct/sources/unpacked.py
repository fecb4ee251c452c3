"""Layers that an engine stores unpacked, read as the original tars.

An engine's store has a layer's files in a directory of the storage driver, and next to its records a `tar-split`: the
original tar without the files' contents, as JSON lines (vbatts/tar-split, tar/storage/entry.go). Together they give the
original tar, byte for byte. Nothing is written, and no link in the directory is followed, because the layer's author made it.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import os
import posixpath
import stat
from collections.abc import Iterator

from reconstruct import pattern
from reconstruct.errors import UnreadableError
from reconstruct.sources.compression import decompressed
from reconstruct.sources.files import Files, Folder
from reconstruct.typed import Any, BinaryIO

# The directory of a layer's files, by the storage driver's name.
_PLACES = {
    "overlay": "{id}/diff",
    "overlay2": "{id}/diff",
    "fuse-overlayfs": "{id}/diff",
    "vfs": "dir/{id}",
    "aufs": "diff/{id}",
    "btrfs": "subvolumes/{id}",
}
_ID = pattern.compile(r"[0-9a-z][0-9a-z-]{9,140}")
# Limit of one record: a header and the padding before it; an archive's end may be padded to its blocking factor.
_MAX_RECORD = 32 << 20
_CHUNK = 256 << 10
_FILE, _SEGMENT = 1, 2


def at(files: Files, home: str, identity: str, split: str) -> Unpacked | None:
    """The layer `identity` below the driver's folder `home`, its tar-split being the file `split`; None if either is
    absent or the driver keeps no plain files."""
    place = _PLACES.get(posixpath.basename(home))
    if place is None or not isinstance(files, Folder) or not _ID.fullmatch(identity) or split not in files:
        return None
    folder = files.folder(f"{home}/{place.format(id=identity)}")
    return Unpacked(files, folder, split) if folder is not None else None


class Unpacked:
    """One layer: the folder of its files, and its tar-split."""

    def __init__(self, files: Folder, folder: str, split: str) -> None:
        self.label = f"{files.label}: {split[:120]}"
        self._files = files
        self._folder = folder
        self._split = split

    def open(self) -> BinaryIO:
        """The layer's tar, assembled from its tar-split and the files. UnreadableError without a tar-split."""
        file = self._files.open(self._split)
        if file is None:
            raise UnreadableError(f"{self.label} is missing")
        records = _records(decompressed(file, "gzip", self.label), self.label)
        return io.BufferedReader(_Assembled(file, records, _Contents(self._folder, self.label)), _CHUNK)


def _records(stream: Any, label: str) -> Iterator[dict[str, Any]]:
    """The JSON lines, each with a limit on its length."""
    rest = b""
    while True:
        data = stream.read(_CHUNK)
        *lines, rest = (rest + data).split(b"\n")
        if not data and rest:
            lines.append(rest)
        if len(rest) > _MAX_RECORD:
            raise UnreadableError(f"{label}: a record of more than {_MAX_RECORD >> 20} MB")
        for line in lines:
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                record = None
            if not isinstance(record, dict):
                raise UnreadableError(f"{label}: broken tar-split")
            yield record
        if not data:
            return


class _Contents:
    """The files below a directory, each opened without following links; the last file's directory stays open."""

    def __init__(self, folder: str, label: str) -> None:
        self._root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self._label = label
        self._parent = ""
        self._held = os.dup(self._root)

    def close(self) -> None:
        os.close(self._held)
        os.close(self._root)

    def open(self, name: bytes) -> BinaryIO:
        path = posixpath.normpath(os.fsdecode(name))
        parent, _, last = path.rpartition("/")
        if path.startswith(("/", "../")) or path in (".", "..") or "\0" in path:
            raise UnreadableError(f"{self._label}: {path[:80]!r} points outside the layer")
        try:
            self._enter(parent)
            file = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self._held)
        except OSError as error:
            raise UnreadableError(f"{self._label}: {path[:80]!r}: {error.strerror}") from None
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise UnreadableError(f"{self._label}: {path[:80]!r} is not a file in the store")
        return os.fdopen(file, "rb", buffering=0)

    def _enter(self, parent: str) -> None:
        if parent == self._parent:
            return
        current = os.dup(self._root)
        try:
            for part in parent.split("/") if parent else ():
                inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=current)
                os.close(current)
                current = inner
        except OSError:
            os.close(current)
            raise
        os.close(self._held)
        self._held, self._parent = current, parent


class _Assembled(io.RawIOBase):
    """The tar: the recorded segments, with each file's content between them."""

    def __init__(self, split: BinaryIO, records: Iterator[dict[str, Any]], contents: _Contents) -> None:
        self._split = split
        self._records = records
        self._contents = contents
        self._segment = memoryview(b"")
        self._file: BinaryIO | None = None
        self._left = 0
        self._done = False

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed:
            self._leave()
            self._contents.close()
            self._split.close()
        super().close()

    def _leave(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def readinto(self, buffer: Any) -> int:
        while not self._done:
            if self._segment:
                taken = min(len(buffer), len(self._segment))
                buffer[:taken] = self._segment[:taken]
                self._segment = self._segment[taken:]
                return taken
            if self._file is not None and self._left:
                return self._content(buffer)
            self._leave()
            self._next()
        return 0

    def _content(self, buffer: Any) -> int:
        assert self._file is not None
        data = self._file.read(min(len(buffer), self._left))
        if not data:
            raise UnreadableError(f"{self._contents._label}: a file in the store is shorter than its record says")
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def _next(self) -> None:
        record = next(self._records, None)
        label = self._contents._label
        if record is None:
            self._done = True
        elif record.get("type") == _SEGMENT:
            self._segment = memoryview(_decoded(record.get("payload"), label))
        elif record.get("type") == _FILE:
            size = record.get("size", 0)
            if not isinstance(size, int) or isinstance(size, bool) or size < 0:
                raise UnreadableError(f"{label}: broken tar-split: a size of {str(size)[:40]!r}")
            if size:
                raw = record.get("name_raw")
                name = _decoded(raw, label) if raw else _encoded(str(record.get("name", "")), label)
                self._file, self._left = self._contents.open(name), size


def _decoded(value: Any, label: str) -> bytes:
    try:
        return base64.b64decode(value or "", validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise UnreadableError(f"{label}: broken tar-split: a payload is not base64") from None


def _encoded(name: str, label: str) -> bytes:
    try:
        return os.fsencode(name)
    except UnicodeEncodeError:
        raise UnreadableError(f"{label}: broken tar-split: {name[:80]!r} is no file's name") from None
