"""Opens only regular files: a FIFO or a device would block, or never end."""

from __future__ import annotations

import os
import stat

from reconstruct import pattern
from reconstruct.errors import NotFoundError, UnreadableError
from reconstruct.typed import BinaryIO

# The process's own descriptors by name, as passed by a shell's `<(…)`: already open, and intended by the user.
_DESCRIPTOR = pattern.compile(r"/dev/stdin|(?:/dev|/proc/self)/fd/\d{1,4}")


def open_regular(path: str, label: str | None = None) -> BinaryIO:
    """The file, opened for reading. NotFoundError if there is none, UnreadableError if it isn't a regular file."""
    name = label or path
    if _DESCRIPTOR.fullmatch(path):
        return _opened(path, name, 0)
    file = _opened(path, name, getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise UnreadableError(f"{name}: not a regular file; use `-` for standard input")
    return file


def _opened(path: str, name: str, flags: int) -> BinaryIO:
    def opener(target: str, mode: int) -> int:
        return os.open(target, mode | flags)

    try:
        return open(path, "rb", opener=opener)
    except FileNotFoundError:
        raise NotFoundError(f"{name}: no such file or directory") from None
    except (OSError, ValueError) as error:
        raise UnreadableError(f"{name}: can't be read: {getattr(error, 'strerror', None) or error}") from None
