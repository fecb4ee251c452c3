"""Who starts the engines of a run and who removes them, without an engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

pytest.importorskip("fcntl")

from tests.builders import engines, supervise
from tests.processes import WAIT, in_time


def test_an_engine_ends_with_the_last_who_holds_it(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    first, second = engines._hold(folder), engines._hold(folder)
    engine = [sys.executable, "-c", "import os, sys, time; os.mkdir(sys.argv[1]); time.sleep(600)", str(folder / "up")]
    supervisor = subprocess.Popen([sys.executable, supervise.__file__, str(folder), *engine])
    assert in_time((folder / "up").exists)
    first.close()
    assert supervisor.poll() is None
    second.close()
    assert supervisor.wait(WAIT) == 0
    assert not folder.exists()
    assert list(tmp_path.iterdir()) == []


def test_whoever_comes_while_a_run_is_removed_finds_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    engines._hold(folder).close()
    (folder / "ready").touch()
    held: list[IO[str]] = []
    whole = shutil.rmtree

    def meanwhile(path: Path, ignore_errors: bool) -> None:
        assert not (folder / "ready").exists()
        held.append(engines._hold(folder))
        (folder / "new").touch()
        whole(path, ignore_errors=ignore_errors)

    monkeypatch.setattr(shutil, "rmtree", meanwhile)
    supervise.main(folder, [])
    assert sorted(os.listdir(folder)) == ["alive", "new"]
    assert os.listdir(tmp_path) == ["run"]
    held[0].close()


def test_an_engine_that_ends_is_told_with_its_last_words(tmp_path: Path) -> None:
    engine = [sys.executable, "-c", "import sys; sys.exit('no privileges here')"]
    with engines._hold(tmp_path / "run"):
        told = engines._supervised(tmp_path / "run", engine, ["false"])
    assert told is not None
    assert "no privileges here" in told


def test_an_engine_that_does_not_answer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_WAIT", 0.1)
    with engines._hold(tmp_path / "run"), pytest.raises(engines.NoEngineError, match=r"does not answer for 0\.1 s"):
        engines._supervised(tmp_path / "run", [sys.executable, "-c", "import time; time.sleep(600)"], ["false"])
    assert in_time(lambda: not (tmp_path / "run").exists())


def test_an_engine_that_can_not_start_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "program", lambda name: "false" if name in ("docker", "dockerd") else None)
    with pytest.raises(engines.NoEngineError, match="dockerd does not start"), engines.running(tmp_path / "run"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["reconstruct-engines.lock"]


@pytest.mark.parametrize(("fault", "tries"), [("sealing memfd copy: Device or resource busy", 3), ("no such image", 1)])
def test_only_a_fault_of_the_machine_is_tried_again(tmp_path: Path, fault: str, tries: int) -> None:
    program = f"echo >> tries; test $(wc -l < tries) -ge 3 && echo built || {{ echo '{fault}' >&2; exit 1; }}"
    command = ["sh", "-c", program]
    if tries > 1:
        assert engines.run(command, cwd=tmp_path) == "built\n"
    else:
        with pytest.raises(engines.BuildError, match=fault):
            engines.run(command, cwd=tmp_path)
    assert (tmp_path / "tries").read_text() == "\n" * tries


def test_a_fault_of_the_machine_that_stays_is_told(tmp_path: Path) -> None:
    command = ["sh", "-c", "echo >> tries; echo 'sealing memfd copy: Device or resource busy' >&2; exit 1"]
    with pytest.raises(engines.BuildError, match="sealing"):
        engines.run(command, cwd=tmp_path)
    assert len((tmp_path / "tries").read_text()) == engines._TRIES
