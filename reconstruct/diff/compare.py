"""From two images to their Difference: combines canonical form, alignment and the modules for each aspect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from reconstruct.builders import registry
from reconstruct.diff import blocks, builder
from reconstruct.diff.align import Node, Pairing, align, increasing
from reconstruct.diff.arguments import compare_arguments
from reconstruct.diff.base import BasePart, base_part, compare_bases
from reconstruct.diff.canonical import Canon, PairsView, SetView, Unknown, canonical
from reconstruct.diff.changes import Equals, changes, cost, equal
from reconstruct.diff.config import compare_configs
from reconstruct.diff.layers import compare_layers, compare_sizes, layer_status, row_size, size_kind
from reconstruct.diff.model import (
    BaseStatus,
    Change,
    Difference,
    LayerStatus,
    Side,
    Status,
    StepDifference,
)
from reconstruct.diff.times import compare_times, moment
from reconstruct.diff.words import command_lines, line_edits
from reconstruct.image import Image
from reconstruct.record import replace
from reconstruct.syntax import Dialect, Onbuild
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.base.catalogue import Catalogue


def diff(
    old: Image,
    new: Image,
    *,
    old_name: str = "",
    new_name: str = "",
    bases: tuple[Image | str | None, Image | str | None] = (None, None),
    catalogue: Catalogue | None = None,
) -> Difference:
    """Compares two builds. `old_name` and `new_name` are their names in the result (default: tag or source); `bases` their
    bases, if known: an Image, or a name. Raises NotFoundError for an invalid image name.
    """
    sides = _side(old, old_name), _side(new, new_name)
    canons = _comparable(sides)
    parts = _base_parts(sides, bases, catalogue)
    untold = _untold(sides)
    if not all(side.steps for side in sides):
        canons = (), ()
    coarse: list[int] = []
    left: list[int] = []
    pairing, spent = _align(*canons, coarse.append)
    rows = blocks.rows(pairing, *canons, left.append)
    kind = size_kind(*sides)
    rows = [_filled(row, canons, sides, parts, kind) for row in rows]
    rows = _without_untold(rows, canons, parts, sides)
    rows = _explained(rows)
    return replace(
        _difference(sides, parts, tuple(rows), canons, spent, kind),
        untold=untold or _coarse(max(sum(coarse), len(left))),
    )


def _side(image: Image, name: str) -> Side:
    from reconstruct import steps

    found = steps(image)
    return Side(
        image,
        found,
        name or next(iter(image.tags), None) or image.source or image.image_id or "image",
        builder.name(image, found),
        image.platform,
        moment(image.created),
    )


def _comparable(sides: tuple[Side, Side]) -> tuple[tuple[Canon, ...], tuple[Canon, ...]]:
    """Both sides' canonical steps; ONBUILD comes last on both if one builder keeps it out of history."""
    both_keep = all(builder.Maker(builder.main_dialect(side.steps)).keeps_onbuild for side in sides if side.steps)
    found = []
    for side in sides:
        canons = canonical(side.image, side.steps)
        found.append(canons if both_keep else _triggers_last(canons, side.image))
    return found[0], found[1]


def _triggers_last(canons: Sequence[Canon], image: Image) -> tuple[Canon, ...]:
    """ONBUILD as in the config: the pending triggers, after everything else. Those of a base have run."""
    waiting = Counter(text for text in image.config.get("OnBuild") or () if isinstance(text, str))
    rest, triggers = [], []
    for canon in reversed(canons):
        instruction = canon.step.instruction
        if not isinstance(instruction, Onbuild):
            rest.append(canon)
        elif waiting[instruction.trigger]:
            waiting[instruction.trigger] -= 1
            triggers.append(canon)
    return (*reversed(rest), *reversed(triggers))


