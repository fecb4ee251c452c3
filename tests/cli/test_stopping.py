"""A SIGTERM in the middle of writing leaves no temporary file, and the exit status is the shell's for it."""

from __future__ import annotations

import os
import signal as signals
import subprocess
import sys
from pathlib import Path

import pytest

from reconstruct.stopping import Terminated, cleanly
from tests.processes import default_signals

ROOT = Path(__file__).parents[2]
_CHILD = """
import os, signal, sys
from reconstruct.cli.main import main
from {module} import {name} as holder
def told(*_, **__):
    os.kill(os.getpid(), signal.SIG{signal})
    raise AssertionError("the signal did not end the work")
setattr(holder, {attribute!r}, told)
main(sys.argv[1:])
"""
TINY = str(ROOT / "samples" / "tiny.tar")
# What is being done when the signal comes: the function that is replaced by one that sends it, the command.
MOMENTS = {
    "export": ("reconstruct.files.export.folder", "Target", "finish", ["export", TINY, "out"]),
    "--output": ("reconstruct.cli.output", "os", "replace", ["report", TINY, "--output", "out"]),
    "--output-dir": ("reconstruct.cli.output", "os", "replace", ["ast", TINY, TINY, "--output-dir", "out"]),
    "index": ("reconstruct.fleet", "parts", "_named", ["index", TINY, "--output", "out"]),
}


@pytest.mark.skipif(sys.platform == "win32", reason="no signals to handle there")
@pytest.mark.parametrize(
    ("moment", "signal", "status"), [*((name, "TERM", 143) for name in MOMENTS), ("export", "HUP", 129)]
)
def test_nothing_incomplete_is_left(moment: str, signal: str, status: int, tmp_path: Path) -> None:
    module, name, attribute, args = MOMENTS[moment]
    code = _CHILD.format(module=module, name=name, attribute=attribute, signal=signal)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *args]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, preexec_fn=default_signals)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert done.returncode == status, done.stderr
    # An index that was begun is one, and empty.
    assert left <= {"out/index.json", "out/.lock"}
    assert done.stderr.splitlines() == ["reconstruct: terminated"]


def test_a_program_s_own_handlers_stay() -> None:
    def mine(*_: object) -> None: ...

    before = signals.signal(signals.SIGTERM, mine)
    try:
        with cleanly():
            assert signals.getsignal(signals.SIGTERM) is mine
        signals.signal(signals.SIGTERM, signals.SIG_DFL)
        with pytest.raises(Terminated), cleanly():
            signals.raise_signal(signals.SIGTERM)
        assert signals.getsignal(signals.SIGTERM) is signals.SIG_DFL
    finally:
        signals.signal(signals.SIGTERM, before)
