"""A layer, or parts of it, as a tar that ADD unpacks at the root.

Headers are rewritten by the standard library (pax if ustar has no room), so that no header of a hostile layer gets
through: names are paths below the root, and links refer to what was written before them.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterable

from reconstruct.files.members import BLOCKDEV, CHAR, FIFO, FILE, FOLDER, LINK, MAX_TIME, SYMLINK, Member, Members
from reconstruct.files.reading import Contents
from reconstruct.files.tree import Entry
from reconstruct.typed import BinaryIO

BLOCK = 512
_TYPES = {
    FILE: tarfile.REGTYPE, LINK: tarfile.LNKTYPE, SYMLINK: tarfile.SYMTYPE, CHAR: tarfile.CHRTYPE,
    BLOCKDEV: tarfile.BLKTYPE, FOLDER: tarfile.DIRTYPE, FIFO: tarfile.FIFOTYPE,
}  # fmt: skip
_SECOND = 1_000_000_000
_QUICK = (FILE, FOLDER, SYMLINK)
_TAIL = b"ustar\x0000" + bytes(64 + 16 + 155 + 12)


class ArchiveWriter:
    """Writes members one by one; `close` ends the archive."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def close(self) -> None:
        """Writes the two zero blocks at the end of a tar; the file stays open."""
        self._file.write(bytes(2 * BLOCK))

    def add(
        self, entry: Entry, content: Iterable[bytes] = (), *, name: str | None = None, link: str | None = None
    ) -> None:
        """Adds one member. `name` and `link` replace the entry's own absolute paths; `content` must be its `size` bytes."""
        header = quick_header(entry, name or entry.path) if link is None else None
        if header is None:
            info = _info(entry, name or entry.path)
            if link is not None:
                info.type, info.linkname, info.size = tarfile.LNKTYPE, link.lstrip("/"), 0
            header = _header(info)
        self._file.write(header)
        size = 0
        for piece in content if link is None and entry.kind == FILE else ():
            self._file.write(piece)
            size += len(piece)
        self._file.write(bytes(-size % BLOCK))

    def add_sparse(self, entry: Entry, member: Member, stored: Iterable[bytes], name: str | None = None) -> None:
        """Adds a sparse file with its holes (GNU's version 1.0, which Go's reader and GNU tar know)."""
        pieces = member.sparse or ()
        text = "".join(f"{number}\n" for number in (len(pieces), *(n for piece in pieces for n in piece))).encode()
        lead = text + bytes(-len(text) % BLOCK)
        info = _info(entry, name or entry.path)
        length = sum(size for _, size in pieces)
        info.size = len(lead) + length
        info.pax_headers = {
            **info.pax_headers,
            "GNU.sparse.major": "1",
            "GNU.sparse.minor": "0",
            "GNU.sparse.name": info.name,
            "GNU.sparse.realsize": str(entry.size),
        }
        info.name = f"GNUSparseFile.0/{info.name.rpartition('/')[2]}"
        self._file.write(_header(info))
        self._file.write(lead)
        for piece in stored:
            taken = piece[:length]
            length -= len(taken)
            self._file.write(taken)
        self._file.write(bytes(-info.size % BLOCK))


def quick_header(entry: Entry, path: str) -> bytes | None:
    """The same as `_header(_info(…))` for a plain file, directory or link, in a fifth of the time; None if ustar
    isn't enough."""
    try:
        name, link = path.lstrip("/").encode("ascii"), entry.link.encode("ascii")
    except UnicodeEncodeError:
        return None
    seconds, part = divmod(entry.mtime, _SECOND)
    size = entry.size if entry.kind == FILE else 0
    fits = 0 <= seconds < 8**11 and size < 8**11 and entry.uid < 8**7 and entry.gid < 8**7
    if entry.kind not in _QUICK or part or entry.xattrs or not fits or not 0 < len(name) < 100 or len(link) > 100:
        return None
    if entry.kind == FOLDER:
        name += b"/"
    numbers = b"%07o\0%07o\0%07o\0%011o\0%011o\0" % (entry.mode, entry.uid, entry.gid, size, seconds)
    head = name.ljust(100, b"\0") + numbers + b"        " + _TYPES[entry.kind] + link.ljust(100, b"\0") + _TAIL
    return head[:148] + b"%06o\0" % sum(head) + head[155:]