def _base_parts(
    sides: tuple[Side, Side], bases: tuple[Image | str | None, Image | str | None], catalogue: Catalogue | None
) -> tuple[BasePart, BasePart]:
    old, new = (base_part(side.image, side.steps, base, catalogue) for side, base in zip(sides, bases, strict=True))
    return old, new


def _coarse(count: int) -> str:
    """The note on stretches without a common step that were too long to search for changed steps."""
    return f"{count} of them not paired: too many consecutive differences" if count else ""


def _untold(sides: tuple[Side, Side]) -> str:
    """Why the steps can't be compared, or not completely: a side without history, truncated texts."""
    empty = [which for side, which in zip(sides, ("old", "new"), strict=True) if not side.steps]
    if empty:
        both = len(empty) == 2
        return f"not compared: {'neither' if both else 'the ' + empty[0]} image has {'a' if both else 'no'} history"
    cut = [sum(bool(step.entry and step.entry.cut) for step in side.steps) for side in sides]
    if any(cut):
        count = sum(cut)
        return f"{count} step{'s are' if count != 1 else ' is'} truncated: compared as far as {'they go' if count != 1 else 'it goes'}"
    for side, which in zip(sides, ("old", "new"), strict=True):
        entries = [step.entry for step in side.steps if step.entry is not None]
        made, layers = sum(not entry.empty_layer for entry in entries), len(side.image.layers)
        if entries and made < layers:
            return f"the {which} image's history covers {made} of its {layers} layers: compared as far as it goes"
    return ""


def _align(old: Sequence[Canon], new: Sequence[Canon], coarse: Callable[[int], None]) -> tuple[Pairing, int]:
    """The alignment. A step with an equal on the other side is never reported as changed: it stayed or moved."""
    twins = _Twins(old, new)

    def price(i: int, j: int) -> int | None:
        if twins.surplus_old(i) and twins.surplus_new(j):
            return cost(old[i], new[j])
        return None

    def anchors() -> list[Node]:
        counts = Counter(canon.exact for canon in old), Counter(canon.exact for canon in new)
        places = {canon.exact: j for j, canon in enumerate(new)}
        return increasing(
            [(i, places[c.exact]) for i, c in enumerate(old) if counts[0][c.exact] == counts[1][c.exact] == 1]
        )

    return align(len(old), len(new), lambda i, j: equal(old[i], new[j]), price, anchors, coarse=coarse)


class _Twins:
    """The steps without an equal left on the other side, which may have been changed."""

    def __init__(self, old: Sequence[Canon], new: Sequence[Canon]) -> None:
        self._old, self._new = old, new
        self._exact = Counter(canon.exact for canon in old), Counter(canon.exact for canon in new)
        # Between two builders, steps can be equal without equal keys.
        self._strict = len({canon.maker for canon in (*old, *new)}) <= 1
        self._others = (Equals(old, range(len(old)), old=True), Equals(new, range(len(new)), old=False))
        self._known: dict[tuple[bool, int], bool] = {}

    def surplus_old(self, i: int) -> bool:
        return self._surplus(True, i)

    def surplus_new(self, j: int) -> bool:
        return self._surplus(False, j)

    def _surplus(self, is_old: bool, at: int) -> bool:
        key = (is_old, at)
        if key not in self._known:
            self._known[key] = self._count(is_old, at)
        return self._known[key]

    def _count(self, is_old: bool, at: int) -> bool:
        mine, theirs = (self._exact) if is_old else (self._exact[1], self._exact[0])
        canon = (self._old if is_old else self._new)[at]
        if self._strict:
            return mine[canon.exact] > theirs[canon.exact]
        others = self._others[is_old]
        matches = sum(others.equal(other, canon) for other in others.candidates(canon))
        return mine[canon.exact] > matches


