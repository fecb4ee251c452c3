"""Other processes under test: waited for by what they do, not by the clock."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

# Seconds after which something is given up that takes less than one: the machine may be busy, and who waits for what happens
# waits no longer than that.
WAIT = 180


def default_signals() -> None:
    """What a process under test starts with (`preexec_fn`): signals that end it. Tests that run in the background, or by `nohup`,
    have some ignored, and so have the processes that they start.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def start(command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    """A process under test that talks by pipes, with the default signals. `options` are those of `subprocess.Popen`."""
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, preexec_fn=default_signals, **options)


def in_time(holds: Callable[[], bool]) -> bool:
    """Waits until `holds`; False if it never does."""
    end = time.monotonic() + WAIT
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def runs(pid: int) -> bool:
    """Whether there is such a process, and it is not ended. One that is ended stays in the table until its parent asks for it,
    and an orphan, on a machine whose first process asks for none, for ever.
    """
    return _state(pid)[0] not in ("", "Z", "X")


def group(leader: int) -> list[int]:
    """The processes of a group that are not ended."""
    everybody = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
    return [pid for pid in everybody if (found := _state(pid))[0] not in ("", "Z", "X") and found[1] == leader]


def _state(pid: int) -> tuple[str, int]:
    """A process's state, as in proc(5), and its process group; no state if there is none."""
    try:
        state, _, leader, *_ = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return "", 0
    return state, int(leader)
