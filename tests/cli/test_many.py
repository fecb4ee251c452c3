"""Commands over many images: each as if it were the only one, streamed, in files or one after the other."""

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
def test_one_file_per_image_has_the_single_commands_output(tmp_path: Path, jobs: str) -> None:
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


def test_one_bad_input_is_listed_and_the_others_succeed(tmp_path: Path) -> None:
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


def archives(folder: Path, *names: str) -> Path:
    """A folder with archives that hold their layers, and two files that are none: one claims to be an image."""
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes((SAMPLES / "tiny.tar").read_bytes())
    (folder / "broken.tar").write_bytes(b"no archive")
    (folder / "README.md").write_text("# Archives", encoding="utf-8")
    return folder


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_files_of_many_name_their_image(tmp_path: Path, jobs: str) -> None:
    folder = archives(tmp_path / "in", "a.tar", "b.tar")
    found = run("files", str(folder), "--format", "jsonl", "--jobs", jobs)
    lines = [json.loads(line) for line in found.stdout.splitlines()]
    single = [json.loads(line) for line in alone("files", folder / "a.tar", "--format", "jsonl").splitlines()]
    assert lines == [{"image": str(folder / name), **line} for name in ("a.tar", "b.tar") for line in single]
    assert found.exit_code == 2
    assert "broken.tar" in found.stderr
    assert "README.md skipped: not an image" in found.stderr
    table = run("files", str(folder), "--format", "csv").stdout.splitlines()
    assert table[0].startswith("image,step,")
    assert len(table) == 1 + len(lines)


def test_a_report_of_many_in_csv_has_one_head(tmp_path: Path) -> None:
    rows = run("report", str(folder_of(tmp_path / "in", 3)), "--format", "csv").stdout.splitlines()
    assert rows[0].startswith("image,number,")
    assert [row for row in rows if ",number," in row] == rows[:1]
    assert {row.split(",")[0][-16:] for row in rows[1:]} == {f"image-0000{n}.json" for n in range(3)}


def test_commands_that_open_layers_take_many(tmp_path: Path) -> None:
    folder = archives(tmp_path / "in", "a.tar", "b.tar")
    found = run("dockerfile", "--files", str(folder), "--output-dir", str(tmp_path / "out"))
    assert found.exit_code == 2
    for path in (tmp_path / "out").rglob("*.Dockerfile"):
        assert path.read_text() == alone("dockerfile", folder / path.stem, "--files")
    assert run("report", "--files", str(folder)).stdout.count("==> ") == 2
    assert run("report", "--format", "repo-info", str(folder)).stdout.count("==> ") == 2


def test_exports_of_many_are_one_directory_each(tmp_path: Path) -> None:
    folder, out = archives(tmp_path / "in", "a.tar", "b.tar"), tmp_path / "out"
    found = run("export", str(folder), "--output-dir", str(out))
    assert found.exit_code == 2
    assert f"{out}: 2 written" in found.stdout
    assert len(list(out.rglob("Dockerfile"))) == 2
    assert run("export", str(folder / "a.tar"), str(tmp_path / "one")).exit_code == 0
    one = next(path for path in out.rglob("a.tar"))
    for path in (tmp_path / "one").rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (one / path.relative_to(tmp_path / "one")).read_bytes()
    again = run("export", str(folder), "--output-dir", str(out), "--jobs", "2")
    assert again.exit_code == 2
    assert "not empty" in again.stderr
    assert run("export", str(folder)).exit_code == 2


@pytest.mark.parametrize("command", ["dockerfile", "audit"])
def test_one_rule_says_which_files_of_a_folder_are_worth_an_error(tmp_path: Path, command: str) -> None:
    folder = folder_of(tmp_path / "in", 2)
    for name in ("README.md", "SHA256SUMS.txt", "Makefile", "notes.yaml"):
        (folder / name).write_text("no image\n", encoding="utf-8")
    more = ("--no-hadolint", "--fail-on", "never") if command == "audit" else ()
    found = run(command, str(folder), *more)
    assert found.exit_code == 0, found.output
    assert "and 3 more skipped: not images" in found.stderr
    for name in ("layer.tar", "half.json.gz", "old.OCI"):
        (folder / name).write_bytes(b"no image\n")
    found = run(command, str(folder), *more)
    assert found.exit_code == 2
    assert all(name in found.output for name in ("layer.tar", "half.json.gz", "old.OCI"))


