"""What each step becomes in the Dockerfile of an export, and the context files that it needs."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.base import Base
from reconstruct.builders import registry
from reconstruct.files.export import copying
from reconstruct.files.export.copying import Form
from reconstruct.files.export.naming import CONTEXT, Names
from reconstruct.files.members import FOLDER
from reconstruct.files.reading import Contents
from reconstruct.files.tree import OPAQUE, REMOVED
from reconstruct.record import dataclass, field, replace
from reconstruct.replay import workdirs
from reconstruct.syntax import Copy, Foreign, RootFilesystem, Run, Step, Workdir

# The archive of directories.
_FOLDERS = "folders.tar"
# Why a COPY has no sources. An empty file in their place would let the build go on, to an image that lacks what a RUN made of them.
_REMOVED_LATER = (
    "a later step of the same layer removed what it copied, and the image has no copy; a RUN that needs it fails, "
    "unless the files are put back; --frozen builds without them"
)


@dataclass(frozen=True)
class Archive:
    """A layer, or the part of it at or below `under`, as an archive at `place`. `remark` is what the comment above its ADD says is inferred."""

    place: str
    layer: int
    under: str | None = None
    remark: str = ""


@dataclass(frozen=True)
class Sources:
    """The sources of COPY or ADD: a form, and the path of its files (or its directory) in the context. `destination` replaces
    the step's own, if builders differ in how they read that."""

    layer: int
    form: Form
    places: tuple[str, ...]
    destination: str | None = None


@dataclass(frozen=True)
class Treatment:
    """One step: `before` and `after` are archives around its line; `comment`: the line itself is only a comment; `sources`
    replace its own. `workdir` replaces WORKDIR's path. `lost` says what can't be recovered."""

    before: tuple[Archive, ...] = ()
    after: tuple[Archive, ...] = ()
    comment: bool = False
    left_out: bool = False
    sources: Sources | None = None
    workdir: str = ""
    lost: str = ""


@dataclass(frozen=True)
class Part:
    """The only part to write: one step, by its position; or one file, which `sources` copy to `path`."""

    at: int | None = None
    path: str = ""
    sources: Sources | None = None


@dataclass(frozen=True)
class Plan:
    """Treatments by the position of the step; `end` are archives after everything; `first` is the first layer that is the
    image's own, not the base's; `again_run`: RUNs run again. `folders`: the rows of directories whose attributes are corrected
    at the end."""

    base: Base
    first: int
    frozen: bool
    treatments: dict[int, Treatment] = field(default_factory=dict)
    end: tuple[Archive, ...] = ()
    folders: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    again_run: bool = False
    part: Part | None = None

    def archives(self) -> list[Archive]:
        """All archives, in the order of the Dockerfile."""
        found: list[Archive] = []
        for _, treatment in sorted(self.treatments.items()):
            found += [*treatment.before, *treatment.after]
        return [*found, *self.end]

    def sources(self) -> list[Sources]:
        """The sources of COPY and ADD, in the order of the Dockerfile; the single file of `part` last."""
        found = [treatment.sources for _, treatment in sorted(self.treatments.items()) if treatment.sources]
        return [*found, self.part.sources] if self.part and self.part.sources else found


def first_own_layer(contents: Contents, base: Base) -> int:
    """The position after the base's layers."""
    if base.scratch:
        return 0
    layers = contents.image.layers
    if base.image is not None and base.image.layers:
        count = len(base.image.layers)
        mine = [layer.diff_id for layer in layers[:count]]
        if mine == [layer.diff_id for layer in base.image.layers] and None not in mine:
            return count
    below = [step.layer_index for step in contents.steps if _in_base(step, base) and step.layer_index is not None]
    own = [step.layer_index for step in contents.steps if not _in_base(step, base) and step.layer_index is not None]
    if below:
        return max(below) + 1
    return min(own, default=len(layers))


def _in_base(step: Step, base: Base) -> bool:
    return step.index is not None and step.index < base.entries


