"""What tells of the images below, a module a kind, the strongest first. One more kind is its module and its line here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from reconstruct.base.model import Claim
from reconstruct.image import Image
from reconstruct.record import dataclass
from reconstruct.syntax import Step

if TYPE_CHECKING:
    from reconstruct.base.catalogue import Catalogue


@dataclass(frozen=True)
class Case:
    """An image with its steps, and what the user says: `base`, the base itself or its name; `base_steps`, after how
    many steps it ends; `catalogue`, of images that the user knows."""

    image: Image
    steps: Sequence[Step]
    base: Image | str | None = None
    base_steps: int | None = None
    catalogue: Catalogue | None = None


class Evidence(Protocol):
    """A module of this package."""

    def claims(self, case: Case) -> Iterable[Claim]:
        """What the evidence says, in any order. Raises nothing on what an image holds."""


KINDS = ("given", "provenance", "buildah", "labels", "catalogue", "known", "marks", "looks")


def evidence() -> Iterable[Evidence]:
    """Every kind, imported when it is its turn."""
    for name in KINDS:
        yield cast(Evidence, import_module(f"reconstruct.base.evidence.{name}"))