def _filled(
    row: StepDifference,
    canons: tuple[Sequence[Canon], Sequence[Canon]],
    sides: tuple[Side, Side],
    parts: tuple[BasePart, BasePart],
    kind: str | None,
) -> StepDifference:
    """The row with its changes, layers and positions in the sides' steps (not in the canonical order)."""
    old = tuple(canons[0][i] for i in row.old)
    new = tuple(canons[1][j] for j in row.new)
    found = row.changes
    if row.status is Status.CHANGED:
        found = tuple(_with_lines(change, old[0], new[0], sides) for change in changes(old[0], new[0]))
    elif row.status in (Status.SPLIT, Status.MERGED):
        found = (_split_change(old, new, sides),)
    elif row.status in (Status.ADDED, Status.REMOVED):
        found = _whole((new or old)[0], row.status is Status.ADDED)
    layer = layer_status(old[0].step, new[0].step) if len(old) == len(new) == 1 else LayerStatus.NONE
    before, after = tuple(canon.position for canon in old), tuple(canon.position for canon in new)
    return replace(
        row,
        old=before,
        new=after,
        changes=found,
        layer=layer,
        base=all(i < parts[0].steps for i in before) and all(j < parts[1].steps for j in after),
        size=(row_size(sides[0].steps, before, kind), row_size(sides[1].steps, after, kind)),
        keyword=(new or old)[0].kind,
    )


def _with_lines(change: Change, old: Canon, new: Canon, sides: tuple[Side, Side]) -> Change:
    """A command's change with its lines and words."""
    if change.field != "command" or change.old is None or change.new is None:
        return change
    if old.kind != "RUN":
        return replace(change, lines=line_edits([change.old], [change.new]))
    lines = [
        command_lines(text, canon.step.shell, side.image.windows)
        for text, canon, side in zip((change.old, change.new), (old, new), sides, strict=True)
    ]
    return replace(change, lines=line_edits(*lines))


def _split_change(old: Sequence[Canon], new: Sequence[Canon], sides: tuple[Side, Side]) -> Change:
    """The combined text of a split or merged RUN's parts, line by line."""
    texts = [
        [line for canon in part for line in command_lines(blocks.run_text(canon), canon.step.shell, side.image.windows)]
        for part, side in zip((old, new), sides, strict=True)
    ]
    return Change("command", None, "\n".join(texts[0]), "\n".join(texts[1]), line_edits(*texts))


def _whole(canon: Canon, added: bool) -> tuple[Change, ...]:
    """The parts of an added or removed step that sets several values."""

    def change(field: str, key: str | None, value: str | None) -> Change:
        return Change(field, key, None, value) if added else Change(field, key, value, None)

    match canon.view:
        case PairsView():
            return tuple(change(canon.kind.lower(), key, value) for key, value in canon.view.raw.items())
        case SetView() if not isinstance(canon.view.items, Unknown):
            field = "port" if canon.kind == "EXPOSE" else "path"
            return tuple(change(field, item, item) for item in sorted(canon.view.items))
    return ()


# Instructions that change no file: builders that write entries only for layers leave them to the config.
_METADATA = frozenset(
    {
        "ENV", "LABEL", "ARG", "CMD", "ENTRYPOINT", "EXPOSE", "VOLUME", "USER", "STOPSIGNAL", "HEALTHCHECK",
        "SHELL", "ONBUILD", "MAINTAINER", "WORKDIR",
    }
)  # fmt: skip


def _without_untold(
    rows: list[StepDifference],
    canons: tuple[Sequence[Canon], Sequence[Canon]],
    parts: tuple[BasePart, BasePart],
    sides: tuple[Side, Side],
) -> list[StepDifference]:
    """Drops rows that only one side has because the other's builder, or its base's only step, doesn't record them."""
    silent = [_silent(side) for side in sides]
    kept = []
    for row in rows:
        if row.status in (Status.ADDED, Status.REMOVED):
            other = 0 if row.status is Status.ADDED else 1
            if silent[other] and not silent[1 - other] and row.keyword in _METADATA:
                continue
            if parts[other].opaque and not parts[1 - other].opaque and _in_base(row, parts[1 - other], other):
                continue
        kept.append(row)
    return kept


