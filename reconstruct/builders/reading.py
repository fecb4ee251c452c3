"""History → AST: every entry read by the builder that wrote it."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.builders import makers, registry
from reconstruct.builders.base import Builder
from reconstruct.builders.recognise import dialects
from reconstruct.builders.state import Reading, State
from reconstruct.image import HistoryEntry, Image
from reconstruct.syntax import Certainty, Dialect, Note, Onbuild, Shell, Step

__all__ = ["parse"]

_CUT = "the end of the text: it was printed truncated (use --no-trunc)"


def parse(image: Image) -> tuple[Step, ...]:
    """The build steps of an image, oldest first: one per history entry, then ONBUILD triggers that only the config has.

    Never raises: text from an unknown tool becomes a `Foreign` step. Layers are paired later.
    """
    state = State.of(image)
    kinds = dialects(image)
    builders = {kind: registry.of(kind) for kind in kinds}
    state.texts = [entry.created_by for entry in image.history]
    for entry, kind in zip(image.history, kinds, strict=True):
        builders[kind].prepare(entry, state)
    steps = []
    for index, (entry, kind) in enumerate(zip(image.history, kinds, strict=True)):
        state.index = index
        reading, dialect = _read(entry, builders[kind], state)
        if isinstance(reading.instruction, Shell):
            state.shells_seen.setdefault(" ".join(reading.instruction.words), reading.instruction.words)
        steps.append(_step(reading, entry, index, dialect, state))
    return (*steps, *_kept_triggers(image, steps, state))


def _read(entry: HistoryEntry, builder: Builder, state: State) -> tuple[Reading, Dialect]:
    """The entry's reading, and the dialect of the builder that actually wrote it; `builder` is the one that it shows."""
    made = makers.made(entry, first=state.index == 0)
    if made is not None:
        return made, Dialect.OTHER
    if entry.created_by == state.hints.command and state.was_running(entry.created_by):
        return makers.committed(entry, first=False), Dialect.OTHER
    reading = builder.read(entry, state)
    if reading is not None:
        return reading, builder.dialect
    if builder.dialect in (Dialect.BUILDAH, Dialect.KANIKO) and "#(nop) " not in entry.created_by:
        # A step by Docker in an image that another builder signed.
        reading = registry.of(Dialect.CLASSIC).read(entry, state)
        if reading is not None:
            return reading, Dialect.CLASSIC
    return makers.leftover(entry, first=state.index == 0), Dialect.OTHER


def _step(reading: Reading, entry: HistoryEntry, index: int, dialect: Dialect, state: State) -> Step:
    if not (reading.lost or reading.inferred or entry.cut):
        return Step(reading.instruction, entry, index, dialect, state.shell)
    notes = [Note(Certainty.LOST, _CUT)] if entry.cut else []
    notes += [Note(Certainty.LOST, text) for text in reading.lost]
    notes += [Note(Certainty.INFERRED, text) for text in reading.inferred]
    return Step(reading.instruction, entry, index, dialect, state.shell, notes[0].certainty, tuple(notes))


def _hides_triggers(step: Step) -> bool:
    return step.dialect is Dialect.BUILDKIT and not isinstance(step.instruction, Onbuild)


def _kept_triggers(image: Image, steps: Sequence[Step], state: State) -> list[Step]:
    """ONBUILD triggers of the config that no entry shows: BuildKit keeps them out of history."""
    triggers = image.config.get("OnBuild")
    if not isinstance(triggers, list):
        return []
    # A build forgets its base's triggers; BuildKit's entries are of a build that shows none of its own.
    last = next((at for at in reversed(range(len(steps))) if _hides_triggers(steps[at])), -1)
    shown = [step.instruction.trigger for step in steps[last + 1 :] if isinstance(step.instruction, Onbuild)]
    kept = []
    for trigger in triggers:
        if not isinstance(trigger, str):
            continue
        if trigger in shown:
            shown.remove(trigger)
            continue
        note = Note(Certainty.INFERRED, "from the config: the builder writes no history entry for ONBUILD")
        kept.append(
            Step(
                instruction=Onbuild(trigger=trigger),
                dialect=Dialect.BUILDKIT,
                shell=state.shell,
                certainty=Certainty.INFERRED,
                notes=(note,),
            )
        )
    return kept
