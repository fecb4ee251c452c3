"""Build arguments whose value differs although no ARG step does: given on the command line, or before FROM."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.diff.changes import run_together
from reconstruct.diff.model import Change, Side, Status, StepDifference
from reconstruct.syntax import Arg, Env, Run, Step


def compare_arguments(rows: Sequence[StepDifference], sides: tuple[Side, Side], *, strict: bool) -> tuple[Change, ...]:
    """Each argument once, at the first aligned RUN that shows it.

    Names that ENV sets are left out (builders show one value or the other), and those of a changed ARG or ENV step,
    which is reported already. `strict`: one builder made both, so a name that only one shows is a difference.
    """
    told = {change.key for row in rows if row.keyword in ("ARG", "ENV") for change in row.changes}
    told |= {name for row in rows if row.status is not Status.SAME for name in _declared(row, sides)}
    set_by_env = {name for side in sides for step in side.steps for name in _names(step, Env)}
    found: dict[str, Change] = {}
    for row in rows:
        if row.status not in (Status.SAME, Status.CHANGED) or row.keyword != "RUN":
            continue
        before, after = _shown(sides[0].steps[row.old[0]]), _shown(sides[1].steps[row.new[0]])
        for name in dict.fromkeys((*before, *after)):
            if name in found or name in told or name in set_by_env:
                continue
            one_sided = name not in before or name not in after
            values = [each[name] for each in (before, after) if name in each]
            if not strict and run_together(values, before.keys() | after.keys()):
                continue
            if before.get(name) != after.get(name) and (strict or not one_sided):
                found[name] = Change("build-arg", name, before.get(name), after.get(name))
    return tuple(found.values())


def _shown(step: Step) -> dict[str, str]:
    instruction = step.instruction
    if not isinstance(instruction, Run):
        return {}
    return {pair.key: pair.value or "" for pair in instruction.build_args or ()}


def _declared(row: StepDifference, sides: tuple[Side, Side]) -> list[str]:
    steps = [sides[0].steps[i] for i in row.old] + [sides[1].steps[j] for j in row.new]
    return [name for step in steps for name in _names(step, Arg)]


def _names(step: Step, kind: type[Arg] | type[Env]) -> list[str]:
    return [pair.key for pair in step.instruction.pairs] if isinstance(step.instruction, kind) else []
