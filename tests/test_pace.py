"""The bounds on time that other tests rest on."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from tests.pace import is_linear


@pytest.mark.parametrize(
    ("took", "linear"),
    [
        (lambda size: 1e-5 * size, True),
        (lambda size: 1e-6 * size * math.log2(size), True),
        (lambda size: 0.1 + 1e-5 * size, True),
        (lambda size: 1e-8 * size**2, False),
        (lambda size: 1e-5 * size + 1e-8 * size**2, False),
    ],
    ids=["linear", "with a logarithm", "with a start", "square", "square in part"],
)
def test_growth_is_told_apart(took: Callable[[int], float], linear: bool) -> None:
    assert is_linear(took, 4_000, 32_000) is linear


@pytest.mark.parametrize("quiet", range(5))
def test_one_undisturbed_measurement_is_enough(quiet: int) -> None:
    large: list[int] = []

    def took(size: int) -> float:
        if size < 32_000:
            return 1e-5 * size
        large.append(size)
        return 1e-5 * size * (1 if len(large) == quiet + 1 else 20)

    assert is_linear(took, 4_000, 32_000)
    assert len(set(large)) == len(large) == quiet + 1
