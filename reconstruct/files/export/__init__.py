"""A directory that rebuilds the image: a Dockerfile, the build context for its COPY and ADD, and a note."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from reconstruct.base import Base
from reconstruct.errors import NotFoundError, UnreadableError
from reconstruct.files.export import archive, folder, text
from reconstruct.files.export.folder import Target
from reconstruct.files.export.plan import Archive, Plan, Planner, Sources, archive_place
from reconstruct.files.members import FILE, FOLDER, SYMLINK
from reconstruct.files.reading import Contents
from reconstruct.record import dataclass, replace

NOTE = "NOTES.md"
# No file system has a larger file, but a tar of holes could claim one.
_MAX_FILE = 1 << 44
_MAGIC = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")

Advance = Callable[[int], None]


@dataclass(frozen=True)
class Exported:
    """What was written, or would be: paths below the directory with their sizes; the Dockerfile; what was lost."""

    files: tuple[tuple[str, int], ...]
    dockerfile: str
    notes: tuple[str, ...]

    @property
    def size(self) -> int:
        """The total number of bytes."""
        return sum(size for _, size in self.files)


def plan(contents: Contents, base: Base, frozen: bool = False) -> Plan:
    """The treatment of each step. Raises UnreadableError for Windows images, whose layers other systems can't write."""
    if contents.image.windows:
        raise UnreadableError("Windows layers can't be exported, only listed (`reconstruct files`)")
    tree = contents.tree
    for row in range(len(tree.kind)):
        if tree.size[row] > _MAX_FILE and tree.kind[row : row + 1] == FILE:
            raise UnreadableError(
                f"{tree.path(tree.node[row])[:200]!r} claims {tree.size[row]:,} bytes, more than any file has"
            )
    if base.triggered:
        # A trigger copies from the directory that the image is built in, and this one holds other things.
        reason = f"FROM {base.name} would run its ONBUILD triggers in this directory; its layers are exported instead"
        made = Planner(contents, Base(reason=reason), frozen).plan()
        return replace(made, notes=(reason, *made.notes))
    if frozen and not base.scratch:
        _check_base(contents, base)
    return Planner(contents, base, frozen).plan()


def _check_base(contents: Contents, base: Base) -> None:
    """Raises if files of the base were removed, which can't be repeated without a RUN."""
    from reconstruct.files.export.plan import first_own_layer

    tree = contents.tree
    first = first_own_layer(contents, base)
    for row in range(len(tree.kind)):
        if tree.layer[row] >= first:
            return
        if tree.gone[row] >= first and tree.current[tree.node[row]] < 0:
            path = tree.path(tree.node[row])
            raise NotFoundError(
                f"--frozen: a step removed {path[:200]!r} from the base {base.name}, which only a RUN can do; "
                "--base none exports the base's layers too"
            )


