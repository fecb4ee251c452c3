"""The Dockerfiles of `dockerfiles/`, with what their `#:` comment lines ask for.

#: builder buildkit-0.8 buildkit-head     only these builders can or should build it (all, if absent)
#: arg NAME=value                         a build argument given on the command line
#: target NAME                            the stage to build
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("dockerfiles")


@dataclass(frozen=True)
class Case:
    name: str
    text: str
    builders: frozenset[str] | None
    args: Mapping[str, str]
    target: str | None

    def for_builder(self, name: str) -> bool:
        return self.builders is None or name in self.builders


def load(path: Path) -> Case:
    text = path.read_text(encoding="utf-8")
    wishes = [line[2:].strip().partition(" ") for line in text.splitlines() if line.startswith("#:")]
    builders = [name for key, _, value in wishes if key == "builder" for name in value.split()]
    return Case(
        name=path.name.removesuffix(".Dockerfile"),
        text=text,
        builders=frozenset(builders) or None,
        args=dict(value.split("=", 1) for key, _, value in wishes if key == "arg"),
        target=next((value for key, _, value in wishes if key == "target"), None),
    )


def every() -> tuple[Case, ...]:
    return tuple(load(path) for path in sorted(FOLDER.glob("*.Dockerfile")))
