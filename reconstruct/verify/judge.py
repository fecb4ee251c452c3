"""The verdict on one prediction: everything comparable is compared, and each comparison is reported."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from reconstruct import pattern
from reconstruct.builders import registry
from reconstruct.builders.hints import container_settings
from reconstruct.builders.prediction import Entry, Prediction
from reconstruct.dockerfile.unknown import MARKER, is_unknown
from reconstruct.image import HistoryEntry, Image
from reconstruct.record import dataclass
from reconstruct.reference import same_image
from reconstruct.verify import boundary as boundaries
from reconstruct.verify import entries, layers, origin, soundness
from reconstruct.verify.align import Pair, aligned
from reconstruct.verify.below import Below, filled, missing, unexplained
from reconstruct.verify.boundary import Boundary, Place
from reconstruct.verify.compare import config_mismatch, dropped, own_keys
from reconstruct.verify.model import Check, Mismatch, StepCheck, Subject, Verdict, Verification

# Common destinations of COPY.
_COMMON_DESTINATION = pattern.compile(
    r"(?:[./]|/?(?:app|src|usr/src/app|data|code|workspace|tmp|opt|root))?/*", re.IGNORECASE
)
_GIVE_BASE = "use --base"


@dataclass(frozen=True)
class Scene:
    """The input of the verdict: the image and its history as saved, the prediction, and what is known about the base.

    `base` is the base image, if given. `borrowed` are the base's variables that were inferred from their use in the
    steps. `platform` is the one that FROM asks for, as written.
    """

    image: Image
    saved: tuple[HistoryEntry, ...]
    prediction: Prediction
    below: Below
    base: Image | None = None
    borrowed: Mapping[str, str] | None = None
    platform: str = ""


def judge(scene: Scene, args: Mapping[str, str], solved: tuple[str, ...]) -> Verification:
    """The verdict on one prediction: `differs` if a check does, else `unknown` if one that counts is, else `matches`."""
    image, prediction = scene.image, scene.prediction
    steps = _steps(image, prediction)
    placed = [step.index for step in steps if step.index is not None]
    first = placed[0] if placed else len(image.history)
    history = _history(steps, first, prediction)
    checks = [history]
    notes: list[str] = []
    if history.result is Verdict.MATCHES:
        checks += [
            *_base(scene, first),
            *origin.checks(image, prediction, first, scene.below, scene.platform, scene.base),
        ]
        checks += layers.checks(image, scene.saved, prediction, first, scene.base)
        checks += soundness.checks(image)
        checks += entries.checks(scene.saved, image, prediction, first, scene.base)
        checks += _config(scene, first, notes)
        checks += _contents(steps, prediction, image)
        checks += _hidden(image, steps, prediction)
    worst = _worst(checks)
    return Verification(
        verdict=worst.result if worst else Verdict.MATCHES,
        builder=prediction.builder,
        reason=worst.detail if worst else "",
        difference=worst.difference if worst else None,
        steps=steps,
        base=MARKER.sub(r"${\1}", prediction.base),
        base_entries=max(first, 0),
        build_args=dict(args),
        solved=solved,
        notes=tuple(notes),
        checks=tuple(checks),
    )


def _worst(checks: list[Check]) -> Check | None:
    """The check that rules out a match, if any."""
    for result in (Verdict.DIFFERS, Verdict.UNKNOWN):
        for check in checks:
            if check.result is result and check.counts:
                return check
    return None


# -- history ------------------------------------------------------------------------------------------------------------


def _steps(image: Image, prediction: Prediction) -> tuple[StepCheck, ...]:
    history, own = image.history, prediction.own
    builder = registry.named(prediction.builder)
    version = builder.version(image)
    first = len(prediction.history) - len(own) if prediction.base_known else len(history) - len(own)

    def same(entry: Entry, actual: HistoryEntry) -> bool:
        return builder.matches(entry, actual.created_by, version)

    pairs: list[Pair]
    if not prediction.base_known:
        pairs = aligned(own, history, max(first, 0), same, below=True) if own else []
    elif own:
        found = aligned(own, history[first:], 0, same)
        # If the base is known, nothing may be between it and the first step.
        before = next((index for _, index in found if index is not None), 0)
        found = [*((None, index) for index in range(before)), *found]
        pairs = [(position, None if index is None else index + first) for position, index in found]
    else:
        pairs = [(None, index) for index in range(first, len(history))]
    return tuple(_told(pairs, own, history, same))


def _told(
    pairs: list[Pair],
    own: tuple[Entry, ...],
    history: tuple[HistoryEntry, ...],
    same: Callable[[Entry, HistoryEntry], bool],
) -> Iterator[StepCheck]:
    at = (0, 0)
    for position, index in pairs:
        actual = history[index] if index is not None else None
        if position is None:
            yield StepCheck("", at[0], at[1], "extra", "", actual.created_by if actual else None, index)
            continue
        entry = own[position]
        instruction = entry.instruction
        at = (instruction.start, instruction.end) if instruction else at
        if actual is None:
            status = "missing"
        elif same(entry, actual):
            status = "matches" if entry.checksum is None else "contents"
        else:
            status = "differs"
        keyword = instruction.keyword if instruction else ""
        yield StepCheck(keyword, *at, status, entry.text, actual.created_by if actual else None, index)


def _history(steps: tuple[StepCheck, ...], first: int, prediction: Prediction) -> Check:
    wrong = [step for step in steps if step.status in ("differs", "missing", "extra")]
    if not wrong:
        count = len(steps)
        detail = f"{count} step{'s' if count != 1 else ''}, each with its history entry"
        return Check(Subject.HISTORY, Verdict.MATCHES, detail)
    step = wrong[0]
    lines = f"line {step.start}" if step.start == step.end else f"lines {step.start}-{step.end}"
    more = f"; {len(wrong) - 1} more difference{'s' if len(wrong) > 2 else ''}" if len(wrong) > 1 else ""
    if step.status == "extra":
        where = f"after {lines}" if step.start else "before the first step"
        return Check(
            Subject.HISTORY, Verdict.DIFFERS, f"the image has more steps{more}", Mismatch(where, "", step.actual)
        )
    reason = (
        f"line {step.start} differs" if step.status == "differs" else f"the image has no step for line {step.start}"
    )
    if step.status == "missing" and all(other.status == "missing" for other in steps):
        reason = "the image has fewer steps"
    difference = Mismatch(f"{lines} ({step.instruction})", step.expected, step.actual)
    return Check(Subject.HISTORY, Verdict.DIFFERS, f"{reason}{more}", difference)


# -- the base -----------------------------------------------------------------------------------------------------------


def _base(scene: Scene, first: int) -> Iterator[Check]:
    """The evidence for and against the entries before the own steps being the base's."""
    image, prediction = scene.image, scene.prediction
    if prediction.base_known:
        yield _known_base(image, prediction, first)
        if recorded := boundaries.recorded(image, first, prediction):
            mismatch = Mismatch("FROM", f"FROM {prediction.base}", f"FROM {recorded}")
            yield Check(Subject.BASE, Verdict.UNKNOWN, "history names a different base", mismatch)
        return
    if not prediction.own:
        if not (prediction.config.get("OnBuild") and scene.below.ends_at(first)):
            detail = f"no step of the Dockerfile leaves a trace: {_GIVE_BASE}"
            yield Check(Subject.BASE, Verdict.UNKNOWN, detail)
        return
    if first == 0:
        if not _layers_below(image):
            wanted = Mismatch("FROM", f"FROM {prediction.base}", "an image without a base")
            yield Check(Subject.BASE, Verdict.DIFFERS, "the image has no base below these steps", wanted)
        return
    yield _border(scene, boundaries.boundary(image, first, prediction.builder), first)


