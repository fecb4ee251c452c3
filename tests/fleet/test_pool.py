"""Processes that share work: what happens when one is killed, when the work is not wanted any more, when all is interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from reconstruct.fleet import pool
from tests.fleet.making import folder_of
from tests.processes import WAIT, group, in_time, runs, start

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="the kernel does not tell of processes")


def _killed_once(batch: list[int], flag: str) -> list[int]:
    if 5 in batch and not os.path.exists(flag):
        Path(flag).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return [number * 2 for number in batch]


def _tripled(batch: list[int], shared: None) -> list[int]:
    return [number * 3 for number in batch]


def test_a_killed_process_is_reported_and_loses_nothing(tmp_path: Path) -> None:
    told: list[str] = []
    found = pool.each(
        _killed_once,
        [[n, n + 1] for n in range(0, 20, 2)],
        str(tmp_path / "flag"),
        jobs=2,
        lost=lambda task: -1,
        died=lambda: told.append("died"),
    )
    assert list(found) == [number * 2 for number in range(20)]
    assert told


def test_an_abandoned_run_leaves_no_process() -> None:
    before = set(active_children())
    found = pool.each(_tripled, ([n] for n in range(1000)), None, jobs=2, lost=lambda task: -1)
    assert [next(found) for _ in range(3)] == [0, 3, 6]
    found.close()  # type: ignore[attr-defined]
    assert in_time(lambda: set(active_children()) <= before)


def test_done_hears_of_every_task() -> None:
    for jobs in (1, 2):
        done: list[int] = []
        batches = [[1, 2], [3], [4, 5, 6]]
        list(pool.each(_tripled, batches, None, jobs=jobs, lost=lambda task: -1, done=done.append))
        assert done == [2, 1, 3]


PARENT = r"""
import os, sys, time
from reconstruct.fleet import pool

def work(batch, shared):
    os.write(1, f"{os.getpid()}\n".encode())
    time.sleep(600)
    return [], 0

if __name__ == "__main__":
    list(pool.run(work, [[1], [2]], None, jobs=2, lost=lambda task: ([], 0)))
"""


def test_processes_end_with_their_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    process = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout
    workers = [int(process.stdout.readline()) for _ in range(2)]
    process.kill()
    process.wait()
    assert in_time(lambda: not any(map(runs, workers)))


@pytest.mark.parametrize("command", ["ast", "index"])
def test_ctrl_c_ends_every_process(tmp_path: Path, command: str) -> None:
    if command == "index":
        pytest.importorskip("pyarrow")
    folder = folder_of(tmp_path / "in", 40)
    more = ["--output", str(tmp_path / "index")] if command == "index" else []
    words = [sys.executable, "-m", "reconstruct", command, "-", "--jobs", "2", *more]
    process = start(words, start_new_session=True)
    assert process.stdin
    assert process.stdout
    assert process.stderr
    # More paths than are under way at once; the list does not end, so that the run never does.
    process.stdin.write("".join(f"{path}\n" for path in sorted(folder.iterdir()) * 8).encode())
    process.stdin.flush()
    if command == "index":
        assert in_time(lambda: len(group(process.pid)) > 3)
    else:
        json.loads(process.stdout.readline())
    os.killpg(process.pid, signal.SIGINT)
    process.stdin.close()
    noted = process.stderr.read()
    assert process.wait(WAIT) == 130, noted
    assert noted.strip() == b"reconstruct: interrupted"
    assert in_time(lambda: not group(process.pid))


MASKS = r"""
import signal, time
from multiprocessing import active_children
from pathlib import Path
from reconstruct.fleet import pool

def work(batch, shared):
    time.sleep(600)
    return [], 0

if __name__ == "__main__":
    for _ in range(2):
        pool._Worker(work, None)
    for child in active_children():
        [blocked] = [
            int(line.split()[1], 16)
            for line in Path(f"/proc/{child.pid}/status").read_text().splitlines()
            if line.startswith("SigBlk:")
        ]
        print(bool(blocked & 1 << signal.SIGINT - 1))
        child.kill()
"""


def test_no_process_is_interrupted_while_it_starts(tmp_path: Path) -> None:
    script = tmp_path / "masks.py"
    script.write_text(MASKS)
    told = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=WAIT, check=True)
    assert told.stdout.split() == ["True", "True"]


INTERRUPTED = r"""
import signal, sys, threading, time
from multiprocessing import active_children, util
from reconstruct.fleet import pool

def work(batch, shared):
    time.sleep(600)
    return [], 0

def hear():
    asked.wait()
    signal.raise_signal(number)
    heard.set()

def spawn(*given):
    pid = spawned(*given)
    asked.set()
    heard.wait()
    return pid

def stop(*_):
    raise KeyboardInterrupt

if __name__ == "__main__":
    number = getattr(signal, sys.argv[1])
    signal.signal(number, stop)
    asked, heard = threading.Event(), threading.Event()
    threading.Thread(target=hear, daemon=True).start()
    pool._Worker(work, None).end()
    spawned, util.spawnv_passfds = util.spawnv_passfds, spawn
    try:
        pool._Worker(work, None)
    except KeyboardInterrupt:
        print("interrupted", active_children(), signal.getsignal(number) is stop)
"""


@pytest.mark.parametrize("signal_", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_to_another_thread_waits_until_a_process_has_started(tmp_path: Path, signal_: str) -> None:
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED)
    command = [sys.executable, str(script), signal_]
    told = subprocess.run(command, capture_output=True, text=True, timeout=WAIT, check=True)
    assert told.stdout == "interrupted [] True\n"
    assert told.stderr == ""


def _many(batch: list[int], shared: None) -> list[int]:
    return [number for count in batch for number in range(count)]


def test_thousands_of_results_of_one_task_come_in_order() -> None:
    batches = [[3], [1234, 2], [0]]
    found = list(pool.each(_many, batches, None, jobs=2, lost=lambda task: -1))
    assert found == list(pool.each(_many, batches, None, jobs=1, lost=lambda task: -1))


def _large(batch: list[int], shared: None) -> list[tuple[int, int, bytes]]:
    return [(os.getpid(), number, bytes(5_000_000)) for number in batch]


def test_a_process_killed_while_answering_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    workers: list[pool._Worker] = []

    class Known(pool._Worker):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            workers.append(self)

    monkeypatch.setattr(pool, "_Worker", Known)
    found = pool.each(_large, [[n] for n in range(8)], None, jobs=2, lost=lambda task: (0, -1, b""))
    pid, number, _ = next(found)
    (worker,) = (worker for worker in workers if worker._process.pid == pid)
    # Nobody listens at present: its next answer is more than a pipe holds, so that once it has begun it waits in the middle.
    assert in_time(worker.pipe.poll)
    os.kill(pid, signal.SIGKILL)
    assert [number, *(number for _, number, _ in found)] == list(range(8))


def _raises(batch: list[int], shared: None) -> list[int]:
    if 3 in batch:
        raise OSError(28, "No space left on device")
    return batch


def test_what_the_work_raises_ends_the_run() -> None:
    found = pool.each(_raises, [[n] for n in range(8)], None, jobs=2, lost=lambda task: -1)
    with pytest.raises(OSError, match="No space"):
        list(found)
