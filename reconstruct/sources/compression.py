"""Compressed inputs (gzip, bzip2, xz, zstd), decompressed while reading, with limits on memory and expansion."""

from __future__ import annotations

from reconstruct.errors import UnreadableError
from reconstruct.sources.limits import BOMB_RATIO, BOMB_SIZE, MAX_WINDOW
from reconstruct.typed import Any, BinaryIO, Protocol, cast

_CHUNK = 64 << 10


class _Decoder(Protocol):
    """One stream's decoder; `decode` returns at most some hundred KB per call and keeps the remaining input."""

    @property
    def finished(self) -> bool:
        """Whether this stream is at its end."""

    @property
    def hungry(self) -> bool:
        """Whether it needs more input to produce output."""

    def decode(self, data: bytes, length: int) -> bytes: ...

    def rest(self) -> bytes: ...


class _Zlib:
    def __init__(self) -> None:
        import zlib

        self._inner = zlib.decompressobj(16 + zlib.MAX_WBITS)

    @property
    def finished(self) -> bool:
        return self._inner.eof

    @property
    def hungry(self) -> bool:
        return not self._inner.unconsumed_tail

    def decode(self, data: bytes, length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, length)

    def rest(self) -> bytes:
        return self._inner.unused_data


class _Library:
    """bz2's and lzma's decompressors, which share an interface."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    @property
    def finished(self) -> bool:
        return bool(self._inner.eof)

    @property
    def hungry(self) -> bool:
        return bool(self._inner.needs_input)

    def decode(self, data: bytes, length: int) -> bytes:
        decoded: bytes = self._inner.decompress(data, length)
        return decoded

    def rest(self) -> bytes:
        unused: bytes = self._inner.unused_data
        return unused


def _bzip2() -> _Decoder:
    import bz2

    return _Library(bz2.BZ2Decompressor())


def _xz() -> _Decoder:
    import lzma

    return _Library(lzma.LZMADecompressor(memlimit=MAX_WINDOW))


_DECODERS: dict[str, Any] = {"gzip": _Zlib, "bzip2": _bzip2, "xz": _xz}
_MAGIC = {"gzip": b"\x1f\x8b", "bzip2": b"BZh", "xz": b"\xfd7zXZ\x00"}


def decompressed(stream: Any, kind: str, label: str, bomb: int = BOMB_SIZE) -> Decompressed:
    """The content of a compressed `stream` (it has `read`). UnreadableError if zstd's extra isn't installed.

    `bomb`: the size beyond which a stream with too high a compression ratio is refused.
    """
    return Decompressed(_Zstd(stream, label) if kind == "zstd" else _Pump(stream, kind, label), kind, label, bomb)


class Decompressed:
    """A stream that is read sequentially, knows its position, and stops at a decompression bomb."""

    def __init__(self, source: _Pump | _Zstd, kind: str, label: str, bomb: int = BOMB_SIZE) -> None:
        self._source = source
        self._bomb = bomb
        self._kind = kind
        self._label = label
        self._buffer = b""
        self._position = 0

    def read(self, length: int) -> bytes:
        """Exactly `length` bytes, fewer at the end only."""
        parts = []
        missing = length
        while missing > 0:
            if not self._buffer:
                self._buffer = self._fill()
                if not self._buffer:
                    break
            part, self._buffer = self._buffer[:missing], self._buffer[missing:]
            parts.append(part)
            missing -= len(part)
        data = b"".join(parts)
        self._position += len(data)
        return data

    def tell(self) -> int:
        """The position in the content, in uncompressed bytes."""
        return self._position

    def _fill(self) -> bytes:
        try:
            data = self._source.next()
        except UnreadableError:
            raise
        except Exception as error:  # each library raises errors of its own for broken data
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise UnreadableError(f"{self._label}: broken {self._kind} data: {reason}") from None
        grown = self._position + len(data)
        if grown > self._bomb and grown > BOMB_RATIO * self._source.taken:
            raise UnreadableError(
                f"{self._label}: decompression bomb: {self._source.taken:,} bytes expand to {grown:,} or more"
            )
        return data


class _Pump:
    """Feeds a decoder, and the next one if several streams follow each other (pigz, eStargz, concatenation)."""

    def __init__(self, stream: Any, kind: str, label: str) -> None:
        self._stream = stream
        self._kind = kind
        self._label = label
        self._decoder: _Decoder = _DECODERS[kind]()
        self._held = b""
        self.taken = 0

    def next(self) -> bytes:
        while True:
            if self._decoder.finished and not self._another():
                return b""
            data = self._input() if self._decoder.hungry else b""
            if self._decoder.hungry and not data:
                raise UnreadableError(f"{self._label}: the {self._kind} data is truncated")
            out = self._decoder.decode(data, 4 * _CHUNK)
            if out:
                return out

    def _input(self) -> bytes:
        data = self._held or self._stream.read(_CHUNK)
        self.taken += 0 if self._held else len(data)
        self._held = b""
        return bytes(data)

    def _another(self) -> bool:
        rest = self._decoder.rest() or self._input()
        while rest and not rest.strip(b"\0"):
            rest = self._input()
        if not rest.startswith(_MAGIC[self._kind]):
            return False
        self._held = rest
        self._decoder = _DECODERS[self._kind]()
        return True


class _Zstd:
    """zstd through the library of the `zstd` extra, with a bound on the window."""

    def __init__(self, stream: Any, label: str) -> None:
        try:
            import zstandard
        except ImportError:
            raise UnreadableError(
                f"{label}: compressed with zstd; to read it, pip install 'reconstruct[zstd]'"
            ) from None
        self._counted = _Counted(stream)
        decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
        self._reader = decompressor.stream_reader(
            cast(BinaryIO, self._counted), read_size=_CHUNK, read_across_frames=True
        )

    @property
    def taken(self) -> int:
        return self._counted.taken

    def next(self) -> bytes:
        data: bytes = self._reader.read(4 * _CHUNK)
        return data


class _Counted:
    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.taken = 0

    def read(self, length: int = _CHUNK) -> bytes:
        data: bytes = self._stream.read(length)
        self.taken += len(data)
        return data
