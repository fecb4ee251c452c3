"""Many images into an index: what it holds, what it does with bad input, with being killed and with coming again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from reconstruct.cli.group import cli
from reconstruct.fleet import build, inputs, parts, schema
from reconstruct.fleet.rows import Wanted
from tests.fleet.making import SAMPLES, configs, folder_of, rows

TABLES = [table for table in schema.TABLES if table != "errors"]


def index(sources: list[Path], output: Path, **more: object) -> build.Done:
    found = inputs.items([str(source) for source in sources])
    return build.build(found, str(output), Wanted(audit=False), **more)  # type: ignore[arg-type]


def test_an_index_holds_what_the_single_commands_say(tmp_path: Path) -> None:
    done = index([SAMPLES / "tiny.tar"], tmp_path / "index")
    assert done == build.Done(images=1)
    (image,) = rows(tmp_path / "index", "images")
    columns = [column.name for column in schema.TABLES["images"]]
    told = dict(zip(columns, image, strict=True))
    assert told["tags"] == ["sample-tiny:latest"]
    assert told["size"] == 4608
    steps = rows(tmp_path / "index", "steps")
    assert [(step[1], step[3]) for step in steps] == [(1, "LABEL"), (2, "COPY"), (3, "ADD"), (4, "ENV"), (5, "CMD")]
    assert [layer[1] for layer in rows(tmp_path / "index", "layers")] == [0, 1]


def test_the_same_image_seen_twice_is_one(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", 40)
    (folder / "again.json").write_bytes((folder / "image-00007.json").read_bytes())
    done = index([folder, folder], tmp_path / "index")
    assert (done.images, done.again, done.errors) == (40, 42, 0)
    again = index([folder], tmp_path / "index")
    assert (again.images, again.again) == (0, 41)
    assert len(rows(tmp_path / "index", "images")) == 40


def test_two_processes_give_the_rows_of_one(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", 100)
    index([folder], tmp_path / "one")
    index([folder], tmp_path / "two", jobs=2)
    for table in TABLES:
        assert rows(tmp_path / "one", table) == rows(tmp_path / "two", table)


def test_a_bad_input_is_listed_and_the_others_succeed(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", 3)
    (folder / "broken.json").write_text('{"history": [', encoding="utf-8")
    (folder / "README.md").write_text("hello", encoding="utf-8")
    done = index([folder], tmp_path / "index")
    assert (done.images, done.errors) == (3, 1)
    ((source, message),) = rows(tmp_path / "index", "errors")
    assert source.endswith("broken.json")
    assert message


def test_lines_archives_and_lists_of_paths(tmp_path: Path) -> None:
    lines = tmp_path / "all.jsonl"
    made = [json.dumps(config) for config in configs(4)]
    wrapped = json.dumps({"tags": ["shop:1"], "layers": [1, 2], "image": json.loads(made[3])})
    lines.write_text("\n".join([*made[:3], wrapped, "no json"]) + "\n", encoding="utf-8")
    result = CliRunner().invoke(
        cli,
        ["index", "-", "--output", str(tmp_path / "index"), "--no-audit", "--jobs", "1"],
        input=f"{lines}\n{SAMPLES / 'tiny.tar'}\n",
    )
    assert result.exit_code == 0, result.output
    assert len(rows(tmp_path / "index", "images")) == 5
    ((source, _),) = rows(tmp_path / "index", "errors")
    assert source == f"{lines}:5"


def test_links_and_devices_in_a_directory_are_skipped_with_a_note(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", 1)
    (tmp_path / "outside.json").write_bytes((folder / "image-00000.json").read_bytes())
    (folder / "link.json").symlink_to(tmp_path / "outside.json")
    os.mkfifo(folder / "pipe.json")
    passed_over = inputs.PassedOver()
    found = list(inputs.items([str(folder)], passed_over))
    assert [Path(item.path).name for item in found] == ["image-00000.json"]
    told = [note.partition(" skipped: ")[0].rpartition("/")[2] for note in passed_over.notes()]
    assert told == ["link.json", "pipe.json"]


def test_no_image_at_all_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.json").write_text("{}", encoding="utf-8")
    result = CliRunner().invoke(
        cli, ["index", str(tmp_path / "in"), "--output", str(tmp_path / "index"), "--jobs", "1"]
    )
    assert result.exit_code != 0


def test_a_directory_with_other_contents_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(Exception, match="no index"):
        index([SAMPLES / "tiny.tar"], tmp_path / "mine")
    assert os.listdir(tmp_path / "mine") == ["diary.txt"]


def test_an_archive_of_many_images_gives_each_of_them(tmp_path: Path) -> None:
    archive = tmp_path / "many.tar"
    entries = []
    with tarfile.open(archive, "w") as tar:
        for number, config in enumerate(configs(3)):
            config["rootfs"] = {"type": "layers", "diff_ids": []}
            config["history"] = [{**entry, "empty_layer": True} for entry in config["history"]]
            path = tmp_path / f"{number}.json"
            path.write_text(json.dumps(config), encoding="utf-8")
            tar.add(path, arcname=path.name)
            entries.append({"Config": path.name, "RepoTags": [f"shop:{number}"], "Layers": []})
        manifest = tmp_path / "manifest.json"
        manifest.write_text(json.dumps(entries), encoding="utf-8")
        tar.add(manifest, arcname="manifest.json")
    assert index([archive], tmp_path / "index").images == 3


def test_a_damaged_part_is_a_one_line_error(tmp_path: Path) -> None:
    index([SAMPLES / "tiny.tar"], tmp_path / "index")
    (part,) = parts.parts(str(tmp_path / "index"))
    Path(part, "images.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(Exception, match="damaged"):
        index([SAMPLES / "tiny.tar"], tmp_path / "index")


# Indexes a folder; dies the n-th time that it renames something, before it is renamed or after.
KILLED = """
import os, signal, sys
from reconstruct.fleet import build, inputs
from reconstruct.fleet.rows import Wanted

