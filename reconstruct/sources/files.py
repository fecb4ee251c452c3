"""A set of named files: a directory, a seekable tar archive, or one that can be read only once."""

from __future__ import annotations

import io
import os
import posixpath
import stat
from collections.abc import Callable

from reconstruct.errors import UnreadableError
from reconstruct.sources.limits import MAX_DOCUMENT, MAX_KEPT
from reconstruct.typed import Any, BinaryIO, Protocol

# The number of bytes kept of a file that isn't a document: enough to tell what it is.
_HEAD = 16
# An SBOM says so in its first bytes.
_LOOKED_AT = 256


class Files(Protocol):
    """Names are relative paths with `/` and without a leading `./`."""

    label: str

    @property
    def oddities(self) -> list[str]:
        """Remarks on the set of files as such."""

    def __contains__(self, name: str) -> bool: ...

    def listing(self, folder: str) -> list[str]:
        """The names directly in `folder` ('' is the top), sorted; empty if there is no such directory."""

    def size(self, name: str) -> int | None:
        """The file's bytes, None if there is no such file."""

    def read(self, name: str) -> bytes | None:
        """The content of a document; None if there is no such file, UnreadableError if it is over the limit."""

    def identity(self, name: str) -> str | None:
        """A value shared by all names of one file, through links; None if there is no such file."""

    def head(self, name: str, length: int) -> bytes:
        """The first bytes of a file, to tell what it is."""

    def open(self, name: str) -> BinaryIO | None:
        """The content of a file of any size, as a stream; None if there is no such file."""


def clean(name: str) -> str | None:
    """A member's name as a relative path; None if it points out of the archive (absolute, `..`)."""
    if name.startswith("/") or "\0" in name:
        return None
    path = posixpath.normpath(name.replace("\\", "/"))
    return None if path == ".." or path.startswith(("../", "/")) else path


class Folder:
    """The files of a directory, read in place.

    Anything but regular files counts as missing; so do links that lead out of the directory, which `note` reports.
    """

    def __init__(self, path: str, label: str | None = None, note: Callable[[str], None] | None = None) -> None:
        self.path = path
        self.label = label or path
        self._note = note
        self._root = os.path.realpath(path)

    @property
    def oddities(self) -> list[str]:
        """Always empty: a directory has no duplicate members."""
        return []

    def _inside(self, name: str) -> str | None:
        """The real path of `name`, None if it isn't inside the directory."""
        path = clean(name)
        if path is None:
            return None
        try:
            real = os.path.realpath(os.path.join(self._root, path))
        except (OSError, ValueError):
            return None
        if real == self._root or real.startswith(self._root.rstrip(os.sep) + os.sep):
            return real
        if self._note is not None and os.path.lexists(real):
            self._note(f"{name[:80]} is a link out of the directory: not followed")
        return None

    def _regular(self, name: str) -> os.stat_result | None:
        real = self._inside(name)
        if real is None:
            return None
        try:
            status = os.stat(real)
        except (OSError, ValueError):
            return None
        return status if stat.S_ISREG(status.st_mode) else None

    def __contains__(self, name: str) -> bool:
        return self._regular(name) is not None

    def listing(self, folder: str) -> list[str]:
        """As in Files. UnreadableError if the directory may not be read."""
        real = self._inside(folder or ".")
        try:
            return sorted(os.listdir(real)) if real is not None else []
        except PermissionError as error:
            raise UnreadableError(f"{error.filename}: {error.strerror}") from None
        except OSError:
            return []

    def folder(self, name: str) -> str | None:
        """The path of a directory with all links resolved; None if there is none, or it is outside."""
        real = self._inside(name)
        return real if real is not None and os.path.isdir(real) else None

    def identity(self, name: str) -> str | None:
        """The file's path with all links resolved."""
        return self._inside(name) if self._regular(name) is not None else None

    def size(self, name: str) -> int | None:
        """The size in bytes of the file that the name leads to."""
        status = self._regular(name)
        return status.st_size if status else None

    def read(self, name: str) -> bytes | None:
        """As in Files, bounded by MAX_DOCUMENT."""
        status = self._regular(name)
        if status is None:
            return None
        _check_size(f"{self.label}: {name}", status.st_size)
        return self.head(name, MAX_DOCUMENT)

    def head(self, name: str, length: int) -> bytes:
        """Up to `length` bytes; empty if there is no such file."""
        from reconstruct.sources.regular import open_regular

        real = self._inside(name)
        if real is None or self._regular(name) is None:
            return b""
        with open_regular(real, f"{self.label}: {name}") as file:
            return file.read(length)

    def open(self, name: str) -> BinaryIO | None:
        """The open file, its handle the caller's to close."""
        from reconstruct.sources.regular import open_regular

        real = self._inside(name)
        if real is None or self._regular(name) is None:
            return None
        return open_regular(real, f"{self.label}: {name}")


