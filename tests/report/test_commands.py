"""`reconstruct report` and `reconstruct ast`, run as a user runs them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconstruct.cli.main import main
from reconstruct.report import FORMATS

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
HELLO = SAMPLES / "hello-classic.json"
MANIFEST = SAMPLES / "hello-classic.manifest.json"


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs a command in this process: a process each would cost more than all the rest."""

    def run(*args: str | Path) -> Done:
        with pytest.raises(SystemExit) as stop:
            main([str(arg) for arg in args])
        out, err = capfdbinary.readouterr()
        return Done(int(stop.value.code or 0), out.decode(), err.decode())

    return run


@pytest.mark.parametrize("form", FORMATS)
def test_each_form_goes_to_standard_output(run: Run, form: str) -> None:
    done = run("report", HELLO, "--manifest", MANIFEST, "--format", form)
    assert (done.returncode, done.stderr) == (0, "")
    assert "HEALTHCHECK" in done.stdout
    assert done.stdout.endswith("\n")
    assert not done.stdout.endswith("\n\n")


def test_a_manifest_gives_the_sizes(run: Run) -> None:
    alone = run("report", HELLO).stdout
    joined = run("report", HELLO, "--manifest", MANIFEST).stdout
    assert "transfer unknown" in alone
    assert "1.1 MB transfer" in joined


def test_the_result_in_a_file(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    done = run("report", HELLO, "--format", "json", "--output", target)
    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads(target.read_text(encoding="utf-8"))["version"] == 1


def test_a_pipe_gets_no_colour_unless_requested(run: Run) -> None:
    assert "\x1b" not in run("report", HELLO).stdout
    assert "\x1b" in run("report", HELLO, "--color").stdout


@pytest.mark.parametrize("command", ["report", "ast"])
def test_the_schema_needs_no_image(run: Run, command: str) -> None:
    done = run(command, "--schema")
    assert done.returncode == 0
    assert json.loads(done.stdout)["$id"] == f"urn:reconstruct:{command}:1"


def test_the_ast_has_values_not_text(run: Run) -> None:
    found = json.loads(run("ast", HELLO).stdout)
    env = next(step for step in found["steps"] if step["instruction"]["type"] == "Env")
    assert {"key": "GREETING", "value": "Hello, world"} in env["instruction"]["pairs"]
    assert env["entry"]["created_by"].startswith("/bin/sh -c #(nop)  ENV ")


@pytest.mark.parametrize("command", [("report",), ("report", "--format", "repo-info"), ("ast",)])
def test_bad_input_is_one_line_and_exit_status_2(run: Run, command: tuple[str, ...], tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    for source in (broken, tmp_path / "missing.json"):
        done = run(*command, source)
        assert (done.returncode, done.stdout) == (2, "")
        assert len(done.stderr.splitlines()) == 1
        assert source.name in done.stderr


def test_a_missing_tag(run: Run) -> None:
    done = run("report", "--format", "repo-info", SAMPLES / "tiny.tar", "--tag", "other:1")
    assert done.returncode == 2
    assert "other:1" in done.stderr


def on_a_terminal(columns: int, *args: str | Path, **environment: str) -> str:
    """What a command shows on a terminal that wide."""
    pty = pytest.importorskip("pty")
    import fcntl
    import struct
    import termios

    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    clean = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "NO_COLOR", "TERM")}
    command = [sys.executable, "-m", "reconstruct.cli.main", *map(str, args)]
    process = subprocess.Popen(command, stdout=inner, cwd=ROOT, env={**clean, "TERM": "xterm", **environment})
    os.close(inner)
    shown = b""
    while True:
        try:
            part = os.read(outer, 65536)
        except OSError:  # Linux's word for the end of it
            break
        if not part:
            break
        shown += part
    os.close(outer)
    assert process.wait() == 0
    return shown.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("form", ["table", "wide"])
def test_on_a_terminal_the_table_fits_and_has_colour(form: str) -> None:
    shown = on_a_terminal(70, "report", HELLO, "--manifest", MANIFEST, "--format", form)
    lines = [re.sub(r"\x1b\[\d*m", "", line) for line in shown.splitlines()]
    assert max(map(len, lines)) == 70
    assert "\x1b[1m" in shown
    assert "\x1b" not in on_a_terminal(70, "report", HELLO, "--format", form, NO_COLOR="1")
    assert "\x1b" not in on_a_terminal(70, "report", HELLO, "--format", form, "--no-color")
