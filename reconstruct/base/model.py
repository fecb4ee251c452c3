"""What is told of the images below: one base for FROM, the chain that it is the end of, and what each piece of evidence says."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from reconstruct.image import Image
from reconstruct.record import dataclass, field
from reconstruct.syntax import Certainty


class Source(StrEnum):
    """Where a statement about a base comes from, the strongest first."""

    GIVEN = "given"
    PROVENANCE = "provenance"
    BUILDAH = "buildah"
    LABELS = "labels"
    CATALOGUE = "catalogue"
    KNOWN = "known"
    MARKS = "marks"
    HISTORY = "history"
    NONE = "none"

    @property
    def rank(self) -> int:
        """0 for the strongest."""
        return _RANKS[self]

    @property
    def recorded(self) -> bool:
        """Whether the image itself names the base, not just something that looks like it."""
        return self in (Source.PROVENANCE, Source.BUILDAH, Source.LABELS)


_RANKS = {source: rank for rank, source in enumerate(Source)}


@dataclass(frozen=True)
class Claim:
    """What one piece of evidence says about one image below.

    `entries`: how many of the first history entries are that image's, None if the evidence doesn't say; `within` is
    then the most it can be. `name` is None for a border alone. `names` are further names. `weight`, of a border alone, is
    how many signs speak for it, `timed` whether the
    entries' times are among them. `contradicted` says what in the image speaks against it. `alternatives` are names of other
    images that the evidence fits just as well.
    """

    source: Source
    reason: str
    name: str | None = None
    entries: int | None = None
    certainty: Certainty = Certainty.INFERRED
    names: tuple[str, ...] = ()
    digest: str | None = None
    image: Image | None = None
    within: int | None = None
    weight: float = 0.0
    timed: bool = False
    contradicted: str = ""
    alternatives: tuple[str, ...] = ()

    @property
    def possible(self) -> tuple[str, ...]:
        """Every name that the evidence allows: those of the image, and of others that it can be as well."""
        return (self.name or "", *self.names, *self.alternatives)


@dataclass(frozen=True)
class Base:
    """The base image. `entries`: how many of the image's first history entries are its part and left to FROM.

    `name` is what FROM says (`scratch` where nothing is known), `reason` where that comes from, for a reader; `source` and
    `certainty` say the same for code. `image` is the base itself where it was given. `placeholder`: `name` is made up,
    the base was given without one. `borders` are further ends of images below, which have no name: entries → reason.
    `alternatives` are names of other images that it can be as well: history has the same steps for each.
    """

    name: str = "scratch"
    digest: str | None = None
    reason: str = ""
    certainty: Certainty = Certainty.EXACT
    entries: int = 0
    image: Image | None = None
    source: Source = Source.NONE
    names: tuple[str, ...] = ()
    placeholder: bool = False
    borders: tuple[tuple[int, str], ...] = ()
    alternatives: tuple[str, ...] = ()

    @property
    def scratch(self) -> bool:
        """Whether FROM says scratch."""
        return self.name == "scratch"


@dataclass(frozen=True)
class Part:
    """What one image of the chain added: the history entries from `first` up to `entries` (not included).

    `name` is None for an image that nothing names; `names` has every name, the best first. `oldest` and `newest` are the
    RFC 3339 times of its entries as saved. `layers` counts its layers, None if that is unknown; `transfer` and `uncompressed`
    are their bytes, None if a size is unknown. `reasons` is the evidence, the strongest first. `alternatives` are names
    of other images that it can be as well, one each.
    """

    first: int
    entries: int
    name: str | None = None
    names: tuple[str, ...] = ()
    digest: str | None = None
    source: Source = Source.NONE
    certainty: Certainty = Certainty.INFERRED
    reasons: tuple[str, ...] = ()
    layers: int | None = None
    transfer: int | None = None
    uncompressed: int | None = None
    oldest: str | None = None
    newest: str | None = None
    alternatives: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The part as JSON has it; sizes in bytes, times as saved."""
        return {
            "name": self.name,
            "names": list(self.names),
            "alternatives": list(self.alternatives),
            "digest": self.digest,
            "first_entry": self.first,
            "entries": self.entries,
            "own_entries": self.entries - self.first,
            "layers": self.layers,
            "size": {"transfer": self.transfer, "uncompressed": self.uncompressed},
            "created": {"first": self.oldest, "last": self.newest},
            "source": self.source.value,
            "certainty": self.certainty.value,
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True)
class Chain:
    """The images below, distribution first (`images`), and the image's own part (`own`).

    `base` is what FROM names: the deepest image with a name. `known_as` are names of the image itself, where it is a
    known one. `disagreements` are lines for a reader: evidence that contradicts what was chosen.
    """

    images: tuple[Part, ...] = ()
    own: Part = field(default_factory=lambda: Part(0, 0))
    base: Base = field(default_factory=Base)
    known_as: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """What `reconstruct base --format json` prints."""
        base = self.base
        found = None
        if not base.scratch:
            found = {
                "name": base.name,
                "names": list(base.names),
                "alternatives": list(base.alternatives),
                "digest": base.digest,
                "entries": base.entries,
                "source": base.source.value,
                "certainty": base.certainty.value,
                "reason": base.reason,
            }
        return {
            "version": 1,
            "base": found,
            "images": [part.to_dict() for part in self.images],
            "own": self.own.to_dict(),
            "known_as": list(self.known_as),
            "disagreements": list(self.disagreements),
        }

    def __repr__(self) -> str:
        names = [part.name or "?" for part in self.images]
        return f"Chain({' → '.join([*names, f'{self.own.entries - self.own.first} own entries'])})"