source, output, left, after = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "after"

def dying(rename):
    def renamed(*names):
        global left
        left -= 1
        if left >= 0 or after:
            rename(*names)
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return renamed

os.rename, os.replace = dying(os.rename), dying(os.replace)
build.PART_IMAGES = 32
build.build(inputs.items([source]), output, Wanted(audit=False))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("renamed", [0, 1, 3])
def test_killed_at_any_time_it_goes_on(tmp_path: Path, renamed: int, when: str) -> None:
    folder = folder_of(tmp_path / "in", 150)
    output = tmp_path / "index"
    words = [sys.executable, "-c", KILLED, str(folder), str(output), str(renamed), when]
    assert subprocess.run(words).returncode == -signal.SIGKILL
    # The first that is renamed is `index.json`, and each after it a part.
    finished = renamed - (when == "before")
    if finished >= 0:
        assert len(rows(output, "images")) == 32 * finished
    told = index([folder], output)
    assert told.images == 150 - 32 * max(finished, 0)
    index([folder], tmp_path / "whole")
    for table in TABLES:
        assert rows(output, table) == rows(tmp_path / "whole", table)
    assert sorted(path.name for path in output.iterdir()) == [".lock", "index.json", "parts"]


def _dies(batch: list[str], shared: None) -> tuple[list[str], int]:
    if "bad" in batch:
        os._exit(9)
    return batch, len(batch)


def test_an_input_that_kills_its_process_only_fails_itself() -> None:
    from reconstruct.fleet.pool import run

    batches = [["a", "b"], ["c", "bad", "d"], ["e"], ["f"]]
    done = list(run(_dies, iter(batches), None, jobs=2, lost=lambda task: ([f"lost {task}"], 0)))
    assert [task for _, result, _ in done for task in result] == ["a", "b", "c", "lost bad", "d", "e", "f"]
