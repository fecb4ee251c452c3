"""The definition of a fuzz target, and the table of all targets.

A target makes an input of its `random.Random`, gives it to the code, and yields a line for each thing that is wrong. The same
seed makes the same input. Where Atheris guides the run, the bytes that it mutates stand in the generator's place: see `Choices`.
"""

from __future__ import annotations

import importlib
import pkgutil
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reconstruct.errors import ReconstructError

Check = Callable[[random.Random], Iterator[str]]
TARGETS: dict[str, Target] = {}
# CPU seconds that one input may take, whatever it is: more than loading a grammar takes on a busy machine, under coverage.
SLOW = 15.0


@dataclass(frozen=True)
class Target:
    """`holds` says in a line what is checked; `check` makes one input and checks it."""

    name: str
    holds: str
    check: Check

    def finds(self, rng: random.Random) -> list[str]:
        """What is wrong with one input: the target's own finds, exceptions that got out, too much time."""
        found: list[str] = []
        start = time.process_time()
        try:
            found += self.check(rng)
        except RecursionError as error:
            found.append(f"RecursionError: {error}")
        except Exception as error:
            found.append(f"{type(error).__name__}: {error}"[:400])
        if (took := time.process_time() - start) > SLOW:
            found.append(f"slow: {took:.0f} s")
        return found


def target(name: str, holds: str) -> Callable[[Check], Check]:
    """Puts a check into the table."""

    def add(check: Check) -> Check:
        assert name not in TARGETS, name
        TARGETS[name] = Target(name, holds, check)
        return check

    return add


def load() -> dict[str, Target]:
    """The table, with every module of `targets/` imported."""
    from tests.fuzz import targets

    for module in pkgutil.iter_modules(targets.__path__):
        importlib.import_module(f"{targets.__name__}.{module.name}")
    return TARGETS


def seeded(name: str, seed: int) -> random.Random:
    """The generator of a target's input number `seed`."""
    return random.Random(f"{name} {seed}")


class Choices(random.Random):
    """A generator whose draws are bytes that were given, and when they are used up, those of a generator seeded by them."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._data = data
        self._at = 0

    def getrandbits(self, k: int) -> int:
        count = (k + 7) // 8
        taken = self._data[self._at : self._at + count]
        self._at += count
        if len(taken) < count:
            return super().getrandbits(k)
        return int.from_bytes(taken, "little") & ((1 << k) - 1)

    def random(self) -> float:
        return self.getrandbits(16) / (1 << 16)


def several_lines(error: ReconstructError) -> Iterator[str]:
    """Input may be refused, in one line."""
    if "\n" in str(error):
        yield f"an error of several lines: {str(error)[:200]!r}"
