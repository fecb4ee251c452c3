"""The benchmarks run, a run that is worse fails, and the README's table is that of the run that is kept."""

from __future__ import annotations

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
    kept = bench.saved()[0]
    assert bench.shown(kept) == bench.README.read_text(encoding="utf-8")
    assert set(kept["figures"]) == set(bench.GROUPS)


def test_machines_are_alike_that_start_python_as_fast(bench: Any) -> None:
    assert [bench.alike({"start": 0.01}, start) for start in (0.005, 0.008, 0.01, 0.014, 0.016)] == [
        False, True, True, True, False,
    ]  # fmt: skip


def test_a_saved_run_takes_the_place_of_one_alike(bench: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fast, slow = ({"machine": name, "start": start, "figures": {}} for name, start in (("a", 0.01), ("b", 0.03)))
    (tmp_path / "README.md").write_text(f"x{bench.START}{bench.END}y", encoding="utf-8")
    monkeypatch.setattr(bench, "README", tmp_path / "README.md")
    monkeypatch.setattr(bench, "LAST", tmp_path / "last.json")
    bench.keep([fast, slow])
    monkeypatch.setattr(bench, "ready", lambda: None)
    monkeypatch.setattr(bench, "medians", lambda rounds, *measures: [0.028])
    monkeypatch.setattr(bench, "GROUPS", {"g": lambda tiny: [bench.Figure("f", 2.0, "× it", "note")]})
    monkeypatch.setattr(sys, "argv", ["bench.py", "--save", "--only", "g"])

    assert bench.main() == 0
    assert [(run["start"], run["figures"]) for run in bench.saved()] == [
        (0.028, {"g": [["f", 2.0, "× it", "note"]]}),
        (0.01, {}),
    ]
    assert "starts Python in 28 ms" in bench.README.read_text(encoding="utf-8")
