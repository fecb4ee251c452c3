"""Runs an engine for as long as anybody holds `FOLDER/alive` locked, then stops it and removes FOLDER, at once for whoever
looks: a test process that comes now makes it anew, with an engine of its own, while what was in it is still being removed.

    python supervise.py FOLDER [PROGRAM ARGUMENT...]

Test processes take the lock shared. The kernel drops a lock with the process that held it, so an engine never outlives
its tests, even if they crash; and only what was started here is stopped.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path


def main(folder: Path, command: list[str]) -> None:
    with (folder / "alive").open("w") as alive, (folder / "log").open("w") as log:
        engine = None
        if command:
            engine = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while engine is None or engine.poll() is None:
            try:
                fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.2)
        if engine is None or engine.poll() is None:
            if engine is not None:
                stop(engine)
            unmount_below(folder)
            remove(folder)


def stop(engine: subprocess.Popen[bytes]) -> None:
    engine.terminate()
    try:
        engine.wait(30)
    except subprocess.TimeoutExpired:
        engine.kill()
        engine.wait()


def remove(folder: Path) -> None:
    """Renames the folder first, so that nobody finds half of it."""
    with contextlib.suppress(OSError):
        folder = folder.rename(folder.with_name(f"{folder.name}.{os.getpid()}"))
    shutil.rmtree(folder, ignore_errors=True)


def unmount_below(folder: Path) -> None:
    """Both kinds of storage leave their own folder bind-mounted onto itself."""
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for mount in sorted(mounts, reverse=True):
        if mount.startswith(f"{folder}/"):
            subprocess.run(["umount", "-l", mount], check=False, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.chdir("/")
    main(Path(sys.argv[1]), sys.argv[2:])
