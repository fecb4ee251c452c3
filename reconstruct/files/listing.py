"""What the layers hold, told in one of FORMATS: line by line, as it is found."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module

from reconstruct.files.changes import ADDED, CHANGED, TAKEN, Change, changes
from reconstruct.files.reading import Contents
from reconstruct.record import dataclass
from reconstruct.writer import instruction_text

FORMATS = ("table", "tree", "json", "jsonl", "csv", "mtree")


@dataclass(frozen=True)
class Choice:
    """What of an image is listed: one step (by its number), paths that match a shell pattern (`*` takes `/` too; a pattern
    without a `/` is held against the last name), and of those the `top` largest. None is everything."""

    step: int | None = None
    path: str | None = None
    top: int | None = None

    def matcher(self) -> Callable[[str], bool]:
        """Whether a path is among those asked for."""
        if self.path is None:
            return lambda path: True
        pattern = self.path
        if "/" not in pattern:
            name = re.compile(fnmatch.translate(pattern)).match
            return lambda path: name(path.rpartition("/")[2]) is not None
        whole = re.compile(fnmatch.translate(pattern if pattern.startswith(("/", "*")) else f"/{pattern}")).match
        return lambda path: whole(path) is not None


@dataclass(frozen=True)
class Section:
    """One layer: the step that made it (0 where none tells of it), its text in a Dockerfile, and whether it is at hand."""

    layer: int
    number: int
    text: str
    present: bool


@dataclass(frozen=True)
class Listing:
    """An image's contents and what of them was asked for; `rewritten` as in `changes`."""

    contents: Contents
    choice: Choice
    rewritten: frozenset[int]

    def sections(self) -> Iterator[Section]:
        """The layers asked for, in order."""
        for layer, number in enumerate(self.contents.numbers[: self.contents.tree.layers]):
            if self.choice.step is None or number == self.choice.step:
                step = self.contents.step_of(layer)
                text = instruction_text(step) if step else "a layer that no step tells of"
                yield Section(layer, number, text, self.contents.stored[layer] is not None)

    def changes(self, section: Section) -> Iterable[Change]:
        """The section's changes that were asked for, by path; the largest only where `top` says so."""
        matches = self.choice.matcher()
        found = [
            change for change in changes(self.contents, section.layer, self.rewritten) if matches(change.entry.path)
        ]
        if self.choice.top is None:
            return sorted(found, key=lambda change: change.entry.path.split("/"))
        kept = self._largest()
        return sorted((change for change in found if change.entry.row in kept), key=_by_size)

    def _largest(self) -> frozenset[int]:
        """The rows of the `top` largest files of all sections."""
        import heapq

        assert self.choice.top is not None
        matches = self.choice.matcher()
        every = (
            (change.size, -change.entry.row)
            for section in self.sections()
            for change in changes(self.contents, section.layer, self.rewritten)
            if change.kind != TAKEN and change.size and matches(change.entry.path)
        )
        return frozenset(-row for _, row in heapq.nlargest(self.choice.top, every))


def _by_size(change: Change) -> tuple[int, str]:
    return (-change.size, change.entry.path)


@dataclass(frozen=True)
class Sums:
    """How many files a layer added, changed and removed, and their bytes."""

    added: int = 0
    added_size: int = 0
    changed: int = 0
    changed_size: int = 0
    removed: int = 0
    removed_size: int = 0


def sums(found: Iterable[Change]) -> Sums:
    """The sums of a layer's changes; what is listed again unchanged counts as changed, since it is shipped again."""
    count = dict.fromkeys((ADDED, CHANGED, TAKEN), 0)
    size = dict(count)
    for change in found:
        kind = change.kind if change.kind in count else CHANGED
        count[kind] += change.files
        size[kind] += change.size
    return Sums(count[ADDED], size[ADDED], count[CHANGED], size[CHANGED], count[TAKEN], size[TAKEN])


def render(listing: Listing, form: str) -> Iterator[str]:
    """The lines of the listing in one of FORMATS."""
    module = import_module(f"reconstruct.files.formats.{form}")
    lines: Iterator[str] = module.render(listing)
    return lines
