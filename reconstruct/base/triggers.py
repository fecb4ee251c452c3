"""The steps that a base image's ONBUILD triggers add to a build: FROM makes them again, so no Dockerfile may repeat them."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.base.model import Base
from reconstruct.builders import registry
from reconstruct.builders.hints import strings
from reconstruct.image import Image
from reconstruct.syntax import Onbuild, Step


def triggered(image: Image, steps: Sequence[Step], base: Base, first: int) -> int:
    """The number of history entries after the base's that its triggers made; 0 if history doesn't show all of them.

    The triggers are those of the base's config, if it is at hand, else the ONBUILD entries from `first` on, where the base's
    own steps begin. What a trigger writes is what `reconstruct.builders` predicts (BuildKit and Docker, `dispatchers.go`).
    """
    if base.scratch or not base.entries:
        return 0
    if base.image is not None:
        triggers = list(strings(base.image.config.get("OnBuild")))
    else:
        below = [step for step in steps if step.index is not None and first <= step.index < base.entries]
        triggers = [step.instruction.trigger for step in below if isinstance(step.instruction, Onbuild)]
    if not triggers or base.entries >= len(image.history):
        return 0
    return _made(image, steps, base, triggers)


def _made(image: Image, steps: Sequence[Step], base: Base, triggers: Sequence[str]) -> int:
    from reconstruct.builders.predicting import predict
    from reconstruct.errors import ReconstructError
    from reconstruct.replay import replay

    below = base.image.config if base.image is not None else {}
    if base.image is None:
        own = [step for step in steps if step.index is not None and step.index < base.entries]
        below = {key: value for key, value in replay(own).config(image.config).items() if value}
    start = Image(config={**below, "OnBuild": list(triggers)}, os=image.os, architecture=image.architecture)
    after = image.history[base.entries :]
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
