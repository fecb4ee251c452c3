"""The builder that recorded a step, and what it keeps: two steps are compared only by what both keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reconstruct.builders import registry
from reconstruct.builders.base import Builder
from reconstruct.image import Image
from reconstruct.record import dataclass
from reconstruct.syntax import Dialect, Step


@dataclass(frozen=True)
class Maker:
    """A builder with respect to its records: `version` only if versions record different things (BuildKit's)."""

    dialect: Dialect
    version: str | None = None

    @property
    def builder(self) -> Builder:
        """The dialect's builder."""
        return registry.of(self.dialect)

    def keeps_flag(self, name: str) -> bool:
        """Whether history shows COPY's and ADD's flag `name` if it was given."""
        return self.builder.keeps_flag(name, self.version)

    @property
    def keeps_onbuild(self) -> bool:
        """Whether the builder's history shows ONBUILD."""
        return self.builder.keeps_onbuild


def makers_of(image: Image, steps: Sequence[Step]) -> tuple[Maker, ...]:
    """The builder of each step: a base's steps may have another than the rest."""
    made = {dialect: _maker(dialect, image) for dialect in {step.dialect for step in steps}}
    return tuple(made[step.dialect] for step in steps)


def _maker(dialect: Dialect, image: Image) -> Maker:
    builder = registry.of(dialect)
    if not builder.records_by_version:
        return Maker(dialect)
    # A form without the saved config doesn't tell: the newest is meant, but where a trigger is what hides it.
    hidden = "0.12" if image.config.get("OnBuild") else None
    return Maker(dialect, builder.version(image) or hidden)


def main_dialect(steps: Sequence[Step]) -> Dialect:
    """The dialect of the topmost build: that of the last step with one."""
    for step in reversed(steps):
        if step.dialect is not Dialect.OTHER:
            return step.dialect
    return Dialect.OTHER


def name(image: Image, steps: Sequence[Step]) -> str:
    """The builder for people: `BuildKit`, `classic builder (Docker 20.10.24)`, `buildah 1.28.2` …"""
    dialect = main_dialect(steps)
    if dialect is not Dialect.OTHER:
        return registry.of(dialect).describe(image)
    makers = Counter(getattr(step.instruction, "maker", "") for step in steps)
    makers.pop("", None)
    makers.pop("unknown", None)
    return makers.most_common(1)[0][0] if makers else "unknown"
