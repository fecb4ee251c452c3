"""History entry ↔ layer: which layer each step made, as far as the saved form shows.

The rule (OCI image spec, config.md, and Docker's): the entries without `empty_layer` pair with the layers in
order. If the counts disagree, the image's own traits decide which ends of the two lists belong together;
anything undecided stays unknown (`Step.layer_known` False) and a note says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconstruct.builders import registry
from reconstruct.builders.makers import squashed_by
from reconstruct.image import HistoryEntry, Image, Layer
from reconstruct.record import dataclass, field, replace
from reconstruct.syntax import (
    Add,
    Certainty,
    Copy,
    Foreign,
    Note,
    RootFilesystem,
    Run,
    Step,
    Workdir,
)

# An empty tar (two zero blocks), plain and as gzipped by Docker: in registries' schema 1 every instruction that
# changed no file has this blob.
EMPTY_DIFF_ID = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
EMPTY_DIGEST = "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4"

_PREFIX = "layer: "


@dataclass()
class _Plan:
    """The layer that each history entry made, and the remarks on it."""

    places: dict[int, int] = field(default_factory=dict)
    unknown: set[int] = field(default_factory=set)
    notes: dict[int, Note] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def pair(steps: Iterable[Step], image: Image) -> tuple[Step, ...]:
    """The steps, in their order, with `layer`, `layer_index` and `layer_known` filled in. Never raises.

    A step without a history entry keeps no layer. Where several steps were read from one entry, the last of
    them gets its layer, so that no size counts twice. Notes about layers start with `layer: ` (see
    `is_layer_note`). An image whose form has sizes per entry but no layers (`docker history`) gives layers of
    which only the size is known, with `layer_index` None.
    """
    return pair_with_notes(steps, image)[0]


def pair_with_notes(steps: Iterable[Step], image: Image) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """The paired steps, and the remarks on the whole image (see `pairing_notes`)."""
    steps = tuple(steps)
    plan = _plan(steps, image)
    last = {step.index: position for position, step in enumerate(steps)}
    # Where layers are known, most steps have none, and nothing to be said about it.
    told = {*plan.places, *plan.unknown, *plan.notes, None} if image.layers else {*last}
    paired = [
        step if step.index not in told and _unpaired(step) else _paired(step, last[step.index] == position, plan, image)
        for position, step in enumerate(steps)
    ]
    return tuple(paired), tuple(plan.remarks)


def pairing_notes(steps: Iterable[Step], image: Image) -> tuple[str, ...]:
    """Remarks on the whole image: counts that disagree, squashed or unrecorded layers. Empty when all is
    well.
    """
    return tuple(_plan(tuple(steps), image).remarks)


def is_layer_note(note: Note) -> bool:
    """Whether a step's note is about its layer (relevant for a report, not for a Dockerfile)."""
    return note.text.startswith(_PREFIX)


def unpaired_layers(steps: Iterable[Step], image: Image) -> tuple[tuple[int, Layer], ...]:
    """The layers, with their positions, that no step of the paired `steps` made: an unrecorded base's,
    say.
    """
    taken = {step.layer_index for step in steps if step.layer_index is not None}
    return tuple((position, layer) for position, layer in enumerate(image.layers) if position not in taken)


def _unpaired(step: Step) -> bool:
    return step.layer is None and step.layer_index is None and step.layer_known


def _paired(step: Step, owner: bool, plan: _Plan, image: Image) -> Step:
    if step.index is None:
        return replace(step, layer=None, layer_index=None, layer_known=True)
    note = plan.notes.get(step.index)
    notes = (*step.notes, note) if note is not None and owner and note not in step.notes else step.notes
    place = plan.places.get(step.index)
    if place is not None and owner:
        made = _sized(image.layers[place], step.entry)
        return replace(step, layer=made, layer_index=place, layer_known=True, notes=notes)
    layer = _size_alone(step.entry, image) if owner else None
    known = step.index not in plan.unknown or layer is not None
    if layer is None and known and notes is step.notes and _unpaired(step):
        return step
    return replace(step, layer=layer, layer_index=None, layer_known=known, notes=notes)


def _sized(layer: Layer, entry: HistoryEntry | None) -> Layer:
    """The layer, with the entry's uncompressed size if only the entry has one."""
    if layer.size is None and entry is not None and entry.size is not None:
        return replace(layer, size=entry.size)
    return layer


