"""The one entry to the builders' evaluators."""

from __future__ import annotations

from collections.abc import Mapping

from reconstruct.builders.prediction import Prediction
from reconstruct.builders.writing import buildah, buildkit, classic
from reconstruct.dockerfile.dialect import BUILDERS, DIALECTS
from reconstruct.dockerfile.model import Dockerfile
from reconstruct.dockerfile.parser import parse
from reconstruct.errors import ReconstructError
from reconstruct.image import Image


def predict(
    dockerfile: str | Dockerfile,
    *,
    builder: str,
    base: Image | None = None,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    platform: str = "linux/amd64",
) -> Prediction:
    """The history and config that `builder` would give the image of `dockerfile` (its text, or parsed).

    `base` is the image of the FROM that the target's stages begin with; None for scratch, or where it is not known:
    then its part is missing from the prediction. ONBUILD triggers of the base run first. `platform` is the build's, as
    `os/architecture[/variant]`.

    Raises DockerfileError where that builder would refuse the Dockerfile, ReconstructError for an unknown builder.
    """
    dialect = DIALECTS.get(builder)
    if dialect is None:
        raise ReconstructError(f"{builder!r} is no builder; those known are {', '.join(BUILDERS)}")
    if isinstance(dockerfile, Dockerfile) and dockerfile.dialect == dialect:
        parsed = dockerfile
    else:
        # Each builder has its own parser.
        parsed = parse(dockerfile if isinstance(dockerfile, str) else dockerfile.text, dialect)
    args = dict(build_args or {})
    if builder == "classic":
        return classic.predict(parsed, base=base, target=target, build_args=args, platform=platform)
    if builder == "buildah":
        return buildah.predict(parsed, base=base, target=target, build_args=args, platform=platform)
    return buildkit.predict(parsed, dialect, base=base, target=target, build_args=args, platform=platform)
