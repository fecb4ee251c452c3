"""Every rule on what must fire and on look-alikes, through the whole way from a saved config."""

from __future__ import annotations

import pytest

from reconstruct.audit.registry import rules
from tests.audit.cases import FIRES, SPARES
from tests.audit.images import of_lines


@pytest.mark.parametrize(("rule", "lines", "at"), FIRES, ids=[f"{rule}-{n}" for n, (rule, _, _) in enumerate(FIRES)])
def test_fires_at_the_step(rule: str, lines: list[str], at: int) -> None:
    found = [finding for finding in of_lines(*lines) if finding.rule == rule]
    assert [finding.step for finding in found] == [at], [(f.rule, f.step, f.message) for f in of_lines(*lines)]


@pytest.mark.parametrize(("rule", "lines"), SPARES, ids=[f"{rule}-{n}" for n, (rule, _) in enumerate(SPARES)])
def test_spares_the_look_alike(rule: str, lines: list[str]) -> None:
    assert [finding.message for finding in of_lines(*lines) if finding.rule == rule] == []


def test_every_rule_has_cases() -> None:
    # Those about the record as a whole have tests of their own.
    from tests.audit.test_record import RULES as record

    fires = {rule for rule, _, _ in FIRES} | set(record)
    assert {rule.id for rule in rules()} - fires == set()
