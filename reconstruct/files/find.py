"""One file of an image, by its path."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.errors import NotFoundError
from reconstruct.files.members import FILE, SYMLINK
from reconstruct.files.reading import Contents
from reconstruct.record import dataclass
from reconstruct.show.units import human
from reconstruct.sources.layers import Opened
from reconstruct.writer import instruction_text

_HOPS = 40


def until(opened: Opened, step: int | None) -> int | None:
    """The number of layers after the step (by its number); None for all. NotFoundError if there is no such step."""
    if step is None:
        return None
    from reconstruct import steps

    found = steps(opened.image)
    if step > len(found):
        raise NotFoundError(f"--step {step}: the image has {len(found)} steps")
    return max((each.layer_index for each in found[:step] if each.layer_index is not None), default=-1) + 1


@dataclass(frozen=True)
class Found:
    """A regular file: the row with its content, and the requested path."""

    contents: Contents
    row: int
    path: str

    def told(self) -> str:
        """Its origin, in words."""
        tree = self.contents.tree
        layer = tree.layer[self.row]
        step = self.contents.step_of(layer)
        path = tree.path(tree.node[self.row])
        name = path if path == self.path else f"{self.path} is {path}"
        size = human(tree.size[self.row])
        if step is None:
            return f"{name}: {size}, from layer {layer + 1}, which has no history entry"
        return f"{name}: {size}, from step {self.contents.numbers[layer]}: {instruction_text(step)}"

    def content(self) -> Iterator[bytes]:
        """Its bytes, in pieces."""
        tree = self.contents.tree
        wanted = tree.ordinal[self.row]
        with self.contents.again(tree.layer[self.row]) as members:
            for ordinal, member in enumerate(members):
                if ordinal == wanted:
                    yield from members.content(member)
                    return


def find(contents: Contents, path: str) -> Found:
    """The regular file at a path, links followed inside the image. NotFoundError if there is none."""
    tree = contents.tree
    asked = path if path.startswith("/") else f"/{path}"
    current = asked
    for _ in range(_HOPS):
        row = tree.find(current)
        if row is None:
            missing = contents.missing
            which = f" ({len(missing)} layers are not in the saved form)" if missing else ""
            raise NotFoundError(f"{asked}: no such file in the image{which}")
        if tree.kind[row : row + 1] == SYMLINK:
            folder = tree.path(tree.parents[tree.node[row]])
            target = tree.link.get(row, "")
            current = target if target.startswith("/") else f"{folder}/{target}"
            continue
        inode = tree.inode(row)
        if inode < 0 or tree.kind[inode : inode + 1] != FILE:
            raise NotFoundError(f"{asked}: not a regular file in the image")
        return Found(contents, inode, asked)
    raise NotFoundError(f"{asked}: too many levels of symbolic links")
