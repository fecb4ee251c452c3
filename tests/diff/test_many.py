"""Two sets of images compared: who belongs together, what became of each, a summary first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from reconstruct.cli.main import cli
from reconstruct.diff.partners import partners
from tests.fleet.making import SAMPLES, configs


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["diff", *map(str, arguments)])


def write(path: Path, config: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(config), encoding="utf-8")


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """`a` is the same, `sub/b` changed, `c` went, `d` came."""
    old, new = tmp_path / "old", tmp_path / "new"
    a, b, c, d = configs(4)
    for folder in (old, new):
        write(folder / "a.json", a)
        write(folder / "sub" / "b.json", b)
        b["history"][-1]["created_by"] = "RUN /bin/sh -c echo changed # buildkit"
    write(old / "c.json", c)
    write(new / "d.json", d)
    return old, new


@pytest.mark.parametrize("jobs", [1, 2])
def test_folders_are_compared_image_by_image(folders: tuple[Path, Path], jobs: int) -> None:
    old, new = folders
    found = run(old, new, "--jobs", jobs)
    assert found.exit_code == 1
    lines = found.stdout.splitlines()
    assert lines[:4] == [
        "4 images: 1 the same, 1 changed, 1 added, 1 gone",
        "  changed: sub/b.json",
        "  added: d.json",
        "  gone: c.json",
    ]
    assert run(old / "sub" / "b.json", new / "sub" / "b.json").stdout in found.stdout
    assert lines.index("added: d.json") < lines.index("gone: c.json")


def test_json_has_a_line_for_each_image(folders: tuple[Path, Path]) -> None:
    old, new = folders
    lines = [json.loads(line) for line in run(old, new, "--format", "json").stdout.splitlines()]
    assert {line["name"]: line["status"] for line in lines} == {
        "a.json": "same",
        "sub/b.json": "changed",
        "d.json": "added",
        "c.json": "gone",
    }
    single = json.loads(run(old / "sub" / "b.json", new / "sub" / "b.json", "--format", "json").stdout)
    assert [line["difference"] for line in lines if line["difference"]] == [single]


def test_what_can_not_be_read_only_fails_itself(folders: tuple[Path, Path]) -> None:
    old, new = folders
    (new / "bad.json").write_text("{", encoding="utf-8")
    found = run(old, new)
    assert found.exit_code == 2
    assert "bad.json: invalid JSON" in found.stderr
    assert found.stdout.startswith("5 images: 1 the same, 1 changed, 1 added, 1 gone, 1 could not be read\n")


def test_options_of_the_single_comparison_hold_for_each(folders: tuple[Path, Path]) -> None:
    old, new = folders
    (old / "c.json").unlink()
    (new / "d.json").unlink()
    found = run(old, new, "--only", "env")
    assert (found.exit_code, found.stdout.splitlines()[0]) == (0, "2 images: 2 the same")
    assert run(old, new, "--base-old", "x").exit_code == 2
    assert run(old, new, "--format", "html").exit_code == 2
    assert run(old, new, "--output", old / "x").exit_code == 2
    found = run(old, new, "--output-dir", new.parent / "out", "--format", "markdown")
    assert found.exit_code == 1
    assert [path.name for path in (new.parent / "out").rglob("*.md")] == ["b.json.md"]


def test_lines_belong_together_by_name(tmp_path: Path) -> None:
    first, second, third = configs(3)
    changed = json.loads(json.dumps(first))
    changed["config"]["User"] = "root"
    old = [{"tags": ["shop/api:1.0"], "image": first}, {"tags": ["shop/web:3"], "image": second}]
    new = [{"tags": ["other:1"], "image": third}, {"tags": ["shop/web:3"], "image": second}]
    new.append({"tags": ["shop/api:1.1"], "image": changed})
    for name, lines in (("old", old), ("new", new)):
        (tmp_path / f"{name}.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    found = run(tmp_path / "old.jsonl", tmp_path / "new.jsonl", "--format", "json")
    lines = [json.loads(line) for line in found.stdout.splitlines()]
    assert [line["status"] for line in lines] == ["added", "same", "changed"]
    assert lines[2]["name"] == f"{tmp_path}/old.jsonl:1 → {tmp_path}/new.jsonl:3"


def test_archives_of_many_are_compared_where_asked_for() -> None:
    both = SAMPLES / "python-3.9-windowsservercore"
    assert run(both, both, "--each").stdout == "2 images: 2 the same\n"
    assert "The builds are the same." in run(both, both).stdout


KEYS = st.lists(st.tuples(*[st.none() | st.integers(0, 3)] * 3), max_size=8)


@given(KEYS, KEYS)
def test_every_image_is_reported_once(old: list[Any], new: list[Any]) -> None:
    found = list(partners(old, new))
    assert sorted(place for place, _ in found if place is not None) == list(range(len(old)))
    assert [place for _, place in found if place is not None] == list(range(len(new)))
    for before, after in found:
        if before is not None and after is not None:
            assert any(key is not None and key == other for key, other in zip(old[before], new[after], strict=True))


@given(KEYS)
def test_sets_with_a_key_of_their_own_for_each_are_paired_whole(images: list[Any]) -> None:
    known = [(*keys, number) for number, keys in enumerate(images)]
    assert _last(partners([(None, None, None, number) for *_, number in known], known)) == list(range(len(known)))


def _last(found: Iterator[tuple[int | None, int | None]]) -> list[int | None]:
    return [before for before, _ in found]
