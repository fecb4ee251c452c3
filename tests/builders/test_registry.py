"""The builders' common interface: each implements all of it, and none is mistaken for another."""

from __future__ import annotations

import pytest

from reconstruct.builders import registry
from reconstruct.builders.base import Builder
from reconstruct.builders.predicting import predict
from reconstruct.builders.recognise import dialects, kind, writer
from reconstruct.dockerfile.dialect import DIALECTS
from reconstruct.errors import ReconstructError
from reconstruct.image import HistoryEntry, Image
from reconstruct.syntax import Dialect

TEXT = (
    'FROM scratch\nARG V=1\nENV A=$V B="x y"\nCOPY a /b/\nRUN make\nWORKDIR /srv\nUSER app\nEXPOSE 80\nCMD ["a", "b"]\n'
)


@pytest.mark.parametrize("name", list(registry.MODULES))
def test_each_has_a_name_a_language_and_a_title(name: str) -> None:
    builder = registry.named(name)
    assert (builder.name, builder.language in DIALECTS) == (name, True)
    assert builder.title
    assert builder.full_title
    assert builder.describe(Image()).startswith(builder.title)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ReconstructError, match="is not a builder"):
        registry.named("moby")


def test_other_keeps_nothing() -> None:
    other = registry.of(Dialect.OTHER)
    assert type(other) is Builder
    assert not other.keeps_flag("chown")


@pytest.mark.parametrize("name", list(registry.MODULES))
def test_what_a_builder_writes_it_reads_back(name: str) -> None:
    """Both directions of each fact: the instructions of the file, in order, by the builder that wrote them."""
    builder = registry.named(name)
    comment = {"buildkit": "buildkit.dockerfile.v0", "buildah": "FROM x"}.get(builder.dialect.value, "")
    author = "kaniko" if name == "kaniko" else ""
    made = predict(TEXT, builder=name)
    texts = [e.created_by if e.checksum is None else f"{e.created_by}file:{'ab' * 32}{e.after}" for e in made.own]
    history = tuple(HistoryEntry(text, comment=comment, author=author) for text in texts)
    image = Image(history=history, config=made.config)
    from reconstruct.builders.reading import parse

    steps = parse(image)
    assert {step.dialect for step in steps} == {builder.dialect}
    assert [step.instruction.keyword for step in steps] == [e.instruction.keyword for e in made.own if e.instruction]
    assert all(builder.matches(entry, text, None) for entry, text in zip(made.own, texts, strict=True))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (HistoryEntry("RUN make", author="kaniko"), Dialect.KANIKO),
        (HistoryEntry("RUN /bin/sh -c make # buildkit"), Dialect.BUILDKIT),
        (HistoryEntry("ENV A=1"), Dialect.BUILDKIT),
        (HistoryEntry("/bin/sh -c #(nop) USER a", comment="FROM x"), Dialect.BUILDAH),
        (HistoryEntry("/bin/sh -c #(nop)  USER a"), Dialect.CLASSIC),
        (HistoryEntry("/bin/sh -c #(nop) USER [a]"), Dialect.CLASSIC),
        (HistoryEntry("/bin/sh -c make"), None),
        (HistoryEntry("/bin/sh -c #(nop) WORKDIR /a"), None),
    ],
)
def test_entries_that_say_who_wrote_them(entry: HistoryEntry, expected: Dialect | None) -> None:
    assert writer(entry, buildah=False) is expected


def test_makers_are_distinguished_from_builders() -> None:
    image = Image(
        history=(HistoryEntry("Apply image 10.0.1"), HistoryEntry("/bin/sh -c #(nop)  USER a"), HistoryEntry())
    )
    kinds = tuple(map(kind, image.history, dialects(image)))
    assert kinds == (Dialect.OTHER, Dialect.CLASSIC, Dialect.OTHER)


@pytest.mark.parametrize(
    ("last", "config", "version", "expected"),
    [
        (HistoryEntry("USER a", comment="buildkit.dockerfile.v0"), {"User": "a"}, "", ["buildkit"]),
        (
            HistoryEntry("USER a", comment="buildkit.dockerfile.v0"),
            {"User": "a", "OnBuild": None},
            "",
            ["buildkit-0.8", "buildkit"],
        ),
        (HistoryEntry("USER a", comment="buildkit.dockerfile.v0"), {}, "", ["buildkit", "buildkit-0.8"]),
        (HistoryEntry("/bin/sh -c make"), {}, "20.10.24", ["classic"]),
        (HistoryEntry("/bin/sh -c make"), {}, "", ["classic", "buildah"]),
        (HistoryEntry("/bin/sh -c make"), {"Labels": {"io.buildah.version": "1.40.0"}}, "", ["buildah"]),
        (HistoryEntry("RUN make", author="kaniko"), {}, "", ["kaniko"]),
    ],
)
def test_who_can_have_made_an_image(
    last: HistoryEntry, config: dict[str, object], version: str, expected: list[str]
) -> None:
    known = {key: value for key, value in config.items() if value is not None}
    image = Image(config=known, raw_config={"config": config}, history=(last,), docker_version=version)
    assert registry.candidates(image) == expected


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("EXPOSE [80/tcp]", "0.13"),
        ("EXPOSE map[80/tcp:{}]", None),
        ("COPY --chown=1 a b # buildkit", "0.13"),
        ("USER a", None),
    ],
)
def test_buildkits_versions_by_what_only_newer_ones_write(text: str, version: str | None) -> None:
    image = Image(history=(HistoryEntry(text, comment="buildkit.dockerfile.v0"),))
    assert registry.named("buildkit").version(image) == version
    assert registry.named("buildkit").keeps_flag("chown", version or "0.12") is (version == "0.13")


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("20.10.24+dfsg1", (20, 10)), ("1.42.2", (1, 42)), ("17", (17,)), ("", ()), (None, ()), ("x.y", ()), ("²", ())],
)
def test_releases(version: str | None, numbers: tuple[int, ...]) -> None:
    from reconstruct.builders.base import release

    assert release(version) == numbers
    assert release("9" * 5000)
