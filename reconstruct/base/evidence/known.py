"""Public images that the package recognises by their own steps."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.base.evidence import Case
from reconstruct.base.known.look_up import look_up, store
from reconstruct.base.model import Claim, Source
from reconstruct.base.names import is_name, split


def claims(case: Case) -> Iterator[Claim]:
    """The known images at the start of the history."""
    for image in look_up(case.image, case.steps, case.marks):
        if is_name(image.name):
            yield Claim(
                Source.KNOWN,
                image.reason,
                image.name,
                image.entries,
                image.certainty,
                image.names,
                alternatives=image.alternatives,
            )


def aliases(name: str) -> tuple[str, ...]:
    """Other names of a distribution's image: `alpine:3.20` and `alpine:latest` for `alpine:3.20.3`."""
    repository, tag, _ = split(name)
    data = store()
    if data is None or not tag or "/" in repository:
        return ()
    return tuple([f"{repository}:{other}" for other in data.lasting(repository, tag) if other != tag])
