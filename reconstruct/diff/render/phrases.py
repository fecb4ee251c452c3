"""The result of a comparison in words: the lines that the text and markdown views share. All text is safe to show."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from reconstruct.diff.layers import growth_of
from reconstruct.diff.model import (
    BaseDifference,
    BaseStatus,
    Change,
    ConfigChange,
    Difference,
    LayerStatus,
    Side,
    Status,
    StepDifference,
)
from reconstruct.show import units
from reconstruct.show.moments import plain
from reconstruct.show.text import one_line
from reconstruct.syntax import Foreign, RootFilesystem, Step

MARKS = {
    Status.SAME: " ",
    Status.CHANGED: "~",
    Status.ADDED: "+",
    Status.REMOVED: "-",
    Status.MOVED: ">",
    Status.SPLIT: "<",
    Status.MERGED: "<",
}
_SIZES = {"uncompressed": "uncompressed", "compressed": "transfer, compressed"}


def time(moment: datetime | None) -> str:
    """A time, in UTC; `unknown` for None."""
    return f"{plain(moment)} UTC" if moment else "unknown"


def size(value: int | None) -> str:
    """`145.2 MB`, `unknown` if it isn't known."""
    return "unknown" if value is None else units.human(value)


def exact_size(value: int | None) -> str:
    """`145.2 MB (145,200,311 bytes)`; `unknown` for None."""
    return "unknown" if value is None else f"{units.human(value)} ({value:,} bytes)"


def growth(value: int) -> str:
    """`+4.9 MB`, `-221 B`, `0 B`."""
    sign = "+" if value > 0 else "-" if value < 0 else ""
    return f"{sign}{units.human(abs(value))}"


def duration(seconds: float | None) -> str:
    """Seconds as `12.3 s`, `4 min 10 s` or `2 h 5 min`; `unknown` for None."""
    if seconds is None:
        return "unknown"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def side(one: Side) -> str:
    """`app.tar: BuildKit, linux/amd64, 2024-01-01 10:00:00 UTC, 17 steps`."""
    count = len(one.steps)
    parts = [one.builder, one.platform or "unknown platform", time(one.created), f"{count} step{'s' * (count != 1)}"]
    return one_line(f"{one.name}: {', '.join(parts)}")


def step_text(step: Step) -> str:
    """The step as a Dockerfile line, white space folded."""
    from reconstruct.writer import instruction_text
    from reconstruct.writer.instructions import Style, write

    if isinstance(step.instruction, RootFilesystem | Foreign):
        return one_line(instruction_text(step))
    return one_line(re.sub(r"\s+", " ", write(step, Style(layout="flat"))))


def row_text(difference: Difference, row: StepDifference) -> str:
    """The row's step as one line, from the new side if it has one."""
    if row.new:
        return step_text(difference.new.steps[row.new[0]])
    return step_text(difference.old.steps[row.old[0]])


def numbers(positions: Sequence[int]) -> str:
    """`7`, `7-9`: positions as people count them."""
    if not positions:
        return ""
    first, last = positions[0] + 1, positions[-1] + 1
    return str(first) if first == last else f"{first}-{last}"


def row_number(row: StepDifference) -> str:
    """`7` where both sides have the same number, else `7→8`."""
    old, new = numbers(row.old), numbers(row.new)
    return old if old == new else f"{old}→{new}" if old and new else old or new


def sameness(difference: Difference) -> str:
    """The headline if nothing differs, limited to what was compared."""
    if difference.partial:
        sizes = difference.sizes
        if None not in (sizes.old, sizes.new) and sizes.old != sizes.new:
            return "Only the sizes differ, which doesn't count."
        return "No differences in what was compared."
    if not difference.steps and difference.untold:
        return "The steps can't be compared; nothing else differs."
    return "The builds are the same" + (", as far as both show." if difference.notes or difference.untold else ".")


def counts(difference: Difference) -> str:
    """`1 changed, 2 added; 12 the same`, or why there are none to count."""
    if not difference.steps:
        return difference.untold or "none"
    return _counted(difference) + (f" ({difference.untold})" if difference.untold else "")


def _counted(difference: Difference) -> str:
    found = Counter(row.status for row in difference.steps if not row.hidden)
    parts = [f"{found[status]} {status}" for status in Status if status is not Status.SAME and found[status]]
    same = f"{found[Status.SAME]} the same"
    if not found:
        return "not compared"
    return f"{', '.join(parts)}; {same}" if parts else f"all {same}"


def change(each: Change) -> str:
    """One difference on one line: `env HOME: /a → /b`, `port 80/tcp → 81/tcp`, `--chown=1:1 added`."""
    name = f"{each.field} {each.key}" if each.key and each.key not in (each.old, each.new) else each.field
    if each.field == "flag":
        name = each.key or ""
    if each.old is None:
        return one_line(f"{name} added" + _value(each.new))
    if each.new is None:
        return one_line(f"{name} removed" + _value(each.old))
    return one_line(f"{name}: {_shown(each.old)} → {_shown(each.new)}")


