"""REC012: Builders alternate in the history."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Reference, Rule, several, slsa
from reconstruct.builders import registry
from reconstruct.builders.buildkit import BuildKit
from reconstruct.syntax import Dialect


def check(context: Context) -> Iterator[Hit]:
    """Fires if builders alternate, the builder changes within the build, or an entry has BuildKit's form or mark alone."""
    entries = [
        (position, step.dialect)
        for position, step in enumerate(context.steps)
        if step.entry is not None and step.dialect is not Dialect.OTHER and step.instruction.keyword
    ]
    runs = [
        (dialect, [position for position, _ in group]) for dialect, group in groupby(entries, key=lambda pair: pair[1])
    ]
    for index, (dialect, positions) in enumerate(runs):
        if index == 0:
            continue
        between = index + 1 < len(runs) and runs[index + 1][0] is runs[index - 1][0]
        if between:
            yield Hit(
                positions[0],
                f"{several(len(positions), 'entry', 'entries')} by {dialect} between those by {runs[index - 1][0]}",
                severity=Severity.MEDIUM,
                related=tuple(positions[1:20]),
                subject=("between", dialect, runs[index - 1][0]),
                whole=True,
            )
        elif not context.in_base(positions[0] - 1) and not (index > 1 and runs[index - 2][0] is dialect):
            before = runs[index - 1][0]
            message = f"by {dialect} from here on, by {before} before"
            yield Hit(positions[0], message, severity=Severity.INFO, subject=("from", dialect, before), whole=True)
    yield from _form_against_comment(context)


def _form_against_comment(context: Context) -> Iterator[Hit]:
    """BuildKit marks each of its entries with a comment: one in its form without it, or the reverse, was edited."""
    buildkit = registry.of(Dialect.BUILDKIT)
    assert isinstance(buildkit, BuildKit)
    if not any(step.entry and buildkit.marked(step.entry) for step in context.steps):
        return
    for position, step in enumerate(context.steps):
        if step.entry is None:
            continue
        marked = buildkit.marked(step.entry)
        if buildkit.ends_in_mark(step.entry) and not marked:
            yield Hit(position, "an entry in BuildKit's form without BuildKit's mark", severity=Severity.MEDIUM)
        elif marked and registry.of(Dialect.CLASSIC).wrote(step.entry, False):
            yield Hit(position, "an entry in the classic builder's form with BuildKit's mark", severity=Severity.MEDIUM)


rule = Rule(
    id="REC012",
    name="builders-mixed",
    family=Family.RECORD,
    severity=Severity.LOW,
    summary="Builders alternate in the history",
    why=(
        "A base from one builder and a build by another is common: one change. A change back means that a step by "
        "another builder was inserted into the build."
    ),
    fix="Ask how the image was built; compare with the published one.",
    references=(
        slsa("threats: build process", "threats#e-build-process"),
        Reference(
            "OCI image specification: config, history",
            "https://github.com/opencontainers/image-spec/blob/main/config.md",
        ),
    ),
    check=check,
)
