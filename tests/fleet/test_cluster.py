"""A scheduler and three workers on this machine, one killed in the middle: the rows of a single machine."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("distributed")

from reconstruct.errors import ReconstructError
from reconstruct.fleet import build, cluster, inputs, schema
from reconstruct.fleet.rows import Wanted
from tests.fleet.making import folder_of, rows
from tests.processes import WAIT, in_time

pytestmark = pytest.mark.filterwarnings("ignore")


class Machines:
    """A scheduler, and workers that are started one by one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[subprocess.Popen[str]] = []
        self._start("scheduler", "distributed.cli.dask_scheduler", "--port", "0")
        log = folder / "scheduler.log"
        assert in_time(lambda: "tcp://127.0.0.1:" in log.read_text()), log.read_text()
        self.address = re.findall(r"tcp://127\.0\.0\.1:\d+", log.read_text())[0]

    def worker(self) -> subprocess.Popen[str]:
        name = f"worker{len(self._started)}"
        scratch = str(self._folder / f"scratch-{name}")
        options = ("--no-nanny", "--nthreads", "1", "--local-directory", scratch)
        return self._start(name, "distributed.cli.dask_worker", self.address, *options)

    def _start(self, name: str, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", *arguments, "--host", "127.0.0.1", "--no-dashboard"]
        with (self._folder / f"{name}.log").open("w") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self._folder, text=True, start_new_session=True
            )
        self._started.append(process)
        return process

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    made = Machines(tmp_path)
    try:
        yield made
    finally:
        made.end()


def indexed(tmp_path: Path, machines: Machines, count: int, first: Callable[[], None]) -> None:
    """Indexes so many images on the cluster, and on this machine alone: the rows are the same. `first` is called when the first
    rows are there."""
    folder = folder_of(tmp_path / "in", count)
    (folder / "broken.json").write_text("{", encoding="utf-8")
    called: list[int] = []

    def progress(inputs: int) -> None:
        if not called:
            first()
        called.append(inputs)

    told = build.build(
        cluster.items([f"file://{folder}"]),
        str(tmp_path / "cluster"),
        Wanted(audit=False),
        progress=progress,
        runner=cluster.runner(machines.address),
    )
    assert sum(called) == count + 1
    assert told == build.Done(images=count, errors=1)
    build.build(inputs.items([str(folder)]), str(tmp_path / "machine"), Wanted(audit=False))
    for table in schema.TABLES:
        if table != "errors":
            assert rows(tmp_path / "cluster", table) == rows(tmp_path / "machine", table)


def test_a_worker_killed_in_the_middle_loses_nothing(tmp_path: Path, machines: Machines) -> None:
    import distributed

    workers = [machines.worker() for _ in range(3)]
    with distributed.Client(machines.address, timeout=f"{WAIT}s", set_as_default=False) as client:
        client.wait_for_workers(3, timeout=WAIT)
    indexed(tmp_path, machines, 300, workers[1].kill)


def test_the_death_of_all_workers_loses_nothing_once_there_are_others(tmp_path: Path, machines: Machines) -> None:
    only = machines.worker()

    def replaced() -> None:
        only.kill()
        only.wait()
        machines.worker()

    indexed(tmp_path, machines, 200, replaced)


def test_a_scheduler_without_workers_is_told(
    tmp_path: Path, machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_WORKERS_PATIENCE", 1)
    with pytest.raises(ReconstructError, match="no worker within 1 s"):
        indexed(tmp_path, machines, 1, lambda: None)


def test_inputs_of_another_file_system() -> None:
    import fsspec

    files = fsspec.filesystem("memory")
    files.pipe_file("/fleet/a.json", b'{"history": []}')
    files.pipe_file("/fleet/b.jsonl", b'{"a": 1}\n\n{"b": 2}\n')
    found = list(cluster.items(["memory://fleet/*"]))
    assert [(item.label.rpartition("/")[2], item.data) for item in found] == [
        ("a.json", b'{"history": []}'),
        ("b.jsonl:1", b'{"a": 1}\n'),
        ("b.jsonl:3", b'{"b": 2}\n'),
    ]
    with pytest.raises(ReconstructError, match="nothing found"):
        list(cluster.items(["memory://nowhere/*.json"]))


def test_a_missing_scheduler_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", "1s")
    # A port that is taken, so that nobody else listens there either.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        runner = cluster.runner(f"tcp://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(ReconstructError, match="no scheduler"):
            build.build(iter([inputs.Item("x", "x")]), str(tmp_path / "index"), Wanted(audit=False), runner=runner)
