"""The kinds of evidence for base images, one module each, strongest first. To add one, add its module and its line here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module

from reconstruct.base.model import Claim
from reconstruct.image import Image
from reconstruct.record import dataclass
from reconstruct.syntax import Step
from reconstruct.typed import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from reconstruct.base.catalogue import Catalogue


@dataclass(frozen=True)
class Case:
    """An image with its steps, and the user's options: `base`, the base itself or its name; `base_steps`, the number of
    steps after which it ends; `catalogue`, the user's own images. `marks` are the claims of that kind, once they are known,
    because the look-up of known images starts from them."""

    image: Image
    steps: Sequence[Step]
    base: Image | str | None = None
    base_steps: int | None = None
    catalogue: Catalogue | None = None
    marks: tuple[Claim, ...] | None = None


class Evidence(Protocol):
    """A module of this package."""

    def claims(self, case: Case) -> Iterable[Claim]:
        """The evidence's claims, in any order. Never raises because of an image's content."""


KINDS = ("given", "provenance", "buildah", "labels", "catalogue", "known", "marks", "looks")


@cache
def evidence() -> tuple[Evidence, ...]:
    """Every kind."""
    return tuple(cast(Evidence, import_module(f"reconstruct.base.evidence.{name}")) for name in KINDS)
