"""Reads the Dockerfile to compare an image with: from a file, or given as bytes."""

from __future__ import annotations

import os
import sys

from reconstruct.errors import UnreadableError

# The parser's limit plus one byte, to detect longer files.
_MAX_BYTES = (16 << 20) + 1


def read_dockerfile(source: str | os.PathLike[str] | bytes) -> tuple[str, str]:
    """The Dockerfile's text and name. `source`: a path (`-` is standard input), or the Dockerfile's bytes.

    Invalid UTF-8 becomes U+FFFD, as in builders' output. Raises TypeError for another type, UnreadableError if it can't be
    read or is too long.
    """
    if isinstance(source, bytes | bytearray):
        return _text(bytes(source), "Dockerfile"), "Dockerfile"
    if not isinstance(source, str | os.PathLike):
        raise TypeError(f"dockerfile: a path or bytes are needed, not {type(source).__name__}")
    path = os.fspath(source)
    return _text(_data(path), path), path


def _data(path: str) -> bytes:
    from reconstruct.sources.regular import open_regular

    try:
        if path == "-":
            if sys.stdin is None:
                raise UnreadableError("-: standard input is closed")
            return sys.stdin.buffer.read(_MAX_BYTES)
        with open_regular(path) as file:
            return file.read(_MAX_BYTES)
    except OSError as error:
        raise UnreadableError(f"{path}: can't be read: {error.strerror}") from error


def _text(data: bytes, label: str) -> str:
    if len(data) >= _MAX_BYTES:
        raise UnreadableError(f"{label}: too large for a Dockerfile (over {_MAX_BYTES >> 20} MiB)")
    text = data.decode("utf-8", "surrogateescape")
    return text if text.isascii() else "".join("\ufffd" if 0xD800 <= ord(char) <= 0xDFFF else char for char in text)