def _size_alone(entry: HistoryEntry | None, image: Image) -> Layer | None:
    """For a form without layers but with sizes: a layer with only a size."""
    if image.layers or entry is None or entry.size is None or entry.size <= 0:
        return None
    return Layer(size=entry.size)


def _plan(steps: Sequence[Step], image: Image) -> _Plan:
    plan = _Plan()
    history, layers = image.history, image.layers
    making = [index for index, entry in enumerate(history) if not entry.empty_layer]
    if not layers:
        _without_layers(plan, image, making)
    elif not history:
        plan.remarks.append(f"{_count(len(layers), 'layer')}, no history: their steps are unknown")
    elif len(making) == len(layers):
        plan.places.update(zip(making, range(len(layers)), strict=True))
    else:
        _uneven(plan, steps, image, making)
    _many_in_one(plan, steps, image)
    _other_counts(plan, image)
    return plan


def _without_layers(plan: _Plan, image: Image, making: Sequence[int]) -> None:
    """No layers in the saved form: an entry that may have made one is unknown, unless its size says it
    did.
    """
    plan.unknown.update(making)
    if making and not any(entry.size for entry in image.history):
        plan.remarks.append("no layers are recorded: the steps' layers and sizes are unknown")


def _uneven(plan: _Plan, steps: Sequence[Step], image: Image, making: list[int]) -> None:
    """If the counts disagree: tries one explanation after the other, the likeliest first."""
    plan.remarks.append(
        f"{_count(len(image.layers), 'layer')}, {_count(len(making), 'history entry', 'history entries')} that made one"
    )
    if _without_empty_blobs(plan, image, making) or _one_each(plan, image):
        return
    if len(making) < len(image.layers):
        _fewer_entries(plan, steps, image, making)
    else:
        _fewer_layers(plan, steps, image, making)


def _without_empty_blobs(plan: _Plan, image: Image, making: Sequence[int]) -> bool:
    """Registry schema 1 lists an empty blob for each throw-away entry; the remaining layers pair in order."""
    filled = [
        place
        for place, layer in enumerate(image.layers)
        if layer.digest != EMPTY_DIGEST and layer.diff_id != EMPTY_DIFF_ID
    ]
    if len(filled) != len(making) or not making:
        return False
    plan.places.update(zip(making, filled, strict=True))
    plan.remarks.append(f"{_count(len(image.layers) - len(filled), 'layer')} without content skipped")
    return True


def _one_each(plan: _Plan, image: Image) -> bool:
    """As many layers as entries, flagged empty or not: the flags are wrong, as from some converters."""
    if len(image.layers) != len(image.history):
        return False
    for index, entry in enumerate(image.history):
        plan.places[index] = index
        if entry.empty_layer:
            plan.notes[index] = _inferred("marked as empty, but there are as many layers as history entries")
    plan.remarks.append("as many layers as entries: paired one to one, ignoring empty_layer")
    return True


def _fewer_entries(plan: _Plan, steps: Sequence[Step], image: Image, making: list[int]) -> None:
    """Layers without an entry: at the end if the history starts with the root file system, else at the
    start.
    """
    extra = len(image.layers) - len(making)
    if making and _starts_at_root(steps):
        plan.places.update(zip(making, range(len(making)), strict=True))
        plan.remarks.append(f"the last {_count(extra, 'layer')} assumed to have no history entry")
    else:
        plan.places.update(zip(making, range(extra, len(image.layers)), strict=True))
        plan.remarks.append(f"the first {_count(extra, 'layer')} assumed to be a base image's, without history")
    note = _inferred("paired by position; the numbers of layers and entries differ")
    plan.notes.update(dict.fromkeys(making, note))


def _starts_at_root(steps: Sequence[Step]) -> bool:
    """Whether the first entry added a root file system, so that there is no base without history below it."""
    first = next((step for step in steps if step.index == 0), None)
    if first is None or (first.entry is not None and first.entry.empty_layer):
        return False
    instruction = first.instruction
    if isinstance(instruction, Copy):
        return instruction.destination in ("/", "\\", "C:\\", "c:\\")
    return isinstance(instruction, RootFilesystem)


