"""What stands beside the text of a history entry: its author and comment, and the times of the base's entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconstruct import pattern, times
from reconstruct.builders import registry
from reconstruct.builders.prediction import Prediction
from reconstruct.dockerfile.stages import SCRATCH
from reconstruct.image import HistoryEntry, Image
from reconstruct.verify.model import Check, Mismatch, Subject, Verdict

_NAMES_ID = pattern.compile(r"FROM (?:sha256:)?[0-9a-f]{12,64}")


def checks(
    saved: Sequence[HistoryEntry], image: Image, prediction: Prediction, first: int, base: Image | None
) -> Iterator[Check]:
    """Checks the own entries' authors and comments, and that the entries of a given base were copied as they are.

    `saved` is the history as saved; `first` the entry of the first own step. Forms that have only texts are left out.
    """
    if not _has_entries(image):
        return
    if base is not None and _has_entries(base):
        yield from _copied(saved[:first], base.history)
    own = saved[first : first + len(prediction.own)]
    known = {"", prediction.author, image.author, base.author if base is not None else ""}
    texts = [entry.created_by for entry in saved]
    stranger = next(
        (
            index
            for index, entry in enumerate(own, first + 1)
            if entry.author not in known and not any(entry.author in text for text in texts)
        ),
        None,
    )
    if stranger is not None:
        yield Check(Subject.HISTORY, Verdict.UNKNOWN, f"no step names the author of entry {stranger}")
    if prediction.author and not image.raw_config.get("author"):
        yield Check(Subject.CONFIG, Verdict.UNKNOWN, "the config has no author, which a step sets")
    builder = registry.named(prediction.builder)
    odd = _odd_parent(own, prediction.base == SCRATCH) if builder.one_layer_for_all else _odd_comment(own, prediction)
    if odd is not None:
        detail = f"the comment of entry {first + odd + 1} is not what {builder.title} writes"
        yield Check(Subject.HISTORY, Verdict.UNKNOWN, detail)


def _has_entries(image: Image) -> bool:
    return isinstance(image.raw_config.get("history"), list)


def _copied(mine: Sequence[HistoryEntry], theirs: Sequence[HistoryEntry]) -> Iterator[Check]:
    for number, (one, other) in enumerate(zip(mine, theirs, strict=False), 1):
        what = _unlike(one, other)
        if what:
            difference = Mismatch(f"the base's entry {number}", other.created_by, one.created_by)
            # A base that was built again is the same but for its times.
            detail = f"the {what} of entry {number} is not the one in the base"
            yield Check(Subject.BASE, Verdict.UNKNOWN, detail, difference, counts=what != "time")
            return


def _unlike(one: HistoryEntry, other: HistoryEntry) -> str:
    """What differs beside the text; empty if nothing does. BuildKit gives a time to entries that have none."""
    if one.comment != other.comment:
        return "comment"
    if one.author != other.author:
        return "author"
    if one.empty_layer != other.empty_layer:
        return "empty_layer mark"
    return "time" if other.created and times.parse(one.created) != times.parse(other.created) else ""


def _odd_comment(own: Sequence[HistoryEntry], prediction: Prediction) -> int | None:
    for index, (entry, made) in enumerate(zip(own, prediction.own, strict=False)):
        if made.comment is not None and entry.comment != made.comment:
            return index
    return None


def _odd_parent(own: Sequence[HistoryEntry], on_scratch: bool) -> int | None:
    """The first entry whose comment doesn't fit buildah's: the base's name on the first step and IDs on the others, or,
    if the build makes one layer, a name on the last step alone."""
    comments = [entry.comment for entry in own]
    if not any(comments[:-1]):
        return None if not comments or comments[-1][:5] in ("", "FROM ") else len(comments) - 1
    if not comments[0] and not on_scratch:
        return 0
    return next((at for at, text in enumerate(comments) if at and not _NAMES_ID.fullmatch(text)), None)
