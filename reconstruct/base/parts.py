"""The size and times of each image of a chain."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.base.evidence import Case
from reconstruct.base.model import Part
from reconstruct.image import Layer
from reconstruct.record import replace
from reconstruct.syntax import Step


def measured(case: Case, below: Sequence[Part], count: int) -> tuple[Part, ...]:
    """The parts, in order, with their first entries, layers, sizes and times; the image's own part (to entry `count`)
    last."""
    steps = [step for step in case.steps if step.index is not None]
    layers = case.image.layers
    found: list[Part] = []
    at = first = layers_below = 0
    for part in (*below, Part(0, count)):
        start = at
        while at < len(steps) and (steps[at].index or 0) < part.entries:
            at += 1
        mine = steps[start:at]
        # Layers without a step are below the step that made the next one; the rest is the image's own.
        until = len(layers) if len(found) == len(below) else _behind(mine, layers_below)
        found.append(_measured(part, first, mine, layers, range(layers_below, until)))
        first, layers_below = part.entries, until
    return tuple(found)


def _behind(steps: Sequence[Step], before: int) -> int:
    """The position after the last layer that the steps made."""
    return max([before, *[step.layer_index + 1 for step in steps if step.layer_index is not None]])


def _measured(part: Part, first: int, steps: Sequence[Step], layers: Sequence[Layer], places: range) -> Part:
    times = [step.entry.created for step in steps if step.entry and step.entry.created]
    # Facts from pairing (a size that only the history has) are in the steps' layers.
    made = [(step.layer_index, step.layer) for step in steps if step.layer is not None]
    learned = dict(made)
    known = [learned.get(place) or layers[place] for place in places]
    known += [layer for place, layer in made if place is None]
    told = all(step.layer_known for step in steps)
    return replace(
        part,
        first=first,
        layers=len(known) if told else None,
        transfer=_sum([layer.compressed_size for layer in known]) if told else None,
        uncompressed=_sum([layer.size for layer in known]) if told else None,
        oldest=times[0] if times else None,
        newest=times[-1] if times else None,
    )


def _sum(sizes: Sequence[int | None]) -> int | None:
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None
