"""Defaults of ARG that a solved value would override.

A value found in the image may come from a build argument, or from another Dockerfile with another default. Only if
history shows the Dockerfile's own default next to the value is it the former.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconstruct.builders import registry
from reconstruct.builders.prediction import Prediction
from reconstruct.dockerfile.model import Dockerfile, Instruction
from reconstruct.record import dataclass


@dataclass(frozen=True)
class Override:
    """A solved `value` in place of the `default` (as written) that line `line` gives the argument."""

    name: str
    default: str
    value: str
    line: int


def overrides(
    dockerfile: Dockerfile, prediction: Prediction, actual: Sequence[str], solved: Mapping[str, str], platform: str
) -> list[Override]:
    """The defaults that `solved` overrides without history showing them; `actual` are the own steps' texts."""
    builder = registry.named(prediction.builder)
    outer = {name: (default, step.start) for step in dockerfile.global_args for name, default in _defaults(step)}
    found: dict[str, Override] = {}
    declared: set[str] = set()
    for entry, text in zip(prediction.own, actual, strict=True):
        step = entry.instruction
        if step is None or step.keyword != "ARG":
            continue
        own = dict(_defaults(step))
        for name in _names(step):
            if name in own and name in solved and not builder.shows_default(entry, text):
                found.setdefault(name, Override(name, own[name], solved[name], step.start))
            elif name not in own and name not in declared:
                _inherited(name, step.start, solved, outer, builder.platform_values(platform), found)
            declared.add(name)
    for name in solved:
        if name not in declared and name in outer:
            found.setdefault(name, Override(name, outer[name][0], solved[name], outer[name][1]))
    return list(found.values())


def _inherited(
    name: str,
    line: int,
    solved: Mapping[str, str],
    outer: Mapping[str, tuple[str, int]],
    builtin: Mapping[str, str],
    found: dict[str, Override],
) -> None:
    """An ARG without a default has that of the one before the first FROM, or the builder's own."""
    if name not in solved:
        return
    if name in outer:
        found.setdefault(name, Override(name, outer[name][0], solved[name], outer[name][1]))
    elif name in builtin and solved[name] != builtin[name]:
        found.setdefault(name, Override(name, builtin[name], solved[name], line))


def _names(step: Instruction) -> list[str]:
    return [word.strip("'\"").partition("=")[0] for word in step.args]


def _defaults(step: Instruction) -> list[tuple[str, str]]:
    pairs = [word.strip("'\"").partition("=") for word in step.args]
    return [(name, default) for name, equals, default in pairs if equals]
