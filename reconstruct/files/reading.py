"""An opened image's layers, read into a tree, each with the step that made it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from reconstruct.files.members import Members
from reconstruct.files.quick import scan
from reconstruct.files.tree import Tree
from reconstruct.sources.layers import LayerStream, Opened, Stored, require
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.image import Image
    from reconstruct.syntax import Step

# Called after each layer, with its number (from 1) and the total.
Progress = Callable[[int, int], None]


class Contents:
    """The contents of an image's layers.

    `numbers[i]` is the step (from 1) that made layer i, 0 if none did; `missing` are the layers that the saved
    form doesn't have (foreign ones, say); `stored` are the others.
    """

    def __init__(self, image: Image, steps: Sequence[Step], stored: Sequence[Stored | None]) -> None:
        self.image = image
        self.steps = tuple(steps)
        self.stored = tuple(stored)
        self.tree = Tree()
        self.numbers = [0] * len(self.stored)
        for number, step in enumerate(self.steps, 1):
            if step.layer_index is not None and step.layer_index < len(self.numbers):
                self.numbers[step.layer_index] = number

    @property
    def missing(self) -> list[int]:
        """The layers that the saved form doesn't have, from 0."""
        return [index for index, layer in enumerate(self.stored) if layer is None]

    def step_of(self, layer: int) -> Step | None:
        """The step that made a layer."""
        number = self.numbers[layer]
        return self.steps[number - 1] if number else None

    def layers_of(self, number: int) -> list[int]:
        """The layers of a step, by its number."""
        return [index for index, found in enumerate(self.numbers) if found == number]

    @contextmanager
    def again(self, layer: int) -> Iterator[Members]:
        """A layer's members again, in the order of their ordinals. NotFoundError if the layer is missing."""
        with LayerStream(require(self.stored[layer], layer + 1)) as stream:
            yield Members(stream)


def read(opened: Opened, progress: Progress | None = None, until: int | None = None) -> Contents:
    """Reads the headers of all layers (of the first `until`). Raises UnreadableError if one is broken."""
    from reconstruct import steps

    contents = Contents(opened.image, steps(opened.image), opened.layers)
    count = len(contents.stored) if until is None else until
    with _without_collector():
        for index in range(count):
            _read_layer(contents, index)
            if progress is not None:
                progress(index + 1, count)
    return contents


@contextmanager
def _without_collector() -> Iterator[None]:
    """No search for cycles meanwhile: reading makes none, but so many tuples that the searches take a fifth of its time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _read_layer(contents: Contents, index: int) -> None:
    contents.tree.begin()
    stored = contents.stored[index]
    if stored is None:
        return
    with LayerStream(stored) as stream:
        scan(stream, contents.tree)
