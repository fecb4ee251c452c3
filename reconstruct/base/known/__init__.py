"""Known public images, recognised by fingerprints of their own steps; none until the data is there."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.image import Image
from reconstruct.record import dataclass
from reconstruct.syntax import Certainty, Step


@dataclass(frozen=True)
class KnownImage:
    """A public image that a history begins with: `entries` of its first entries are that image's."""

    name: str
    names: tuple[str, ...]
    entries: int
    certainty: Certainty
    reason: str
    days: tuple[str, str] | None = None


def find(image: Image, steps: Sequence[Step]) -> tuple[KnownImage, ...]:
    """Every known image that the history begins with, the shallowest first."""
    return ()
