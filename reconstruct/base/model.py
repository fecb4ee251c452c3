"""The data types of base images: the base for FROM, the chain that it ends, and the claims of the evidence."""

from __future__ import annotations

from enum import StrEnum

from reconstruct.image import Image
from reconstruct.record import dataclass, field
from reconstruct.syntax import Certainty
from reconstruct.typed import Any


class Source(StrEnum):
    """The source of a statement about a base, the strongest first."""

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
        """Whether the image itself names the base, not only something that looks like it."""
        return self in (Source.PROVENANCE, Source.BUILDAH, Source.LABELS)


_RANKS = {source: rank for rank, source in enumerate(Source)}


@dataclass(frozen=True)
class Claim:
    """One piece of evidence about one base image.

    `entries`: the number of first history entries that are that image's, None if the evidence doesn't say; `within` is
    then the maximum. `name` is None for a mere boundary. `names` are further names. `weight` of a mere boundary is the
    weight of its signs, `timed` whether the entries' times are among them. `contradicted` says what in the image contradicts
    it. `alternatives` are names of other images that the evidence fits equally well.
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
        """Every name that the evidence allows: those of the image, and of its alternatives."""
        return (self.name or "", *self.names, *self.alternatives)


@dataclass(frozen=True)
class Base:
    """The base image. `entries`: the number of the image's first history entries that FROM replaces.

    `name` is the image's name (`scratch` if nothing is known), which `written` spells as FROM has it; `reason` where that comes from, for a reader; `source` and
    `certainty` say the same for code. `image` is the base itself, if given. `placeholder`: `name` is made up, because
    the base was given without one. `borders` are the ends of further base images without a name: entries → reason.
    `alternatives` are names of other images that it may be: history has the same steps for each. `triggered`: the number of
    entries after those, made by the base's ONBUILD triggers, which FROM runs again.
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
    triggered: int = 0

    @property
    def scratch(self) -> bool:
        """Whether FROM says scratch."""
        return self.name == "scratch"

    @property
    def written(self) -> str:
        """The name for FROM: of a public image's names the one that people write; else `name`."""
        if self.source not in (Source.KNOWN, Source.MARKS) or not self.names:
            return self.name
        from reconstruct.base.written import likeliest

        return likeliest(self.name, self.names)

    @property
    def full_name(self) -> str:
        """The most specific name of the image that FROM names as `written`."""
        return self.full_name_of(self.written)

    def full_name_of(self, written: str) -> str:
        """`full_name`, with `written` already found."""
        if written == self.name:
            return written
        from reconstruct.base.written import fullest

        return fullest(written, self.names)


@dataclass(frozen=True)
class Part:
    """One image's part of the chain: the history entries from `first` up to `entries` (exclusive).

    `name` is None for an image without a known name; `names` has every name, the best first. `oldest` and `newest` are the
    RFC 3339 times of its entries as saved. `layers` is the number of its layers, None if unknown; `transfer` and `uncompressed`
    are their bytes, None if a size is unknown. `reasons` is the evidence, the strongest first. `alternatives` are names
    of other images that it may be, one each.
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
        """The part as JSON values; sizes in bytes, times as saved."""
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
    """The base images, distribution first (`images`), and the image's own part (`own`).

    `base` is the one that FROM names: the nearest with a name. `known_as` are names of the image itself, if it is a
    known one. `disagreements` are lines for a reader: evidence that contradicts the choice.
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
                "written": base.written,
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
