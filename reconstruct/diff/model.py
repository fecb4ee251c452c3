"""The result of a comparison of two builds: plain frozen data for the renderers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from reconstruct.record import dataclass
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.image import Image
    from reconstruct.syntax import Step


class Status(StrEnum):
    """What became of a step. A split step has one old and several new steps, a merged one the reverse."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    SPLIT = "split"
    MERGED = "merged"


class LayerStatus(StrEnum):
    """How the layers of an aligned step compare: `none` if neither made one, `unknown` if one is unknown."""

    SAME = "same"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    NONE = "none"


class BaseStatus(StrEnum):
    """How the bases compare: `newer` and `older` mean the same name or recipe with other contents."""

    SAME = "same"
    NEWER = "newer"
    OLDER = "older"
    REBUILT = "rebuilt"
    ANOTHER = "another"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Words:
    """A stretch of a line: `op` is `same`, `removed` or `added`."""

    op: str
    text: str


@dataclass(frozen=True)
class LineEdit:
    """One line of a RUN: only in the old text (`new` None), only in the new, in both, or changed (see `words`)."""

    old: str | None
    new: str | None
    words: tuple[Words, ...] = ()

    @property
    def same(self) -> bool:
        """Whether the line is on both sides, unchanged."""
        return self.old is not None and self.new is not None and not self.words


@dataclass(frozen=True)
class Change:
    """One difference inside a step or a config: the `field`, the `key` in it, and both values.

    None means absent. `lines` are given for a text of several words, in the layout's lines.
    """

    field: str
    key: str | None = None
    old: str | None = None
    new: str | None = None
    lines: tuple[LineEdit, ...] = ()


@dataclass(frozen=True)
class StepDifference:
    """One row of the alignment. `old` and `new` are positions in the sides' steps.

    `follows` is the row (an index into `Difference.steps`) whose change fully explains this one: a later value
    that contains the changed one. `size` is (old, new) bytes of the row's layers, in the comparison's kind of size.
    `block` numbers the moved rows: one number for steps that moved together. `hidden` rows were left out on request.
    """

    status: Status
    old: tuple[int, ...] = ()
    new: tuple[int, ...] = ()
    changes: tuple[Change, ...] = ()
    layer: LayerStatus = LayerStatus.NONE
    follows: int | None = None
    base: bool = False
    size: tuple[int | None, int | None] = (None, None)
    keyword: str = ""
    block: int | None = None
    hidden: bool = False


@dataclass(frozen=True)
class ConfigChange:
    """A difference of the config in force. `explained` is `step` (`step` is the row), `base`, or `none`."""

    field: str
    key: str | None
    old: str | None
    new: str | None
    step: int | None = None
    explained: str = "none"


@dataclass(frozen=True)
class Side:
    """One of the two images: its steps and what identifies it."""

    image: Image
    steps: tuple[Step, ...]
    name: str
    builder: str
    platform: str
    created: datetime | None


@dataclass(frozen=True)
class BaseDifference:
    """The bases: names and digests as far as known, the layers at the bottom shared byte for byte, and the dates."""

    status: BaseStatus
    old_name: str | None = None
    new_name: str | None = None
    old_digest: str | None = None
    new_digest: str | None = None
    old_date: datetime | None = None
    new_date: datetime | None = None
    shared_layers: int = 0
    detail: str = ""


@dataclass(frozen=True)
class Layers:
    """The layers: how many both sides share byte for byte, and the first row with equal text and another layer.

    `cache_broke` is that row (None if there is none), `explained` whether a changed step or base before it explains
    it. `rebuilt` are all rows with equal text and another layer.
    """

    shared: int = 0
    old: int = 0
    new: int = 0
    cache_broke: int | None = None
    explained: bool = True
    rebuilt: tuple[int, ...] = ()


@dataclass(frozen=True)
class Sizes:
    """Totals in bytes, all of one `kind` (`uncompressed`, `compressed`), and the rows that grew or shrank most."""

    kind: str | None = None
    old: int | None = None
    new: int | None = None
    largest: tuple[int, ...] = ()


@dataclass(frozen=True)
class Times:
    """Seconds from the first to the last step built on the base, and the rows whose own time changed most.

    `gaps` are (row, old seconds, new seconds).
    """

    old: float | None = None
    new: float | None = None
    gaps: tuple[tuple[int, float | None, float | None], ...] = ()


@dataclass(frozen=True)
class Difference:
    """The result of a comparison. `notes` say what is unknown, and why.

    `untold` says why the steps couldn't be compared at all (then there are no rows), or not completely; empty if they were.
    `partial`: aspects were left out on request, so finding no difference isn't a verdict on the builds.
    """

    old: Side
    new: Side
    base: BaseDifference
    steps: tuple[StepDifference, ...]
    config: tuple[ConfigChange, ...]
    arguments: tuple[Change, ...]
    layers: Layers
    sizes: Sizes
    times: Times
    notes: tuple[str, ...] = ()
    cost: int = 0
    untold: str = ""
    partial: bool = False

    def __repr__(self) -> str:
        verdict = "different" if self.different else "the same"
        return (
            f"<Difference of {self.old.name!r} and {self.new.name!r}: {verdict}, {len(self.step_changes)} steps differ>"
        )

    def to_dict(self) -> dict[str, Any]:
        """What `reconstruct diff --format json` prints; `reconstruct diff --schema` describes it."""
        from reconstruct.diff.render.as_json import document

        return document(self)

    @property
    def step_changes(self) -> tuple[StepDifference, ...]:
        """The rows that aren't `same`, without the base's."""
        return tuple(row for row in self.steps if row.status is not Status.SAME and not row.base and not row.hidden)

    @property
    def different(self) -> bool:
        """Whether the builds differ; times, IDs, sizes and the builder's name don't count."""
        return bool(
            self.step_changes
            or self.config
            or self.arguments
            or self.base.status not in (BaseStatus.SAME, BaseStatus.UNKNOWN)
            or not self.layers.explained
            or self._other_layers
        )

    @property
    def _other_layers(self) -> bool:
        """Whether the layers differ, if only they can be compared: no steps were compared, and both sides have layers."""
        layers = self.layers
        return bool(self.untold and not self.steps and layers.old and layers.new) and not (
            layers.old == layers.new == layers.shared
        )
