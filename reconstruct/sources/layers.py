"""The stored layers of an image and how they are opened: from a saved form to the tars in it.

Reading an image opens no layer. A form that has the layers gives each one's location (`Stored`); opening it gives the
layer's tar, decompressed while reading.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconstruct.errors import NotFoundError, UnreadableError
from reconstruct.sources.limits import BOMB_LAYER
from reconstruct.sources.magic import kind_of
from reconstruct.typed import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from reconstruct.image import Image
    from reconstruct.sources.blobs import Blobs
    from reconstruct.sources.files import Files
    from reconstruct.sources.interface import Reading

# As much as an allocator keeps at hand: larger pieces are mapped anew each time, which takes longer than reading them.
_CHUNK = 128 << 10
# A whole block of a tar, so that what is read after it ends at one, too.
_HEAD = 512


class Stored(Protocol):
    """One stored layer. `open` gives its bytes as stored, compressed or not, from the start."""

    label: str

    def open(self) -> BinaryIO:
        """The stored bytes from the start; the caller closes them. ReconstructError if they are missing."""


class Blob:
    """A layer that is one file of the saved form."""

    def __init__(self, files: Files, name: str) -> None:
        self.label = f"{files.label}: {name[:120]}"
        self._files = files
        self._name = name

    def open(self) -> BinaryIO:
        """As in Stored. NotFoundError if the file is missing."""
        file = self._files.open(self._name)
        if file is None:
            raise NotFoundError(f"{self.label}: no such file")
        return file


class Opened:
    """An image with its stored layers: `layers[i]` is the content of `image.layers[i]`, None if it is absent.

    A context manager: the saved form stays open until it exits. Without a `reading`, somebody else closes it.
    """

    def __init__(self, image: Image, layers: tuple[Stored | None, ...], reading: Reading | None) -> None:
        self.image = image
        self.layers = layers
        self._reading = reading

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        if self._reading is not None:
            self._reading.close()


def named(files: Files, names: tuple[str | None, ...]) -> tuple[Stored | None, ...]:
    """The layers that are these files of the saved form; None for absent ones."""
    return tuple(Blob(files, name) if name is not None and name in files else None for name in names)


def by_digest(blobs: Blobs, digests: tuple[str, ...]) -> tuple[Stored | None, ...]:
    """The layers that are content-addressed blobs."""
    return named(blobs.files, tuple(blobs.path(digest) for digest in digests))


class LayerStream:
    """The tar of one layer, read from start to end.

    `take(n)` returns exactly n bytes, fewer only at the end; `skip(n)` skips n, without reading if the layer isn't
    compressed. Memory is bounded by the chunk. Raises UnreadableError for broken data and decompression bombs.
    """

    def __init__(self, stored: Stored) -> None:
        self.label = stored.label
        self._file = stored.open()
        self._buffer = b""
        self._at = 0
        head = self._file.read(_HEAD)
        kind = kind_of(head)
        self._read: Callable[[int], bytes]
        self._seek: Callable[[int, int], int] | None = None
        self._end = 0
        if kind is not None:
            from reconstruct.sources.compression import decompressed

            self._file.seek(0)
            self._read = decompressed(self._file, kind, self.label, BOMB_LAYER).read
        else:
            self._read = self._file.read
            self._buffer = head
            if self._file.seekable():
                self._end = self._file.seek(0, 2)
                self._file.seek(len(head))
                self._seek = self._file.seek

    def __enter__(self) -> LayerStream:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def take(self, length: int) -> bytes:
        """The next `length` bytes, fewer only at the end."""
        at = self._at
        end = at + length
        if end <= len(self._buffer):
            self._at = end
            return self._buffer[at:end]
        return self._more(length)

    def _more(self, length: int) -> bytes:
        parts = [self._buffer[self._at :]]
        missing = length - len(parts[0])
        self._buffer, self._at = b"", 0
        while missing > 0:
            chunk = self._read(_CHUNK)
            if not chunk:
                break
            if len(chunk) > missing:
                self._buffer, self._at = chunk, missing
                chunk = chunk[:missing]
            parts.append(chunk)
            missing -= len(chunk)
        return b"".join(parts)

    def window(self, length: int) -> tuple[bytes, int]:
        """The buffer and the stream's position in it: at least `length` bytes from there, fewer only at the end."""
        if len(self._buffer) - self._at < length:
            rest = self._buffer[self._at :]
            chunk = self._read(_CHUNK)
            while chunk and len(rest) + len(chunk) < length:
                rest, chunk = rest + chunk, self._read(_CHUNK)
            self._buffer, self._at = rest + chunk, 0
        return self._buffer, self._at

    def move(self, position: int) -> int:
        """Moves to a position in the window, or beyond it; returns how many bytes are missing at the end."""
        return self.skip(position - self._at)

    def skip(self, length: int) -> int:
        """Skips `length` bytes; returns how many of them are missing at the end."""
        left = len(self._buffer) - self._at
        if length <= left:
            self._at += length
            return 0
        length -= left
        self._buffer, self._at = b"", 0
        if self._seek is not None and length > _CHUNK:
            return max(0, self._seek(length, 1) - self._end)
        while length > 0:
            chunk = self._read(_CHUNK)
            if not chunk:
                return length
            if len(chunk) > length:
                self._buffer, self._at = chunk, length
            length -= len(chunk)
        return 0


def check_digests(image: Image, layers: Sequence[Stored | None], label: str) -> None:
    """Raises UnreadableError for a layer whose tar doesn't match its diff ID. Only layers stored as files are checked: a store
    that keeps unpacked directories has no tar."""
    import hashlib

    for number, (layer, stored) in enumerate(zip(image.layers, layers, strict=True), 1):
        if not isinstance(stored, Blob) or not (layer.diff_id or "").startswith("sha256:"):
            continue
        found = hashlib.sha256(usedforsecurity=False)
        with LayerStream(stored) as stream:
            while chunk := stream.take(_CHUNK):
                found.update(chunk)
        if f"sha256:{found.hexdigest()}" != layer.diff_id:
            raise UnreadableError(f"{label}: the content of layer {number} doesn't match its diff ID: it was modified")


def require(stored: Stored | None, number: int) -> Stored:
    """The layer; NotFoundError, with its number (from 1), if the saved form doesn't have it."""
    if stored is None:
        raise NotFoundError(f"layer {number} is not in the saved form")
    return stored
