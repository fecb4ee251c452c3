"""The commands, as people call them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import reconstruct
from reconstruct.cli.group import cli
from reconstruct.files.formats import jsonl
from reconstruct.files.listing import Choice, Listing
from reconstruct.files.reading import read
from reconstruct.sources import open_image
from tests.files.making import gone, layer, link, member, saved

TINY = str(Path(__file__).parents[2] / "samples" / "tiny.tar")
LAYERS = (
    layer(member("etc/"), member("etc/conf", b"one"), link("conf", "etc/conf"), member("big", b"b" * 5000)),
    layer(member("etc/conf", b"two"), gone("big"), member("small", b"s")),
)


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


@pytest.fixture
def archive(tmp_path: Path) -> str:
    return saved(tmp_path, LAYERS)


def test_json_has_changes_sums_and_waste(archive: str) -> None:
    found = json.loads(run("files", archive, "--format", "json").output)

    first, second = found["layers"]
    assert first["sums"] == {
        "added": 4, "added_size": 5003, "changed": 0, "changed_size": 0, "removed": 0, "removed_size": 0
    }  # fmt: skip
    assert [(each["path"], each["change"], each.get("what")) for each in second["changes"]] == [
        ("/etc/conf", "changed", ["content"]),
        ("/big", "removed", None),
        ("/small", "added", []),
    ]
    assert found["waste"]["unseen"] == 5003


def test_step_path_and_top_choose(archive: str) -> None:
    def paths(*words: str) -> list[str]:
        return [
            json.loads(line)["path"] for line in run("files", archive, "--format", "jsonl", *words).output.splitlines()
        ]

    assert paths("--step", "2") == ["/etc/conf", "/big", "/small"]
    assert paths("--path", "/etc/*") == ["/etc/conf", "/etc/conf"]
    assert paths("--path", "conf") == ["/etc/conf", "/conf", "/etc/conf"]
    assert paths("--top", "1") == ["/big"]
    assert run("files", archive, "--step", "9").exception is not None


def test_a_hand_assembled_line_is_the_same_json(archive: str) -> None:
    with open_image(archive) as opened:
        listing = Listing(read(opened), Choice(), frozenset())
        for section in listing.sections():
            for change in listing.changes(section):
                assert json.loads(jsonl.line(section, change)) == jsonl.value(section, change)


def test_csv_and_mtree_and_tree(archive: str) -> None:
    rows = list(csv.DictReader(io.StringIO(run("files", archive, "--format", "csv").output)))
    mtree = run("files", archive, "--format", "mtree").output
    tree = run("files", archive, "--format", "tree").output

    assert [row["path"] for row in rows if row["change"] == "removed"] == ["/big"]
    assert "./conf type=link mode=0644 uid=0 gid=0 link=etc/conf" in mtree
    assert "./big" not in mtree
    assert "./big" in run("files", archive, "--format", "mtree", "--step", "1").output
    assert "~   conf  3 B  (content)" in tree


def test_cat_prints_the_file_as_the_step_leaves_it(archive: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for words, want in ((("conf",), b"two"), (("/etc/conf", "--step", "1"), b"one")):
        assert run("cat", archive, *words, "-o", str(out)).exit_code == 0
        assert out.read_bytes() == want
    for missing in ("/big", "/etc", "/none"):
        assert run("cat", archive, missing).exception is not None


def test_dockerfile_and_report_with_files() -> None:
    assert "\nCOPY greet.sh /greet.sh\nADD greet.sh /copies/\n" in run("dockerfile", "--files", TINY).output
    assert "48 B  /copies/greet.sh" in run("report", "--files", TINY).output
    found = json.loads(run("report", "--files", TINY, "--format", "json").output)
    assert found["steps"][1]["largest_files"] == [{"path": "/greet.sh", "size": 48}]


def test_parts_and_a_dry_run(archive: str, tmp_path: Path) -> None:
    assert run("export", archive, str(tmp_path / "dry"), "--dry-run", "--frozen").exit_code == 0
    assert not (tmp_path / "dry").exists()

    assert run("export", archive, str(tmp_path / "one"), "--single", "/conf").exit_code == 0
    assert (tmp_path / "one/context/conf").read_text() == "two"
    assert (tmp_path / "one/Dockerfile").read_text() == "FROM scratch\nCOPY context/conf /conf\n"

    assert run("export", archive, str(tmp_path / "two"), "--step", "2").exit_code == 0
    assert (tmp_path / "two/Dockerfile").read_text().endswith("ADD context/step-02.tar /\n")


def test_an_image_without_layers_says_so(tmp_path: Path) -> None:
    config = Path(__file__).parents[2] / "samples" / "hello-classic.json"
    result = run("files", str(config))

    assert result.exit_code != 0
    assert "layers" in str(result.exception)


def test_a_file_may_replace_one_of_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tiny = Path(__file__).parents[2] / "samples" / "tiny.tar"
    for _ in range(2):
        assert CliRunner().invoke(cli, ["cat", str(tiny), "greet.sh", "-o", "greet.sh"]).exit_code == 0
    (tmp_path / "tiny.tar").write_bytes(tiny.read_bytes())
    refused = CliRunner().invoke(cli, ["cat", "tiny.tar", "greet.sh", "-o", "tiny.tar"])
    assert refused.exit_code != 0
    assert (tmp_path / "tiny.tar").read_bytes() == tiny.read_bytes()


def test_dockerfile_tells_that_the_archive_has_the_names_it_lacks(tmp_path: Path) -> None:
    told = "--files restores the names of copied files from the layers"
    plain = CliRunner().invoke(cli, ["dockerfile", TINY])
    assert (plain.exit_code, plain.stderr.count(told)) == (0, 1)
    assert "COPY file-" in plain.stdout
    restored = CliRunner().invoke(cli, ["dockerfile", "--files", TINY])
    assert told not in restored.stderr
    assert "COPY greet.sh /greet.sh" in restored.stdout
    # A config alone has no layers.
    (tmp_path / "config.json").write_text(json.dumps(reconstruct.load(TINY).raw_config))
    alone = CliRunner().invoke(cli, ["dockerfile", str(tmp_path / "config.json")])
    assert (alone.exit_code, told in alone.stderr) == (0, False)
    assert "COPY file-" in alone.stdout
