"""Planted flaws and look-alikes, built as each builder would: what is found of every kind, and what is not taken for a flaw."""

from __future__ import annotations

import pytest

from reconstruct.dockerfile.errors import DockerfileError
from tests.audit.planted import Case, alarms, cases, findings, hit

FLAWS = {
    name: tuple(cases(f"{name}.txt"))
    for name in ("flaws", "flaws2", "flaws3", "flaws4", "flaws5", "flaws6", "flaws7", "flaws8")
}
LOOKS = tuple(
    case for name in ("looks", "looks2", "looks3", "looks4", "looks6", "looks7") for case in cases(f"{name}.txt")
)
KINDS = sorted({case.kind for flaws in FLAWS.values() for case in flaws})


def built(chosen: tuple[Case, ...]) -> list[tuple[Case, str]]:
    return [(case, builder) for case in chosen for builder in case.builders]


@pytest.mark.parametrize("kind", KINDS)
def test_flaws_of_every_kind_are_found_at_their_step(kind: str) -> None:
    missed, total = [], 0
    for case, builder in built(tuple(case for flaws in FLAWS.values() for case in flaws if case.kind == kind)):
        try:
            found = findings(case, builder)
        except DockerfileError:  # a flag that this builder does not have
            continue
        total += 1
        if not hit(case, found):
            missed.append(f"{builder}: {' ⏎ '.join(case.lines)}")
    assert total > 2
    assert len(missed) <= 0.08 * total, missed


def test_look_alikes_are_not_reported() -> None:
    false = [
        f"{builder}: {' ⏎ '.join(case.lines)}: {alarm.rule} {alarm.message}"
        for case, builder in built(LOOKS)
        for alarm in alarms(findings(case, builder))
    ]
    assert len(false) <= 0.02 * len(built(LOOKS)), false