def test_a_platform_selects_among_many_too(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", 2)
    config = json.loads((folder / "image-00001.json").read_text())
    (folder / "image-00001.json").write_text(json.dumps({**config, "architecture": "s390x"}), encoding="utf-8")
    found = run("ast", str(folder), "--platform", "linux/s390x")
    assert len(found.stdout.splitlines()) == 1
    assert "image-00000.json" in found.stderr


def test_a_printed_history_in_json_lines_is_one_image(tmp_path: Path) -> None:
    rows = [
        {"ID": "sha256:abc", "CreatedAt": "2024-01-01T00:00:00Z", "CreatedBy": 'CMD ["x"]', "Size": "0B"},
        {"ID": "<missing>", "CreatedAt": "2024-01-01T00:00:00Z", "CreatedBy": "USER 1000", "Size": "0B"},
    ]
    path = tmp_path / "history.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    assert "USER 1000\nCMD" in alone("dockerfile", path)


def test_paths_on_standard_input_need_no_folder(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", 2)
    listed = "".join(f"{path}\n" for path in sorted(folder.iterdir()))
    assert run("ast", "-", input_=listed).stdout == run("ast", str(folder)).stdout
    assert run("ast", "-", input_=(folder / "image-00000.json").read_text()).exit_code == 0


def test_a_missing_path_in_a_list_only_fails_itself(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", 1)
    found = run("ast", "-", input_=f"{folder / 'image-00000.json'}\n{folder / 'nope.json'}\n")
    assert len(found.stdout.splitlines()) == 1
    assert found.exit_code == 2
    assert "nope.json" in found.stderr


def test_a_missing_path_among_others_only_fails_itself(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", 1)
    found = run("ast", str(folder), "nope.json", "--output-dir", str(tmp_path / "out"))
    assert found.exit_code == 2
    assert "nope.json: no such file or directory" in found.stderr
    assert f"{tmp_path / 'out'}: 1 written" in found.stdout
    found = run("audit", str(folder), "nope.json", "--no-hadolint", "--format", "jsonl")
    assert found.exit_code == 2
    assert [bool(json.loads(line)["error"]) for line in found.stdout.splitlines()] == [False, True]


def test_notes_on_reading_are_shown_for_each(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", 2)
    path = folder / "image-00001.json"
    path.write_bytes(path.read_bytes().replace(b"echo 1 ", b"echo \xe9 "))
    noted = run("ast", str(path)).stderr.splitlines()
    assert any("invalid UTF-8" in note for note in noted)
    assert run("ast", str(folder)).stderr.splitlines() == [note.replace("note: ", f"note: {path}: ") for note in noted]
    assert f"{path}: " in run("ast", str(folder), "--jobs", "2").stderr
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / path.name).write_bytes((folder / "image-00000.json").read_bytes())
    assert "invalid UTF-8" in run("diff", str(tmp_path / "old"), str(folder)).stderr


def test_one_file_of_many_images(tmp_path: Path) -> None:
    folder, out = archives(tmp_path / "in", "a.tar", "b.tar"), tmp_path / "out"
    found = run("cat", str(folder), "/greet.sh", "--output-dir", str(out))
    assert found.exit_code == 2
    assert f"{out}: 2 written" in found.stdout
    single = alone("cat", folder / "a.tar", "/greet.sh")
    assert [path.read_text() for path in out.rglob("greet.sh")] == [single] * 2
    missing = run("cat", str(folder / "a.tar"), "/nope", "--output-dir", str(out))
    assert missing.exit_code == 2
    assert "/nope" in missing.stderr
    assert run("cat", str(folder / "a.tar")).exit_code == 2
    assert run("cat", str(folder / "a.tar"), str(folder / "b.tar"), "/greet.sh").exit_code == 2
