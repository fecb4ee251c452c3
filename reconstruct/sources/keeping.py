"""What can be read only once (a pipe, a compressed archive), kept in a temporary file for those who read it again."""

from __future__ import annotations

import shutil
import tempfile
from typing import Any, BinaryIO

from reconstruct.errors import UnreadableError
from reconstruct.sources.interface import Reading

_CHUNK = 1 << 20
# What is left free on the disk; looked at each time that much was written.
_RESERVE = 256 << 20


def kept(head: bytes, stream: Any, reading: Reading) -> BinaryIO:
    """The whole of a stream whose first bytes, `head`, were read: a file without a name, gone when the reading is closed.

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
                    f"{reading.label}: no room in {tempfile.gettempdir()} to unpack it (TMPDIR names another)"
                )
        unchecked += len(data)
        file.write(data)
    file.seek(0)
    return file
