"""Keeps inputs that can be read only once (a pipe, a compressed archive) in a temporary file."""

from __future__ import annotations

import shutil
import tempfile

from reconstruct.errors import UnreadableError
from reconstruct.sources.interface import Reading
from reconstruct.typed import Any, BinaryIO

_CHUNK = 1 << 20
# Disk space to leave free; checked each time this much was written.
_RESERVE = 256 << 20


def kept(head: bytes, stream: Any, reading: Reading) -> BinaryIO:
    """A whole stream, whose first bytes `head` were already read, as an unnamed file that is removed when the reading is closed.

    Raises UnreadableError before the disk is full.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the reading
    reading.opened.append(file)
    file.write(head)
    unchecked = _RESERVE
    while data := stream.read(_CHUNK):
        if unchecked >= _RESERVE:
            unchecked = 0
            if shutil.disk_usage(tempfile.gettempdir()).free < 2 * _RESERVE:
                raise UnreadableError(
                    f"{reading.label}: not enough space in {tempfile.gettempdir()} to unpack it "
                    "(set TMPDIR to use another directory)"
                )
        unchecked += len(data)
        file.write(data)
    file.seek(0)
    return file
