"""Steps that the base image's ONBUILD triggers made: FROM makes them again, so the Dockerfile leaves them out."""

from __future__ import annotations

import pytest

import reconstruct
from reconstruct.base import find_base
from reconstruct.builders.predicting import predict
from reconstruct.image import HistoryEntry, Image

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TRIGGERS = ["COPY . /app", "ENV MADE=yes", "RUN make -C /app"]
BUILDERS = ["buildkit", "buildkit-0.8", "classic", "buildah"]


def base_image(builder: str, triggers: list[str] = TRIGGERS) -> Image:
    root = HistoryEntry(comment="Imported from -")
    entries = [] if builder.startswith("buildkit") else [_nop(f"ONBUILD {trigger}", builder) for trigger in triggers]
    labels = {"Labels": {"io.buildah.version": "1.28.2"}} if builder == "buildah" else {}
    return Image(config={"Env": [PATH], "OnBuild": triggers, **labels}, history=(root, *entries))


def _nop(text: str, builder: str) -> HistoryEntry:
    return HistoryEntry(f"/bin/sh -c #(nop) {' ' if builder == 'classic' else ''}{text}", empty_layer=True)


def built(builder: str, below: Image, own: str = 'RUN true\nCMD ["x"]\n') -> Image:
    made = predict(f"FROM base\n{own}", builder=builder, base=below)
    entries = tuple(
        HistoryEntry(
            entry.created_by if entry.checksum is None else f"{entry.created_by}dir:{'a' * 64}{entry.after}",
            comment=entry.comment or "",
            empty_layer=bool(entry.empty_layer),
        )
        for entry in made.own
    )
    return Image(config=made.config, history=below.history + entries)


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_given_bases_triggers_are_left_to_from(builder: str) -> None:
    below = base_image(builder)
    image = built(builder, below)
    text = reconstruct.dockerfile(image, base=below, comments=False)
    assert text.splitlines()[1:] == ["RUN true", 'CMD ["x"]']
    again = predict(text, builder=builder, base=below)
    assert [entry.matches(saved.created_by) for entry, saved in zip(again.history, image.history, strict=True)][1:]
    assert again.config == image.config
    told = reconstruct.dockerfile(image, base=below)
    assert "# inferred: an ONBUILD trigger of the base image makes: RUN make -C /app\n" in told


@pytest.mark.parametrize("builder", ["classic", "buildah"])
def test_history_shows_the_triggers_of_a_base_that_is_only_named(builder: str) -> None:
    image = built(builder, base_image(builder))
    found = find_base(image, reconstruct.steps(image), "registry.example/base:1", base_steps=1 + len(TRIGGERS))
    assert (found.entries, found.triggered) == (1 + len(TRIGGERS), len(TRIGGERS))


@pytest.mark.parametrize("builder", BUILDERS)
def test_steps_that_are_not_the_triggers_stay(builder: str) -> None:
    image = built(builder, base_image(builder, []), "COPY . /app\nRUN true\n")
    text = reconstruct.dockerfile(image, base=base_image(builder, []), comments=False)
    assert len(text.splitlines()) == 3
    # A base with other triggers than those that ran is another version of it.
    other = Image(config={"Env": [PATH], "OnBuild": ["RUN other"]}, history=base_image(builder, []).history)
    assert len(reconstruct.dockerfile(image, base=other, comments=False).splitlines()) == 3


@pytest.mark.parametrize(
    "trigger",
    [["FROM x"], ["\x00"], ["RUN true\nRUN true"], ["ONBUILD FROM x"], [""], ["COPY"], ["RUN --mount=type=x true"]],
)
def test_a_trigger_that_no_builder_accepts_is_ignored(trigger: list[str]) -> None:
    below = Image(config={"Env": [PATH], "OnBuild": trigger}, history=(HistoryEntry(comment="Imported from -"),))
    image = Image(config={"Env": [PATH]}, history=(*below.history, HistoryEntry("/bin/sh -c true")))
    assert reconstruct.dockerfile(image, base=below, comments=False).splitlines()[1:] == ["RUN true"]
