"""Writes a directory: only below one path, completely or not at all.

Everything goes into a new temporary directory next to the target, in which only we create links; it replaces the target
at the end. Files and directories are always created (never opened if they exist), the last name of a path is never
followed, and a layer's links are created last, when no more files are written.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from reconstruct.errors import ReconstructError
from reconstruct.stopping import cleanly
from reconstruct.typed import BinaryIO

_SECOND = 1_000_000_000
# Disk space to leave free.
_RESERVE = 64 << 20


class Target:
    """The directory under construction. Paths are relative, with plain names."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._folders: dict[str, tuple[int, int]] = {}
        self._links: list[tuple[str, str, int]] = []

    def _path(self, path: str) -> str:
        parts = path.split("/")
        if not parts or any(part in ("", ".", "..") or "\0" in part for part in parts):
            raise ReconstructError(f"{path!r} is not a path in the directory")
        return os.path.join(self.root, *parts)

    def folder(self, path: str, mode: int = 0o755, mtime: int | None = None) -> None:
        """Creates a directory, and those above it; mode and time (nanoseconds) are set at the end."""
        full = self._path(path)
        if "/" in path:
            above = path.rpartition("/")[0]
            if above not in self._folders:
                self.folder(above)
        if path not in self._folders:
            os.mkdir(full, 0o700)
        elif mtime is None:
            return
        self._folders[path] = (mode, -1 if mtime is None else mtime)

    @contextmanager
    def file(self, path: str, mode: int = 0o644, mtime: int | None = None) -> Iterator[BinaryIO]:
        """A new file, to be written in the body of the `with` statement."""
        if "/" in path:
            above = path.rpartition("/")[0]
            if above not in self._folders:
                self.folder(above)
        full = self._path(path)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(full, flags, 0o600), "wb", buffering=1 << 20) as file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), mode & 0o777)
        if mtime is not None:
            with contextlib.suppress(OverflowError):
                os.utime(full, ns=(mtime, mtime), follow_symlinks=False)

    def write(self, path: str, pieces: Iterable[bytes], mode: int = 0o644, mtime: int | None = None) -> None:
        """A new file from pieces of bytes; `mtime` in ns since 1970, None for now. OSError if it exists."""
        with self.file(path, mode, mtime) as file:
            file.writelines(pieces)

    def copy(self, written: str, path: str, mode: int = 0o644, mtime: int | None = None) -> None:
        """A new file with the content of one that was `written` here."""
        with open(self._path(written), "rb") as source:
            self.write(path, iter(partial(source.read, 1 << 20), b""), mode, mtime)

    def link(self, path: str, target: str, mtime: int) -> None:
        """A symbolic link, created at the end."""
        self._links.append((path, target, mtime))

    def finish(self) -> None:
        """Creates the links, then sets the directories' modes and times, innermost first."""
        for path, target, mtime in self._links:
            above = path.rpartition("/")[0]
            if above and above not in self._folders:
                self.folder(above)
            full = self._path(path)
            os.symlink(target, full)
            with contextlib.suppress(OverflowError, NotImplementedError):
                os.utime(full, ns=(mtime, mtime), follow_symlinks=False)
        for path in sorted(self._folders, reverse=True):
            mode, mtime = self._folders[path]
            full = self._path(path)
            os.chmod(full, mode)
            if mtime >= 0:
                with contextlib.suppress(OverflowError):
                    os.utime(full, ns=(mtime, mtime))


def check_target(path: str) -> None:
    """Raises ReconstructError if the target is occupied, or its parent directory is missing."""
    try:
        if os.path.lexists(path) and (os.path.islink(path) or not os.path.isdir(path) or os.listdir(path)):
            what = "directory not empty" if os.path.isdir(path) else "not a directory"
            raise ReconstructError(f"{path}: {what}; choose a new one")
        above = os.path.dirname(os.path.abspath(path))
        if not os.path.isdir(above):
            raise ReconstructError(f"{path}: no such directory: {above}")
    except (OSError, ValueError) as error:
        raise ReconstructError(f"{path!r}: {getattr(error, 'strerror', None) or error}") from None


def check_room(path: str, size: int) -> None:
    """Raises ReconstructError if the disk has no room for `size` bytes."""
    free = shutil.disk_usage(os.path.dirname(os.path.abspath(path))).free
    if size + _RESERVE > free:
        raise ReconstructError(f"{path}: {size:,} bytes to write, {max(free - _RESERVE, 0):,} free on the disk")


@contextmanager
def whole(path: str) -> Iterator[Target]:
    """The directory at `path`, which appears when the body has finished, and not at all if it fails."""
    check_target(path)
    above = os.path.dirname(os.path.abspath(path))
    with cleanly():
        try:
            temporary = tempfile.mkdtemp(prefix=f".{os.path.basename(os.path.abspath(path))[:100]}.", dir=above)
        except OSError as error:
            raise ReconstructError(f"{above}: can't be written: {error.strerror}") from None
        try:
            target = Target(temporary)
            yield target
            target.finish()
            os.chmod(temporary, 0o755)
            # An empty directory is replaced atomically; one that was filled meanwhile isn't.
            os.rename(temporary, path)
        except BaseException as error:
            _remove(temporary)
            if isinstance(error, OSError):
                raise ReconstructError(f"{path}: can't be written: {error.strerror or error}") from None
            raise


def _remove(folder: str) -> None:
    """Removes the temporary directory, whatever modes it has by then."""
    for root, names, _ in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                if not os.path.islink(os.path.join(root, name)):
                    os.chmod(os.path.join(root, name), 0o700)
    shutil.rmtree(folder, ignore_errors=True)
