"""Bounds on time that hold on a machine however slow or busy it is, and that code of another complexity still breaks.

What is measured is CPU time, since a busy machine stretches any other, and without the garbage collector, whose work depends on
what other tests left behind.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_TRIES = 5


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What `work` returns, and the CPU seconds that it takes in this process."""
    collected = gc.isenabled()
    gc.disable()
    try:
        start = time.process_time()
        done = work()
        return done, time.process_time() - start
    finally:
        if collected:
            gc.enable()


def is_linear(took: Callable[[int], float], small: int, large: int, *, floor: float = 0.005) -> bool:
    """Whether `took`, CPU seconds by size, grows with the size rather than with its square.

    The bound is halfway between the two, as a factor: `(large / small) ** 1.5`. Times of `small` below `floor` are taken for
    that. Of several measurements the least counts, since nothing makes one too small; no two are of the same size, so that
    nothing kept from one answers another.
    """
    took(small // 2)
    few = many = float("inf")
    for attempt in range(_TRIES):
        few = min(few, *(took(small + small * step // 40) for step in (2 * attempt, 2 * attempt + 1)))
        many = min(many, took(large + large * attempt // 40))
        if many < max(few, floor) * (large / small) ** 1.5:
            return True
    return False
