"""What a file's first bytes say of its compression."""

from __future__ import annotations

_STARTS = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"), (b"\x28\xb5\x2f\xfd", "zstd"))
# A zstd stream may begin with a frame that is skipped (RFC 8878, 3.1.2), as zstd:chunked layers have.
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)


def kind_of(head: bytes) -> str | None:
    """How what begins with `head` (6 bytes are enough) is compressed: gzip, bzip2, xz, zstd; None if it isn't."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    return "zstd" if len(head) >= 4 and int.from_bytes(head[:4], "little") in _SKIPPABLE else None
