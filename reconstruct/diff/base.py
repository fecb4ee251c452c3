"""The bases of two builds: which steps are theirs, and whether they are one, another, or the same rebuilt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from reconstruct.diff.layers import shared_prefix
from reconstruct.diff.model import BaseDifference, BaseStatus, Side, Status, StepDifference
from reconstruct.diff.times import moment
from reconstruct.image import Image
from reconstruct.reference import canonical, read
from reconstruct.syntax import Add, Certainty, Cmd, RootFilesystem, Step

if TYPE_CHECKING:
    from reconstruct.base.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class BasePart:
    """What is known of one side's base: `steps` is how many of the first steps are its."""

    steps: int = 0
    name: str | None = None
    digest: str | None = None
    declared: bool = False
    opaque: bool = False
    date: datetime | None = None
    layers: int | None = None


def base_part(image: Image, steps: Sequence[Step], catalogue: Catalogue | None = None) -> BasePart:
    """The base that the image tells of, by `reconstruct.base`."""
    from reconstruct.base import find_base

    base = find_base(image, steps, catalogue=catalogue)
    count = min(base.entries, len(steps)) or _leading_root(steps)
    made = [step for step in steps[:count] if step.entry is not None]
    date = moment(made[-1].entry.created) if made and made[-1].entry else None
    layers = sum(1 for step in steps[:count] if step.layer is not None) if count else None
    name = None if base.name in (None, "", "scratch") else base.name
    declared = name is not None and base.certainty is Certainty.EXACT
    return BasePart(count, name, base.digest, declared, _opaque(steps), date, layers)


def _leading_root(steps: Sequence[Step]) -> int:
    """The steps that brought the root file system in, where the base can't be told: a leading `ADD file:… in /` with
    the CMD behind it is one too (Docker's official images, before BuildKit)."""
    count = 0
    while count < len(steps) and isinstance(steps[count].instruction, RootFilesystem):
        count += 1
    first = steps[0].instruction if steps else None
    if count == 0 and isinstance(first, Add) and first.destination == "/" and first.checksum:
        return 2 if len(steps) > 1 and isinstance(steps[1].instruction, Cmd) else 1
    return count


def _opaque(steps: Sequence[Step]) -> bool:
    from reconstruct.diff.canonical import OPAQUE_ROOTS

    first = steps[0].instruction if steps else None
    return isinstance(first, RootFilesystem) and first.kind in OPAQUE_ROOTS


def same_name(old: str, new: str) -> bool:
    """Whether two names are one, a digest behind a name aside."""
    before, after = (canonical(str(read(name)._replace(digest=""))) for name in (old, new))
    return before == after


def compare_bases(
    old: Side,
    new: Side,
    parts: tuple[BasePart, BasePart],
    rows: Sequence[StepDifference],
    *,
    comparable: bool,
) -> BaseDifference:
    """`comparable`: one builder made both, for one platform, so that equal bases have equal layers."""
    before, after = parts
    status, detail = _status(parts, rows)
    shared = shared_prefix(old.image.layers, new.image.layers)
    if status in (BaseStatus.SAME, BaseStatus.UNKNOWN) and comparable:
        status, detail = _by_contents(status, detail, parts, rows, (old, new), shared)
    return BaseDifference(
        status,
        before.name,
        after.name,
        before.digest,
        after.digest,
        before.date,
        after.date,
        shared,
        before.layers,
        after.layers,
        detail,
    )


def _status(parts: tuple[BasePart, BasePart], rows: Sequence[StepDifference]) -> tuple[BaseStatus, str]:
    """By names and steps. Two names contradict each other only where both were declared: `FROM python` stands on a
    root file system that names itself debian."""
    before, after = parts
    if before.digest and after.digest and before.digest == after.digest:
        return BaseStatus.SAME, "the same digest"
    if before.name and after.name and before.declared and after.declared and not same_name(before.name, after.name):
        return BaseStatus.ANOTHER, "another name"
    changed = [row for row in rows if row.base and row.status is not Status.SAME]
    if changed and not (before.opaque or after.opaque):
        named = before.name and after.name and same_name(before.name, after.name)
        if named or all(row.keyword in ("ROOT", "ADD") and row.status is Status.CHANGED for row in changed):
            return _by_date(parts), "the same name, other steps" if named else "another root file system"
        return BaseStatus.ANOTHER, "other steps"
    if before.digest and after.digest:
        return _by_date(parts), "another digest"
    if before.opaque or after.opaque:
        return BaseStatus.UNKNOWN, "the root file system's step does not say what it brought"
    if not before.steps and not after.steps:
        return BaseStatus.UNKNOWN, "neither image tells its base"
    return BaseStatus.SAME, "the same steps"


def _by_contents(
    status: BaseStatus,
    detail: str,
    parts: tuple[BasePart, BasePart],
    rows: Sequence[StepDifference],
    sides: tuple[Side, Side],
    shared: int,
) -> tuple[BaseStatus, str]:
    """The layers' word, where both sides' are known: the base's own layers are shared, or were made anew."""
    from reconstruct.diff.model import LayerStatus

    own = [row for row in rows if row.base and row.layer is not LayerStatus.NONE]
    known = [row for row in own if row.layer is not LayerStatus.UNKNOWN]
    if any(row.layer is LayerStatus.DIFFERS for row in known):
        return _by_date(parts), "the same steps, other layers"
    if known and len(known) == len(own):
        return BaseStatus.SAME, "the same layers"
    return status, detail


def _by_date(parts: tuple[BasePart, BasePart]) -> BaseStatus:
    before, after = parts[0].date, parts[1].date
    if before is None or after is None or before == after:
        return BaseStatus.REBUILT
    return BaseStatus.NEWER if after > before else BaseStatus.OLDER