def _border(scene: Scene, found: Boundary, first: int) -> Check:
    history, prediction = scene.image.history, scene.prediction
    if found.base and not is_unknown(prediction.base) and not same_image(prediction.base, found.base):
        mismatch = Mismatch("FROM", f"FROM {prediction.base}", f"FROM {found.base}")
        return Check(Subject.BASE, Verdict.DIFFERS, "the base differs", mismatch)
    if not is_unknown(prediction.base) and (other := scene.below.other_version(prediction.base, first)):
        mismatch = Mismatch("FROM", f"FROM {prediction.base}", f"FROM {other}")
        return Check(Subject.BASE, Verdict.DIFFERS, "the base's version differs", mismatch)
    told = f"entries 1-{first} are the base's" if first > 1 else "entry 1 is the base's"
    if found.base and history[first].comment and history[first - 1].comment == history[first].comment:
        # An image isn't built from itself.
        return Check(Subject.BASE, Verdict.UNKNOWN, f"the step before was also built on {found.base}: {_GIVE_BASE}")
    if found.place is Place.BASE or scene.below.ends_at(first, by_comment=found.place is not Place.AT_ONCE):
        return Check(Subject.BASE, Verdict.MATCHES, told)
    if found.place is Place.SAME_BUILD:
        extra = Mismatch("before the first step", "", history[first - 1].created_by)
        return Check(Subject.BASE, Verdict.DIFFERS, f"the image has more steps: {found.reason}", extra)
    detail = f"can't tell where the base ends ({found.reason}): {_GIVE_BASE}"
    return Check(Subject.BASE, Verdict.UNKNOWN, detail)


def _known_base(image: Image, prediction: Prediction, first: int) -> Check:
    count = len(prediction.history) - len(prediction.own)
    for index, (entry, actual) in enumerate(zip(prediction.history[:count], image.history, strict=False)):
        if entry.created_by != actual.created_by:
            mismatch = Mismatch(f"the base's entry {index + 1}", entry.created_by, actual.created_by)
            return Check(Subject.BASE, Verdict.DIFFERS, "the base differs", mismatch)
    if len(image.history) < count:
        mismatch = Mismatch("the base", f"{count} history entries", f"{len(image.history)} in all")
        return Check(Subject.BASE, Verdict.DIFFERS, "the image has fewer entries than the base", mismatch)
    return Check(
        Subject.BASE, Verdict.MATCHES, f"{prediction.base}, {count} history {'entry' if count == 1 else 'entries'}"
    )


