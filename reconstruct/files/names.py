"""Names for the sources of COPY and ADD if history has only a checksum, found from the files in the layer.

A file copied into a directory keeps its name; one copied to a path probably has the path's name. The classic builder's
checksum covers the name: if it matches with a name, that is exact, including the directories above. buildah's covers the
file's new name, not the original, so it proves nothing (buildah, add.go).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations

from reconstruct.builders import registry
from reconstruct.files import checksums
from reconstruct.files.export.copying import resolved
from reconstruct.files.members import FILE, FOLDER, SYMLINK
from reconstruct.files.owners import Owners
from reconstruct.files.reading import Contents
from reconstruct.files.tree import Entry
from reconstruct.record import dataclass, replace
from reconstruct.replay import workdirs
from reconstruct.syntax import Certainty, Copy, Dialect, Note, Step

_LOST_NAMES = "the sources' names"
# Directories where build contexts usually keep such files.
_FOLDERS = (
    "src", "app", "docker", "config", "conf", "etc", "scripts", "script", "bin", "files", "build", "dist", "target", "assets",
    "resources", "rootfs", "root", "deploy", "public", "static", "lib", "context", "docker/rootfs", "image", "container", "out",
    "common", "data", "code", "server", "web", "www", "html", "templates", "site", "api", "backend", "frontend", "package",
    "nginx", ".docker", "docker/nginx",
)  # fmt: skip
# Those of files that are also renamed.
_USUAL_FOLDERS = ("docker", "scripts", "config", "conf", "files", "bin", "build", "nginx", "docker/nginx")
# Limits on the bytes hashed for one step, all names together, and on the number of names.
_MOST_HASHED = 512 << 20
_MOST_NAMES = 256
_MOST_ORDERS = 5040
# Limits on the members of a layer, and on names times members, kept at once.
_MOST_ROWS = 100_000
_MOST_SUMS = 100_000
_MOST_LISTED = 12


@dataclass(frozen=True)
class Named:
    """The sources' names, and their certainty."""

    sources: tuple[str, ...]
    certainty: Certainty
    reason: str


def named(contents: Contents) -> tuple[Step, ...]:
    """The steps, with names for sources known only by checksum and lost owners (owners.py), if the layers show them."""
    steps = list(contents.steps)
    before, layers, owners = workdirs(steps), _layers(steps), Owners(contents)
    for at, step in enumerate(steps):
        instruction, layer = step.instruction, layers[at]
        if isinstance(instruction, Copy) and instruction.checksum and layer is not None:
            found = _names(contents, step, instruction, layer, before[at])
            if found is not None:
                steps[at] = _with(step, instruction, _slashed(found, instruction))
        if isinstance(instruction, Copy) and step.layer_index is not None:
            steps[at] = owners.given(steps[at], before[at])
    return tuple(steps)


def _layers(steps: Sequence[Step]) -> list[int | None]:
    """The layer with each step's files: its own, or the one that a builder made of all steps up to the last."""
    found: list[int | None] = []
    shared = None
    for step in reversed(steps):
        together = registry.of(step.dialect).one_layer_for_all
        if step.layer_index is not None:
            shared = step.layer_index
        elif not together:
            shared = None
        found.append(shared)
    return found[::-1]


def _with(step: Step, copy: Copy, found: Named) -> Step:
    notes = tuple(note for note in step.notes if not note.text.startswith(_LOST_NAMES))
    if found.certainty is not Certainty.EXACT:
        notes = (*notes, Note(found.certainty, f"{_LOST_NAMES}: {found.reason}"))
    certainty = step.certainty
    if certainty is Certainty.LOST and not any(note.certainty is Certainty.LOST for note in notes):
        certainty = found.certainty
    made = replace(copy, sources=found.sources, checksum=None)
    return replace(step, instruction=made, notes=notes, certainty=certainty)


def _slashed(found: Named, copy: Copy) -> Named:
    """A directory's name ends in a slash where the destination does, as most people write it."""
    if not (copy.checksum or "").startswith("dir:") or found.sources == (".",) or not copy.destination.endswith("/"):
        return found
    return replace(found, sources=tuple(f"{name}/" for name in found.sources))


@dataclass(frozen=True)
class _Brought:
    """A layer's contents at a destination: `top` its path, `below` the entries under it by relative path, `file` the single
    file that the destination names."""

    top: str
    below: tuple[tuple[str, Entry], ...]
    file: Entry | None