class Archive:
    """The files of a tar archive. Contents stay in it, but documents are kept if the archive isn't seekable.

    Links are followed only inside the archive. Of two members with the same name the later counts, as when unpacking.
    """

    def __init__(self, file: BinaryIO, label: str, seekable: bool) -> None:
        from reconstruct.sources import tar

        self.label = label
        self.file = file
        self.seekable = seekable
        self._twice: list[str] = []
        self._outside: list[str] = []
        self._members: dict[str, tar.Member] = {}
        self._heads: dict[str, bytes] = {}
        self._beginnings: dict[bytes, bytes] = {}
        self._tree: dict[str, set[str]] | None = None
        self._kept = 0
        for member in tar.members(file, label, seekable):
            name = clean(member.name)
            if name is None:
                self._outside.append(member.name)
                continue
            if name in self._members:
                self._twice.append(name)
                self._forget(name)
            self._members[name] = member if name != member.name else member._replace(name=name)
            if not seekable and member.link is None:
                self._keep(name, member.size)

    @property
    def oddities(self) -> list[str]:
        """Duplicate names, and members skipped because they point outside."""
        found = []
        if self._twice:
            found.append(f"{_first(self._twice)} in the archive twice; the last one is used")
        if self._outside:
            found.append(f"{_first(self._outside)} outside the archive: skipped")
        return found

    def _forget(self, name: str) -> None:
        self._kept -= len(self._heads.pop(name, b""))

    def _keep(self, name: str, size: int) -> None:
        """Keeps what may be a document (it starts like JSON), and the first bytes of anything else."""
        head = self.file.read(min(size, _LOOKED_AT))
        document = head.lstrip()[:1] in (b"{", b"[", b"") or name == "repositories"
        if document and not _is_bill(head) and size <= MAX_DOCUMENT and self._kept + size <= MAX_KEPT:
            head += self.file.read(size - len(head))
        else:
            head = head[:_HEAD]
            head = self._beginnings.setdefault(head, head)
        self._heads[name] = head
        self._kept += len(head)

    def _find(self, name: str) -> tuple[str, int] | None:
        """The name of the member that `name` leads to, through links, and its size."""
        path = clean(name)
        for _ in range(16):
            member = self._members.get(path) if path is not None else None
            if member is None or path is None:
                return None
            if member.link is None:
                return path, member.size
            path = clean(member.link if member.hard else posixpath.join(posixpath.dirname(path), member.link))
        return None

    def __contains__(self, name: str) -> bool:
        return self._find(name) is not None

    def listing(self, folder: str) -> list[str]:
        """As in Files, including directories without a member of their own."""
        if self._tree is None:
            self._tree = {}
            for name in self._members:
                while name:
                    parent, _, last = name.rpartition("/")
                    inside = self._tree.setdefault(parent, set())
                    if last in inside:
                        break
                    inside.add(last)
                    name = parent
        path = clean(folder or ".")
        return sorted(self._tree.get("" if path == "." else path or "/", ()))

    def identity(self, name: str) -> str | None:
        """The member's name behind all links."""
        found = self._find(name)
        return found[0] if found else None

    def size(self, name: str) -> int | None:
        """The size in bytes of the member behind all links."""
        found = self._find(name)
        return found[1] if found else None

    def read(self, name: str) -> bytes | None:
        """As in Files. UnreadableError also if a stream's member was too large to keep."""
        found = self._find(name)
        if found is None:
            return None
        path, size = found
        _check_size(f"{self.label}: {name}", size)
        if not self.seekable and len(self._heads.get(path, b"")) < size:
            raise UnreadableError(f"{self.label}: {name} is not a document, or there are too many to keep")
        return self.head(name, size)

    def head(self, name: str, length: int) -> bytes:
        """Up to `length` bytes; of a stream, those that were kept."""
        found = self._find(name)
        if found is None:
            return b""
        path, size = found
        if not self.seekable:
            return self._heads.get(path, b"")[:length]
        self.file.seek(self._members[path].offset)
        return self.file.read(min(length, size))

    def open(self, name: str) -> BinaryIO | None:
        """A window on the member. UnreadableError if the archive is a stream."""
        found = self._find(name)
        if found is None:
            return None
        if not self.seekable:
            raise UnreadableError(f"{self.label}: {name}: the archive can be read only once")
        path, size = found
        return io.BufferedReader(_Window(self.file, self._members[path].offset, size), 64 << 10)


