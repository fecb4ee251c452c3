"""REC020: A RUN's build arguments do not match the preceding ARGs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Reference, Rule, cwe
from reconstruct.builders import registry
from reconstruct.syntax import Arg, RootFilesystem, Run

# Those that the builders know without an ARG.
_PREDEFINED = frozenset(
    {"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY", "SOURCE_DATE_EPOCH", "BUILDKIT_SYNTAX"}
)
_COUNTED = lazy.compile(r"(?:RUN )?(?:/bin/sh -c )?\|(?P<count>\d{1,6}) (?P<rest>.*)", re.DOTALL)
_NAME = lazy.compile(r"[A-Za-z_][\w.-]*=")


# The number of findings that is enough to see what happened.
_MOST = 20


def check(context: Context) -> Iterator[Hit]:
    """Fires if a RUN's build arguments don't fit their count or the ARGs, or lack one that RUNs around it have."""
    declared: set[str] = set()
    found = 0
    for position, step in enumerate(context.steps):
        if isinstance(step.instruction, Arg):
            declared.update(pair.key for pair in step.instruction.pairs)
        if not isinstance(step.instruction, Run) or step.entry is None or not registry.of(step.dialect).declares_args:
            continue
        match = _COUNTED.match(step.entry.created_by)
        misfit = _misfit(context, position, match, declared) if match else None
        if misfit is not None:
            found += 1
            yield misfit
        if found == _MOST:
            return
    yield from _left_out(context)


def _misfit(context: Context, position: int, match: re.Match[str], declared: set[str]) -> Hit | None:
    """What is wrong with the build arguments before a RUN; None if nothing is."""
    run = context.steps[position].instruction
    pairs = (run.build_args or ()) if isinstance(run, Run) else ()
    count = int(match["count"])
    words = match["rest"].split(" ", count + 1)
    # A value with blanks in it is more words than one.
    several = any(" " in (pair.value or "") for pair in pairs)
    if pairs and len(pairs) != count:
        message = f"|{count} is followed by {len(pairs)} build argument{'s' if len(pairs) > 1 else ''}"
        return Hit(position, message, subject=("count",))
    named = [word.partition("=")[0] for word in words if _NAME.match(word)]
    if not several and not all(_NAME.match(word) for word in words[:count]):
        return Hit(position, f"|{count} is followed by {len(named)} build arguments", subject=("count",))
    if not several and len(words) > count and (more := _NAME.match(words[count])) and more.group()[:-1] in declared:
        message = f"|{count} is followed by more build arguments: also {context.show(more.group()[:-1], 60)}"
        return Hit(position, message, subject=("count",))
    own = [pair.key for pair in pairs if pair.key not in declared and pair.key.upper() not in _PREDEFINED]
    # The ARGs of a base whose history was cut aren't known.
    whole = isinstance(context.steps[0].instruction, RootFilesystem) and position in context.own_steps
    if own and (declared or whole):
        message = f"no ARG declares {context.show(', '.join(own[:5]), 80)}, which is a build argument of RUN"
        return Hit(position, message, subject=("undeclared", *own))
    return None


def _left_out(context: Context) -> Iterator[Hit]:
    """A RUN without the build argument that RUNs before and behind it have."""
    runs = [
        (position, {pair.key for pair in run.build_args or ()})
        for position, run in context.of(Run)
        if registry.of(context.steps[position].dialect).args_from_outside and not context.in_base(position)
    ]
    last: dict[str, int] = {name: index for index, (_, names) in enumerate(runs) for name in names}
    # Arguments that a later RUN has too. A RUN that lacks one is reported; otherwise only its own are examined.
    waiting: set[str] = set()
    found = 0
    for index, (position, names) in enumerate(runs):
        missing = waiting - names
        waiting |= names
        waiting.difference_update([name for name in names if last[name] == index])
        if missing:
            if found == _MOST:
                return
            found += 1
            what = context.show(", ".join(sorted(missing)[:5]), 80)
            yield Hit(
                position,
                f"the build argument {what} is in scope before and after, but not here",
                severity=Severity.LOW,
                subject=("missing", *sorted(missing)),
            )


rule = Rule(
    id="REC020",
    name="build-arguments-do-not-fit",
    family=Family.RECORD,
    severity=Severity.MEDIUM,
    summary="A RUN's build arguments do not match the preceding ARGs",
    why=(
        "Before every RUN, a builder records the number of build arguments in scope, and each with its value (`|1 "
        "VERSION=2`). A count that does not match, or an argument that no ARG declares, was not written by a "
        "builder."
    ),
    fix="Compare with the build log or the published image; rebuild from source.",
    references=(
        Reference(
            "OCI image specification: config, history",
            "https://github.com/opencontainers/image-spec/blob/main/config.md",
        ),
        cwe(345, "Insufficient Verification of Data Authenticity"),
    ),
    check=check,
)