def _names(contents: Contents, step: Step, copy: Copy, layer: int, workdir: str | None) -> Named | None:
    target = resolved(copy.destination, workdir)
    if target is None or layer >= contents.tree.layers or contents.stored[layer] is None:
        return None
    if len(contents.tree.rows(layer)) > _MOST_ROWS:
        return None
    brought = _brought(contents, layer, target)
    kind, _, digest = (copy.checksum or "").partition(":")
    classic = step.dialect is Dialect.CLASSIC and len(digest) == 64
    exact = _exact(contents, layer, brought, kind, digest) if classic else None
    if exact is not None:
        return Named(exact, Certainty.EXACT, "")
    if kind == "dir" and workdir is not None and brought.top == contents.tree.real(workdir):
        return Named(
            (".",), Certainty.INFERRED, "the context's top, as for most directories that are copied to WORKDIR"
        )
    if kind == "multi" and step.layer_index is None:
        # Other steps may have put files there too.
        return None
    return _inferred(brought, kind)


def _brought(contents: Contents, layer: int, target: str) -> _Brought:
    tree = contents.tree
    top = tree.real(target.rstrip("/") + "/x")[:-2] if target.endswith("/") else tree.real(target)
    top = top or "/"
    below: list[tuple[str, Entry]] = []
    file = None
    for row in tree.rows(layer):
        if tree.ordinal[row] < 0 or tree.kind[row : row + 1] not in (FILE, FOLDER, SYMLINK):
            continue
        entry = tree.entry(row)
        if entry.path == top and entry.kind != FOLDER:
            file = entry
        elif entry.path == top:
            below.append(("", entry))
        elif entry.path.startswith(top.rstrip("/") + "/"):
            below.append((entry.path[len(top.rstrip("/")) + 1 :], entry))
    return _Brought(top, tuple(below), file)


def _files(brought: _Brought) -> list[tuple[str, Entry]]:
    return [(path, entry) for path, entry in brought.below if entry.kind == FILE]


# -- by the checksum -------------------------------------------------------------------------------------------------


def _exact(contents: Contents, layer: int, brought: _Brought, kind: str, digest: str) -> tuple[str, ...] | None:
    if kind == "file":
        return _exact_file(contents, layer, brought, digest)
    if kind == "dir":
        return _exact_folder(contents, layer, brought, digest)
    return _exact_several(contents, layer, brought, digest)


def _exact_file(contents: Contents, layer: int, brought: _Brought, digest: str) -> tuple[str, ...] | None:
    entry = brought.file
    if entry is None:
        files = _files(brought)
        if len(files) != 1 or "/" in files[0][0]:
            return None
        entry = files[0][1]
    name = posixpath.basename(entry.path)
    renamed = _renamed(name)
    wished = [*_paths(name, entry.path), *renamed, *(f"{top}/{each}" for top in _USUAL_FOLDERS for each in renamed)]
    sums = _sums(contents, layer, {entry.row: wished})
    found = next((wish for wish, made in sums.get(entry.row, {}).items() if made == digest), None)
    return (found,) if found is not None else None


def _paths(name: str, destination: str) -> list[str]:
    """Possible paths of a file with this name: at the context's top, at suffixes of its own path, in the usual directories."""
    own = destination.lstrip("/").split("/")
    ends = ["/".join(own[start:]) for start in range(len(own) - 1, -1, -1)]
    tops = [f"{folder}/{end}" for folder in _FOLDERS for end in dict.fromkeys((name, ends[-1]))]
    return list(dict.fromkeys((name, *ends, *tops)))


def _renamed(name: str) -> list[str]:
    """Common renames: scripts lose or get their extension, files of a kind get a plainer name."""
    stem, dot, ending = name.rpartition(".")
    found = [f"{name}.sh", f"docker-{name}", f"{name}.conf", f"{name}.template", f"{name}.default", f"{name}.docker"]
    if dot and stem:
        found += [stem, f"docker.{ending}", f"config.{ending}", f"default.{ending}", f"app.{ending}", f"docker-{name}"]
    if name in ("default.conf", "default"):
        found.append("nginx.conf")
    found += [
        f"{name}.py",
        f"{name}.jar",
        name.lstrip("."),
        f"dot-{name.lstrip('.')}",
        f"app{dot}{ending}" if dot else "app",
    ]
    return [each for each in found if each]


