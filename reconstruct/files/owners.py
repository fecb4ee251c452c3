"""The owner that COPY gave its files, where the builder records no `--chown`: BuildKit before 0.9, and buildah.

What comes from the build context belongs to root without it, so another owner of all files in the step's layer is its value.
Other stages' files keep theirs, so a source that starts at a root says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from reconstruct.errors import ReconstructError
from reconstruct.files.export.copying import resolved
from reconstruct.files.find import find
from reconstruct.files.members import FILE, FOLDER, SYMLINK
from reconstruct.files.reading import Contents
from reconstruct.record import dataclass, field, replace
from reconstruct.syntax import Add, Certainty, Copy, Dialect, Note, Step

_REASON = "--chown: the owner of the files in the layer; the builder doesn't record it"
_SILENT = (Dialect.BUILDKIT, Dialect.BUILDAH)
# A layer with more rows isn't looked through; files of accounts that are larger aren't read.
_MOST_ROWS = 100_000
_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class _Accounts:
    """ID → name, of plain lines only, and the layer that wrote them last."""

    layer: int = 0
    names: Mapping[int, str] = field(default_factory=dict)


class Owners:
    """Gives steps their `--chown`. `contents` are the image's."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents

    def given(self, step: Step, workdir: str | None) -> Step:
        """The step, with `--chown` if its layer shows that it had one."""
        copy = step.instruction
        if not isinstance(copy, Copy) or isinstance(copy, Add) or step.dialect not in _SILENT:
            return step
        if "chown" in dict(copy.flags) or any(source.startswith("/") for source in copy.sources):
            return step
        layer = step.layer_index
        owner = self._owner(layer, resolved(copy.destination, workdir))
        if owner is None or layer is None:
            return step
        made = replace(copy, flags=(("chown", self._named(*owner, layer)), *copy.flags))
        return replace(step, instruction=made, notes=(*step.notes, Note(Certainty.INFERRED, _REASON)))

    def _owner(self, layer: int | None, target: str | None) -> tuple[int, int] | None:
        """The one owner of what the layer put at the target, if that isn't root."""
        contents, tree = self._contents, self._contents.tree
        if layer is None or target is None or layer >= tree.layers or contents.stored[layer] is None:
            return None
        rows = tree.rows(layer)
        if len(rows) > _MOST_ROWS:
            return None
        top = tree.real(target.rstrip("/") or "/").rstrip("/")
        owners = set()
        for row in rows:
            kind, path = tree.kind[row : row + 1], tree.path(tree.node[row])
            if (
                tree.ordinal[row] < 0
                or kind not in (FILE, FOLDER, SYMLINK)
                or (kind == FOLDER and tree.before[row] >= 0)
            ):
                continue
            if path == top or path.startswith(f"{top}/"):
                owners.add((tree.uid[row], tree.gid[row]))
        return owners.pop() if len(owners) == 1 and owners != {(0, 0)} else None

    def _named(self, uid: int, gid: int, layer: int) -> str:
        """`user:group` as most people write it, if the image had both accounts before that layer; else the numbers."""
        user = self._users.names.get(uid) if self._users.layer < layer else None
        group = self._groups.names.get(gid) if self._groups.layer < layer else None
        return f"{user}:{group}" if user and group else f"{uid}:{gid}"

    @cached_property
    def _users(self) -> _Accounts:
        return self._accounts("/etc/passwd")

    @cached_property
    def _groups(self) -> _Accounts:
        return self._accounts("/etc/group")

    def _accounts(self, path: str) -> _Accounts:
        tree = self._contents.tree
        try:
            found = find(self._contents, path)
            if tree.size[found.row] > _MOST_BYTES:
                return _Accounts()
            lines = b"".join(found.content()).decode("utf-8", "replace").splitlines()
        except ReconstructError:
            return _Accounts()
        result: dict[int, str] = {}
        for name, _, number, *_ in (line.split(":") for line in lines if line.count(":") > 2):
            if number.isascii() and number.isdigit() and len(number) < 11 and _is_plain(name):
                result.setdefault(int(number), name)
        return _Accounts(tree.layer[found.row], result)


def _is_plain(name: str) -> bool:
    return name.isascii() and name.replace("-", "").replace("_", "").isalnum()
