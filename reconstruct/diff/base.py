"""The bases of two builds: which steps belong to them, and whether they are the same, different, or rebuilt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reconstruct import pattern
from reconstruct.diff.layers import shared_prefix
from reconstruct.diff.model import BaseDifference, BaseStatus, Side, Status, StepDifference
from reconstruct.diff.times import moment
from reconstruct.image import Image
from reconstruct.record import dataclass
from reconstruct.reference import canonical, read, split
from reconstruct.syntax import Add, Certainty, Cmd, RootFilesystem, Step
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.base.catalogue import Catalogue


@dataclass(frozen=True)
class BasePart:
    """What is known about one side's base: `steps` is the number of its steps."""

    steps: int = 0
    name: str | None = None
    digest: str | None = None
    declared: bool = False
    opaque: bool = False
    date: datetime | None = None


def base_part(
    image: Image, steps: Sequence[Step], base: Image | str | None = None, catalogue: Catalogue | None = None
) -> BasePart:
    """The given base, or the one found by `reconstruct.base`."""
    from reconstruct.base import find_base

    found = find_base(image, steps, base, catalogue=catalogue)
    count = min(found.entries, len(steps)) or _leading_root(steps)
    made = [step for step in steps[:count] if step.entry is not None]
    date = moment(made[-1].entry.created) if made and made[-1].entry else None
    name = None if found.name in (None, "", "scratch") else found.name
    declared = name is not None and found.certainty is Certainty.EXACT
    return BasePart(count, name, found.digest, declared, _opaque(steps), date)


def _leading_root(steps: Sequence[Step]) -> int:
    """The steps that added the root file system, if the base is unknown; this includes a leading `ADD file:… in /` with
    the CMD after it (Docker's official images, before BuildKit)."""
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
    """Whether two names are the same, ignoring digests."""
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
    if not rows:
        status, detail = _by_names(parts)
    elif old.image.os != new.image.os:
        status, detail = BaseStatus.ANOTHER, "different operating system"
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
        detail,
    )


def _status(parts: tuple[BasePart, BasePart], rows: Sequence[StepDifference]) -> tuple[BaseStatus, str]:
    """By names and steps. Two names contradict each other only if both were declared: `FROM python` is based on a
    root file system that names itself debian."""
    before, after = parts
    if before.digest and after.digest and before.digest == after.digest:
        return BaseStatus.SAME, "same digest"
    if before.name and after.name and before.declared and after.declared and not same_name(before.name, after.name):
        return BaseStatus.ANOTHER, "different name"
    changed = [row for row in rows if row.base and row.status is not Status.SAME]
    if changed and not (before.opaque or after.opaque):
        named = before.name and after.name and same_name(before.name, after.name)
        if named or all(row.keyword in ("ROOT", "ADD") and row.status is Status.CHANGED for row in changed):
            return _by_date(parts), "same name, different steps" if named else "different root file system"
        return BaseStatus.ANOTHER, "different steps"
    if before.digest and after.digest:
        return _by_date(parts), "different digest"
    if before.opaque or after.opaque:
        return BaseStatus.UNKNOWN, "the root file system is not identified"
    if not before.steps and not after.steps:
        return BaseStatus.UNKNOWN, "neither image names its base"
    return BaseStatus.SAME, "same steps"


def _by_contents(
    status: BaseStatus,
    detail: str,
    parts: tuple[BasePart, BasePart],
    rows: Sequence[StepDifference],
    sides: tuple[Side, Side],
    shared: int,
) -> tuple[BaseStatus, str]:
    """By layers, if both sides' are known: the base's own layers are shared, or were rebuilt."""
    from reconstruct.diff.model import LayerStatus

    own = [row for row in rows if row.base and row.layer is not LayerStatus.NONE]
    known = [row for row in own if row.layer is not LayerStatus.UNKNOWN]
    if any(row.layer is LayerStatus.DIFFERS for row in known):
        return _by_date(parts), "same steps, different layers"
    if known and len(known) == len(own):
        return BaseStatus.SAME, "same layers"
    return status, detail


def _by_names(parts: tuple[BasePart, BasePart]) -> tuple[BaseStatus, str]:
    """By names only, without steps to compare."""
    before, after = parts
    if not before.name or not after.name:
        return BaseStatus.UNKNOWN, "the steps can't be compared"
    if same_name(before.name, after.name):
        return BaseStatus.UNKNOWN, "same name"
    return _by_date(parts), "different name"


def _by_date(parts: tuple[BasePart, BasePart]) -> BaseStatus:
    """Newer or older: by the versions in the names, else by date. Another repository's image is neither."""
    before, after = parts
    if before.name and after.name:
        if split(before.name).repository != split(after.name).repository:
            return BaseStatus.ANOTHER
        order = compared(before.name, after.name)
        if order:
            return BaseStatus.NEWER if order > 0 else BaseStatus.OLDER
    if before.date is None or after.date is None or before.date == after.date:
        return BaseStatus.REBUILT
    return BaseStatus.NEWER if after.date > before.date else BaseStatus.OLDER


_TAG_NUMBERS = pattern.compile(r"\d+(?:\.\d+)*")
_TAG_DAY = pattern.compile(r"(?<!\d)20\d{6}(?!\d)")


def compared(old: str, new: str) -> int:
    """1 if the tag of `new` has a later version than that of `old`, -1 for an earlier one, 0 if unknown.

    `3.21.5` and `3.22.1`, `bookworm-20241111` and `bookworm-20250113`; a version with fewer numbers matches all that
    start with it.
    """
    tags = split(old).tag, split(new).tag
    days = [match[0] if (match := _TAG_DAY.search(tag)) else "" for tag in tags]
    if all(days) and days[0] != days[1]:
        return 1 if days[1] > days[0] else -1
    numbers = [
        [int(part[:12]) for part in match[0].split(".")] if (match := _TAG_NUMBERS.match(tag)) else [] for tag in tags
    ]
    for mine, theirs in zip(*numbers, strict=False):
        if mine != theirs:
            return 1 if theirs > mine else -1
    return 0
