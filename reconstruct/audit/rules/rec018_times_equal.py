"""REC018: All steps have the same timestamp."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Reference, Rule
from reconstruct.audit.times import is_zero, moment
from reconstruct.syntax import Run


def check(context: Context) -> Iterator[Hit]:
    """Fires if the build's own entries, more than two and a RUN among them, all have one time that isn't zero."""
    own = [context.steps[position] for position in context.own_steps]
    entries = [step for step in own if step.entry is not None and step.instruction.keyword and step.entry.created]
    runs = sum(isinstance(step.instruction, Run) for step in entries)
    times = {step.entry.created for step in entries if step.entry}
    if len(times) == 1 and len(entries) > 2 and runs:
        time = moment(next(iter(times)))
        if time is not None and not is_zero(time):
            message = f"all {len(entries)} steps of the build are dated {time:%Y-%m-%d %H:%M:%S} UTC"
            yield Hit(context.own_steps[0], message, whole=True)


rule = Rule(
    id="REC018",
    name="times-all-equal",
    family=Family.RECORD,
    severity=Severity.LOW,
    summary="All steps have the same timestamp",
    why=(
        "Steps take time: if all entries of a build with several RUNs have the same timestamp, the build was made "
        "reproducible (SOURCE_DATE_EPOCH, buildah --timestamp), or the history was written by hand or by a tool."
    ),
    fix="For a reproducible build, do nothing; otherwise ask who wrote the history.",
    references=(
        Reference(
            "OCI image specification: config, history",
            "https://github.com/opencontainers/image-spec/blob/main/config.md",
        ),
        Reference("Reproducible Builds: SOURCE_DATE_EPOCH", "https://reproducible-builds.org/docs/source-date-epoch/"),
    ),
    check=check,
)