def files_of(contents: Contents, made: Plan) -> tuple[tuple[str, int], ...]:
    """The contents of the context, with sizes."""
    tree = contents.tree
    planner = Planner(contents, made.base, made.frozen)
    found: list[tuple[str, int]] = []
    for each in made.archives():
        rows = [row for row in tree.rows(each.layer) if _in_archive(contents, planner, each, row)]
        found.append((each.place, sum(512 + -(-tree.size[row] // 512) * 512 for row in rows) + 1024))
    for sources in made.sources():
        if sources.form.folder is not None:
            place = sources.places[0]
            found += [
                (f"{place}/{path}", tree.size[row])
                for path, row in sources.form.rows
                if tree.kind[row : row + 1] == FILE
            ]
        else:
            found += [
                (place, tree.size[row]) for place, (_, row) in zip(sources.places, sources.form.files, strict=True)
            ]
    if made.folders:
        found.append((archive_place(made), 1024 * len(made.folders) + 1024))
    return tuple(sorted(found))


def preview(contents: Contents, made: Plan) -> Exported:
    """The result that `export` would write."""
    return Exported(files_of(contents, made), text.dockerfile(contents, made), made.notes)


def export(contents: Contents, made: Plan, path: str, advance: Advance = lambda size: None) -> Exported:
    """Writes the directory at `path`, completely or not at all. `advance` gets the number of bytes as they are written.

    Raises ReconstructError if `path` is occupied, the disk has no room, or it can't be written.
    """
    folder.check_target(path)
    files = files_of(contents, made)
    folder.check_room(path, sum(size for _, size in files))
    with folder.whole(path) as target:
        target.folder("context")
        lost = _write_context(contents, made, target, advance)
        archives = frozenset(place for place in _single_places(made) if _unpacked_by_add(target, place))
        written = text.dockerfile(contents, made, archives)
        target.write("Dockerfile", [written.encode("utf-8", "surrogateescape")])
        target.write(NOTE, [text.note(contents, made, lost).encode("utf-8", "backslashreplace")])
    return Exported(files, written, (*made.notes, *lost))


def _write_context(contents: Contents, made: Plan, target: Target, advance: Advance) -> list[str]:
    planner = Planner(contents, made.base, made.frozen)
    lost: list[str] = []
    for each in made.archives():
        wanted = partial(_in_archive, contents, planner, each)
        with target.file(each.place) as file:
            missing = archive.write_layer(contents, each.layer, file, wanted, advance)
        lost += [f"{name}: a hard link to a missing file" for name in missing]
    by_layer: dict[int, list[Sources]] = {}
    for sources in made.sources():
        by_layer.setdefault(sources.layer, []).append(sources)
    for layer, found in by_layer.items():
        _write_sources(contents, layer, found, target, advance)
    if made.folders:
        with target.file(archive_place(made)) as file:
            archive.write_folders(contents, made.folders, file)
    return lost


def _in_archive(contents: Contents, planner: Planner, each: Archive, row: int) -> bool:
    if not planner.wanted(row):
        return False
    if each.under is None:
        return True
    path = contents.tree.path(contents.tree.node[row])
    return path == each.under or path.startswith(each.under.rstrip("/") + "/")


def _write_sources(contents: Contents, layer: int, found: list[Sources], target: Target, advance: Advance) -> None:
    """The files of one layer's COPY sources, in one pass over the layer."""
    tree = contents.tree
    # Several steps may have copied the same file.
    places: dict[int, list[str]] = {}
    for sources in found:
        if sources.form.folder is None:
            for place, (_, row) in zip(sources.places, sources.form.files, strict=True):
                places.setdefault(row, []).append(place)
            continue
        top = sources.places[0]
        target.folder(top, sources.form.mode)
        for path, row in sources.form.rows:
            kind, place = tree.kind[row : row + 1], f"{top}/{path}"
            if kind == FOLDER:
                target.folder(place, tree.mode[row], tree.mtime[row])
            elif kind == SYMLINK:
                target.link(place, tree.link.get(row, ""), tree.mtime[row])
            else:
                places.setdefault(row, []).append(place)
    by_ordinal = {tree.ordinal[row]: row for row in places}
    with contents.again(layer) as members:
        for ordinal, member in enumerate(members):
            row = by_ordinal.pop(ordinal, -1)
            if row >= 0:
                first, *others = places[row]
                target.write(first, members.content(member), tree.mode[row], tree.mtime[row])
                for place in others:
                    target.copy(first, place, tree.mode[row], tree.mtime[row])
                advance(member.stored)
            if not by_ordinal:
                break


def _single_places(made: Plan) -> list[str]:
    return [place for sources in made.sources() if sources.form.folder is None for place in sources.places]


def _unpacked_by_add(target: Target, place: str) -> bool:
    """Whether ADD would take the file for an archive and unpack it."""
    import os

    with open(os.path.join(target.root, place), "rb") as file:
        head = file.read(512)
    return head.startswith(_MAGIC) or head[257:262] == b"ustar"
