"""kaniko: a line for what changed files, nothing for settings (pkg/executor/build.go)."""

from __future__ import annotations

import pytest

from reconstruct.builders.predicting import predict
from reconstruct.builders.reading import parse
from reconstruct.image import HistoryEntry, Image
from reconstruct.syntax import Dialect
from reconstruct.verify.verdict import Verdict, verify

TEXT = """FROM scratch
ADD root.tar.gz /
ENV A=1
WORKDIR /srv
COPY --chown=1:1 $A /foo
RUN --mount=type=cache,target=/c make
RUN true
CMD ["/bin/sh"]
"""


def image(*texts: str, cmd: str = "/bin/sh") -> Image:
    entries = tuple(HistoryEntry(text, author="kaniko", created="0001-01-01T00:00:00Z") for text in texts)
    config = {"Cmd": [cmd], "Env": ["A=1"], "WorkingDir": "/srv"}
    return Image(history=entries, config=config, raw_config={"config": config})


def test_only_what_changes_files_has_an_entry() -> None:
    made = predict(TEXT, builder="kaniko")
    assert [entry.created_by for entry in made.own] == [
        "ADD root.tar.gz /",
        "WORKDIR /srv",
        "COPY --chown=1:1 $A /foo",
        "RUN --mount=type=cache,target=/c make",
        "RUN true",
    ]
    assert made.config["Cmd"] == ["/bin/sh"]


FILES = ("ADD root.tar.gz /", "COPY --chown=1:1 $A /foo", "RUN --mount=type=cache,target=/c make")


def test_verify_takes_what_changed_no_file_for_missing() -> None:
    assert verify(image(*FILES), TEXT).verdict is Verdict.MATCHES
    assert verify(image(*FILES, "RUN true"), TEXT).verdict is Verdict.MATCHES
    assert verify(image(FILES[0], "WORKDIR /srv", *FILES[1:]), TEXT).verdict is Verdict.MATCHES


@pytest.mark.parametrize(
    "texts", [FILES[:1] + FILES[2:], (*FILES, "RUN more"), (FILES[0], "COPY a /foo", FILES[2]), ("RUN first", *FILES)]
)
def test_verify_sees_another_build(texts: tuple[str, ...]) -> None:
    assert verify(image(*texts), TEXT).verdict is Verdict.DIFFERS


def test_verify_compares_the_config() -> None:
    assert verify(image(*FILES, cmd="/bin/bash"), TEXT).verdict is Verdict.DIFFERS


def test_its_lines_are_read_as_they_are() -> None:
    steps = parse(image(*FILES))
    assert [step.instruction.written for step in steps] == list(FILES)
    assert {step.dialect for step in steps} == {Dialect.KANIKO}
