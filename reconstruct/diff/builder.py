"""Which builder recorded a step, and what that builder keeps: two steps are compared only in what both keep."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconstruct.dockerfile.flags import in_history
from reconstruct.image import Image
from reconstruct.syntax import Dialect, Step

_OLD_VALUES = re.compile(r"EXPOSE map\[|HEALTHCHECK &\{")


@dataclass(frozen=True, slots=True)
class Maker:
    """A builder as far as records differ: `era` parts BuildKit before 0.13 from later."""

    dialect: Dialect
    era: str = ""

    def keeps_flag(self, name: str) -> bool:
        """Whether COPY's and ADD's flag `name` stands in history when it was given."""
        version = "0.12" if self.era else None
        return any(in_history(keyword, name, self.dialect.value, version) for keyword in ("COPY", "ADD"))

    @property
    def keeps_onbuild(self) -> bool:
        return self.dialect not in (Dialect.BUILDKIT, Dialect.KANIKO)


def makers_of(image: Image, steps: Sequence[Step]) -> tuple[Maker, ...]:
    """The maker of each step: a base's steps can have another than the rest."""
    era = _era(image)
    return tuple(Maker(step.dialect, era if step.dialect is Dialect.BUILDKIT else "") for step in steps)


def _era(image: Image) -> str:
    """BuildKit before 0.13 writes `"OnBuild": null`; later ones leave the key out where there is no trigger.

    Where the config has triggers, the old way of writing EXPOSE and HEALTHCHECK tells, or nothing does
    (`dockerfile2llb/convert.go`).
    """
    config = image.raw_config.get("config")
    triggers = config.get("OnBuild", ()) if isinstance(config, Mapping) else ()
    if triggers is None:
        return "before 0.13"
    if any(_OLD_VALUES.match(entry.created_by) for entry in image.history if "buildkit" in entry.comment):
        return "before 0.13"
    return "unsure" if triggers else ""


def main_dialect(steps: Sequence[Step]) -> Dialect:
    """The dialect of the build on top: of the last step that has one."""
    for step in reversed(steps):
        if step.dialect is not Dialect.OTHER:
            return step.dialect
    return Dialect.OTHER


def name(image: Image, steps: Sequence[Step]) -> str:
    """The builder for people: `BuildKit`, `classic builder (Docker 20.10.24)`, `buildah 1.28.2` …"""
    dialect = main_dialect(steps)
    labels = image.config.get("Labels")
    version = labels.get("io.buildah.version") if isinstance(labels, dict) else None
    if dialect is Dialect.BUILDAH:
        return f"buildah {version}" if isinstance(version, str) else "buildah"
    if dialect is Dialect.CLASSIC:
        return f"classic builder (Docker {image.docker_version})" if image.docker_version else "classic builder"
    if dialect is Dialect.OTHER:
        makers = Counter(getattr(step.instruction, "maker", "") for step in steps)
        makers.pop("", None)
        makers.pop("unknown", None)
        return makers.most_common(1)[0][0] if makers else "unknown"
    return {Dialect.BUILDKIT: "BuildKit", Dialect.KANIKO: "kaniko"}[dialect]
