"""`reconstruct list`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from reconstruct.cli.list import command
from tests.sources import making


def _archive(tmp_path: Path) -> Path:
    made = making.Layout()
    image = made.image("amd64")
    kind = "https://slsa.dev/provenance/v1"
    statement = {"predicateType": kind, "predicate": {"buildDefinition": {}}}
    other = made.image("arm64")
    path = tmp_path / "images.tar"
    path.write_bytes(making.tar(made.saved(made.index([image, other, made.attestation(image, statement, kind)]))))
    return path


def test_the_table_names_every_image(tmp_path: Path) -> None:
    ended = CliRunner().invoke(command, [str(_archive(tmp_path))])
    assert ended.exit_code == 0
    lines = ended.stdout.splitlines()
    assert lines[0] == "oci-layout: 2 images"
    assert lines[2].split()[:3] == ["platform", "id", "created"]
    assert "linux/amd64" in lines[3]
    assert "2024-05-06 07:08:09" in lines[3]
    assert "provenance v1" in lines[3]
    assert "linux/arm64" in lines[4]
    assert "provenance" not in lines[4]


def test_json_tells_sizes_of_each_kind_and_null_for_unknown(tmp_path: Path) -> None:
    ended = CliRunner().invoke(command, ["--format", "json", str(_archive(tmp_path))])
    found = json.loads(ended.stdout)
    assert found["form"] == "oci-layout"
    first = found["images"][0]
    assert first["size"] is None
    assert first["transfer_size"] > 0
    assert first["attestations"] == ["https://slsa.dev/provenance/v1"]
    path = tmp_path / "docker.tar"
    path.write_bytes(making.tar(making.docker_archive()))
    saved = json.loads(CliRunner().invoke(command, ["--format", "json", str(path)]).stdout)
    assert saved["form"] == "docker-archive"
    assert saved["images"][0]["size"] == sum(len(layer) for layer in making.LAYERS)
    assert saved["images"][0]["transfer_size"] is None
    assert saved["images"][0]["tags"] == ["app:1"]


def test_names_that_hold_terminal_codes_are_spelled_out(tmp_path: Path) -> None:
    path = tmp_path / "docker.tar"
    path.write_bytes(making.tar(making.docker_archive(["evil\x1b[31m:1\nsecond"])))
    ended = CliRunner().invoke(command, [str(path)])
    assert "\x1b" not in ended.stdout
    assert len(ended.stdout.splitlines()) == 4


def test_an_image_that_can_t_be_read_is_noted_and_the_others_are_listed(tmp_path: Path) -> None:
    files = making.docker_archive()
    entries = json.loads(files["manifest.json"])
    files["manifest.json"] = making.encoded([{"Config": "gone.json", "RepoTags": ["gone:1"]}, *entries])
    path = tmp_path / "docker.tar"
    path.write_bytes(making.tar(files))
    ended = CliRunner().invoke(command, [str(path)])
    assert ended.exit_code == 0
    assert "gone.json" in ended.stderr
    assert "app:1" in ended.stdout


def test_strict_makes_a_changed_blob_an_error(tmp_path: Path) -> None:
    from reconstruct.errors import UnreadableError

    files = making.docker_archive()
    name = next(name for name in files if name.endswith(".json") and name != "manifest.json")
    files[name] = files[name].replace(b"echo one", b"echo two")
    path = tmp_path / "docker.tar"
    path.write_bytes(making.tar(files))
    with pytest.raises(UnreadableError, match="doesn't match its d"):
        CliRunner().invoke(command, ["--strict", str(path)], catch_exceptions=False)
    assert "doesn't match its d" in CliRunner().invoke(command, [str(path)]).stderr


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_folders_and_lines_are_listed_input_by_input(tmp_path: Path, jobs: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    archive = _archive(tmp_path).rename(folder / "a.tar")
    config = json.loads((Path(__file__).parents[2] / "samples" / "hello-buildkit.json").read_text())
    lines = [json.dumps(config), json.dumps({"tags": ["shop:1"], "image": config}), "no json"]
    (folder / "b.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "README.md").write_text("hello", encoding="utf-8")
    ended = CliRunner().invoke(command, ["--format", "json", "--jobs", jobs, str(folder)])
    assert ended.exit_code == 2
    found = json.loads(ended.stdout)
    assert [each["input"] for each in found] == [str(archive), f"{folder}/b.jsonl:1", f"{folder}/b.jsonl:2"]
    assert [each["form"] for each in found][1:] == ["image config"] * 2
    assert found[2]["images"][0]["tags"] == ["shop:1"]
    assert "b.jsonl:3" in ended.stderr
    table = CliRunner().invoke(command, [str(folder)]).stdout
    assert table.count(": 1 image") + table.count(" images\n") == 3
    alone = json.loads(CliRunner().invoke(command, ["--format", "json", str(archive)]).stdout)
    assert found[0] == alone
