"""Where an image's own steps begin, as far as history tells: is the entry before them of the same build?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from reconstruct import times
from reconstruct.image import HistoryEntry

_BUILDAH_BASE = re.compile(r"FROM (\S+)\Z")
_ID = re.compile(r"[0-9a-f]{12}\Z")
_NOP = re.compile(r"#\(nop\) ")
_SINGLE_BLANK = re.compile(r"/bin/sh -c #\(nop\) (?! |COPY |ADD |WORKDIR )")

# The classic builder commits an instruction that runs nothing in about a tenth of a second; a build of its own
# starts with more than that. What runs can take hours, so only a longer gap tells two builds apart.
SAME_BUILD_SECONDS = 0.4
SHORT_STEP_SECONDS = 120
LONG_STEP_SECONDS = 6 * 3600


class Place(StrEnum):
    """Whether the entry before the first own step is the base's."""

    BASE = "base"
    SAME_BUILD = "same build"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Boundary:
    place: Place
    reason: str = ""
    base: str = ""


def kind(entry: HistoryEntry) -> str:
    """Who wrote an entry: `buildkit`, `buildah`, `classic`, `docker` (classic or buildah), or `other`."""
    text = entry.created_by
    if entry.comment.startswith("buildkit."):
        return "buildkit"
    if _BUILDAH_BASE.match(entry.comment) or _SINGLE_BLANK.match(text):
        return "buildah"
    if re.search(r"#\(nop\)  ", text):
        return "classic"
    if _NOP.search(text) or (
        text and not entry.comment and not text.startswith(("#", "Apply image", "Install update"))
    ):
        return "docker"
    return "other"


def boundary(history: tuple[HistoryEntry, ...], first: int, builder: str) -> Boundary:
    """Judges the place before entry `first`, where the own steps would begin (1 ≤ first < len(history))."""
    before, own = history[first - 1], history[first]
    if builder == "buildah":
        return _buildah(history, first)
    theirs, ours = kind(before), kind(own)
    if theirs == "other" or (builder == "classic" and theirs in ("buildkit", "buildah")):
        return Boundary(Place.BASE)
    if builder == "classic":
        return _classic(before, own)
    if theirs != "buildkit" or ours != "buildkit":
        return Boundary(Place.BASE)
    return _buildkit(history, first)


def _buildkit(history: tuple[HistoryEntry, ...], first: int) -> Boundary:
    before, own = history[first - 1], history[first]
    if bool(before.created) != bool(own.created):
        return Boundary(Place.BASE)
    layers = not all(entry.empty_layer for entry in history[first:])
    if not before.created or (layers and before.created == own.created):
        return Boundary(Place.SAME_BUILD, "the step before them is of the same moment")
    # Steps without a layer bear the time of the layer below them, whoever made it.
    return _by_end(before, own, timed=layers)


def _classic(before: HistoryEntry, own: HistoryEntry) -> Boundary:
    gap = seconds_between(before.created, own.created)
    if gap is not None and 0 <= gap < SAME_BUILD_SECONDS:
        return Boundary(Place.SAME_BUILD, f"the step before them was made {gap:.2f} s earlier")
    return _by_end(before, own, timed=gap is not None)


def _by_end(before: HistoryEntry, own: HistoryEntry, timed: bool) -> Boundary:
    """A base image ends with CMD, as a rule; of any other step only a long time says that a build ended with it."""
    if _is(before, "CMD") and not _is(own, "ENTRYPOINT"):
        return Boundary(Place.BASE)
    gap = seconds_between(before.created, own.created) if timed else None
    quick = not re.match(r"RUN |\|[0-9]+ |/(?!.*#\(nop\))", own.created_by)
    if gap is not None and gap >= (SHORT_STEP_SECONDS if quick else LONG_STEP_SECONDS):
        return Boundary(Place.BASE)
    return Boundary(Place.UNCLEAR, "the same builder made the step before them, and its time does not tell it apart")


def _is(entry: HistoryEntry, keyword: str) -> bool:
    return bool(re.match(rf"(?:.*#\(nop\) +)?{keyword} ", entry.created_by))


def _buildah(history: tuple[HistoryEntry, ...], first: int) -> Boundary:
    """buildah names what each commit is from: the base at a build's first step, an image ID at the others."""
    own, last, before = history[first], history[-1], history[first - 1]
    match = _BUILDAH_BASE.match(own.comment)
    if match:
        inside = bool(_ID.match(match[1])) and len(history) - first > 0
        if inside:
            return Boundary(Place.SAME_BUILD, f"their first is from the image {match[1]}, which is a step before")
        return Boundary(Place.BASE, base=match[1])
    match = _BUILDAH_BASE.match(last.comment)
    name = match[1] if match and not _ID.match(match[1]) else ""
    if kind(before) in ("buildah", "docker") and before.empty_layer:
        # One layer for the whole build, on its last step: an entry without one is of the same build.
        return Boundary(Place.SAME_BUILD, "the step before them makes no layer, so it is of the same build")
    return Boundary(Place.BASE, base=name)


def seconds_between(earlier: str | None, later: str | None) -> float | None:
    """The seconds between two RFC 3339 times, None where one is missing or broken."""
    first, second = times.parse(earlier), times.parse(later)
    if first is None or second is None:
        return None
    return (second - first).total_seconds()


def same_name(written: str, commented: str) -> bool:
    """Whether FROM's name can be the image that buildah names: hosts and `library/` may be added, `latest` too."""
    mine, theirs = _parts(written), _parts(commented)
    return mine[1] == theirs[1] and (
        mine[0] == theirs[0] or theirs[0].endswith("/" + mine[0]) or mine[0].endswith("/" + theirs[0])
    )


def _parts(name: str) -> tuple[str, str]:
    path, at, digest = name.partition("@")
    head, slash, last = path.rpartition("/")
    last, _, tag = last.partition(":")
    path = f"{head}{slash}{last}"
    for prefix in ("docker.io/library/", "docker.io/", "localhost/", "library/"):
        path = path.removeprefix(prefix)
    return path, at + digest if at else tag or "latest"
