"""Commands over many images: each as if it were alone, streamed, in files or one after the other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reconstruct.cli.group import cli
from tests.fleet.making import SAMPLES, configs, folder_of


def run(*arguments: str, input_: str | None = None) -> Result:
    return CliRunner().invoke(cli, list(arguments), input=input_)


def alone(command: str, path: Path, *more: str) -> str:
    result = run(command, str(path), *more)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_file_an_image_says_what_the_single_command_says(tmp_path: Path, jobs: str) -> None:
    folder = folder_of(tmp_path / "in", 5)
    result = run("dockerfile", str(folder), "--output-dir", str(tmp_path / "out"), "--jobs", jobs)
    assert result.exit_code == 0, result.output
    written = sorted((tmp_path / "out").rglob("*.Dockerfile"))
    assert len(written) == 5
    for path, source in zip(written, sorted(folder.iterdir()), strict=True):
        assert path.read_text() == alone("dockerfile", source)


def test_a_folder_on_standard_output_is_headed_by_names(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", 2)
    lines = run("dockerfile", str(folder)).stdout.splitlines()
    heads = [line for line in lines if line.startswith("==> ")]
    assert heads == [f"==> {folder}/image-0000{n}.json <==" for n in (0, 1)]


def test_json_is_one_document_a_line(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", 3)
    lines = run("report", str(folder), "--format", "json").stdout.splitlines()
    single = json.loads(alone("report", folder / "image-00001.json", "--format", "json"))
    assert len(lines) == 3
    assert json.loads(lines[1])["steps"] == single["steps"]


def test_lines_of_json_and_a_list_of_paths(tmp_path: Path) -> None:
    lines = tmp_path / "all.jsonl"
    lines.write_text("\n".join(json.dumps(config) for config in configs(3)), encoding="utf-8")
    assert len(run("ast", str(lines)).stdout.splitlines()) == 3
    result = run("base", "-", "--output-dir", str(tmp_path / "out"), input_=f"{lines}\n{SAMPLES / 'tiny.tar'}\n")
    assert result.exit_code == 0, result.output
    assert len([path for path in (tmp_path / "out").rglob("*") if path.is_file()]) == 4


def test_one_bad_input_costs_itself_and_is_listed(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", 2)
    (folder / "bad.json").write_text("{", encoding="utf-8")
    result = run("dockerfile", str(folder), "--output-dir", str(tmp_path / "out"))
    assert result.exit_code == 2
    assert "bad.json" in result.stderr
    assert "1 of 3 could not be read" in result.stderr
    assert len(list((tmp_path / "out").rglob("*.Dockerfile"))) == 2


def test_nothing_is_written_outside_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    folder_of(tmp_path / "in", 1)
    monkeypatch.chdir(inside)
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert run("dockerfile", "../../in", "--output-dir", "out").exit_code == 0
    new = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert new
    assert all(path.is_relative_to(inside / "out") for path in new)


def test_output_and_manifest_do_not_go_with_many(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", 1)
    assert run("dockerfile", str(folder), "--output", str(tmp_path / "x")).exit_code == 2
    assert run("dockerfile", str(folder), "--manifest", str(folder / "image-00000.json")).exit_code == 2
