"""The table of flags: what takes which, and what history keeps."""

from __future__ import annotations

import pytest

from reconstruct.dockerfile import flags
from reconstruct.dockerfile.dialect import DIALECTS
from reconstruct.dockerfile.instruction import KEYWORDS


def test_every_row_is_of_an_instruction_and_a_builder_that_there_are() -> None:
    for flag in flags.FLAGS:
        assert flag.instruction in KEYWORDS
        assert set(flag.since) <= set(DIALECTS)
        assert set(flag.kept) <= {*DIALECTS, "kaniko"}
    rows = [(flag.instruction, flag.name) for flag in flags.FLAGS]
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize(
    ("instruction", "name", "builder", "version", "kept"),
    [
        ("COPY", "chown", "classic", None, True),
        ("COPY", "chmod", "classic", None, False),
        ("COPY", "parents", "buildkit", None, True),
        ("COPY", "parents", "buildkit", "0.12.5", False),
        ("COPY", "chown", "buildkit-0.8", None, False),
        ("COPY", "from", "buildkit", None, False),
        ("RUN", "mount", "buildah", None, True),
        ("ADD", "anything", "kaniko", None, False),
    ],
)
def test_what_history_keeps(instruction: str, name: str, builder: str, version: str | None, kept: bool) -> None:
    assert flags.in_history(instruction, name, builder, version) is kept


def test_who_takes_what() -> None:
    assert "parents" in flags.known("COPY", "buildkit")
    assert "parents" not in flags.known("COPY", "buildkit-0.8")
    assert flags.known("COPY", "buildkit")["exclude"].kind == "list"
    assert flags.pairs(["--link", "--chown=1:1", "--from="]) == (("link", None), ("chown", "1:1"), ("from", ""))