def _fewer_layers(plan: _Plan, steps: Sequence[Step], image: Image, making: list[int]) -> None:
    """Entries that claim to have made a layer but didn't: those whose instructions change files are kept."""
    for chosen, how in _choices(steps, image, making):
        if len(chosen) == len(image.layers):
            plan.places.update(zip(chosen, range(len(chosen)), strict=True))
            note = _inferred(f"paired with the {how}; the numbers of layers and entries differ")
            plan.notes.update(dict.fromkeys(chosen, note))
            plan.remarks.append(f"layers paired with the {how}")
            return
    foreign = _foreign_start(steps, image, making)
    plan.places.update(foreign)
    for index in foreign:
        plan.notes[index] = _inferred("a foreign layer at the start, like Windows' base layers")
    rest = [index for index in making if index not in foreign]
    if rest and len(image.layers) == len(foreign) + 1:
        # One layer for all: it is complete after the last one.
        plan.places[rest[-1]] = len(image.layers) - 1
        plan.notes[rest[-1]] = _inferred(f"one layer for {len(rest)} entries that should each have one")
        plan.remarks.append("one layer has the changes of several entries")
        return
    plan.unknown.update(rest)
    note = Note(Certainty.LOST, f"{_PREFIX}unknown; fewer layers than entries that should have one")
    plan.notes.update(dict.fromkeys(rest, note))


def _choices(steps: Sequence[Step], image: Image, making: list[int]) -> Iterable[tuple[list[int], str]]:
    """The sets of entries that may have made the layers, each with a description."""
    sized = [index for index in making if image.history[index].size]
    yield sized, "entries that have a size"
    by_index = {step.index: step for step in steps if step.index is not None}
    changing = [index for index in making if index in by_index and _changes_files(by_index[index], workdir=True)]
    yield changing, "instructions that change files"
    yield (
        [index for index in changing if _changes_files(by_index[index], workdir=False)],
        "instructions that change files, without WORKDIR",
    )


def _changes_files(step: Step, *, workdir: bool) -> bool:
    kind = type(step.instruction)
    if kind is Workdir:
        return workdir and registry.of(step.dialect).workdir_layer
    return kind in _CHANGING


_CHANGING = frozenset({Run, Copy, Add, RootFilesystem, Foreign})


def _foreign_start(steps: Sequence[Step], image: Image, making: Sequence[int]) -> dict[int, int]:
    """The foreign layers at the start, paired with the entries of Windows' root file system."""
    places: dict[int, int] = {}
    if not image.layers[0].foreign:
        return places
    roots = {step.index for step in steps if isinstance(step.instruction, RootFilesystem)}
    for place, (index, layer) in enumerate(zip(making, image.layers, strict=False)):
        if not layer.foreign or index not in roots:
            break
        places[index] = place
    return places


def _many_in_one(plan: _Plan, steps: Sequence[Step], image: Image) -> None:
    """Notes if one layer has several steps' changes: a squashed build, or buildah's `--layers=false`."""
    squashes = {index for index in plan.places if squashed_by(image.history[index]) is not None}
    builders = map(registry.of, {step.dialect for step in steps})
    if not squashes and not any(builder.one_layer_for_all for builder in builders):
        return
    pending = 0
    for step in steps:
        index = step.index
        if index is None or not 0 <= index < len(image.history):
            continue
        entry = image.history[index]
        if index not in plan.places:
            pending += entry.empty_layer and _changes_files(step, workdir=False)
            continue
        squashed = index in squashes
        if pending and (squashed or registry.of(step.dialect).one_layer_for_all):
            plan.notes.setdefault(
                index,
                _inferred(f"has the changes of {_count(pending, 'earlier step')} without a layer"),
            )
        if squashed:
            plan.remarks.append("squashed: one layer has the changes of the steps before it")
        pending = 0


def _other_counts(plan: _Plan, image: Image) -> None:
    """Notes if config and manifest have different numbers of layers, and if a layer occurs twice."""
    rootfs = image.raw_config.get("rootfs") if isinstance(image.raw_config, dict) else None
    diff_ids = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    if isinstance(diff_ids, list) and image.layers and len(diff_ids) != len(image.layers):
        plan.remarks.append(f"the config lists {_count(len(diff_ids), 'layer')}, the image has {len(image.layers)}")
    named = [layer.digest or layer.diff_id for layer in image.layers if layer.digest or layer.diff_id]
    if again := len(named) - len(set(named)):
        plan.remarks.append(f"{_count(again, 'layer is', 'layers are')} the same as another layer")


def _inferred(text: str) -> Note:
    return Note(Certainty.INFERRED, _PREFIX + text)


def _count(number: int, noun: str, plural: str | None = None) -> str:
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
