"""The results of an audit: severities, findings, and the findings of one image."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from reconstruct.record import dataclass, field
from reconstruct.typed import Any


class Severity(StrEnum):
    """The severity of a finding; `rank` orders them, the worst highest."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for INFO to 4 for CRITICAL."""
        return _ORDER.index(self)


_ORDER = (Severity.INFO, Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)


class Family(StrEnum):
    """The subject of a rule."""

    SECRETS = "secrets in the build record"
    SOURCES = "where software comes from"
    RUNNING = "privileges"
    WEIGHT = "image size"
    RECORD = "consistency of the build record"
    LINT = "hadolint"


@dataclass(frozen=True)
class Finding:
    """A flaw at one place. All text is one line, safe to show, and secrets in it are masked.

    `step` is the position in the steps audited (from 0; `number` from 1), None for what concerns the image as a whole; `entry` the history entry's
    index; `instruction` the keyword; `line` and `end_line` the lines of the Dockerfile that `reconstruct dockerfile`
    writes, made once they are read. `layer` is the layer's digest (or diff ID) and `layer_size` its bytes, `size_kind` says which
    (`uncompressed` or `compressed`). `bytes` are those at stake, if known. `related` are other steps
    that take part. `in_base` is whether the step is the base image's. `subject` is what the rule found, in the image's own
    words (a variable's name, a URL, a path). `fingerprint` stays the same from build to build of an image: see
    `reconstruct.audit.fingerprint`.
    """

    rule: str
    name: str
    severity: Severity
    message: str
    step: int | None = None
    entry: int | None = None
    instruction: str = ""
    evidence: str = ""
    line: int | None = field(default=None, late=True)
    end_line: int | None = field(default=None, late=True)
    layer: str | None = None
    layer_size: int | None = None
    size_kind: str | None = None
    bytes: int | None = None
    related: tuple[int, ...] = ()
    in_base: bool = False
    subject: tuple[str, ...] = ()
    fingerprint: str = ""

    @property
    def number(self) -> int | None:
        """The step's number, from 1, as in every output; None for the image as a whole."""
        return None if self.step is None else self.step + 1

    def to_dict(self) -> dict[str, Any]:
        """What `--format json` prints of a finding: steps by their numbers, from 1."""
        value = {name: getattr(self, name) for name in _SHOWN}
        value["severity"] = str(self.severity)
        value["related"] = [step + 1 for step in self.related]
        value["subject"] = list(self.subject)
        return value


_SHOWN = ("rule", "name", "severity", "message", "number", "entry", "instruction", "evidence", "line", "end_line", "layer", "layer_size", "size_kind", "bytes",
          "related", "in_base", "subject", "fingerprint")  # fmt: skip


def fails(severity: Severity, fail_on: str) -> bool:
    """Whether a finding of this severity makes an audit fail."""
    return fail_on != "never" and severity.rank >= Severity(fail_on).rank


@dataclass(frozen=True)
class Ignored:
    """A finding that a setting ignores, and why. `expires` is the last day of that, e.g. 2026-12-31."""

    finding: Finding
    reason: str = ""
    expires: str | None = None


@dataclass(frozen=True)
class Audit:
    """The findings of one image, worst first. `image` is how it was named; `notes` say what couldn't be examined.

    `error` is set, and all else empty, for an image that could not be read. `dockerfile` is the text that the findings'
    lines refer to, with secrets masked; it is written once it, or one of them, is read. `suppressed` counts what `--ignore` and a baseline left out, `ignored` are those
    that settings leave out with a reason. `base` is the name of the base image that findings with `in_base` lie in, empty
    where none is known.
    """

    image: str
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    platform: str = ""
    image_id: str | None = None
    tags: tuple[str, ...] = ()
    created: str | None = None
    steps: int = 0
    size: int | None = None
    dockerfile: str = field(default="", late=True)
    suppressed: Mapping[str, int] = field(default_factory=dict)
    ignored: tuple[Ignored, ...] = ()
    error: str | None = None
    base: str = ""

    def __repr__(self) -> str:
        from reconstruct.audit.formats.describe import summary

        return f"<Audit of {self.image!r}: {self.error or summary([self])}>"

    def to_dict(self) -> dict[str, Any]:
        """What `reconstruct audit --format json` prints of one image; `reconstruct audit --schema` describes it."""
        from reconstruct.audit.formats.json import document

        return document([self])

    def groups(self) -> tuple[tuple[str, tuple[Finding, ...]], ...]:
        """(heading, findings) of the image's own findings, whose heading is empty, and of those in its base; no group is
        empty."""
        own = tuple(finding for finding in self.findings if not finding.in_base)
        below = tuple(finding for finding in self.findings if finding.in_base)
        heading = f"in the base, {self.base}" if self.base else "in the base"
        return tuple(group for group in (("", own), (heading, below)) if group[1])
