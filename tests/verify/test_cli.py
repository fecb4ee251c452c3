"""`reconstruct verify` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconstruct.builders.prediction import DEFAULT_PATH
from reconstruct.cli.main import main

TEXT = "FROM base\nENV A=1\nRUN make\n"
CONFIG = {
    "architecture": "amd64",
    "os": "linux",
    "config": {"Env": [f"PATH={DEFAULT_PATH}", "A=1"]},
    "rootfs": {"type": "layers", "diff_ids": [f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"]},
    "history": [
        {"created": "2025-01-01T00:00:00Z", "comment": "Imported from -"},
        {"created_by": "ENV A=1", "comment": "buildkit.dockerfile.v0", "empty_layer": True},
        {"created_by": "RUN /bin/sh -c make # buildkit", "comment": "buildkit.dockerfile.v0"},
    ],
}


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """The paths of the image config and the Dockerfile."""
    (tmp_path / "image.json").write_text(json.dumps(CONFIG))
    (tmp_path / "Dockerfile").write_text(TEXT)
    return str(tmp_path / "image.json"), str(tmp_path / "Dockerfile")


def run(*args: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["verify", *args])
    return int(caught.value.code or 0)


def test_a_match_exits_0(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*files) == 0
    out = capsys.readouterr().out
    assert out.startswith("matches: ")
    assert "2 of 2 match" in out
    assert "\x1b" not in out


def test_a_difference_exits_1_and_shows_both_sides(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    Path(files[1]).write_text(TEXT.replace("make", "made\x1b[31m"))
    assert run(*files, "--color") == 1
    out = capsys.readouterr().out
    assert "line 3 (RUN)" in out
    assert "made\\x1b[31m" in out
    assert "-c make # buildkit" in out


def test_an_unknown_verdict_exits_2(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    Path(files[0]).write_text(json.dumps({**CONFIG, "history": CONFIG["history"][:1]}))
    Path(files[1]).write_text("FROM base\n")
    assert run(*files) == 2
    assert "--base" in capsys.readouterr().out


def test_json_has_every_step(files: tuple[str, str], tmp_path: Path) -> None:
    output = tmp_path / "out.json"
    assert run(*files, "--format", "json", "--output", str(output)) == 0
    found = json.loads(output.read_text())
    assert (found["verdict"], found["builder"], found["difference"]) == ("matches", "buildkit", None)
    assert [step["lines"] for step in found["steps"]] == [[2, 2], [3, 3]]


def test_arguments_and_target(files: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    Path(files[1]).write_text("FROM base AS x\nARG V\nENV A=$V\nRUN make\nFROM x\nRUN no\n")
    config = json.loads(json.dumps(CONFIG))
    config["history"].insert(1, {"created_by": "ARG V=1", "comment": "buildkit.dockerfile.v0", "empty_layer": True})
    config["history"][3]["created_by"] = "RUN |1 V=1 /bin/sh -c make # buildkit"
    Path(files[0]).write_text(json.dumps(config))
    assert run(*files, "--target", "x") == 0
    assert run(*files, "--target", "x", "--build-arg", "V=1") == 0
    assert run(*files, "--target", "x", "--build-arg", "V=2") == 1
    monkeypatch.setenv("V", "2")
    assert run(*files, "--target", "x", "--build-arg", "V") == 1
    assert run(*files) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "no instructions"),
        (b"FROM base\nFOO\n", "line 2"),
        (b"\xff\xfe\x00", "unknown instruction"),
        (b"FROM base\nRUN <<E\n", "unterminated"),
        (b"FROM base\nRUN " + b"x" * 70_000, "line"),
    ],
)
def test_an_error_is_one_line(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str], text: bytes, words: str
) -> None:
    Path(files[1]).write_bytes(text)
    assert run(*files) in (1, 2)
    captured = capsys.readouterr()
    assert words in captured.err + captured.out
    assert "Traceback" not in captured.err
    assert len(captured.err.splitlines()) <= 1


def test_a_file_that_is_not_there(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(files[0], files[1] + "x") == 2
    assert run("-", "-") == 2
    assert run(*files, "--base", "python:3.12") == 2
    assert len(capsys.readouterr().err.splitlines()) == 3
