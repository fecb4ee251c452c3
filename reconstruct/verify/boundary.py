"""Where an image's own steps begin, according to history: is the entry before them from the same build?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from reconstruct import pattern, times
from reconstruct.builders import registry
from reconstruct.builders.base import Builder
from reconstruct.builders.prediction import Prediction
from reconstruct.builders.recognise import dialects, kind
from reconstruct.dockerfile.stages import SCRATCH
from reconstruct.dockerfile.unknown import is_unknown
from reconstruct.image import HistoryEntry, Image
from reconstruct.record import dataclass
from reconstruct.reference import same_image
from reconstruct.syntax import Dialect

_ID = pattern.compile(r"[0-9a-f]{12}\Z")

# The classic builder commits an instruction that runs nothing in about a tenth of a second; a separate build
# takes longer to start. Commands can take hours, so only a longer gap separates two builds; after a CMD, which
# ends most images, any gap does.
SAME_BUILD_SECONDS = 0.4
AT_ONCE_SECONDS = 2
SHORT_STEP_SECONDS = 120
LONG_STEP_SECONDS = 6 * 3600


class Place(StrEnum):
    """Whether the entry before the first own step is the base's.

    At once: buildah's comments say so, but the entry was made at the same moment as the first own step.
    """

    BASE = "base"
    SAME_BUILD = "same build"
    AT_ONCE = "at once"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Boundary:
    """The verdict on one position: `reason` says why it isn't the base's, `base` is the base's name if recorded."""

    place: Place
    reason: str = ""
    base: str = ""


def boundary(image: Image, first: int, name: str) -> Boundary:
    """Judges the position before entry `first`, where the steps of builder `name` would begin (1 ≤ first < entries)."""
    builder, history = registry.named(name), image.history
    written = dialects(image)
    writers = tuple(kind(history[index], written[index]) for index in (first - 1, first))
    if builder.one_layer_for_all:
        return _named(builder, history, writers[0], first)
    if writers[0] is not builder.dialect:
        return Boundary(Place.BASE)
    if builder.no_times:
        return Boundary(Place.UNCLEAR, f"{builder.title} writes no timestamps to tell the steps apart")
    if not builder.cached_times:
        return _by_start(history[first - 1], history[first])
    return _by_layer_times(history, first) if writers[1] is builder.dialect else Boundary(Place.BASE)


def recorded(image: Image, first: int, prediction: Prediction) -> str:
    """The base's name in the history of the own steps if it isn't the one in FROM; else empty."""
    builder = registry.named(prediction.builder)
    if not builder.one_layer_for_all or is_unknown(prediction.base) or prediction.base == SCRATCH:
        return ""
    names = [builder.base_name(entry) for entry in (*image.history[first : first + 1], *image.history[-1:])]
    name = next((name for name in names if name and not _ID.match(name)), "")
    return "" if not name or same_image(prediction.base, name) else name


def _by_layer_times(history: tuple[HistoryEntry, ...], first: int) -> Boundary:
    before, own = history[first - 1], history[first]
    if bool(before.created) != bool(own.created):
        return Boundary(Place.BASE)
    layers = not all(entry.empty_layer for entry in history[first:])
    if not before.created or (layers and before.created == own.created):
        return Boundary(Place.SAME_BUILD, "the step before has the same timestamp")
    # Steps without a layer have the time of the layer below them, whoever made it.
    return _by_end(before, own, timed=layers or before.created != own.created)


def _by_start(before: HistoryEntry, own: HistoryEntry) -> Boundary:
    gap = seconds_between(before.created, own.created)
    if gap is not None and 0 <= gap < SAME_BUILD_SECONDS:
        return Boundary(Place.SAME_BUILD, f"the step before was created only {gap:.2f} s earlier")
    return _by_end(before, own, timed=gap is not None)


def _by_end(before: HistoryEntry, own: HistoryEntry, timed: bool) -> Boundary:
    """A base image usually ends with CMD; for any other step only a longer pause shows that a build ended with it.

    A Dockerfile can also have a CMD in the middle, so the next step may not follow immediately.
    """
    gap = seconds_between(before.created, own.created) if timed else None
    if _is(before, "CMD") and not _is(own, "ENTRYPOINT") and (gap is None or not 0 <= gap < AT_ONCE_SECONDS):
        return Boundary(Place.BASE)
    quick = not re.match(r"RUN |\|[0-9]+ |/(?!.*#\(nop\))", own.created_by)
    if gap is not None and gap >= (SHORT_STEP_SECONDS if quick else LONG_STEP_SECONDS):
        return Boundary(Place.BASE)
    return Boundary(Place.UNCLEAR, "the same builder made the step before, and its timestamp doesn't separate it")


def _is(entry: HistoryEntry, keyword: str) -> bool:
    return bool(re.match(rf"(?:.*#\(nop\) +)?{keyword} ", entry.created_by))


def _named(builder: Builder, history: Sequence[HistoryEntry], before_by: Dialect, first: int) -> Boundary:
    """buildah names each commit's parent: the base at a build's first step, an image ID at the others. `before_by` wrote the
    entry before the first."""
    name = builder.base_name(history[first])
    if name is not None:
        if _ID.match(name):
            return Boundary(Place.SAME_BUILD, f"the first is built on image {name}, which is the result of a step")
        before = history[first - 1]
        if before_by is builder.dialect and before.empty_layer and not before.comment:
            # If the build makes one layer, its last step has the name, and those before it have nothing.
            return Boundary(Place.UNCLEAR, "the step before makes no layer and may be part of the same build", name)
        return Boundary(Place.BASE, base=name)
    name = builder.base_name(history[-1]) or ""
    same = before_by in (builder.dialect, Dialect.CLASSIC)
    if same and history[first - 1].empty_layer:
        # One layer for the whole build, on its last step: an entry without one is from the same build.
        return Boundary(Place.SAME_BUILD, "the step before makes no layer, so it is part of the same build")
    if same and not _stamped(history, first):
        gap = seconds_between(history[first - 1].created, history[first].created)
        if gap is not None and 0 <= gap < SAME_BUILD_SECONDS:
            return Boundary(Place.AT_ONCE, f"the step before was created only {gap:.2f} s earlier")
    return Boundary(Place.BASE, base="" if _ID.match(name) else name)


def _stamped(history: Sequence[HistoryEntry], first: int) -> bool:
    """Whether the build was given the time for all its entries (`--timestamp`)."""
    own = {entry.created for entry in history[first:]}
    return len(own) == 1 and (len(history) - first > 1 or {entry.created for entry in history} == own)


def seconds_between(earlier: str | None, later: str | None) -> float | None:
    """The seconds between two RFC 3339 times, None if one is missing or broken."""
    first, second = times.parse(earlier), times.parse(later)
    if first is None or second is None:
        return None
    return (second - first).total_seconds()
