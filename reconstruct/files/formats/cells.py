"""Shared by the formats of a listing: the notation of entries, modes and changes."""

from __future__ import annotations

import stat

from reconstruct.files.changes import ADDED, CHANGED, TAKEN, Change
from reconstruct.files.listing import Listing, Section
from reconstruct.files.members import BLOCKDEV, CHAR, FIFO, FILE, FOLDER, LINK, SYMLINK
from reconstruct.files.tree import Entry
from reconstruct.files.waste import Waste
from reconstruct.show.units import human

TYPES = {
    FILE: "file", FOLDER: "folder", LINK: "hard link", SYMLINK: "link", CHAR: "character device",
    BLOCKDEV: "block device", FIFO: "fifo",
}  # fmt: skip
_MARKS = {ADDED: "+", CHANGED: "~", TAKEN: "-"}
_BITS = {FOLDER: stat.S_IFDIR, SYMLINK: stat.S_IFLNK, CHAR: stat.S_IFCHR, BLOCKDEV: stat.S_IFBLK, FIFO: stat.S_IFIFO}


def mark(change: Change) -> str:
    """`+`, `~`, `-`, or `=` for files shipped again unchanged."""
    return _MARKS.get(change.kind, "=")


def mode(entry: Entry) -> str:
    """As in `ls -l`."""
    return mode_text(entry.kind, entry.mode)


def type_name(kind: int) -> str:
    """The name of a kind of member, given as its byte; none for a removal."""
    return TYPES.get(bytes((kind,)), "")


def mode_text(kind: bytes, bits: int) -> str:
    """The same, from a kind of member and its permission bits."""
    return stat.filemode(_BITS.get(kind, stat.S_IFREG) | bits)


def name(entry: Entry) -> str:
    """The path, and a link's target."""
    if entry.kind == SYMLINK:
        return f"{entry.path} -> {entry.link}"
    if entry.kind == LINK:
        return f"{entry.path} = /{entry.link.lstrip('./')}"
    return entry.path + ("/" if entry.kind == FOLDER and entry.path != "/" else "")


def head(section: Section) -> str:
    """The line above a layer's changes."""
    step = f"step {section.number}" if section.number else f"layer {section.layer + 1}"
    return f"{step}  {section.text}"


def closing(listing: Listing, found: Waste) -> list[str]:
    """The text at the end: waste, missing layers, names that were left out."""
    contents = listing.contents
    share = f", {found.user_share:.1%} of the layers above the first" if found.user_share is not None else ""
    lines = [
        f"{human(found.total)} of files, {human(found.unseen)} of it hidden: replaced or removed by a later step",
        f"efficiency {found.efficiency:.4%}, wasted {human(found.wasted)}{share} (dive's definition)",
    ]
    for path in found.paths[:10]:
        if path.size:
            steps = ", ".join(str(contents.numbers[layer] or f"layer {layer + 1}") for layer in path.layers)
            lines.append(f"  {human(path.size):>9}  {path.path}  (steps {steps})")
    if len(found.paths) > 10:
        lines.append(f"  … and {len(found.paths) - 10:,} more paths")
    return lines


def notes(listing: Listing) -> list[str]:
    """Notes on the layers: missing ones, names that lead out."""
    contents = listing.contents
    found = []
    for layer in contents.missing:
        foreign = " (a foreign layer, stored elsewhere)" if contents.image.layers[layer].foreign else ""
        found.append(f"layer {layer + 1} is not in the saved form{foreign}: its files are unknown")
    if contents.image.windows:
        found.append("Windows layers: files are in Files/, registry changes in Hives/")
    if odd := contents.tree.odd_count:
        layer, odd_name = contents.tree.odd[0]
        found.append(
            f"{odd:,} members point outside the file system: skipped, such as {odd_name!r} in layer {layer + 1}"
        )
    return found
