"""The benchmarks run, a run that is worse fails, and the README's table is that of the run that is kept."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import bench

    return bench


def test_everything_is_measured() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "bench.py"), "--tiny"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    for group in ("start-up", "throughput", "growth", "archives", "many images"):
        assert f"\n{group} " in "\n" + done.stdout


def test_a_figure_may_be_at_most_a_fifth_worse(bench: Any) -> None:
    last = {"start-up": {"a": 5.0, "b": 5.0, "c": 5.0}}
    found = [bench.Figure("a", 5.9, ""), bench.Figure("b", 6.1, ""), bench.Figure("new", 9.0, "")]
    assert bench.worse("start-up", found, last) == ["b"]


def test_what_is_worse_is_measured_again(bench: Any) -> None:
    runs = [
        [bench.Figure("a", 9.0, ""), bench.Figure("b", 4.0, "")],
        [bench.Figure("a", 5.0, ""), bench.Figure("b", 4.5, "")],
    ]
    found = bench.measured("g", lambda tiny: runs.pop(0), False, {"g": {"a": 5.0, "b": 5.0}})
    assert [(figure.name, figure.value) for figure in found] == [("a", 5.0), ("b", 4.0)]
    assert not runs


def test_the_readme_has_the_run_that_is_kept(bench: Any) -> None:
    kept = json.loads(bench.LAST.read_text(encoding="utf-8"))
    assert bench.shown(kept) == bench.README.read_text(encoding="utf-8")
    assert set(kept["figures"]) == set(bench.GROUPS)
