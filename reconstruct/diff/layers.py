"""Layers and sizes: what is shared byte for byte, what was rebuilt, what grew."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.diff.model import Layers, LayerStatus, Side, Sizes, Status, StepDifference
from reconstruct.image import Layer
from reconstruct.syntax import Step

KINDS = ("uncompressed", "compressed")

# Steps with meaningful layers. WORKDIR's have only a directory's time, those of settings nothing.
FILE_STEPS = frozenset({"RUN", "COPY", "ADD", "FOREIGN"})


def same_layer(old: Layer, new: Layer) -> bool | None:
    """Whether two layers are the same byte for byte; None if no digest of one kind is known on both sides."""
    if old.diff_id and new.diff_id:
        return old.diff_id == new.diff_id
    if old.digest and new.digest:
        # Different blobs may be the same tar, compressed twice; only equality is conclusive.
        return True if old.digest == new.digest else None
    return None


def shared_prefix(old: Sequence[Layer], new: Sequence[Layer]) -> int:
    """The number of layers at the bottom that are the same byte for byte."""
    count = 0
    for before, after in zip(old, new, strict=False):
        if not same_layer(before, after):
            break
        count += 1
    return count


def layer_status(old: Step, new: Step) -> LayerStatus:
    """How the layers of two aligned steps compare, by digest; UNKNOWN if only one of them has a layer."""
    if old.layer is None and new.layer is None:
        return LayerStatus.NONE if old.layer_known and new.layer_known else LayerStatus.UNKNOWN
    if old.layer is None or new.layer is None:
        # The classic builder omits the layer of a RUN that changed nothing; others write an empty one.
        return LayerStatus.UNKNOWN
    same = same_layer(old.layer, new.layer)
    return LayerStatus.UNKNOWN if same is None else LayerStatus.SAME if same else LayerStatus.DIFFERS


def compare_layers(
    old: Side, new: Side, rows: Sequence[StepDifference], *, comparable: bool, explained: bool
) -> Layers:
    """Where the cache broke. `explained` says that base or build arguments differ, which rebuilds everything.

    `comparable`: one builder made both; layers of two builders never are the same byte for byte.
    """
    known = {layer.diff_id or layer.digest for layer in old.image.layers} - {None}
    shared = sum(1 for layer in new.image.layers if (layer.diff_id or layer.digest) in known)
    rebuilt = tuple(
        index
        for index, row in enumerate(rows)
        if row.status in (Status.SAME, Status.MOVED)
        and row.layer is LayerStatus.DIFFERS
        and row.keyword in FILE_STEPS
        and not row.base
    )
    counts = shared, len(old.image.layers), len(new.image.layers)
    if not comparable or not rebuilt:
        return Layers(*counts)
    first = rebuilt[0]
    explained = explained or any(row.status is not Status.SAME for row in rows[:first])
    return Layers(*counts, first, explained, rebuilt)


def size_kind(old: Side, new: Side) -> str | None:
    """The kind of size known for most steps on both sides; kinds are never mixed."""
    best, kind = 0, None
    for candidate in KINDS:
        count = min(
            sum(1 for step in side.steps if size_of(step, candidate) is not None and step.layer) for side in (old, new)
        )
        if count > best:
            best, kind = count, candidate
    return kind


def size_of(step: Step, kind: str | None) -> int | None:
    """A step's bytes: 0 if it made no layer, None if its size is unknown."""
    if step.layer is None:
        return 0 if step.layer_known else None
    return step.layer.size if kind == "uncompressed" else step.layer.compressed_size if kind else None


def row_size(steps: Sequence[Step], positions: Sequence[int], kind: str | None) -> int | None:
    """The bytes of the steps at these positions together, sizes of one kind; None if one of them is unknown."""
    sizes = [size_of(steps[position], kind) for position in positions]
    known = [size for size in sizes if size is not None]
    return sum(known) if known and len(known) == len(sizes) else None


def compare_sizes(old: Side, new: Side, rows: Sequence[StepDifference], kind: str | None) -> Sizes:
    """Totals over all layers, None if one layer's size isn't known; the three rows that matter most."""
    if kind is None:
        return Sizes()
    growth = [(index, growth_of(row)) for index, row in enumerate(rows)]
    ranked = sorted((item for item in growth if item[1]), key=lambda item: -abs(item[1]))
    largest = tuple(index for index, _ in ranked[:3])
    return Sizes(kind, _total(old, kind), _total(new, kind), largest)


def growth_of(row: StepDifference) -> int:
    """The number of bytes by which the row grew (negative: shrank); 0 if a side is unknown."""
    before, after = row.size
    if (row.old and before is None) or (row.new and after is None):
        return 0
    return (after or 0) - (before or 0)


def _total(side: Side, kind: str) -> int | None:
    layers = side.image.layers or tuple(step.layer for step in side.steps if step.layer is not None)
    sizes = [layer.size if kind == "uncompressed" else layer.compressed_size for layer in layers]
    known = [size for size in sizes if size is not None]
    return sum(known) if layers and len(known) == len(sizes) else None
