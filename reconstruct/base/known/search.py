"""Finds known images in a history: sequences of steps in the data, each starting at the beginning or where another ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconstruct import pattern
from reconstruct.base.known import families
from reconstruct.base.known.canonical import LIGHTEST, START, WIDTH, follow, particulars, shape
from reconstruct.base.known.families import may_be_version
from reconstruct.base.known.store import MOST_BITS, Group, Store
from reconstruct.record import dataclass
from reconstruct.syntax import Arg, Env, Step
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.base.known.chain import Root

_SETTING = pattern.compile(r"(?:^| )([A-Z][A-Z0-9_]*)=(\S*)")
# No chain of known images has more entries; later ones aren't examined.
MOST_STEPS = 400
_MOST_STARTS = 40


@dataclass(frozen=True)
class Match:
    """The steps from `start` to before `end` are an image's own; `group` are its possible listings.

    `shaped`: only the shape of its steps matches; the version is newer than the data.
    """

    start: int
    end: int
    group: Group
    shaped: bool = False


class Search:
    """One search through a history, whose steps have these `texts` (canonical.texts). `roots` are those that may be below, by
    where they end."""

    def __init__(self, steps: Sequence[Step], texts: Sequence[str], roots: Mapping[int, Root], store: Store) -> None:
        self.steps, self.texts, self.store = steps, texts, store
        self._shapes: list[str] = []
        self._variables: list[Mapping[str, str]] = []
        # The last step that sets what may be a version; no newer version's own steps begin behind it.
        self._last_version: int | None = None
        self._roots = roots
        # The images that end at an entry, and the names of what does; complete once the search has come to that entry.
        self._ending: dict[int, list[Match]] = {}
        self._names: dict[int, list[str]] = {}

    def matches(self) -> list[Match]:
        """Every sequence of steps that an image of the data adds to another, by where it starts."""
        waiting = sorted({0, *self._roots})
        done: set[int] = set()
        found: list[Match] = []
        while waiting and len(done) < _MOST_STARTS:
            start = waiting.pop(0)
            if start in done or start >= len(self.texts):
                continue
            done.add(start)
            for match in list(self._exact(start)) or self._shaped(start):
                found.append(match)
                self._ending.setdefault(match.end, []).append(match)
                waiting.append(match.end)
            waiting.sort()
        return found

    def _below(self, start: int) -> list[str]:
        """The possible names of the root or the image that ends where another starts."""
        if start not in self._names:
            names = self._roots[start].names if start in self._roots else []
            for match in self._ending.get(start, ()):
                below = set(self._below(match.start))
                for one in match.group.on(below) or match.group.listings:
                    names += one.names
            self._names[start] = names
        return self._names[start]

    def _exact(self, start: int) -> Iterator[Match]:
        value = follow(START, self.texts[start])
        mask = self.store.lengths(value[:WIDTH]) & _possible(len(self.texts) - start)
        if not mask:
            return
        most = mask.bit_length() - 1
        for length, text in enumerate(self.texts[start : start + (most if most < MOST_BITS else MOST_STEPS)], 1):
            if length > 1:
                value = follow(value, text)
            if mask >> min(length, MOST_BITS) & 1:
                group = self.store.group(value[:WIDTH])
                if group is not None and start == 0:
                    group = self._from_scratch(length, group)
                if group is not None:
                    yield Match(start, start + length, group)

    def _from_scratch(self, length: int, group: Group) -> Group | None:
        """The possible images built from scratch: with an archive and a command, only the archive's name counts."""
        if sum(len(text) for text in self.texts[:length] if not text.startswith(("COPY ", "ADD "))) >= LIGHTEST:
            return group
        _, sources = particulars(self.steps[:length])
        same = [one for one in group.listings if one.sources == sources] if sources is not None else []
        return Group(listings=same) if same else None

    def _shaped(self, start: int) -> list[Match]:
        """The longest sequence with a known shape and a version, else the first that ends like a known family."""
        if start not in self._roots and start not in self._ending:
            return []
        if self._last_version is None:
            # Later starts come later, so none needs to know of what is before this one.
            self._last_version = self._version_after(start)
        if start > self._last_version:
            return []
        if not self._shapes:
            self._shapes = [shape(step, text) for step, text in zip(self.steps, self.texts, strict=True)]
            self._variables = [_sets(step) for step in self.steps]
        for end, known in (
            *reversed(families.shaped(self._shapes, start, self.store)),
            *families.ended(self._shapes, start, self._variables, self.store),
        ):
            variables = {name: value for step in self._variables[start:end] for name, value in step.items()}
            listings = families.listings(known, variables, self._below(start))
            if listings:
                return [Match(start, end, Group(listings=listings), shaped=True)]
        return []

    def _version_after(self, start: int) -> int:
        """The last step from `start` on that sets what may be a version, -1 if none does."""
        for place in range(len(self.steps) - 1, start - 1, -1):
            if any(map(may_be_version, _sets(self.steps[place]).values())):
                return place
        return -1


def _possible(left: int) -> int:
    """The mask of the numbers of steps that an image can have of the `left` ones."""
    return (2 << min(left, MOST_BITS)) - 1


_NOTHING: Mapping[str, str] = {}


def _sets(step: Step) -> Mapping[str, str]:
    """The variables that a step sets, including those after a boundary that the config doesn't confirm."""
    if not isinstance(step.instruction, (Env, Arg)):
        return _NOTHING
    text = " ".join(f"{pair.key}={pair.value or ''}" for pair in step.instruction.pairs)
    return {**dict(_SETTING.findall(text)), **{pair.key: pair.value or "" for pair in step.instruction.pairs}}
