"""Predictions against what the builders really made."""

from __future__ import annotations

import pytest

from reconstruct.builders.predicting import predict
from reconstruct.builders.prediction import Prediction, normalise
from reconstruct.dockerfile.dialect import BUILDERS
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.errors import ReconstructError
from reconstruct.image import HistoryEntry, Image
from tests.verify.making import base_of, built, image_of, needs_shared, recordings

_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _texts(prediction: Prediction) -> list[str]:
    return [entry.text for entry in prediction.own]


@pytest.mark.parametrize("builder", BUILDERS)
def test_every_build_is_predicted(builder: str) -> None:
    compared = refused = 0
    for row in built()[1]:
        outcome = row.get(builder)
        if outcome is None:
            continue
        text, args, target = row["dockerfile"], row.get("args"), row.get("target")
        if outcome == "refused":
            with pytest.raises(DockerfileError):
                predict(text, builder=builder, base=base_of(builder), build_args=args, target=target)
            refused += 1
            continue
        if builder == "buildah" and text.startswith("RUN x\nFROM"):
            continue  # A first stage without FROM: only buildah takes that, and we do not follow it there.
        made = predict(text, builder=builder, base=base_of(builder), build_args=args, target=target)
        assert len(made.own) == len(outcome["history"]), text
        for entry, (created_by, empty, comment, _) in zip(made.own, outcome["history"], strict=True):
            assert entry.matches(created_by), (text, entry.text, created_by)
            assert entry.empty_layer in (None, empty), (text, created_by)
            assert entry.comment in (None, comment), (text, created_by)
        assert made.config == outcome["config"], text
        assert made.author == outcome.get("author", ""), text
        compared += 1
    assert compared > 100
    assert refused > 50


@needs_shared
@pytest.mark.parametrize(
    "case", recordings(), ids=lambda case: f"{case[0]}-{case[1]}" if isinstance(case, tuple) else ""
)
def test_every_recording_is_predicted(case: tuple[str, str, str, dict]) -> None:  # type: ignore[type-arg]
    _, builder, text, raw = case
    windows = raw["os"] == "windows"
    below = 1 if windows else 5
    config: dict[str, object] = {} if windows else {"Env": [_PATH], "Cmd": ["sh"]}
    if builder == "buildkit" and not windows:
        config |= {"WorkingDir": "/", "ArgsEscaped": True}
    if builder == "buildah":
        config["Labels"] = {"io.buildah.version": "1.28.2"}
    base = image_of({"history": raw["history"][:below], "config": config, "os": raw["os"]})
    made = predict(text, builder=builder, base=base, platform=f"{raw['os']}/amd64")
    assert len(made.history) == len(raw["history"])
    for entry, found in zip(made.history, raw["history"], strict=True):
        assert entry.matches(found.get("created_by", ""))
        assert entry.empty_layer in (None, found.get("empty_layer", False))
        assert entry.comment in (None, found.get("comment", ""))
    assert made.config == normalise(raw["config"])
    assert made.author == raw.get("author", "")


def test_the_base_comes_first_and_its_triggers_run() -> None:
    base = Image(
        config={"Env": ["A=1"], "OnBuild": ["ENV B=$A", "RUN make"]},
        history=(HistoryEntry("base step", comment="x", empty_layer=True),),
    )
    for builder in BUILDERS:
        made = predict("FROM b\nLABEL c=$B\n", builder=builder, base=base)
        assert made.history[0].created_by == "base step"
        assert [entry.trigger for entry in made.own] == [True, True, False]
        assert made.config["Labels"] == {"c": "1"}
        assert "OnBuild" not in made.config


@pytest.mark.parametrize(
    ("dockerfile", "rooted"),
    [
        ("FROM scratch\nENV A=1\n", True),
        ("FROM scratch AS one\nENV A=1\nFROM one\nENV B=1\n", True),
        ("FROM alpine\nENV A=1\n", False),
        ("FROM alpine AS one\nENV A=1\nFROM scratch\nCOPY --from=one /a /\n", False),
    ],
)
def test_a_build_on_scratch_alone_is_the_same_with_any_base(dockerfile: str, rooted: bool) -> None:
    base = Image(config={"Env": ["A=2", "C=3"], "WorkingDir": "/srv"})
    alone = predict(dockerfile, builder="buildkit")
    assert alone.rooted is rooted
    assert not rooted or alone == predict(dockerfile, builder="buildkit", base=base)


