"""The user's options: `--base IMAGE`, `--base NAME`, `--base-steps N`."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.base.evidence import Case
from reconstruct.base.model import Claim, Source
from reconstruct.base.names import is_name
from reconstruct.image import HistoryEntry, Image
from reconstruct.syntax import Certainty

PLACEHOLDER = "base-without-a-name"


def claims(case: Case) -> Iterator[Claim]:
    """The claim from --base and --base-steps: one at most."""
    end = _entries_of(case) if case.base_steps is not None else None
    if isinstance(case.base, Image):
        yield _image(case.image, case.base, end)
    elif case.base is not None:
        reason = (
            "named by --base"
            if end is None
            else f"named by --base, ending after step {case.base_steps} by --base-steps"
        )
        yield Claim(Source.GIVEN, reason, case.base, end, Certainty.EXACT)
    elif end is not None:
        yield Claim(
            Source.GIVEN,
            f"the base ends after step {case.base_steps} by --base-steps",
            None,
            end,
            Certainty.EXACT,
        )


def _entries_of(case: Case) -> int:
    """The history entries that the first `base_steps` steps were read from."""
    kept = [step.index for step in case.steps[: case.base_steps] if step.index is not None]
    return max(kept) + 1 if kept else 0


def _image(image: Image, base: Image, end: int | None) -> Claim:
    """The entries shared by base and image; none if the base is another image."""
    names = tuple(tag for tag in base.tags if is_name(tag))
    name = names[0] if names else PLACEHOLDER
    if end is not None:
        reason = "given with --base and --base-steps"
        return Claim(Source.GIVEN, reason, name, end, Certainty.EXACT, names, image=base)
    entries, doubt, contradicted = shared(image, base)
    certainty = Certainty.INFERRED if doubt or contradicted else Certainty.EXACT
    reason = "given with --base" + (f" ({doubt or contradicted})" if doubt or contradicted else "")
    return Claim(
        Source.GIVEN, reason, name, entries, certainty, names, image=base, contradicted=contradicted, digest=None
    )


def shared(image: Image, base: Image) -> tuple[int, str, str]:
    """The number of the image's first entries that are the base's, what makes that uncertain, and what shows that the base
    isn't below the image at all; both empty if nothing does."""
    mine, theirs = image.history, base.history
    entries = 0
    while entries < min(len(mine), len(theirs)) and _same(mine[entries], theirs[entries]):
        entries += 1
    fit = _layers_fit(image, base)
    if entries == len(theirs) and theirs:
        if fit is False:
            return entries, "", "same history, but different layers: another build of it"
        same = fit or mine[:entries] == theirs
        return entries, "" if same else "the image starts with its history, but with different timestamps", ""
    if fit:
        return min(len(theirs), len(mine)), "the image starts with its layers, but not with its history", ""
    if not theirs and fit is None:
        return 0, "it has no history", ""
    where = f"entry {entries + 1} differs" if entries < len(mine) else "it has more entries"
    return entries, "", f"the image doesn't start with its history: {where}"


def _same(one: HistoryEntry, other: HistoryEntry) -> bool:
    """Whether two entries describe the same step; times may be zeroed in one of the two saved forms."""
    return (one.created_by, one.empty_layer) == (other.created_by, other.empty_layer)


def _layers_fit(image: Image, base: Image) -> bool | None:
    """Whether the base's layers are the image's first, None if the layers of either are unknown."""
    mine = [layer.diff_id for layer in image.layers]
    theirs = [layer.diff_id for layer in base.layers]
    if not theirs or not mine or None in theirs or None in mine:
        return None
    return mine[: len(theirs)] == theirs
