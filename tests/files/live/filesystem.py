"""What a built image holds, read from the engine's own mount of it, entry by entry."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.builders.engines import Buildah, Builder, Docker
from tests.files.live.cases import OLD


@dataclass(frozen=True)
class Node:
    kind: str
    mode: int
    uid: int
    gid: int
    size: int
    content: str
    device: int
    xattrs: tuple[tuple[str, bytes], ...]
    names: tuple[str, ...]
    mtime: int


@contextmanager
def mounted(builder: Builder, tag: str, folder: Path) -> Iterator[Path]:
    """The root file system of an image, read-only in effect."""
    if isinstance(builder, Buildah):
        container = builder.buildah("from", "--pull-never", tag).strip()
        try:
            yield Path(builder.buildah("mount", container).strip())
        finally:
            builder.buildah("rm", container)
        return
    assert isinstance(builder, Docker)
    data = json.loads(builder.docker("image", "inspect", "-f", "{{json .GraphDriver.Data}}", tag))
    empty, point = folder / "empty", folder / "mounted"
    empty.mkdir(exist_ok=True)
    point.mkdir(exist_ok=True)
    layers = [data["UpperDir"], *filter(None, data.get("LowerDir", "").split(":")), str(empty)]
    # Relative names keep the option below a page for images of many layers.
    command = ["mount", "-t", "overlay", "overlay", "-o", "ro,lowerdir=" + ":".join(layers), str(point)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield point
    finally:
        subprocess.run(["umount", str(point)], check=True, capture_output=True)


def read(builder: Builder, tag: str, folder: Path) -> dict[str, Node]:
    """Every path of the image."""
    with mounted(builder, tag, folder) as root:
        return _nodes(root)


def _nodes(root: Path) -> dict[str, Node]:
    found: dict[str, Node] = {}
    inodes: dict[tuple[int, int], list[str]] = {}
    for above, folders, files in os.walk(os.fsencode(root)):
        for name in (*folders, *files):
            full = os.path.join(above, name)
            path = os.fsdecode(os.path.relpath(full, os.fsencode(root)))
            status = os.lstat(full)
            found[path] = _node(full, status)
            if stat.S_ISREG(status.st_mode) and status.st_nlink > 1:
                inodes.setdefault((status.st_dev, status.st_ino), []).append(path)
    for names in inodes.values():
        for name in names:
            found[name] = replace(found[name], names=tuple(sorted(names)))
    return found


def _node(path: bytes, status: os.stat_result) -> Node:
    kind = stat.filemode(status.st_mode)[0]
    content = ""
    if kind == "-":
        content = hashlib.sha256(Path(os.fsdecode(path)).read_bytes()).hexdigest()
    elif kind == "l":
        content = os.fsdecode(os.readlink(path))
    xattrs = [
        (name, os.getxattr(path, name, follow_symlinks=False)) for name in os.listxattr(path, follow_symlinks=False)
    ]
    return Node(
        kind, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, status.st_size if kind == "-" else 0, content,
        status.st_rdev, tuple(sorted(xattr for xattr in xattrs if not xattr[0].startswith("trusted.overlay"))), (),
        int(status.st_mtime),
    )  # fmt: skip


def differences(want: dict[str, Node], got: dict[str, Node], times: bool) -> list[str]:
    """A line for each path that differs. `times`: those of the build too, not only those that were copied."""

    def shown(node: Node) -> Node:
        if times or (node.kind != "d" and node.mtime <= OLD):
            return node
        return replace(node, mtime=0)

    lines = []
    for path in sorted(want.keys() | got.keys()):
        one, other = want.get(path), got.get(path)
        if one is None or other is None:
            lines.append(f"{path!r}: {'only in the new one' if one is None else 'missing'}: {one or other}")
        elif shown(one) != shown(other):
            lines.append(f"{path!r}:\n    want {one}\n    got  {other}")
    return lines
