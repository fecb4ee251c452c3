"""A scheduler and three workers on this machine, one killed in the middle: the rows of a single machine."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("distributed")

from reconstruct.errors import ReconstructError
from reconstruct.fleet import build, cluster, inputs, schema
from reconstruct.fleet.rows import Wanted
from tests.fleet.making import folder_of, rows

pytestmark = pytest.mark.filterwarnings("ignore")


def _start(folder: Path, name: str, *arguments: str) -> subprocess.Popen[str]:
    log = (folder / f"{name}.log").open("w")
    return subprocess.Popen(
        [sys.executable, "-m", *arguments], stdout=log, stderr=log, cwd=folder, text=True, start_new_session=True
    )


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    local = ("--host", "127.0.0.1", "--no-dashboard")
    scheduler = _start(tmp_path, "scheduler", "distributed.cli.dask_scheduler", *local, "--port", "0")
    started = [scheduler]
    try:
        address = ""
        for _ in range(300):
            match = re.search(r"tcp://127\.0\.0\.1:\d+", (tmp_path / "scheduler.log").read_text())
            if match:
                address = match.group()
                break
            time.sleep(0.1)
        assert address, (tmp_path / "scheduler.log").read_text()
        workers = [
            _start(
                tmp_path,
                f"worker{n}",
                "distributed.cli.dask_worker",
                address,
                "--no-nanny",
                "--nthreads",
                "1",
                "--no-dashboard",
                "--host",
                "127.0.0.1",
                "--local-directory",
                str(tmp_path / f"scratch{n}"),
            )
            for n in range(3)
        ]
        started += workers
        yield address, workers
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_a_worker_killed_in_the_middle_loses_nothing(
    tmp_path: Path, machines: tuple[str, list[subprocess.Popen[str]]]
) -> None:
    address, workers = machines
    folder = folder_of(tmp_path / "in", 300)
    (folder / "broken.json").write_text("{", encoding="utf-8")
    done = threading.Event()
    killed = []

    def progress(count: int) -> None:
        if not killed:
            killed.append(workers[1].pid)
            os.kill(workers[1].pid, signal.SIGKILL)

    told = build.build(
        cluster.items([f"file://{folder}"]),
        str(tmp_path / "cluster"),
        Wanted(audit=False),
        progress=progress,
        runner=cluster.runner(address),
    )
    done.set()
    assert killed
    assert told == build.Done(images=300, errors=1)
    build.build(inputs.items([str(folder)]), str(tmp_path / "machine"), Wanted(audit=False))
    for table in schema.TABLES:
        if table != "errors":
            assert rows(tmp_path / "cluster", table) == rows(tmp_path / "machine", table)


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


def test_no_scheduler_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", "1s")
    with pytest.raises(ReconstructError, match="no scheduler"):
        build.build(
            iter([inputs.Item("x", "x")]),
            str(tmp_path / "index"),
            Wanted(audit=False),
            runner=cluster.runner("tcp://127.0.0.1:9"),
        )
