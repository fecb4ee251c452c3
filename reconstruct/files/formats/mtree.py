"""The file system in mtree(5) format, which `mtree`, `bsdtar` and `gomtree` read: as left by a step, or by the last one.

Lines have what the layers show without opening a file, so no digests.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct import pattern
from reconstruct.files.listing import Listing
from reconstruct.files.members import BLOCKDEV, CHAR, FIFO, FILE, FOLDER, LINK, SYMLINK

_TYPES = {FILE: "file", LINK: "file", FOLDER: "dir", SYMLINK: "link", CHAR: "char", BLOCKDEV: "block", FIFO: "fifo"}
# Characters kept unchanged in a name (vis(3), VIS_CSTYLE off, VIS_OCTAL); all others are written `\\ooo`.
_SPELT = pattern.compile(rb"[^!-~]|[\\#*?\[=]")


def render(listing: Listing) -> Iterator[str]:
    """Lines: `#mtree`, then each chosen path of the file system; sizes in bytes, times in seconds since 1970."""
    tree = listing.contents.tree
    matches = listing.choice.matcher()
    rows: Iterator[int] | list[int] = tree.walk()
    if listing.choice.top is not None:
        rows = sorted(rows, key=lambda row: -tree.size[row])[: listing.choice.top]
    yield "#mtree"
    for row in rows:
        entry = tree.entry(row)
        if not matches(entry.path):
            continue
        inode = tree.inode(row)
        held = tree.entry(inode) if inode >= 0 else entry
        words = [_spelt("." + entry.path if entry.path != "/" else "."), f"type={_TYPES[held.kind]}"]
        words += [f"mode={held.mode:04o}", f"uid={held.uid}", f"gid={held.gid}"]
        if held.kind in (FILE, LINK):
            words.append(f"size={held.size}")
        if held.kind == SYMLINK:
            words.append(f"link={_spelt(held.link)}")
        if held.kind in (CHAR, BLOCKDEV):
            words.append(f"device=native,{held.device[0]},{held.device[1]}")
        words.append(f"time={held.mtime // 1_000_000_000}.{held.mtime % 1_000_000_000:09d}")
        yield " ".join(words)


def _spelt(text: str) -> str:
    data = text.encode("utf-8", "surrogateescape")
    return _SPELT.sub(lambda found: b"\\%03o" % found.group()[0], data).decode("ascii")
