"""The contents of the layers in one of FORMATS, line by line."""

from __future__ import annotations

import fnmatch
import heapq
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from importlib import import_module

from reconstruct.files.changes import ADDED, CHANGED, TAKEN, Change, changes, statuses
from reconstruct.files.reading import Contents
from reconstruct.record import dataclass
from reconstruct.writer import instruction_text

FORMATS = ("table", "tree", "json", "jsonl", "csv", "mtree")


@dataclass(frozen=True)
class Choice:
    """The part of an image to list: one step (by its number), paths that match a shell pattern (`*` matches `/` too; a pattern
    without a `/` is matched against the base name), and of those the `top` largest. None means everything."""

    step: int | None = None
    path: str | None = None
    top: int | None = None

    def matcher(self) -> Callable[[str], bool]:
        """A function that says whether a path matches."""
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
    """One layer: the step that made it (0 for none), its text in a Dockerfile, and whether it is available."""

    layer: int
    number: int
    text: str
    present: bool


@dataclass(frozen=True)
class Listing:
    """An image's contents and the part to list; `rewritten` as in `changes`."""

    contents: Contents
    choice: Choice
    rewritten: frozenset[int]

    def sections(self) -> Iterator[Section]:
        """The layers to list, in order."""
        for layer, number in enumerate(self.contents.numbers[: self.contents.tree.layers]):
            if self.choice.step is None or number == self.choice.step:
                step = self.contents.step_of(layer)
                text = instruction_text(step) if step else "(no history entry)"
                yield Section(layer, number, text, self.contents.stored[layer] is not None)

    def changes(self, section: Section) -> Iterable[Change]:
        """The section's selected changes, in the order of the layer's tar; with `top`, the largest first."""
        if self.choice.top is not None:
            kept = self._largest.get(section.layer, frozenset())
            found = changes(self.contents, section.layer, self.rewritten, kept)
            return sorted(found, key=lambda change: (-change.size, change.entry.path))
        return self._matching(section.layer)

    def _matching(self, layer: int) -> Iterable[Change]:
        found = changes(self.contents, layer, self.rewritten)
        if self.choice.path is None:
            return found
        matches = self.choice.matcher()
        return (change for change in found if matches(change.entry.path))

    def sums(self, section: Section) -> Sums:
        """The totals of all the section's changes, of which `changes` may be a part."""
        tree = self.contents.tree
        rows = tree.rows(section.layer)
        if self.choice.path is None and tree.fresh(rows):
            implicit = tree.ordinal[rows.start : rows.stop].count(-1)
            return Sums(len(rows) - implicit, sum(tree.size[rows.start : rows.stop]))
        matches = self.choice.matcher() if self.choice.path is not None else None
        count = dict.fromkeys((ADDED, CHANGED, TAKEN), 0)
        size = dict(count)
        for row, status, _ in statuses(tree, section.layer, self.rewritten):
            if matches is not None and not matches(tree.path(tree.node[row])):
                continue
            kind = status if status in count else CHANGED
            files, weight = tree.removed[row] if kind == TAKEN else (1, tree.size[row])
            count[kind] += files
            size[kind] += weight
        return Sums(count[ADDED], size[ADDED], count[CHANGED], size[CHANGED], count[TAKEN], size[TAKEN])

    @cached_property
    def _largest(self) -> dict[int, frozenset[int]]:
        """The rows of the `top` largest files of all sections, by layer."""
        assert self.choice.top is not None
        tree = self.contents.tree
        matches = self.choice.matcher() if self.choice.path is not None else None
        top: list[tuple[int, int]] = []
        least = 0
        for section in self.sections():
            rows = tree.rows(section.layer)
            for row, size in zip(rows, tree.size[rows.start : rows.stop], strict=True):
                if size <= least or (matches is not None and not matches(tree.path(tree.node[row]))):
                    continue
                heapq.heappush(top, (size, -row))
                if len(top) > self.choice.top:
                    heapq.heappop(top)
                    least = top[0][0]
        found: dict[int, set[int]] = {}
        for _, row in top:
            found.setdefault(tree.layer[-row], set()).add(-row)
        return {layer: frozenset(rows) for layer, rows in found.items()}


@dataclass(frozen=True)
class Sums:
    """The numbers of files and directories that a layer added, changed and removed, and their bytes; those listed again
    unchanged count as changed, because they are shipped again."""

    added: int = 0
    added_size: int = 0
    changed: int = 0
    changed_size: int = 0
    removed: int = 0
    removed_size: int = 0


def render(listing: Listing, form: str) -> Iterator[str]:
    """The lines of the listing in one of FORMATS."""
    module = import_module(f"reconstruct.files.formats.{form}")
    lines: Iterator[str] = module.render(listing)
    return lines
