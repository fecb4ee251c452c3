"""Every fuzz target in small; each find of theirs becomes a test where the fault was."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.fuzz.run import run
from tests.fuzz.target import Choices, load, seeded

TARGETS = load()
ROOT = Path(__file__).parents[2]
# Inputs of those of which one takes long.
SLOW = {"leaks": 1, "audit": 3, "secrets": 4, "layers": 5, "query": 5, "commands": 8, "engine-stores": 8}


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_is_found(name: str) -> None:
    if name == "query":
        pytest.importorskip("duckdb")
        pytest.importorskip("pyarrow")
    for seed in range(SLOW.get(name, 15)):
        assert TARGETS[name].finds(seeded(name, seed)) == [], f"--target {name} --seed {seed} --entries 1"


def test_a_fault_is_found() -> None:
    broken = TARGETS["words"].__class__(
        "broken", "nothing", lambda rng: iter(["wrong"] if rng.random() < 0.5 else [1 / 0])
    )
    done = run(broken, 0, 60, entries=40, quiet=True)
    assert done.executions == 40
    assert done.finds.total() == 40
    assert set(done.finds) == {"wrong", "ZeroDivisionError"}


def test_bytes_make_the_choices() -> None:
    low, high = Choices(b"\x00" * 64), Choices(b"\xff" * 64)
    assert low.randrange(10) == 0
    assert low.random() == 0.0
    assert high.random() > 0.99
    one, other = Choices(b"abc"), Choices(b"abc")
    assert [one.random() for _ in range(20)] == [other.random() for _ in range(20)]
    assert isinstance(one, random.Random)


def test_the_page_lists_every_target() -> None:
    page = (ROOT / "docs" / "fuzzing.md").read_text(encoding="utf-8")
    for target in TARGETS.values():
        assert f"| `{target.name}` | {target.holds} |" in page
