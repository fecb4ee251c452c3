"""The process ends immediately, except when something depends on its clean-up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SAMPLE = "samples/hello-buildkit.json"


def run(*words: str, before: str = "", python: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    code = (
        f"{before}\nimport sys; sys.argv = {['reconstruct', *words]!r}\nfrom reconstruct.__main__ import main; main()"
    )
    return subprocess.run(
        [sys.executable, *python, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
    )


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("dockerfile", SAMPLE), 0),
        (("--version",), 0),
        (("diff", SAMPLE, "samples/hello-classic.json"), 0),
        (("diff", SAMPLE, "samples/notes.json"), 1),
        (("dockerfile", "/nowhere"), 2),
        (("nothing",), 2),
    ],
)
def test_status_and_output_are_whole(words: tuple[str, ...], status: int) -> None:
    ordinary = subprocess.run(
        [sys.executable, "-m", "reconstruct.cli.main", *words], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    found = run(*words)
    assert (found.returncode, found.stdout, found.stderr) == (ordinary.returncode, ordinary.stdout, ordinary.stderr)
    assert found.returncode == status


def test_exit_handlers_run() -> None:
    assert run("--version", before="import atexit; atexit.register(print, 'the end')").stdout.endswith("\nthe end\n")


def test_threads_are_waited_for() -> None:
    before = "import threading, time; threading.Thread(target=lambda: (time.sleep(0.3), print('done'))).start()"
    assert run("--version", before=before).stdout.endswith("\ndone\n")


def test_a_profiler_reports() -> None:
    command = [sys.executable, "-m", "cProfile", "-m", "reconstruct", "--version"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert "function calls" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_failing_output_is_reported() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "reconstruct", "dockerfile", SAMPLE],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 2
    assert done.stderr.endswith("reconstruct: No space left on device\n")
