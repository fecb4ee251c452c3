"""The user's own catalogue: images that were fed to it, found by their layers or their history."""

from __future__ import annotations

from collections.abc import Iterable

from reconstruct.base.evidence import Case
from reconstruct.base.model import Claim


def claims(case: Case) -> Iterable[Claim]:
    """What the user's catalogue says of the image; nothing without one."""
    return case.catalogue.claims(case.image) if case.catalogue is not None else ()
