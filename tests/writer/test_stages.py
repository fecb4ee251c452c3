"""Build stages that history gives away: what is written builds the same history again, by the same builder."""

from __future__ import annotations

import pytest

import reconstruct
from reconstruct.builders.predicting import predict
from reconstruct.image import HistoryEntry, Image

_ROOT = Image(history=(HistoryEntry("", comment="Imported from -"),), config={"Env": ["PATH=/bin"]}, os="linux")
_BUILDERS = ("classic", "buildkit-0.8", "buildkit", "buildah")

# An argument that the stage above declared is declared again on it.
AGAIN = """\
FROM base AS app
ARG TOOL=1.2
RUN make $TOOL
ENV MODE=fast
FROM app AS test
ENV MODE=slow
ARG TOOL=1.2
RUN check $TOOL
"""
# … with others next to it, which are out of scope in the new stage.
SOME = """\
FROM base AS app
ARG A=1
ARG B=2
RUN make $A $B
ARG MODE=x
RUN make again
FROM app
ARG MODE=x
RUN check
"""
TWICE = "FROM base\nARG A=1\nRUN a\nARG A=1\nRUN b\n"


def _texts(dockerfile: str, builder: str) -> list[str]:
    return [entry.created_by for entry in predict(dockerfile, builder=builder, base=_ROOT).own]


def _written(texts: list[str], builder: str) -> str:
    comment = "buildkit.dockerfile.v0" if builder.startswith("buildkit") else ""
    labels = {"Labels": {"io.buildah.version": "1.28.2"}} if builder == "buildah" else {}
    own = tuple(HistoryEntry(text, comment=comment) for text in texts)
    image = Image(history=(*_ROOT.history, *own), config={"Env": ["PATH=/bin"], **labels}, os="linux")
    return reconstruct.dockerfile(image, base="base:latest", base_steps=1)


@pytest.mark.parametrize("builder", _BUILDERS)
@pytest.mark.parametrize("dockerfile", [AGAIN, SOME, TWICE], ids=["again", "some", "twice"])
def test_what_is_written_gives_the_same_history(dockerfile: str, builder: str) -> None:
    texts = _texts(dockerfile, builder)
    assert _texts(_written(texts, builder).replace("base:latest", "base"), builder) == texts


@pytest.mark.parametrize("builder", ["buildkit-0.8", "buildah"])
def test_a_stage_begins_before_the_argument_that_is_declared_again(builder: str) -> None:
    written = _written(_texts(SOME, builder), builder)
    between = written[written.index("make again") : written.index("check")]
    assert between.count("\nFROM ") == between.count("\nARG MODE") == 1


def test_an_argument_that_one_stage_of_buildkit_0_8_has_twice_begins_none() -> None:
    assert _written(_texts(TWICE, "buildkit-0.8"), "buildkit-0.8").count("FROM ") == 1
