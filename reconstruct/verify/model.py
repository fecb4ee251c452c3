"""The result of a verification: verdict, steps, and the checks with their outcome."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from reconstruct.record import dataclass, field
from reconstruct.typed import Any


class Verdict(StrEnum):
    """`unknown`: nothing differs, but the build left too few traces to say that it matches."""

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
    """A difference: what the Dockerfile gives (`expected`) and what the image has (None: nothing)."""

    where: str
    expected: str
    actual: str | None


@dataclass(frozen=True)
class Check:
    """One check: how it was done (`detail`, a line for a reader) and its outcome.

    `counts`: whether an `unknown` outcome prevents the verdict `matches`; otherwise it is listed as unchecked.
    """

    subject: Subject
    result: Verdict
    detail: str
    difference: Mismatch | None = None
    counts: bool = True


@dataclass(frozen=True)
class StepCheck:
    """One step of the Dockerfile: its lines (1-based), its predicted text and the image's.

    `status` is `matches`, `differs`, `missing` for a step without an entry in the image, `extra` for an entry without a step
    in the Dockerfile (its lines are then those of the step before), or `contents` if everything comparable
    matches but history has only a checksum of what was copied. `index` is the history entry's.
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
    """The smallest change that would make it match: `text` describes it in a line; `patch` is a unified diff of the
    Dockerfile, empty if an option suffices. `proved`: the changed Dockerfile was verified and matches."""

    text: str
    patch: str = ""
    proved: bool = False


@dataclass(frozen=True)
class Verification:
    """The verdict and its basis.

    `builder` is the one whose comparison came furthest. `reason` says in a line why it doesn't match, or what is
    unknown. `difference` is the first one: where, what the Dockerfile gives and what the image has. `steps` are all steps
    of the target's stages, `base_entries` the history entries below them. `checks` are all comparisons with their outcome.
    `build_args` are those used: given, and solved for (`solved` has their names). `suggested` are arguments that would make it
    match: they override defaults of the Dockerfile, which is a difference unless they are given. `fix` is the smallest change.
    `notes` are for a reader. `image` and `dockerfile` are the names of the two.
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
        """The number of steps in the Dockerfile."""
        return sum(step.status != "extra" for step in self.steps)

    @property
    def matched(self) -> int:
        """The number of matching steps."""
        return sum(step.status in ("matches", "contents") for step in self.steps)

    @property
    def unseen(self) -> int:
        """The number of steps whose copied contents are unknown."""
        return sum(step.status == "contents" for step in self.steps)