def _value(text: str | None) -> str:
    return f": {text}" if text else ""


def _shown(text: str) -> str:
    return text if text else '""'


_BASES = {
    BaseStatus.SAME: "the same",
    BaseStatus.NEWER: "newer",
    BaseStatus.OLDER: "older",
    BaseStatus.REBUILT: "rebuilt",
    BaseStatus.ANOTHER: "different",
    BaseStatus.UNKNOWN: "unknown",
}


def base(found: BaseDifference) -> str:
    """`newer: debian:bookworm-20250101 → debian:bookworm-20250201 (another root file system); 1 layer shared`."""
    names = _arrow(found.old_name, found.new_name)
    digests = _arrow(units.short(found.old_digest) or None, units.short(found.new_digest) or None)
    dates = ""
    if found.old_date and found.new_date and found.status not in (BaseStatus.SAME, BaseStatus.UNKNOWN):
        dates = f", dated {_arrow(f'{found.old_date:%Y-%m-%d}', f'{found.new_date:%Y-%m-%d}')}"
    text = _BASES[found.status] + (f": {names}" if names else "") + (f" @ {digests}" if digests else "") + dates
    shared = f"; {found.shared_layers} layer{'s' * (found.shared_layers != 1)} shared at the bottom"
    return one_line(text + (f" ({found.detail})" if found.detail else "") + (shared if found.shared_layers else ""))


def _arrow(old: str | None, new: str | None) -> str:
    if old == new or not (old and new):
        return old or new or ""
    return f"{old} → {new}"


def layers(difference: Difference) -> list[str]:
    """Where the cache broke, and how many layers are the same; nothing if no layer is known."""
    found = difference.layers
    if not found.old or not found.new:
        return []
    lines = [f"{found.shared} of {found.new} layers are identical to the old image's"]
    if found.cache_broke is not None:
        row = difference.steps[found.cache_broke]
        why = (
            "explained by the differences above"
            if found.explained
            else "not explained by anything above: not reproducible, or its inputs changed"
        )
        where = f"step {row_number(row)}, {row_text(difference, row)}"
        lines.append(f"first unchanged step with a different layer: {where} ({why})")
        if len(found.rebuilt) > 1:
            lines.append(f"{len(found.rebuilt)} unchanged steps have a different layer")
    return lines


def config(each: ConfigChange, difference: Difference) -> str:
    """One difference of the config in force, with what explains it."""
    shown = change(Change(each.field, each.key, each.old, each.new))
    if each.explained == "step" and each.step is not None:
        return f"{shown} (step {row_number(difference.steps[each.step])})"
    return f"{shown} ({'from the base' if each.explained == 'base' else 'no step explains it'})"


def sizes(difference: Difference) -> list[str]:
    """Lines: the total of both sides, then the steps that grew or shrank most; none if sizes are unknown."""
    found = difference.sizes
    if found.kind is None:
        return []
    total = ""
    if found.old is not None and found.new is not None:
        share = f", {(found.new - found.old) / found.old:+.1%}" if found.old else ""
        total = f" ({growth(found.new - found.old)}{share})"
    lines = [f"{_SIZES[found.kind]}: {exact_size(found.old)} → {exact_size(found.new)}{total}"]
    for index in found.largest:
        row = difference.steps[index]
        lines.append(f"{growth(growth_of(row))}: step {row_number(row)}, {row_text(difference, row)}")
    return lines


def times(difference: Difference) -> list[str]:
    """Lines: the duration of both builds, first step to last, and the steps that differ most; none if a time is unknown."""
    found = difference.times
    if found.old is None or found.new is None:
        return []
    lines = [f"{duration(found.old)} → {duration(found.new)} from the first step to the last"]
    for index, old, new in found.gaps:
        row = difference.steps[index]
        lines.append(f"{duration(old)} → {duration(new)}: step {row_number(row)}, {row_text(difference, row)}")
    return lines


def remarks(difference: Difference, row: StepDifference) -> list[str]:
    """Further remarks on a row: moved with others, follows from another, another layer."""
    found = []
    if row.status is Status.MOVED:
        found.append("moved down" if row.old[0] < row.new[0] else "moved up")
    if row.status is Status.SPLIT:
        found.append(f"split in {len(row.new)}")
    if row.status is Status.MERGED:
        found.append(f"{len(row.old)} merged into one")
    if row.follows is not None:
        found.append(f"follows from step {row_number(difference.steps[row.follows])}")
    if row.base:
        found.append("in the base")
    if row.status is Status.SAME and row.layer is LayerStatus.DIFFERS:
        found.append("different layer")
    if growth_of(row):
        found.append(growth(growth_of(row)))
    return found
