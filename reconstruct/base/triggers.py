"""The steps that a base image's ONBUILD triggers add to a build: FROM makes them again, so no Dockerfile may repeat them."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.base.model import Base
from reconstruct.builders import registry
from reconstruct.image import Image
from reconstruct.syntax import Step


def made_by(triggers: Sequence[str], image: Image, steps: Sequence[Step], base: Base) -> int:
    """The number of history entries after the base's that its triggers made; 0 if history doesn't show all of them.

    What a trigger writes is what `reconstruct.builders` predicts (BuildKit and Docker, `dispatchers.go`).
    """
    after = image.history[base.entries :]
    if not base.entries or not after:
        return 0
    from reconstruct.builders.predicting import predict
    from reconstruct.errors import ReconstructError
    from reconstruct.replay import replay

    below = base.image.config if base.image is not None else {}
    if base.image is None:
        own = [step for step in steps if step.index is not None and step.index < base.entries]
        below = {key: value for key, value in replay(own).config(image.config).items() if value}
    start = Image(config={**below, "OnBuild": list(triggers)}, os=image.os, architecture=image.architecture)
    for builder in registry.candidates(image):
        try:
            made = predict("FROM base\n", builder=builder, base=start, platform=image.platform).own
        except ReconstructError:
            continue
        if 0 < len(made) <= len(after) and all(
            entry.matches(saved.created_by, versions=True) for entry, saved in zip(made, after, strict=False)
        ):
            return len(made)
    return 0
