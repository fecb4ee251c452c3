"""Pairing history entries with layers, where the counts agree and where they do not."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reconstruct.image import HistoryEntry, Image, Layer
from reconstruct.pairing import EMPTY_DIGEST, is_layer_note, pair, pair_with_notes, pairing_notes, unpaired_layers
from reconstruct.syntax import (
    Add,
    Certainty,
    Cmd,
    Copy,
    Dialect,
    Env,
    Foreign,
    Instruction,
    RootFilesystem,
    Run,
    ShellForm,
    Step,
    Workdir,
)

FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"


def run(text: str = "true") -> Run:
    return Run(command=ShellForm(text))


def image_of(
    *made: tuple[Instruction, bool],
    layers: int | tuple[Layer, ...],
    dialect: Dialect = Dialect.CLASSIC,
    **fields: object,
) -> tuple[tuple[Step, ...], Image]:
    """Steps and image from (instruction, whether its entry says it made a layer); layers are named L0, L1,
    …
    """
    if isinstance(layers, int):
        layers = tuple(Layer(digest=f"L{number}") for number in range(layers))
    history = tuple(HistoryEntry(created_by=str(number), empty_layer=not full) for number, (_, full) in enumerate(made))
    steps = tuple(
        Step(instruction, entry=entry, index=index, dialect=dialect)
        for index, ((instruction, _), entry) in enumerate(zip(made, history, strict=True))
    )
    return steps, Image(history=history, layers=layers, **fields)  # type: ignore[arg-type]


def digests(steps: tuple[Step, ...]) -> list[str | None]:
    return [step.layer.digest if step.layer else None for step in steps]


def texts(step: Step) -> list[str]:
    return [note.text for note in step.notes]


def test_entries_that_are_not_empty_pair_in_order() -> None:
    steps, image = image_of((Add(), True), (Cmd(), False), (run(), True), layers=2)
    paired = pair(steps, image)
    assert digests(paired) == ["L0", None, "L1"]
    assert [step.layer_index for step in paired] == [0, None, 1]
    assert all(step.layer_known and not step.notes for step in paired)
    assert pairing_notes(steps, image) == ()
    assert unpaired_layers(paired, image) == ()


def test_windows_classic_has_a_layer_for_every_entry() -> None:
    steps, image = image_of((RootFilesystem(), True), (Env(), True), (Cmd(), True), layers=3)
    assert digests(pair(steps, image)) == ["L0", "L1", "L2"]


def test_a_squashed_image_pairs_its_last_entry_with_a_note() -> None:
    steps, image = image_of(
        (Add(), True),
        (Cmd(), False),
        (run(), False),
        (Copy(), False),
        (Foreign(maker="squash"), True),
        layers=2,
    )
    merged = HistoryEntry(comment=f"merge sha256:{'a' * 64} to sha256:{'b' * 64}")
    image = replace(image, history=(*image.history[:-1], merged))
    steps = (*steps[:-1], replace(steps[-1], entry=merged))
    paired = pair(steps, image)
    assert digests(paired) == ["L0", None, None, None, "L1"]
    assert texts(paired[-1]) == ["layer: has the changes of 2 earlier steps without a layer"]
    assert is_layer_note(paired[-1].notes[0])
    assert pairing_notes(steps, image) == ("squashed: one layer has the changes of the steps before it",)


def test_buildah_without_layers_says_that_the_last_layer_holds_the_build() -> None:
    steps, image = image_of(
        (Copy(), True), (run(), False), (Copy(), False), (Cmd(), True), layers=2, dialect=Dialect.BUILDAH
    )
    paired = pair(steps, image)
    assert digests(paired) == ["L0", None, None, "L1"]
    assert texts(paired[3]) == ["layer: has the changes of 2 earlier steps without a layer"]


def test_no_history() -> None:
    image = Image(layers=(Layer(digest="L0"), Layer(digest="L1")), has_history=False)
    assert pair((), image) == ()
    assert pairing_notes((), image) == ("2 layers, no history: their steps are unknown",)
    assert [place for place, _ in unpaired_layers((), image)] == [0, 1]


def test_steps_only_in_the_config_have_no_layer() -> None:
    image = Image(layers=(Layer(digest="L0"),))
    (step,) = pair([Step(Env())], image)
    assert step.layer is None
    assert step.layer_known


def test_a_base_without_history_takes_the_first_layers() -> None:
    steps, image = image_of((run(), True), (Copy(), True), layers=5)
    paired = pair(steps, image)
    assert digests(paired) == ["L3", "L4"]
    assert paired[0].notes[0].certainty is Certainty.INFERRED
    assert pairing_notes(steps, image) == (
        "5 layers, 2 history entries that made one",
        "the first 3 layers assumed to be a base image's, without history",
    )
    assert [place for place, _ in unpaired_layers(paired, image)] == [0, 1, 2]


def test_layers_added_without_history_come_last_when_the_root_is_told() -> None:
    steps, image = image_of((Add(destination="/"), True), (run(), True), layers=3)
    assert digests(pair(steps, image)) == ["L0", "L1"]
    assert "the last 1 layer assumed to have no history entry" in pairing_notes(steps, image)


def test_schema_1_throwaways_leave_their_empty_blobs_out() -> None:
    layers = (Layer(digest="L0"), Layer(digest=EMPTY_DIGEST), Layer(digest="L2"), Layer(digest=EMPTY_DIGEST))
    steps, image = image_of((Add(), True), (Cmd(), False), (run(), True), (Env(), False), layers=layers)
    paired = pair(steps, image)
    assert digests(paired) == ["L0", None, "L2", None]
    assert not any(step.notes for step in paired)


def test_wrong_flags_with_as_many_layers_as_entries() -> None:
    steps, image = image_of((Add(), True), (run(), False), (Env(), False), layers=3)
    paired = pair(steps, image)
    assert digests(paired) == ["L0", "L1", "L2"]
    assert not paired[0].notes
    assert paired[1].notes


def test_history_without_flags_pairs_the_instructions_that_change_files() -> None:
    steps, image = image_of((Add(), True), (Cmd(), True), (Workdir(), True), (run(), True), layers=3)
    assert digests(pair(steps, image)) == ["L0", None, "L1", "L2"]
    steps, image = image_of((Add(), True), (Cmd(), True), (Workdir(), True), (run(), True), layers=2)
    assert digests(pair(steps, image)) == ["L0", None, None, "L1"]


def test_history_without_flags_pairs_the_entries_with_a_size() -> None:
    steps, image = image_of((Add(), True), (run(), True), (run(), True), layers=2)
    history = tuple(replace(entry, size=size) for entry, size in zip(image.history, (10, 0, 5), strict=True))
    image = replace(image, history=history)
    assert digests(pair(steps, image)) == ["L0", None, "L1"]


def test_fewer_layers_than_entries_are_left_open() -> None:
    steps, image = image_of(*[(run(), True)] * 5, layers=3)
    paired = pair(steps, image)
    assert digests(paired) == [None] * 5
    assert not any(step.layer_known for step in paired)
    assert paired[0].notes[0].certainty is Certainty.LOST
    assert len(unpaired_layers(paired, image)) == 3


def test_one_layer_for_all_entries_goes_to_the_last() -> None:
    steps, image = image_of(*[(run(), True)] * 5, layers=1)
    paired = pair(steps, image)
    assert digests(paired) == [None, None, None, None, "L0"]
    assert "one layer for 5 entries" in texts(paired[-1])[0]


def test_windows_base_layers_pair_though_the_rest_is_open() -> None:
    layers = (
        Layer(digest="W0", media_type=FOREIGN),
        Layer(digest="W1", media_type=FOREIGN),
        *[Layer(digest="L")] * 2,
    )
    steps, image = image_of((RootFilesystem(), True), (RootFilesystem(), True), *[(run(), True)] * 5, layers=layers)
    paired = pair(steps, image)
    assert digests(paired) == ["W0", "W1", None, None, None, None, None]
    assert [step.layer_known for step in paired] == [True, True, False, False, False, False, False]


def test_sizes_of_entries_without_layers() -> None:
    history = (
        HistoryEntry("a", size=7),
        HistoryEntry("b", size=0, empty_layer=True),
        HistoryEntry("c", size=0),
    )
    image = Image(history=history)
    paired = pair([Step(run(), entry=entry, index=index) for index, entry in enumerate(history)], image)
    assert [step.layer.size if step.layer else None for step in paired] == [7, None, None]
    assert [step.layer_known for step in paired] == [True, True, False]
    assert paired[0].layer_index is None


def test_an_entry_gives_its_size_to_a_layer_that_has_none() -> None:
    steps, image = image_of((run(), True), layers=1)
    image = replace(image, history=(HistoryEntry("0", size=9),))
    (step,) = pair([replace(steps[0], entry=image.history[0])], image)
    assert step.layer == Layer(digest="L0", size=9)


def test_several_steps_of_one_entry_count_its_layer_once() -> None:
    steps, image = image_of((run(), True), layers=1)
    assert digests(pair([steps[0], steps[0]], image)) == [None, "L0"]


def test_counts_of_config_and_manifest_and_repeated_layers_are_noted() -> None:
    layers = (Layer(digest="same"), Layer(digest="same"))
    steps, image = image_of((run(), True), (run(), True), layers=layers, raw_config={"rootfs": {"diff_ids": ["x"]}})
    assert pairing_notes(steps, image) == (
        "the config lists 1 layer, the image has 2",
        "1 layer is the same as another layer",
    )
    assert digests(pair(steps, image)) == ["same", "same"]


INSTRUCTIONS = st.sampled_from([run(), Copy(destination="/"), Env(), Workdir(), RootFilesystem(), Foreign(), Cmd()])
LAYERS = st.builds(
    Layer,
    digest=st.none() | st.sampled_from(["a", "b", EMPTY_DIGEST]),
    media_type=st.none() | st.just(FOREIGN),
    size=st.none() | st.integers(0, 9),
)


@given(
    st.lists(st.tuples(INSTRUCTIONS, st.booleans(), st.none() | st.integers(-1, 9)), max_size=8),
    st.lists(LAYERS, max_size=8),
    st.sampled_from(list(Dialect)),
    st.integers(-2, 2),
)
def test_never_fails_and_gives_no_layer_twice(
    made: list[tuple[Instruction, bool, int | None]], layers: list[Layer], dialect: Dialect, shift: int
) -> None:
    history = tuple(HistoryEntry(str(n), empty_layer=not full, size=size) for n, (_, full, size) in enumerate(made))
    image = Image(history=history, layers=tuple(layers))
    steps = [
        Step(instruction, entry=history[index], index=index + shift, dialect=dialect)
        for index, (instruction, _, _) in enumerate(made)
    ]
    paired = pair(steps, image)
    taken = [step.layer_index for step in paired if step.layer_index is not None]
    assert taken == sorted(set(taken))
    assert [step.instruction for step in paired] == [step.instruction for step in steps]
    assert len(unpaired_layers(paired, image)) + len(taken) == len(layers)
    assert all(isinstance(note, str) for note in pairing_notes(steps, image))
    assert pair_with_notes(steps, image) == (paired, pairing_notes(paired, image))