def _layers_below(image: Image) -> bool:
    """Whether the image has layers without a history entry: a base may have no history."""
    made = sum(not entry.empty_layer for entry in image.history)
    return len(image.layers) > made


# -- the config ---------------------------------------------------------------------------------------------------------


def _config(scene: Scene, first: int, notes: list[str]) -> Iterator[Check]:
    image, prediction = scene.image, scene.prediction
    unlike, remarks = config_mismatch(image, prediction, scene.base)
    notes += remarks
    if not image.has_config:
        yield Check(Subject.CONFIG, Verdict.UNKNOWN, "the saved form has no config", counts=False)
        return
    if unlike is not None:
        yield Check(Subject.CONFIG, Verdict.DIFFERS, f"the config's {unlike.where} differs", unlike)
        return
    left: list[str] = []
    lost: list[str] = []
    if not prediction.base_known:
        known, own = scene.below.left(first), own_keys(prediction)
        unasked = registry.named(prediction.builder).own_labels
        left += unexplained(image, known, own, scene.borrowed or {}, unasked)
        left += [*container_settings(image.config), *_stranger(scene, first)]
        left += filled(image.config, prediction.config, known)
        lost += missing(image, known, own, "container_config" in image.raw_config)
        if _lost_path(scene, first):
            lost.append("ENV PATH")
    for what in left[:20]:
        detail = f"no step sets {what}: {_GIVE_BASE}"
        yield Check(Subject.CONFIG, Verdict.UNKNOWN, detail)
    for what in lost[:20]:
        yield Check(Subject.CONFIG, Verdict.UNKNOWN, f"a step of the base sets {what}, but the config doesn't have it")
    gone = dropped(image, prediction)
    for key in gone:
        detail = f"steps set {key}, but the config doesn't have it: its format can't store it, or it was removed"
        yield Check(Subject.CONFIG, Verdict.UNKNOWN, detail)
    if not left and not lost and not gone:
        yield Check(Subject.CONFIG, Verdict.MATCHES, "every value is set by a step of the Dockerfile or of the base")


def _lost_path(scene: Scene, first: int) -> bool:
    """Whether the config has no PATH although the builder gives every image one, or an entry of the base's sets it."""
    image = scene.image
    if image.windows or any(str(entry).startswith("PATH=") for entry in image.config.get("Env") or ()):
        return False
    return registry.named(scene.prediction.builder).sets_path or scene.below.sets_path(first)


def _stranger(scene: Scene, first: int) -> list[str]:
    """The author, if neither a MAINTAINER nor an entry names it."""
    author = scene.image.raw_config.get("author")
    if not author or author == scene.prediction.author:
        return []
    below = scene.saved[:first]
    named = any(entry.author == author or str(author) in entry.created_by for entry in below)
    return [] if named else ["the author"]


def _contents(steps: tuple[StepCheck, ...], prediction: Prediction, image: Image) -> Iterator[Check]:
    unseen = [step for step in steps if step.status == "contents"]
    if not unseen:
        if image.layers and any(step.instruction in ("RUN", "COPY", "ADD") for step in steps):
            detail = "the files in the steps' layers: only a rebuild shows them"
            yield Check(Subject.CONTENTS, Verdict.UNKNOWN, detail, counts=False)
        return
    if len(unseen) == len(prediction.own) and _says_nothing(prediction.own):
        detail = "the Dockerfile only copies files, and history has only their checksums"
        yield Check(Subject.CONTENTS, Verdict.UNKNOWN, detail)
        return
    lines = ", ".join(str(step.start) for step in unseen)
    detail = f"contents of copied files (lines {lines}): history has only checksums"
    yield Check(Subject.CONTENTS, Verdict.UNKNOWN, detail, counts=False)


def _hidden(image: Image, steps: tuple[StepCheck, ...], prediction: Prediction) -> Iterator[Check]:
    """Steps whose entries show less than the Dockerfile, as all entries of old builder versions do."""
    builder = registry.named(prediction.builder)
    version = builder.version(image)
    for step, entry in zip(steps, prediction.own, strict=True):
        if builder.hides(entry, step.actual or "", version):
            detail = f"history shows no flags for line {step.start}, but this builder version may not record them"
            yield Check(Subject.HISTORY, Verdict.UNKNOWN, detail)


def _says_nothing(own: tuple[Entry, ...]) -> bool:
    """Whether the copies could come from any Dockerfile: to one common destination."""
    if len({entry.created_by + entry.after for entry in own}) > 1:
        return False
    destination = own[0].after.removeprefix(" in ").removesuffix(" ")
    return bool(_COMMON_DESTINATION.fullmatch(destination)) and "--" not in own[0].created_by