def _exact_folder(contents: Contents, layer: int, brought: _Brought, digest: str) -> tuple[str, ...] | None:
    """A directory: the context's top, or one with a likely name; its own mode is the destination's, or the usual one."""
    below = [(path, entry) for path, entry in brought.below if path]
    top = next((entry for path, entry in brought.below if not path), None)
    name = posixpath.basename(brought.top)
    own = brought.top.strip("/")
    places = list(
        dict.fromkeys(each for each in (".", name, own, *_FOLDERS, *(f"{f}/{name}" for f in _FOLDERS)) if each)
    )
    size = sum(entry.size for _, entry in below) or 1
    places = places[: min(_MOST_NAMES, _MOST_HASHED // size, _MOST_SUMS // (len(below) or 1))]
    wanted = {entry.row: [_join(place, path) for place in places] for path, entry in below}
    sums = _sums(contents, layer, wanted)
    for place in places:
        inner = [sums[entry.row][_join(place, path)] for path, entry in below]
        for own_sum in _own_sums(place, top):
            if checksums.folder([*inner, *own_sum]) == digest:
                return (place,)
    return None


def _own_sums(place: str, top: Entry | None) -> list[list[str]]:
    """The directory's own sum, with its possible modes; the context's top has none."""
    if place == ".":
        return [[]]
    usual = Entry(-1, "", FOLDER, 0o755, 0, 0, 0, 0, "", {}, (0, 0), 0, 0, -1, -1)
    entries = [usual, usual._replace(mode=0o775), *([top] if top is not None else [])]
    return [list(checksums.Sums(entry, [place]).digests().values()) for entry in entries]


def _join(place: str, path: str) -> str:
    return path if place == "." else f"{place}/{path}"


def _exact_several(contents: Contents, layer: int, brought: _Brought, digest: str) -> tuple[str, ...] | None:
    """Several files directly below the destination, from one directory, in any order."""
    files = _files(brought)
    if not 1 < len(files) <= 7 or any("/" in path for path, _ in files):
        return None
    places = (".", *_FOLDERS)
    sums = _sums(contents, layer, {entry.row: [_join(place, path) for place in places] for path, entry in files})
    for place in places:
        found = [(_join(place, path), sums[entry.row].get(_join(place, path))) for path, entry in sorted(files)]
        if any(made is None for _, made in found):
            continue
        for order in _orders(found):
            if checksums.several([f"file:{made}" for _, made in order]) == digest:
                return tuple(name for name, _ in order)
    return None


def _orders(found: Sequence[tuple[str, str | None]]) -> Iterable[Sequence[tuple[str, str | None]]]:
    for number, order in enumerate(permutations(found)):
        if number >= _MOST_ORDERS:
            return
        yield order


def _sums(contents: Contents, layer: int, wanted: Mapping[int, Sequence[str]]) -> dict[int, Mapping[str, str]]:
    """Row → name → sum, in one pass over the layer; for large files only the likeliest names are tried."""
    tree = contents.tree
    size = sum(tree.size[row] for row in wanted) or 1
    most = min(_MOST_NAMES, _MOST_HASHED // size)
    if not most:
        return {}
    by_ordinal = {tree.ordinal[row]: row for row in wanted}
    found: dict[int, Mapping[str, str]] = {}
    with contents.again(layer) as members:
        for ordinal, member in enumerate(members):
            row = by_ordinal.pop(ordinal, -1)
            if row >= 0:
                sums = checksums.Sums(tree.entry(row), wanted[row][:most])
                for piece in members.content(member) if member.kind == FILE else ():
                    sums.update(piece)
                found[row] = sums.digests()
            if not by_ordinal:
                break
    return found


# -- by their places -------------------------------------------------------------------------------------------------


def _inferred(brought: _Brought, kind: str) -> Named | None:
    files = _files(brought)
    if kind == "file":
        if brought.file is not None:
            return Named((posixpath.basename(brought.file.path),), Certainty.INFERRED, "the destination's")
        if len(files) == 1 and "/" not in files[0][0]:
            return Named((files[0][0],), Certainty.INFERRED, "the file in the layer")
        # Many files from one: an archive that ADD unpacked, whose name is unknown.
        return None
    if kind == "dir":
        name = posixpath.basename(brought.top)
        return Named((name or "rootfs",), Certainty.INFERRED, "the destination's")
    if 1 < len(files) <= _MOST_LISTED and all("/" not in path for path, _ in brought.below):
        return Named(tuple(sorted(path for path, _ in files)), Certainty.INFERRED, "the files in the layer")
    return None
