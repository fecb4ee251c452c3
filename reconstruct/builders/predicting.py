"""Dockerfile → the history and config that a builder would give its image."""

from __future__ import annotations

from collections.abc import Mapping

from reconstruct.builders import registry
from reconstruct.builders.build import Build
from reconstruct.builders.prediction import Prediction
from reconstruct.dockerfile.dialect import DIALECTS
from reconstruct.dockerfile.model import Dockerfile
from reconstruct.dockerfile.parser import parse
from reconstruct.image import Image


def predict(
    dockerfile: str | Dockerfile,
    *,
    builder: str,
    base: Image | None = None,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    platform: str = "linux/amd64",
    checked: bool = False,
) -> Prediction:
    """The history and config that `builder` would give the image of `dockerfile` (its text, or parsed).

    `base` is the image of the FROM that the target's stages start with; None for scratch, or if it is unknown;
    its part is then missing from the prediction. ONBUILD triggers of the base run first. `platform` is the build's, as
    `os/architecture[/variant]`. `checked`: an earlier call for this Dockerfile and builder, with whatever arguments, found
    nothing to refuse before the first step.

    Raises DockerfileError if that builder would reject the Dockerfile, ReconstructError for an unknown builder.
    """
    found = registry.named(builder)
    dialect = DIALECTS[found.language]
    if isinstance(dockerfile, Dockerfile) and dockerfile.dialect == dialect:
        parsed = dockerfile
    else:
        # Each builder has its own parser.
        parsed = parse(dockerfile if isinstance(dockerfile, str) else dockerfile.text, dialect)
    args = dict(build_args or {})
    return Build(found, parsed, base=base, target=target, build_args=args, platform=platform, checked=checked).run()