def test_a_checksum_stands_for_what_is_copied() -> None:
    made = predict("FROM scratch\nCOPY a b /c/\nCOPY d/ /e\nADD f* /g/\n", builder="classic")
    assert [sorted(e.checksum.kinds) for e in made.own if e.checksum] == [["multi"], ["dir"], ["dir", "file", "multi"]]
    digest = "0" * 64
    assert made.own[0].matches(f"/bin/sh -c #(nop) COPY multi:{digest} in /c/ ")
    assert not made.own[0].matches(f"/bin/sh -c #(nop) COPY file:{digest} in /c/ ")
    assert not made.own[0].matches(f"/bin/sh -c #(nop) COPY multi:{digest} in /d/ ")
    assert not made.own[0].matches("/bin/sh -c #(nop) COPY multi:short in /c/ ")


def test_windows_paths_and_shell() -> None:
    text = "# escape=`\nFROM x\nRUN dir\nWORKDIR C:\\app\nWORKDIR sub\nCMD run\n"
    made = predict(text, builder="buildkit", platform="windows/amd64")
    assert _texts(made) == [
        "RUN cmd /S /C dir # buildkit",
        "WORKDIR /app",
        "WORKDIR /app/sub",
        'CMD ["cmd" "/S" "/C" "run"]',
    ]
    assert made.config["WorkingDir"] == "\\app\\sub"
    with pytest.raises(DockerfileError, match="system drive"):
        predict("FROM x\nWORKDIR D:/a\n", builder="buildkit", platform="windows/amd64")


def test_arguments_of_other_stages_are_not_seen() -> None:
    text = "ARG V=1\nFROM a AS one\nARG V\nRUN echo $V\nFROM a\nRUN echo $V\nENV X=${V:-none}\n"
    assert _texts(predict(text, builder="buildkit")) == ["RUN /bin/sh -c echo $V # buildkit", "ENV X=none"]


def test_stages_that_the_target_does_not_need_are_not_evaluated() -> None:
    text = "FROM a AS broken\nENV A=${B?}\nFROM a\nENV C=1\n"
    assert _texts(predict(text, builder="buildkit")) == ["ENV C=1"]
    with pytest.raises(DockerfileError) as caught:
        predict(text, builder="classic")
    assert caught.value.line == 2


def test_an_unknown_builder_or_target_is_refused() -> None:
    with pytest.raises(ReconstructError, match="is not a builder"):
        predict("FROM a\n", builder="make")
    with pytest.raises(DockerfileError, match="target stage x"):
        predict("FROM a\n", builder="buildkit", target="x")


def test_a_cycle_of_stages_is_rejected() -> None:
    with pytest.raises(DockerfileError, match="circular"):
        predict("FROM a AS one\nCOPY --from=two /x /y\nFROM one AS two\n", builder="buildkit")
    with pytest.raises(DockerfileError, match="circular") as caught:
        # Though it is not built.
        predict("FROM a AS one\nRUN --mount=from=one,target=/x x\nFROM a\n", builder="buildkit")
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FROM a AS one\nCOPY --from=two /x /y\nFROM a AS two\nFROM a\nCOPY --from=one /x /y\n", "before"),
        ("FROM a\nCOPY --from=9 /x /y\nFROM a\n", "invalid stage index 9"),
        ("FROM a\nCOPY --from=A: /x /y\nFROM a\n", "invalid reference"),
        ("FROM --platform=x a\nFROM a\n", "platform"),
        ("FROM a\nRUN [ ]\n", "arguments are required"),
        (f"FROM a\nADD --checksum=shaz56:{'b' * 64} https://x/y /z\n", "checksum"),
        ("FROM a\nADD --checksum=sha256:abc https://x/y /z\n", "checksum"),
        (f"FROM a\nADD --checksum={'b' * 64} https://x/y /z\n", "checksum"),
    ],
)
def test_what_buildkit_refuses_of_stages_and_checksums(text: str, message: str) -> None:
    with pytest.raises(DockerfileError, match=message):
        predict(text, builder="buildkit")


def test_a_stage_that_is_not_built_may_take_from_a_later_one() -> None:
    text = "FROM a AS one\nCOPY --from=two /x /y\nFROM a AS two\nFROM a\nENV C=1\n"
    assert _texts(predict(text, builder="buildkit")) == ["ENV C=1"]


@pytest.mark.parametrize("checksum", [f"sha512:{'b' * 128}", "$X"])
def test_checksums_that_buildkit_takes(checksum: str) -> None:
    made = predict(f"FROM a\nADD --checksum={checksum} https://x/y /z\n", builder="buildkit")
    assert _texts(made) == ["ADD https://x/y /z # buildkit"]
    predict(f"FROM a\nADD --checksum={'b' * 40} https://x/y.git#v1 /z\n", builder="buildkit")
