"""The frame of the command line: conventions, first mistakes, an image without a command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from reconstruct import __version__
from reconstruct.cli.main import COMMANDS
from tests.processes import WAIT, start
from tests.show.test_leaks import run

ROOT = Path(__file__).parents[2]
TINY = str(ROOT / "samples" / "tiny.tar")
HELLO = str(ROOT / "samples" / "hello-buildkit.json")


@pytest.mark.parametrize("flag", ["-V", "--version"])
def test_the_version(flag: str) -> None:
    assert run(flag)[1].strip() == f"reconstruct, version {__version__}"


@pytest.mark.parametrize("command", [*COMMANDS, ""])
def test_help_has_two_examples(command: str) -> None:
    status, out, _ = run(*[command] * bool(command), "--help")
    assert status == 0
    assert "--quiet" in out
    assert "--verbose" in out
    if command:
        examples = [line for line in out.splitlines() if "reconstruct " in line and not line.startswith("Usage")]
        examples += [line for line in out.splitlines() if line.strip().startswith("docker build")]
        assert len(examples) >= 2, out


def test_help_as_a_command() -> None:
    assert run("help")[1] == run("--help")[1]
    assert run("help", "report")[1] == run("report", "--help")[1]


def test_an_image_without_a_command() -> None:
    status, out, _ = run(TINY)
    assert status == 0
    assert len(out.splitlines()) < 24
    for told in (
        "sample-tiny:latest",
        "linux/amd64",
        "55.6 % is step 3",
        "2 findings",
        f"reconstruct dockerfile {TINY}",
    ):
        assert told in " ".join(out.split())


def test_an_image_on_standard_input() -> None:
    with open(TINY, "rb") as file:
        done = subprocess.run(
            [sys.executable, "-m", "reconstruct", "-"], stdin=file, capture_output=True, text=True, cwd=ROOT
        )
    assert done.returncode == 0, done.stderr
    assert "sample-tiny:latest" in done.stdout


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["reprot", TINY], "Did you mean report"),
        (["Audit", TINY], "Did you mean audit"),
        (["xyzzy"], "No such command or file: 'xyzzy'."),
        (["nginx:latest"], "docker save nginx:latest -o nginx.tar"),
        (["dockerfile", "nginx:latest"], "docker save nginx:latest -o nginx.tar"),
        (["report", str(ROOT / "samples" / "hello.Dockerfile")], "this is a Dockerfile"),
        (["explain", "SRC01"], "did you mean SRC001"),
        (["explain", "src-2"], "did you mean SRC002"),
    ],
)
def test_common_mistakes_get_a_hint(args: list[str], told: str) -> None:
    status, out, err = run(*args)
    assert status == 2
    assert out == ""
    assert told in err


def test_quiet_and_verbose(tmp_path: Path) -> None:
    config = json.loads(Path(HELLO).read_text())
    config["history"].append({"created_by": "ENV PASSWORD=hunter2hunter2", "empty_layer": True})
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    for before, after in (((), ("-q",)), (("-q",), ()), ((), ("--quiet",))):
        assert run(*before, "dockerfile", *after, str(path))[2] == ""
    assert "note: " in run("dockerfile", str(path))[2]
    for before, after in (((), ("-v",)), (("--verbose",), ())):
        err = run(*before, "dockerfile", *after, str(path))[2]
        assert "history entries" in err
        assert "done in" in err
    assert "done in" not in run("dockerfile", str(path))[2]


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
def test_ctrl_c_exits_130() -> None:
    command = [sys.executable, "-m", "reconstruct", "report", "-"]
    process = start(command, cwd=ROOT)
    assert process.stdin is not None
    # More than a pipe holds: once it is written, the command reads it, and waits for the rest.
    process.stdin.write(b"{" + b" " * (1 << 20))
    process.stdin.flush()
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=WAIT)
    assert process.returncode == 130
    assert err == b"\nreconstruct: interrupted\n"
    assert out == b""


def test_list_takes_many(tmp_path: Path) -> None:
    status, out, _ = run("list", TINY, HELLO)
    assert status == 0
    assert f"{TINY}: docker-archive: 1 image" in out
    status, out, err = run("list", "--format", "json", TINY, str(tmp_path / "nope.tar"), HELLO)
    assert status == 2
    assert "nope.tar" in err
    assert [each["form"] for each in json.loads(out)] == ["docker-archive", "image config"]


@pytest.mark.parametrize(
    "args", [["list", TINY], ["list", TINY, HELLO], ["verify", HELLO, str(ROOT / "samples" / "hello.Dockerfile")]]
)
def test_what_is_printed_keeps_to_its_schema(args: list[str]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(run(args[0], "--schema")[1])
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(run(*args, "--format", "json")[1]), schema)


def test_without_utf_8_the_tables_are_ascii() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reconstruct", "report", TINY],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "LC_ALL": "C"},
    )
    assert done.stdout.isascii()
    assert b"####" in done.stdout


def test_the_group_of_commands_is_available_by_its_usual_name() -> None:
    from reconstruct.cli import main
    from reconstruct.cli.group import cli

    assert main.cli is cli
    with pytest.raises(AttributeError):
        main.clj  # noqa: B018
