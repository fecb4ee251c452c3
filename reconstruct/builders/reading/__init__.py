"""created_by → AST. One module a dialect; what two dialects share stands in `bodies`, `copying` and `own_line`."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.builders import makers
from reconstruct.builders.reading import build_args
from reconstruct.builders.reading.state import Reading, State
from reconstruct.builders.recognise import dialects
from reconstruct.image import HistoryEntry, Image
from reconstruct.syntax import Certainty, Dialect, Note, Onbuild, Shell, Step

__all__ = ["parse"]

_CUT = "the end of the text: it was printed cut off (--no-trunc prints all of it)"

# How much of a RUN is looked at for the arguments in front, and in how many.
_ENOUGH = 8192
_ENOUGH_RUNS = 32


def parse(image: Image) -> tuple[Step, ...]:
    """The build steps of an image, oldest first: one a history entry, then ONBUILD triggers that only the config has.

    Never raises: a text that nobody is known to write becomes a `Foreign` step. Layers are paired later.
    """
    state = State.of(image)
    kinds = dialects(image)
    for entry, kind in zip(image.history, kinds, strict=True):
        if kind is Dialect.BUILDAH:
            from reconstruct.builders.reading import buildah

            state.arg_names |= buildah.declared_names(entry.created_by)
        else:
            text = entry.created_by[:_ENOUGH].removeprefix("RUN ")
            state.arg_names |= build_args.names_in(text)
            if len(state.shown) < _ENOUGH_RUNS and build_args.count(text):
                state.shown.append(text)
    texts = state.texts = [entry.created_by for entry in image.history]
    steps = []
    for index, (entry, dialect) in enumerate(zip(image.history, kinds, strict=True)):
        state.index = index
        reading, dialect = _read(entry, dialect, state, image, texts, index)
        if isinstance(reading.instruction, Shell):
            state.shells_seen.append(reading.instruction.words)
        steps.append(_step(reading, entry, index, dialect, state))
    return (*steps, *_kept_triggers(image, steps, state))


def _read(
    entry: HistoryEntry, dialect: Dialect, state: State, image: Image, texts: Sequence[str], index: int
) -> tuple[Reading, Dialect]:
    """The entry's reading, and who wrote it after all."""
    made = makers.root_filesystem(entry) or makers.recognised(entry)
    if made is not None:
        return made, Dialect.OTHER
    text = entry.created_by
    reading: Reading | None = None
    if not text:
        return makers.unknown(entry), Dialect.OTHER
    # Each dialect is imported when it is met: most images are one builder's.
    if dialect is Dialect.KANIKO:
        from reconstruct.builders.reading import own_line
        from reconstruct.dockerfile.dialect import BUILDKIT

        reading = own_line.read(text, state, BUILDKIT)
        if reading is None and own_line.begins(text):
            return makers.unknown(entry), Dialect.OTHER
    elif dialect is Dialect.BUILDKIT:
        from reconstruct.builders.reading import buildkit

        reading = buildkit.instruction(text, state)
    elif dialect is Dialect.BUILDAH:
        from reconstruct.builders.reading import buildah

        place = buildah.Place(texts=texts, index=index, config=image.config)
        reading = buildah.instruction(text, state, place)
        if reading is None and text.startswith(buildah.NOP):
            return makers.unknown(entry), Dialect.OTHER
    elif "#(nop) " in text:
        from reconstruct.builders.reading import classic

        if classic.is_instruction(text, state):
            reading = classic.instruction(text, state)
            if reading is None:
                return makers.unknown(entry), Dialect.OTHER
    if reading is not None:
        return reading, dialect
    return _command(entry, dialect, state, index)


def _command(entry: HistoryEntry, dialect: Dialect, state: State, index: int) -> tuple[Reading, Dialect]:
    """An entry that is a command line: RUN of the classic builder, or a container that was committed."""
    text = entry.created_by
    comment = entry.comment
    if dialect is Dialect.BUILDKIT:
        return makers.unknown(entry), Dialect.OTHER
    if makers.is_bare_shell(text) or (comment and not comment.startswith("FROM ")):
        return makers.committed(entry, first=index == 0), Dialect.OTHER
    if text.startswith("#"):
        return makers.unknown(entry), Dialect.OTHER
    from reconstruct.builders.reading import classic

    return classic.run(text, state), Dialect.CLASSIC


def _step(reading: Reading, entry: HistoryEntry, index: int, dialect: Dialect, state: State) -> Step:
    notes = tuple(Note(Certainty.LOST, text) for text in reading.lost)
    if entry.cut:
        notes = (Note(Certainty.LOST, _CUT), *notes)
    notes += tuple(Note(Certainty.INFERRED, text) for text in reading.inferred)
    certainty = notes[0].certainty if notes else Certainty.EXACT
    return Step(
        instruction=reading.instruction,
        entry=entry,
        index=index,
        dialect=dialect,
        shell=state.shell,
        certainty=certainty,
        notes=notes,
    )


def _kept_triggers(image: Image, steps: Sequence[Step], state: State) -> list[Step]:
    """ONBUILD triggers of the config that no entry shows: BuildKit keeps them out of history."""
    triggers = image.config.get("OnBuild")
    if not isinstance(triggers, list):
        return []
    shown = [step.instruction.trigger for step in steps if isinstance(step.instruction, Onbuild)]
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
