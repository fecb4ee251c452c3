"""What a verification says: verdicts, steps, what was compared and how it came out."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from reconstruct.record import dataclass, field


class Verdict(StrEnum):
    """`unknown`: nothing differs, but too little of the build left a trace to say that it matches."""

    MATCHES = "matches"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


class Subject(StrEnum):
    """What is compared."""

    HISTORY = "history"
    BASE = "base"
    FROM = "FROM"
    PLATFORM = "platform"
    LAYERS = "layers"
    CONFIG = "config"
    CONTENTS = "contents"
    PROVENANCE = "provenance"


@dataclass(frozen=True)
class Mismatch:
    """Where something differs: what the Dockerfile gives (`expected`) and what the image has (None: nothing)."""

    where: str
    expected: str
    actual: str | None


@dataclass(frozen=True)
class Check:
    """One thing compared: how (`detail`, a line for a reader) and how it came out.

    `counts`: whether an `unknown` result keeps the verdict from `matches`; else it is listed as not told.
    """

    subject: Subject
    result: Verdict
    detail: str
    difference: Mismatch | None = None
    counts: bool = True


@dataclass(frozen=True)
class StepCheck:
    """One step that the Dockerfile gives: its lines (1-based), its text as predicted and as the image has it.

    `status` is `matches`, `differs`, `missing` for a step that the image has no entry for, `extra` for an entry that the
    Dockerfile gives no step for (its lines are then those of the step before), or `contents` where all that can be told
    matches but a checksum stands for what was copied. `index` is the history entry's.
    """

    instruction: str
    start: int
    end: int
    status: str
    expected: str
    actual: str | None = None
    index: int | None = None


@dataclass(frozen=True)
class Fix:
    """The nearest change with which it would match: `text` says it in a line; `patch` is a unified diff of the
    Dockerfile, empty if an option does it. `proved`: the changed Dockerfile was verified and matches."""

    text: str
    patch: str = ""
    proved: bool = False


@dataclass(frozen=True)
class Verification:
    """The verdict, with what it rests on.

    `builder` made the comparison that came furthest. `reason` says in a line why it doesn't match, or what couldn't
    be told. `difference` is the first: where, what the Dockerfile gives and what the image has. `steps` are all steps
    of the stages that the target is made of, `base_entries` the history entries below them. `checks` are all things
    compared, and how each came out. `build_args` are those
    used: given, and solved for (`solved` has their names). `suggested` are arguments with which it would match: they
    override defaults of the Dockerfile, which makes a difference unless they are given. `fix` is the nearest change.
    `notes` are for a reader. `image` and `dockerfile` are what to call the two.
    """

    verdict: Verdict
    builder: str
    reason: str = ""
    difference: Mismatch | None = None
    steps: tuple[StepCheck, ...] = ()
    base: str = ""
    base_entries: int = 0
    build_args: Mapping[str, str] = field(default_factory=dict)
    solved: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    suggested: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    fix: Fix | None = None
    image: str = ""
    dockerfile: str = ""

    def __repr__(self) -> str:
        return f"<Verification: {self.verdict}, {self.matched} of {self.given} steps match>"

    def to_dict(self) -> dict[str, Any]:
        """What `reconstruct verify --format json` prints; `reconstruct verify --schema` describes it."""
        from reconstruct.verify.show import as_json

        return as_json(self)

    @property
    def given(self) -> int:
        """How many steps the Dockerfile gives."""
        return sum(step.status != "extra" for step in self.steps)

    @property
    def matched(self) -> int:
        """How many steps match."""
        return sum(step.status in ("matches", "contents") for step in self.steps)

    @property
    def unseen(self) -> int:
        """How many steps copied what can't be told."""
        return sum(step.status == "contents" for step in self.steps)
