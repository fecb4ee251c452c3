"""Detects a file's compression from its first bytes."""

from __future__ import annotations

_STARTS = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"), (b"\x28\xb5\x2f\xfd", "zstd"))
# A zstd stream may start with a skippable frame (RFC 8878, 3.1.2), as in zstd:chunked layers.
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)


def kind_of(head: bytes) -> str | None:
    """The compression of data that starts with `head` (6 bytes are enough): gzip, bzip2, xz, zstd; None if there is none."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    return "zstd" if len(head) >= 4 and int.from_bytes(head[:4], "little") in _SKIPPABLE else None
