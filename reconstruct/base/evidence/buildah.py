"""buildah's comments: `FROM name` on a build's first step (with --layers) or on its last (one layer for the whole build)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconstruct import pattern
from reconstruct.base.evidence import Case
from reconstruct.base.model import Claim, Source
from reconstruct.base.names import is_digest, is_name
from reconstruct.entries import buildah_base
from reconstruct.image import HistoryEntry, Image
from reconstruct.syntax import Certainty, Dialect, Step

_ID = pattern.compile(r"[0-9a-f]{12}(?:[0-9a-f]{52})?$")


def claims(case: Case) -> Iterator[Claim]:
    """Each name given in a comment; buildah may also have built the image that it built on."""
    history = case.image.history
    for position, told in enumerate(map(buildah_base, history)):
        if told is None or _ID.match(told) or not is_name(told) or told == "scratch":
            continue
        # Without --layers only a stage's last entry names the stage's base.
        single = position == len(history) - 1 or not names_its_base(history[position + 1])
        entries = _single_layer_start(case.image, case.steps, position) if single else position
        name, _, digest = told.partition("@")
        yield Claim(
            Source.BUILDAH,
            "named by buildah in history",
            name,
            entries,
            Certainty.EXACT,
            digest=digest if is_digest(digest) else None,
        )


def names_its_base(entry: HistoryEntry | None) -> bool:
    """Whether the entry's comment names the base."""
    return entry is not None and buildah_base(entry) is not None


def _single_layer_start(image: Image, steps: Sequence[Step], last: int) -> int:
    """The start of a single-layer build: after the last entry that made a layer, that another builder wrote, or that is from
    a build with --layers, whose entries all name their base."""
    for position in range(last - 1, -1, -1):
        entry = image.history[position]
        if not entry.empty_layer or names_its_base(entry) or steps[position].dialect is not Dialect.BUILDAH:
            return position + 1
    return 0