def _info(entry: Entry, path: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(path.lstrip("/") or ".")
    info.type = _TYPES[entry.kind]
    info.mode, info.uid, info.gid = entry.mode, entry.uid, entry.gid
    info.size = entry.size if entry.kind == FILE else 0
    # Past the latest time, engines set another; so it stays past it.
    info.mtime = entry.mtime // _SECOND + (entry.mtime == MAX_TIME)
    info.pax_headers = {}
    if (entry.mtime % _SECOND and entry.mtime != MAX_TIME) or info.mtime < 0:
        seconds, part = divmod(abs(entry.mtime), _SECOND)
        info.pax_headers["mtime"] = f"{'-' if entry.mtime < 0 else ''}{seconds}.{part:09d}"
        info.mtime = max(info.mtime, 0)
    if entry.kind == SYMLINK:
        info.linkname = entry.link
    info.devmajor, info.devminor = entry.device
    for key, value in entry.xattrs.items():
        info.pax_headers[f"SCHILY.xattr.{key}"] = value.decode("utf-8", "surrogateescape")
    return info


def _header(info: tarfile.TarInfo) -> bytes:
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def write_layer(
    contents: Contents,
    layer: int,
    file: BinaryIO,
    wanted: Callable[[int], bool],
    advance: Callable[[int], None] = lambda size: None,
) -> list[str]:
    """Writes the `wanted` rows of a layer; returns the names of hard links that couldn't be written.

    A hard link whose first name isn't wanted becomes the file itself. `advance` gets the number of bytes as they are written.
    """
    tree = contents.tree
    lost: list[str] = []
    heirs = _heirs(contents, layer, wanted)
    names: dict[int, str] = {}
    writer = ArchiveWriter(file)
    rows = iter(row for row in tree.rows(layer) if tree.ordinal[row] >= 0)
    row = next(rows, -1)
    with contents.again(layer) as members:
        for ordinal, member in enumerate(members):
            if row < 0:
                break
            if tree.ordinal[row] != ordinal:
                continue
            entry, this = tree.entry(row), row
            row = next(rows, -1)
            if entry.kind == LINK:
                _add_link(contents, writer, entry, wanted, names, lost)
            elif entry.kind in _TYPES and (wanted(this) or this in heirs):
                name = entry.path if wanted(this) else heirs[this]
                names[this] = name
                _add(writer, entry, member, members, name)
                advance(member.stored)
    writer.close()
    return lost


def _heirs(contents: Contents, layer: int, wanted: Callable[[int], bool]) -> dict[int, str]:
    """For files that aren't wanted under their own name: the first wanted hard link to each."""
    tree = contents.tree
    found: dict[int, str] = {}
    for row in tree.rows(layer):
        if tree.kind[row : row + 1] == LINK and wanted(row):
            target = tree.target.get(row, -1)
            if target >= 0 and not wanted(target):
                found.setdefault(target, tree.path(tree.node[row]))
    return found


def _add(writer: ArchiveWriter, entry: Entry, member: Member, members: Members, name: str) -> None:
    if member.sparse is not None:
        writer.add_sparse(entry, member, members.stored(member), name)
    else:
        writer.add(entry, members.content(member), name=name)


def _add_link(
    contents: Contents,
    writer: ArchiveWriter,
    entry: Entry,
    wanted: Callable[[int], bool],
    names: dict[int, str],
    lost: list[str],
) -> None:
    """A hard link to a file in this archive, or to one that an earlier layer left permanently."""
    tree = contents.tree
    if not wanted(entry.row):
        return
    target = tree.target.get(entry.row, -1)
    name = names.get(target)
    if name is None and target >= 0 and tree.gone[target] < 0 and tree.layer[target] < entry.layer:
        name = tree.path(tree.node[target])
    if name is None:
        lost.append(entry.path)
    elif name != entry.path:
        writer.add(entry, link=name)


def write_folders(contents: Contents, rows: Iterable[int], file: BinaryIO) -> None:
    """Writes an archive of directories only, for their modes, owners and times."""
    writer = ArchiveWriter(file)
    for row in rows:
        writer.add(contents.tree.entry(row))
    writer.close()
