"""REC019: The author changes within the build."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Reference, Rule, several, slsa
from reconstruct.syntax import Maintainer


def check(context: Context) -> Iterator[Hit]:
    """A change with MAINTAINER, or from the base to the build, is the builders' own way."""
    yield from _nobody(context)
    entries = [(position, step.entry.author) for position, step in enumerate(context.steps) if step.entry is not None]
    runs = [
        (author, [position for position, _ in group]) for author, group in groupby(entries, key=lambda pair: pair[1])
    ]
    for index, (author, positions) in enumerate(runs[1:], start=1):
        before = runs[index - 1][0]
        first = positions[0]
        what = f"by {context.show(author, 60)}" if author else "without an author"
        was = f"by {context.show(before, 60)}" if before else "without an author"
        if index + 1 < len(runs) and runs[index + 1][0] == before:
            message = f"{several(len(positions), 'entry', 'entries')} {what} between those {was}"
            named = ("between", author, before)
            related = tuple(positions[1:20])
            yield Hit(first, message, severity=Severity.MEDIUM, related=related, subject=named, whole=True)
        elif index > 1 and runs[index - 2][0] == author:
            continue
        elif not _explained(context, first) and author not in _MAKERS:
            message = f"{what} from here on, {was} before"
            yield Hit(first, message, related=(first - 1,), subject=("from", author, before), whole=True)


def _nobody(context: Context) -> Iterator[Hit]:
    """The config's author, whom no history entry names."""
    author = context.image.author
    if not author or author in _MAKERS or not context.dockerfile_built or not context.image.has_history:
        return
    entries = [step.entry for step in context.steps if step.entry is not None]
    if not any(entry.author == author or author in entry.created_by for entry in entries):
        yield Hit(
            None,
            f"the image's author is {context.show(author, 60)}, whom no history entry names",
            severity=Severity.LOW,
            subject=("config", author),
        )


def _explained(context: Context, position: int) -> bool:
    """Whether a new author is what a builder writes: from a MAINTAINER on, or from the base's end on."""
    here = isinstance(context.steps[position].instruction, Maintainer)
    return here or position in (1, context.base_steps, context.own_steps.start)


_MAKERS = frozenset({"", "kaniko", "Bazel", "ko", "apko", "Jib"})


rule = Rule(
    id="REC019",
    name="author-changes",
    family=Family.RECORD,
    severity=Severity.LOW,
    summary="The author changes within the build",
    why=(
        "Builders write the Dockerfile's MAINTAINER, or nothing, as the author of every entry that follows. An "
        "entry by another author in the middle of a build was inserted."
    ),
    fix="Ask whoever built the image; compare with the image as first published.",
    references=(
        Reference(
            "OCI image specification: config, history",
            "https://github.com/opencontainers/image-spec/blob/main/config.md",
        ),
        slsa("threats: build process", "threats#e-build-process"),
    ),
    check=check,
)
