"""What the fuzzing of commands and sources checks, in small: see run_commands and run_sources. Each find is a line here."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.fuzz import run_commands, run_sources
from tests.fuzz.strategies import DIALECTS


@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_command_takes_any_image(dialect: str, windows: bool) -> None:
    for seed in range(4):
        assert list(run_commands.run(seed, dialect, windows, Counter())) == []


# Seeds that found something once.
@pytest.mark.parametrize(("seed", "dialect", "windows"), [(18, "buildkit", True)])
def test_what_was_found_once(seed: int, dialect: str, windows: bool) -> None:
    assert list(run_commands.run(seed, dialect, windows, Counter())) == []


def test_changed_inputs_are_read_or_refused() -> None:
    known = run_sources.seeds()
    for seed in range(400):
        rng = random.Random(seed)
        found = run_sources.read(run_sources.changed(rng, rng.choice(known)))
        assert found is None, f"seed {seed}: {found}"
