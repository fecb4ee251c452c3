"""A known image found as a base."""

from __future__ import annotations

from reconstruct.record import dataclass
from reconstruct.syntax import Certainty


@dataclass(frozen=True)
class KnownImage:
    """A public image at the start of a history: the first `entries` entries are that image's.

    `name` is the most specific of its lasting names, `names` all that it had, `name` first; `reason` the evidence in a line;
    `days` the first and the last day (`YYYY-MM-DD`) that it had the name, None if unknown. `alternatives` are
    names of other images that it may be, one each: their own steps are the same, on another root.
    """

    name: str
    names: tuple[str, ...]
    entries: int
    certainty: Certainty
    reason: str
    days: tuple[str, str] | None = None
    alternatives: tuple[str, ...] = ()
