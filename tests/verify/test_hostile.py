"""Dockerfiles and images made to hurt: all end soon, in a result or in one error."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconstruct.builders.predicting import predict
from reconstruct.dockerfile.dialect import BUILDERS
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.image import HistoryEntry, Image
from reconstruct.verify import verify
from tests.pace import timed

HOSTILE = {
    "doubling values": "FROM x\nENV A=aaaaaaaaaaaaaaaa\n" + "ENV A=$A$A\n" * 60,
    "doubling defaults": "FROM x\nARG A=aaaaaaaaaaaaaaaa\n" + "ARG A=$A$A\n" * 60,
    "arguments times runs": "FROM x\n" + "".join(f"ARG A{i}={'x' * 50}\n" for i in range(700)) + "RUN x\n" * 700,
    "nested variables": "FROM x\nENV A=" + "${a:-" * 5_000 + "}" * 5_000 + "\n",
    "a continuation that never ends": "FROM x\nRUN a" + "\\\n" * 20_000,
    "many lines": "FROM x\nRUN a" + " \\\n b" * 20_000 + "\n",
    "many instructions": "FROM x\n" + "LABEL a=b\n" * 5_000,
    "many stages": "FROM x AS s0\n" + "".join(f"FROM s{i} AS s{i + 1}\nENV A{i}=1\n" for i in range(400)),
    "many names": "FROM x\nENV " + " ".join(f"A{i}=${i}" for i in range(8_000)) + "\n",
    "many words": "FROM x\nEXPOSE " + "1-65535 " * 3_000 + "\n",
    "chained triggers": "FROM x\nONBUILD " + "ONBUILD " * 7_000 + "\n",
    "quotes without end": "FROM x\nENV A=" + "\"'" * 10_000 + "\n",
    "escapes": "FROM x\nENV A=" + "\\" * 20_001 + "\n",
    "here-documents": "FROM x\nRUN " + "<<A " * 5_000 + "\n" + "A\n" * 5_000,
    "json": "FROM x\nCMD " + "[" * 60_000 + "\n",
    "a pattern": "FROM x\nENV A=" + "a" * 1_900 + "\nENV B=${A//*a*a*a*a*a*b/c}\n",
    "a long duration": "FROM x\nHEALTHCHECK --interval=" + "9" * 60_000 + "h CMD x\n",
    "retries": "FROM x\nHEALTHCHECK --retries=" + "9" * 60_000 + " CMD x\n",
    "copies of copies": "".join(f"FROM x AS s{i}\nCOPY --from=s{max(i - 1, 0)} a b\n" for i in range(400)),
    "markers": "FROM x\nARG A\nENV B=\ue000A\ue001$A\n",
}


@pytest.mark.no_cover
@pytest.mark.parametrize("name", HOSTILE)
def test_every_one_ends_soon(name: str) -> None:
    def predict_all() -> None:
        for builder in BUILDERS:
            with contextlib.suppress(DockerfileError):
                predict(HOSTILE[name], builder=builder)

    assert timed(predict_all)[1] < 20


@pytest.mark.no_cover
@pytest.mark.parametrize("name", ["many instructions", "many names", "arguments times runs", "doubling defaults"])
def test_an_image_of_many_entries(name: str) -> None:
    entries = [HistoryEntry("LABEL a=b", comment="buildkit.dockerfile.v0", empty_layer=True)] * 5_000
    image = Image(history=tuple(entries), config={"Labels": {"a": "b"}})

    def check() -> None:
        with contextlib.suppress(DockerfileError):
            verify(image, HOSTILE[name])

    assert timed(check)[1] < 20


_WORDS = st.one_of(
    st.sampled_from(["ENV", "LABEL", "ARG", "RUN", "CMD", "COPY", "ADD", "FROM", "EXPOSE"]),
    st.sampled_from(
        ["A=1", "$A", "${A:-b}", "${A}", '"', "'", "\\", "`", "[", "]", "a", "/", "80", "--x=y", "<<E", "E", "#"]
    ),
)


@settings(max_examples=150)
@given(st.lists(st.tuples(_WORDS, st.sampled_from(["", " ", "\n", "\\\n"])), max_size=30), st.sampled_from(BUILDERS))
def test_anything_is_predicted_or_refused(parts: list[tuple[str, str]], builder: str) -> None:
    text = "FROM x\n" + "".join(word + space for word, space in parts)
    with contextlib.suppress(DockerfileError):
        made = predict(text, builder=builder)
        assert len(made.own) <= text.count("\n") + 1


@settings(max_examples=60)
@given(
    st.lists(
        st.builds(HistoryEntry, st.text(max_size=30), st.none() | st.text(max_size=30), comment=st.text(max_size=20))
    ),
    st.dictionaries(
        st.sampled_from(["Env", "Cmd", "Labels", "Shell", "OnBuild", "Healthcheck", "ExposedPorts", "WorkingDir"]),
        st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda x: st.lists(x, max_size=3)),
    ),
)
def test_any_image_gets_a_verdict(history: list[HistoryEntry], config: dict[str, object]) -> None:
    found = verify(Image(history=tuple(history), config=config), "FROM x\nARG A\nENV B=$A\nWORKDIR c\nRUN d\n")
    assert found.verdict in ("matches", "differs", "unknown")
