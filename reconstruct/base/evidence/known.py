"""Public images that the package knows by their own steps."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.base.evidence import Case
from reconstruct.base.model import Claim, Source
from reconstruct.base.names import is_name


def claims(case: Case) -> Iterator[Claim]:
    from reconstruct.base.known import find

    for image in find(case.image, case.steps):
        if is_name(image.name):
            yield Claim(Source.KNOWN, image.reason, image.name, image.entries, image.certainty, image.names)