class _Window(io.RawIOBase):
    """A part of a file as a file of its own; several may be open on one file."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file = file
        self._start = start
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._start + self._at)
        length = max(0, min(len(buffer), self._size - self._at))
        if isinstance(self._file, io.BufferedIOBase | io.RawIOBase):
            count = self._file.readinto(memoryview(buffer)[:length]) or 0
        else:
            # A caller's own file object, which may have no more than `read` and `seek`.
            data = self._file.read(length)
            count = len(data)
            buffer[:count] = data
        self._at += count
        return count


class Inside:
    """The files below one directory of another set, for an archive that was packed with the directory around it."""

    def __init__(self, files: Files, folder: str) -> None:
        self.label = files.label
        self._files = files
        self._folder = folder + "/"

    @property
    def oddities(self) -> list[str]:
        """Those of the set around it."""
        return self._files.oddities

    def __contains__(self, name: str) -> bool:
        return self._folder + name in self._files

    def listing(self, folder: str) -> list[str]:
        """As in Files, with names relative to the inner directory."""
        return self._files.listing(self._folder + folder)

    def identity(self, name: str) -> str | None:
        """As in Files, in the surrounding set."""
        return self._files.identity(self._folder + name)

    def size(self, name: str) -> int | None:
        """As in Files, with the name relative to the inner directory."""
        return self._files.size(self._folder + name)

    def read(self, name: str) -> bytes | None:
        """As in Files, with the name relative to the inner directory."""
        return self._files.read(self._folder + name)

    def head(self, name: str, length: int) -> bytes:
        """As in Files, with the name relative to the inner directory."""
        return self._files.head(self._folder + name, length)

    def open(self, name: str) -> BinaryIO | None:
        """As in Files, with the name relative to the inner directory."""
        return self._files.open(self._folder + name)


def _first(names: list[str]) -> str:
    more = f" and {len(names) - 1:,} more are" if len(names) > 1 else " is"
    return f"{names[0][:80]}{more}"


def _is_bill(head: bytes) -> bool:
    """Whether a document is an SBOM attestation: large, often many in one archive, and never read here."""
    return b"in-toto" in head and (b"spdx.dev" in head or b"cyclonedx.org" in head)


def _check_size(label: str, size: int) -> None:
    if size > MAX_DOCUMENT:
        raise UnreadableError(f"{label}: larger than the {MAX_DOCUMENT >> 20} MB limit for a document")
