"""A known image, as it is found below another."""

from __future__ import annotations

from reconstruct.record import dataclass
from reconstruct.syntax import Certainty


@dataclass(frozen=True)
class KnownImage:
    """A public image that a history begins with: `entries` of its first entries are that image's.

    `name` is the most telling of its lasting names, `names` all that it had, `name` first; `reason` the evidence in a line;
    `days` the first and the last day (`YYYY-MM-DD`) that it had the name, None if that isn't known. `alternatives` are
    names of other images that it can be as well, one each: their own steps are the same, on another root.
    """

    name: str
    names: tuple[str, ...]
    entries: int
    certainty: Certainty
    reason: str
    days: tuple[str, str] | None = None
    alternatives: tuple[str, ...] = ()
