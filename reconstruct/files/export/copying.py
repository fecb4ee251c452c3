"""Whether COPY can reproduce a layer, and with which sources.

In every builder, COPY keeps a file's content, permission bits and time, and sets one owner for all, given by --chown.
It creates directories owned by root with mode 0755. It can't express anything else (mixed owners, set-user-ID bits, extended
attributes, hard links, devices, sparse files, other modes of directories), for which an archive is added instead.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence

from reconstruct.files.export.naming import folded, plain
from reconstruct.files.members import FILE, FOLDER, SYMLINK
from reconstruct.files.tree import Tree
from reconstruct.record import dataclass
from reconstruct.syntax import Copy

_MOST_SOURCES = 12
# A layer with more files becomes an archive: single files are slow to send, and to keep here.
_MOST_ROWS = 200_000
# Bytes of a path below the copied directory, which may itself be deep.
_LONGEST = 1024


@dataclass(frozen=True)
class Form:
    """The sources of COPY: either single files (`files`: a source's preferred name and its row) or one directory (`folder` its
    preferred name, `rows` its contents, by the path below it). `owner` is the value for --chown, None for root."""

    files: tuple[tuple[str, int], ...] = ()
    folder: str | None = None
    rows: tuple[tuple[str, int], ...] = ()
    owner: str | None = None
    mode: int = 0o755


def resolved(destination: str, workdir: str | None) -> str | None:
    """The absolute path of a destination, keeping a trailing `/`; None if it contains a variable, or if it is relative and
    the working directory is unknown."""
    if "$" in destination or (workdir is None and not destination.startswith("/")):
        return None
    path = posixpath.normpath(posixpath.join("/", workdir or "/", destination or "."))
    path = "/" + path.lstrip("/")
    ends = destination.endswith("/") or destination in ("", ".", "./") or destination.endswith("/.")
    return path if path == "/" or not ends else path + "/"


def form(tree: Tree, rows: Sequence[int], copy: Copy, target: str) -> Form | None:
    """The COPY form of one layer's `rows`, which the step copied to `target` (see `resolved`); None if there is
    none. Rows of directories above the target that were only listed again are skipped."""
    if len(rows) > _MOST_ROWS:
        return None
    top = target.rstrip("/") or "/"
    inside: list[tuple[str, int]] = []
    for row in rows:
        path = tree.path(tree.node[row])
        if path == top or path.startswith(top.rstrip("/") + "/"):
            if path == "/":
                continue
            inside.append((path, row))
        elif not _is_above(tree, row, path, top):
            return None
    kept = [(path, row) for path, row in inside if _matters(tree, row, path, top)]
    if not kept or not all(_sayable(tree, row) for _, row in kept):
        return None
    owner = _owner(tree, [row for _, row in kept])
    above = set(rows).difference(row for _, row in inside)
    if owner is None or (owner != "0:0" and _makes_folders(tree, above)):
        return None
    chown = _chown(copy, owner)
    if chown is False:
        return None
    # Owners that no step gives, or only by names that are looked up in the image, are given in numbers or as they were.
    named = chown if isinstance(chown, str) else None
    single = _single(tree, kept, copy, target, top)
    if single is not None:
        return Form(files=single, owner=named)
    return _folder(tree, kept, copy, top, named)


def _is_above(tree: Tree, row: int, path: str, top: str) -> bool:
    """Whether a row is a directory above the target that existed unchanged, or that COPY creates the same way."""
    if tree.kind[row : row + 1] != FOLDER or not (path == "/" or top.startswith(path + "/")):
        return False
    if tree.before[row] >= 0:
        return not tree.differences(row)
    return path == "/" or (tree.mode[row], tree.uid[row], tree.gid[row], row in tree.xattrs) == (0o755, 0, 0, False)


def _keepable(path: str) -> bool:
    """Whether a path is possible in the context: printable, and short enough below any directory."""
    return path.isprintable() and len(path.encode()) <= _LONGEST


def _leads_inside(path: str, target: str) -> bool:
    """Whether a link at a path stays below the same directory; others are never written outside an image."""
    reached = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return bool(target) and not target.startswith("/") and reached != ".." and not reached.startswith("../")


def _matters(tree: Tree, row: int, path: str, top: str) -> bool:
    """False for the target directory itself, if it existed before and is only listed again."""
    return not (tree.kind[row : row + 1] == FOLDER and tree.before[row] >= 0 and not tree.differences(row))


def _sayable(tree: Tree, row: int) -> bool:
    kind = tree.kind[row : row + 1]
    if row in tree.xattrs or row in tree.sparse or tree.ordinal[row] < 0:
        return False
    name = tree.names[tree.node[row]]
    if not name.isprintable() or name.startswith(".wh."):
        return False
    before = tree.before[row]
    if before >= 0 and tree.kind[before] != tree.kind[row]:
        return False
    if kind == FILE:
        return tree.mode[row] & 0o7000 == 0 and tree.mode[row] & 0o400 != 0
    if kind == FOLDER:
        return tree.mode[row] == 0o755 and before < 0
    return kind == SYMLINK


def _owner(tree: Tree, rows: Sequence[int]) -> str | None:
    found = {(tree.uid[row], tree.gid[row]) for row in rows}
    if len(found) != 1:
        return None
    uid, gid = found.pop()
    return f"{uid}:{gid}"


def _makes_folders(tree: Tree, rows: Iterable[int]) -> bool:
    """Whether the step created directories above the target: builders differ in their owner."""
    return any(tree.kind[row : row + 1] == FOLDER and tree.before[row] < 0 for row in rows)


def _chown(copy: Copy, owner: str) -> str | bool | None:
    """The value for --chown: the step's own text if it can mean these numbers, else the numbers; None for root;
    False if they contradict."""
    said = dict(copy.flags).get("chown")
    if said and not any(mark in said for mark in "$\"'\\ "):
        numbers = said if ":" in said else f"{said}:{said}"
        user, _, group = numbers.partition(":")
        if user.isdigit() and group.isdigit():
            return owner if (int(user), int(group)) == tuple(map(int, owner.split(":"))) else False
        return said
    return None if owner == "0:0" else owner


def _single(
    tree: Tree, kept: Sequence[tuple[str, int]], copy: Copy, target: str, top: str
) -> tuple[tuple[str, int], ...] | None:
    """Single files: one that the target names, or files directly below the target whose names are valid for sources."""
    files = [(path, row) for path, row in kept if tree.kind[row : row + 1] == FILE]
    if len(files) == 1 and files[0][0] == top and not target.endswith("/"):
        return ((_wished(copy, 0, posixpath.basename(top)), files[0][1]),)
    others = [row for path, row in kept if tree.kind[row : row + 1] != FILE and path != top]
    if others or not files or len(files) > _MOST_SOURCES or not target.endswith("/"):
        return None
    names = [path[len(top.rstrip("/")) + 1 :] for path, _ in files]
    if not all(plain(name) and "/" not in name for name in names):
        return None
    sources = [source for source in copy.sources if not any(mark in source for mark in "*?[$")]
    known = {posixpath.basename(source.rstrip("/")): source for source in sources}
    if copy.sources and not copy.heredocs and set(known) != set(names):
        return None
    if not copy.sources and len(files) > 1 and not (copy.checksum or "").startswith("multi"):
        return None
    order = [posixpath.basename(source.rstrip("/")) for source in sources] if copy.sources and known else names
    rows = dict(zip(names, (row for _, row in files), strict=True))
    return tuple(
        (_relative(known.get(name, name)) or name, rows[name]) for name in dict.fromkeys(order) if name in rows
    )


def _wished(copy: Copy, place: int, name: str) -> str:
    """The source's own name if history has it, else the destination's."""
    if len(copy.sources) > place:
        return _relative(copy.sources[place]) or name
    return name


def _relative(source: str) -> str:
    """A source as a plain path below the context: only its last name if it leads elsewhere (another stage, a URL)."""
    path = posixpath.normpath(source)
    if source.startswith("/") or "://" in source or path.startswith(".."):
        path = posixpath.basename(path)
    return path if path != "." and plain(path) else ""


def _folder(tree: Tree, kept: Sequence[tuple[str, int]], copy: Copy, top: str, owner: str | None) -> Form | None:
    """One directory copied as a whole. An existing target must be a directory, because a link would be followed."""
    if any(path == top and tree.kind[row : row + 1] != FOLDER for path, row in kept):
        return None
    below = len(top.rstrip("/")) + 1
    rows = [(path[below:], row) for path, row in kept if path != top]
    if len({folded(path) for path, _ in rows}) != len(rows) or not all(_keepable(path) for path, _ in rows):
        return None
    if any(
        tree.kind[row : row + 1] == SYMLINK and not _leads_inside(path, tree.link.get(row, "")) for path, row in rows
    ):
        return None
    wished = _relative(copy.sources[0]) if len(copy.sources) == 1 and not copy.heredocs else ""
    if any(mark in wished for mark in "*?["):
        wished = ""
    return Form(folder=wished or posixpath.basename(top), rows=tuple(sorted(rows)), owner=owner)