class Planner:
    """Processes the steps, layer by layer."""

    def __init__(self, contents: Contents, base: Base, frozen: bool) -> None:
        self.contents = contents
        self.tree = contents.tree
        self.base = base
        self.frozen = frozen
        self.first = first_own_layer(contents, base)
        self.names = Names(len(str(max(len(contents.steps), len(contents.stored), 10))))
        # Taken before any source of this name is.
        self.names.take(_FOLDERS, _FOLDERS, folder=False)
        self.treatments: dict[int, Treatment] = {}
        self.end: list[Archive] = []
        self.notes: list[str] = []
        self.again = self._layers_run_again()
        self.workdirs = workdirs(contents.steps)

    # -- which steps run again ---------------------------------------------------------------------------------------

    def _layers_run_again(self) -> set[int]:
        """The layers made by a RUN of the new build, which repeats their removals."""
        if self.frozen:
            return set()
        return {
            layer
            for layer in range(self.first, self.tree.layers)
            if any(isinstance(self.contents.steps[at].instruction, Run) for at in self.group(layer))
        }

    def group(self, layer: int) -> list[int]:
        """The positions of the steps whose changes are in a layer: one, except for builders that make one layer of many."""
        number = self.contents.numbers[layer]
        if not number:
            return []
        owner = self.contents.steps[number - 1]
        found = [number - 1]
        if not registry.of(owner.dialect).one_layer_for_all and not _squashed(owner):
            return found
        for at in range(number - 2, -1, -1):
            step = self.contents.steps[at]
            if step.layer_index is not None or _in_base(step, self.base):
                break
            if isinstance(step.instruction, Copy | Run):
                found.insert(0, at)
        return found

    def wanted(self, row: int) -> bool:
        """Whether a row goes into the context: not if it is removed by a step that doesn't run again."""
        tree = self.tree
        if tree.kind[row : row + 1] in (REMOVED, OPAQUE):
            return False
        gone = tree.gone[row]
        if gone < 0 or gone in self.again:
            return True
        last = tree.current[tree.node[row]]
        return last >= 0 and (tree.kind[last : last + 1] == FOLDER) == (tree.kind[row : row + 1] == FOLDER)

    # -- layers ------------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        """The plan of the whole Dockerfile: every layer above the base, then the own steps that have none."""
        for layer in range(self.first, self.tree.layers):
            self._layer(layer)
        for at, step in enumerate(self.contents.steps):
            if not _in_base(step, self.base) and at not in self.treatments:
                self._without_layer(at, step)
        if self.frozen:
            self._leave_out_workdirs()
        folders = tuple(self._folders()) if self.frozen else ()
        return Plan(
            self.base, self.first, self.frozen, self.treatments, tuple(self.end), folders, tuple(self.notes),
            bool(self.again),
        )  # fmt: skip

    def _layer(self, layer: int) -> None:
        contents = self.contents
        group = self.group(layer)
        if contents.stored[layer] is None:
            self._missing(layer, group)
            return
        if not group:
            self._orphan(layer)
        elif self.frozen or not any(isinstance(contents.steps[at].instruction, Run) for at in group):
            if len(group) > 1:
                self._group_frozen(layer, group)
            else:
                self._one(layer, group[0])
        elif len(group) > 1:
            self._group_run_again(layer, group)
        else:
            self.treatments[group[0]] = Treatment()

    def _missing(self, layer: int, group: Sequence[int]) -> None:
        what = f"layer {layer + 1} is not in the saved form"
        self.notes.append(f"{what}: its files are missing")
        for at in group:
            if isinstance(self.contents.steps[at].instruction, Copy | RootFilesystem | Foreign) or self.frozen:
                self.treatments[at] = Treatment(comment=True, lost=what)

    def _orphan(self, layer: int) -> None:
        """A layer without a step goes before the step that made the next one."""
        archive = self._archive(layer, 0, remark=f"layer {layer + 1}, which has no history entry")
        if archive is None:
            return
        later = [number for number in self.contents.numbers[layer + 1 :] if number]
        if not later:
            self.end.append(archive)
            return
        at = min(later) - 1
        before = self.treatments.get(at, Treatment())
        self.treatments[at] = Treatment(before=(*before.before, archive))

    def _one(self, layer: int, at: int) -> None:
        """A layer made by one step that doesn't run again."""
        step = self.contents.steps[at]
        before = self.treatments.get(at, Treatment()).before
        instruction = step.instruction
        if isinstance(instruction, Copy):
            treatment = self._copy(layer, at, instruction, list(self.tree.rows(layer)))
        elif isinstance(instruction, Workdir) and self._is_folder_of(layer, at):
            treatment = Treatment()
        else:
            archive = self._archive(layer, at + 1)
            replaced = isinstance(instruction, RootFilesystem | Foreign)
            treatment = Treatment(
                after=(archive,) if archive else (), comment=isinstance(instruction, Run), left_out=replaced
            )
        self.treatments[at] = Treatment(
            before=before,
            after=treatment.after,
            comment=treatment.comment,
            left_out=treatment.left_out,
            sources=treatment.sources,
        )

    def _is_folder_of(self, layer: int, at: int) -> bool:
        """Whether a layer only has the directory that WORKDIR made, as WORKDIR makes it."""
        path = self.workdirs[at + 1]
        if path is None:
            return False
        rows = [row for row in self.tree.rows(layer) if self.tree.ordinal[row] >= 0]
        return all(
            self.tree.kind[row : row + 1] == FOLDER
            and f"{path.rstrip('/')}/".startswith(self.tree.path(self.tree.node[row]).rstrip("/") + "/")
            and (self.tree.before[row] < 0 or not self.tree.differences(row))
            and (self.frozen or self.tree.before[row] >= 0 or self._like_workdir(row))
            for row in rows
        )

    def _like_workdir(self, row: int) -> bool:
        tree = self.tree
        return (tree.mode[row], tree.uid[row], tree.gid[row], row in tree.xattrs) == (0o755, 0, 0, False)

    def _copy(self, layer: int, at: int, copy: Copy, rows: list[int]) -> Treatment:
        """A COPY or ADD as such, if it can reproduce the layer; else as an archive."""
        target = self._target(at, copy)
        found = None
        if target is not None and all(self._stays(row) for row in rows):
            found = copying.form(self.tree, rows, copy, target)
        if found is not None:
            # The classic builder refuses what leads above the root, and buildah doesn't.
            upwards = ".." in copy.destination.split("/")
            plain = copying.resolved(copy.destination, self.workdirs[at]) if upwards else None
            return Treatment(sources=replace(self.placed(layer, at + 1, found), destination=plain))
        archive = self._archive(layer, at + 1)
        return Treatment(after=(archive,) if archive else (), comment=True)

    def _stays(self, row: int) -> bool:
        """Whether COPY can provide a row: it is wanted, and nothing later or earlier at its path interferes."""
        tree = self.tree
        if not self.wanted(row):
            return False
        return not self.frozen or tree.before[row] < 0 or tree.kind[row : row + 1] == FOLDER

    def _target(self, at: int, copy: Copy) -> str | None:
        path = copying.resolved(copy.destination, self.workdirs[at])
        if path is None:
            return None
        if path.endswith("/"):
            return self.tree.real(path + "x").removesuffix("x")
        return self.tree.real(path)

    def placed(self, layer: int, number: int, found: Form) -> Sources:
        """Assigns unique paths in the context to a layer's form; `number` is the step's, from 1."""
        label = self.names.label(number, layer)
        if found.folder is not None:
            return Sources(layer, found, (self.names.take(found.folder, label, folder=True),))
        return Sources(layer, found, tuple(self.names.take(wished, label, folder=False) for wished, _ in found.files))

    def _archive(self, layer: int, number: int, under: str | None = None, remark: str = "") -> Archive | None:
        """The archive of a layer; None if nothing of it is wanted."""
        if not any(self.wanted(row) for row in self.tree.rows(layer) if self.tree.ordinal[row] >= 0):
            return None
        name = f"{self.names.label(number, layer)}.tar"
        return Archive(self.names.take(name, name, folder=False), layer, under, remark)

    # -- one layer of many steps -------------------------------------------------------------------------------------

    def _group_frozen(self, layer: int, group: Sequence[int]) -> None:
        archive = self._archive(layer, self.contents.numbers[layer])
        for at in group:
            step = self.contents.steps[at]
            last = at == group[-1]
            self.treatments[at] = Treatment(
                after=(archive,) if last and archive else (),
                comment=isinstance(step.instruction, Copy | Run),
                left_out=isinstance(step.instruction, Foreign | RootFilesystem),
            )

    def _group_run_again(self, layer: int, group: Sequence[int]) -> None:
        """RUNs among them run again: each COPY gets the files at its destination, in the layer's final state."""
        taken: set[int] = set()
        for at in group:
            step = self.contents.steps[at]
            instruction = step.instruction
            if not isinstance(instruction, Copy):
                self.treatments[at] = Treatment(left_out=isinstance(instruction, Foreign))
                if isinstance(instruction, Run):
                    # It may change what was copied, and a later COPY of the same puts that back.
                    taken.clear()
                continue
            target = self._target(at, instruction)
            rows = self._below(layer, target) if target is not None else []
            fresh = [row for row in rows if row not in taken]
            taken.update(rows)
            if not fresh:
                unknown = "its destination is unknown" if target is None else _REMOVED_LATER
                lost = "" if rows else unknown
                self.treatments[at] = Treatment(comment=True, lost=lost)
                continue
            treatment = self._copy(layer, at, instruction, fresh)
            if treatment.sources is None:
                archive = self._archive(layer, at + 1, under=(target or "/").rstrip("/") or "/")
                treatment = Treatment(after=(archive,) if archive else (), comment=True)
            self.treatments[at] = treatment
        self.notes.append(
            f"layer {layer + 1} has the changes of {len(group)} steps: the files that COPY added are as the later steps left them, "
            "without those that they removed; --frozen needs none of them"
        )

    def _below(self, layer: int, target: str) -> list[int]:
        top = target.rstrip("/") or "/"
        found = []
        for row in self.tree.rows(layer):
            path = self.tree.path(self.tree.node[row])
            if path == top or path.startswith(top.rstrip("/") + "/"):
                found.append(row)
        return found

    # -- steps without a layer ---------------------------------------------------------------------------------------

    def _without_layer(self, at: int, step: Step) -> None:
        if isinstance(step.instruction, Run):
            self.treatments[at] = Treatment(comment=self.frozen)
        elif isinstance(step.instruction, Copy):
            # It changed nothing, or its layer is unknown.
            lost = "" if step.layer_known else "its layer is unknown"
            self.treatments[at] = Treatment(comment=True, lost=lost)
        elif isinstance(step.instruction, RootFilesystem):
            self.treatments[at] = Treatment(left_out=True, lost="" if step.layer_known else "its layer is unknown")

    # -- working directories -----------------------------------------------------------------------------------------

    def _leave_out_workdirs(self) -> None:
        """WORKDIRs whose directory a later step removed become comments, since they would make it again. The paths of the
        steps after them become absolute. The last one is the image's setting, and stays."""
        steps = self.contents.steps
        places = [
            at
            for at, step in enumerate(steps)
            if isinstance(step.instruction, Workdir) and not _in_base(step, self.base)
        ]
        gone = [at for at in places if self._is_gone(self.workdirs[at + 1])]
        if gone and gone[-1] == places[-1]:
            gone.pop()
            self.notes.append(
                f"WORKDIR {self.workdirs[places[-1] + 1]}: the image has no such directory; builders make it"
            )
        for at in range(gone[0] if gone else len(steps), len(steps)):
            treatment = self.treatments.get(at, Treatment())
            instruction, path = steps[at].instruction, self.workdirs[at + 1]
            if at in gone:
                treatment = replace(treatment, comment=True)
            elif isinstance(instruction, Workdir) and path is not None:
                treatment = replace(treatment, workdir=path)
            elif isinstance(instruction, Copy) and treatment.sources is not None:
                plain = copying.resolved(instruction.destination, self.workdirs[at])
                treatment = replace(treatment, sources=replace(treatment.sources, destination=plain))
            self.treatments[at] = treatment

    def _is_gone(self, path: str | None) -> bool:
        """Whether the image has no directory at a path; False if the path is unknown."""
        return path is not None and path != "/" and self.tree.find(self.tree.real(path)) is None

    # -- folders -----------------------------------------------------------------------------------------------------

    def _folders(self) -> list[int]:
        """The directories of the image's own layers in their final state; none if nothing could have changed them."""
        tree = self.tree
        rows = [row for row in tree.walk() if tree.kind[row : row + 1] == FOLDER and tree.ordinal[row] >= 0]
        return [row for row in rows if tree.layer[row] >= self.first]


def _squashed(step: Step) -> bool:
    return isinstance(step.instruction, Foreign) and step.layer_index is not None and not step.raw


def archive_place(plan: Plan) -> str:
    """The path of the archive of directories."""
    return f"{CONTEXT}/{_FOLDERS}"