def _in_base(row: StepDifference, part: BasePart, other: int) -> bool:
    positions = row.new if other == 0 else row.old
    return all(position < part.steps for position in positions)


def _silent(side: Side) -> bool:
    return any(not registry.of(step.dialect).keeps_settings for step in side.steps)


# The number of changed values considered as the cause of a later one.
_CAUSES = 64


def _explained(rows: Sequence[StepDifference]) -> list[StepDifference]:
    """The rows, each with the earlier row that it follows from: its value contains the one changed there, expanded."""
    causes: list[int] = []
    result = []
    for index, row in enumerate(rows):
        changed = row.status is Status.CHANGED and bool(row.changes)
        if changed and row.keyword not in ("RUN", "ARG"):
            found = next((cause for cause in causes if _all_follow(row, rows[cause])), None)
            result.append(replace(row, follows=found))
        else:
            result.append(row)
        if changed and row.keyword in ("ENV", "ARG", "WORKDIR"):
            causes = [*causes[1 - _CAUSES :], index]
    return result


def _all_follow(row: StepDifference, cause: StepDifference) -> bool:
    return any(all(_follows(change, source) for change in row.changes) for source in cause.changes)


def _follows(change: Change, source: Change) -> bool:
    if not source.old or not source.new or change.old is None or change.new is None:
        return False
    return source.old in change.old and change.old.replace(source.old, source.new) == change.new


def _difference(
    sides: tuple[Side, Side],
    parts: tuple[BasePart, BasePart],
    rows: tuple[StepDifference, ...],
    canons: tuple[Sequence[Canon], Sequence[Canon]],
    spent: int,
    kind: str | None,
) -> Difference:
    old, new = sides
    one_builder = _makers(canons[0]) == _makers(canons[1]) and _one_engine(old.image, new.image)
    comparable = one_builder and old.platform == new.platform and _one_layout(rows, sides)
    base = compare_bases(old, new, parts, rows, comparable=comparable)
    base_differs = base.status not in (BaseStatus.SAME, BaseStatus.UNKNOWN)
    arguments = compare_arguments(rows, sides, strict=one_builder)
    return Difference(
        old,
        new,
        base,
        rows,
        compare_configs(old.image, new.image, rows, strict=one_builder, base_differs=base_differs),
        arguments,
        compare_layers(old, new, rows, comparable=comparable, explained=base_differs or bool(arguments)),
        compare_sizes(old, new, rows, kind),
        compare_times(old, new, (parts[0].steps, parts[1].steps), rows),
        _notes(sides, one_builder),
        spent,
    )


def _makers(canons: Sequence[Canon]) -> builder.Maker | None:
    return next((canon.maker for canon in reversed(canons) if canon.maker.dialect is not Dialect.OTHER), None)


def _one_layout(rows: Sequence[StepDifference], sides: tuple[Side, Side]) -> bool:
    """Whether the same steps made layers on both sides: buildah makes one per build, or one per step."""
    if not registry.of(builder.main_dialect(sides[0].steps)).one_layer_for_all:
        return True
    same = [row for row in rows if row.status is Status.SAME]
    return all((sides[0].steps[row.old[0]].layer is None) == (sides[1].steps[row.new[0]].layer is None) for row in same)


def _one_engine(old: Image, new: Image) -> bool:
    """Whether the classic builder may have made both; it always records its Docker version, buildah never does."""
    return bool(old.docker_version) == bool(new.docker_version) or not (old.has_config and new.has_config)


def _notes(sides: tuple[Side, Side], one_builder: bool) -> tuple[str, ...]:
    found = []
    for side, which in zip(sides, ("old", "new"), strict=True):
        if not side.image.has_config:
            found.append(f"the {which} image has no config: its settings can't be compared")
    if not one_builder and all(side.steps for side in sides):
        found.append("different builders: only what both record is compared; their layers are never identical")
    return tuple(found)
