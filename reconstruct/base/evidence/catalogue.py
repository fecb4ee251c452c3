"""The user's own catalogue: images added to it, found by their layers or their history."""

from __future__ import annotations

from collections.abc import Iterable

from reconstruct.base.evidence import Case
from reconstruct.base.model import Claim


def claims(case: Case) -> Iterable[Claim]:
    """The claims of the user's catalogue; none without one."""
    return case.catalogue.claims(case.image) if case.catalogue is not None else ()
