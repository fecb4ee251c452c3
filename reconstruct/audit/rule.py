"""A rule: its identity, its texts for people, and its check function."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reconstruct.audit.finding import Family, Severity
from reconstruct.record import dataclass
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.audit.context import Context


@dataclass(frozen=True)
class Reference:
    """A standard's clause or a page that a rule is based on."""

    title: str
    url: str


@dataclass(frozen=True)
class Hit:
    """What a rule found; the engine makes a `Finding` from it.

    `step` is a position in the context's steps, None for the image as a whole. `evidence` and `subject` may contain the
    secrets of `Context.secrets`: the engine masks them.

    `subject` tells the rule's findings on one step apart, in the image's own words: a variable, a package, a URL, a path;
    where the rule looks at several things, also which one. With `whole` it tells those on the whole image apart, and
    `step` is only where the finding is shown. Both make the fingerprint, so that no wording of `message` is in it.
    """

    step: int | None
    message: str
    evidence: str = ""
    severity: Severity | None = None
    bytes: int | None = None
    related: tuple[int, ...] = ()
    subject: tuple[str, ...] = ()
    whole: bool = False


@dataclass(frozen=True)
class Rule:
    """`id` is stable and never reused; `why` and `fix` are a paragraph each."""

    id: str
    name: str
    family: Family
    severity: Severity
    summary: str
    why: str
    fix: str
    references: tuple[Reference, ...]
    check: Callable[[Context], Iterator[Hit]]


def several(count: int, one: str, many: str) -> str:
    """`1 entry`, `2 entries`."""
    return f"{count} {one if count == 1 else many}"


def cwe(number: int, title: str) -> Reference:
    """A reference to an entry of MITRE's Common Weakness Enumeration, by its number."""
    return Reference(f"CWE-{number}: {title}", f"https://cwe.mitre.org/data/definitions/{number}.html")


def cis(section: str, title: str) -> Reference:
    """A recommendation of the CIS Docker Benchmark, numbered as in version 1.6.0."""
    return Reference(f"CIS Docker Benchmark 1.6.0, {section}: {title}", "https://www.cisecurity.org/benchmark/docker")


def docker(title: str, page: str) -> Reference:
    """A reference to a page of Docker's documentation, by its path under docs.docker.com."""
    return Reference(f"Docker: {title}", f"https://docs.docker.com/{page}")


def slsa(title: str, page: str) -> Reference:
    """A reference to a page of SLSA 1.0, by its path under the specification."""
    return Reference(f"SLSA 1.0: {title}", f"https://slsa.dev/spec/v1.0/{page}")


BEST_PRACTICES = "build/building/best-practices/"
BUILD_SECRETS = docker("build secrets", "build/building/secrets/")
