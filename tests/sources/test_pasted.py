"""Histories as people pass them on, and reports of other tools that contain a config."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import reconstruct
from reconstruct.errors import UnreadableError
from reconstruct.sources import yaml_text
from tests.sources.test_limits import limited

TABLE = """\
IMAGE          CREATED       CREATED BY                                      SIZE      COMMENT
3f5a1b2c4d5e   2 weeks ago   ENTRYPOINT ["/srv/app"]                         0B        buildkit.dockerfile.v0
<missing>      2 weeks ago   RUN /bin/sh -c apk add git # buildkit           12.3MB    buildkit.dockerfile.v0
<missing>      3 weeks ago   CMD ["/bin/sh"]                                 0B        buildkit.dockerfile.v0
<missing>      3 weeks ago   ADD alpine-minirootfs.tar.gz / # buildkit       7.34MB    buildkit.dockerfile.v0
"""
LINES = TABLE.splitlines()
WRITTEN = reconstruct.dockerfile(reconstruct.load(TABLE.encode()))


def each(front: Callable[[int], str]) -> str:
    return "".join(f"{front(number)}{line}\n" for number, line in enumerate(LINES))


@pytest.mark.parametrize(
    "text",
    [
        f"$ docker history app\n{TABLE}$ \n",
        f"user@host:~/app$ docker history app\n{TABLE}user@host:~/app$ exit\n",
        f"PS C:\\> docker history app\n{TABLE}\nPS C:\\> \n",
        f"It was built so:\n\n```\n{TABLE}```\n\nWhat is wrong?\n",
        f"~~~console\n$ docker history app\n{TABLE}~~~\n",
        f"{TABLE}\nThat is all of it.\n",
        each(lambda number: "    "),
        "see:\n\n" + each(lambda number: "\t") + "\nthanks\n",
        each(lambda number: "> "),
        "> on Tuesday somebody wrote:\n" + each(lambda number: "> > ") + "> yes\n",
        each(lambda number: f"2025-01-03T10:00:0{number}.1234567Z "),
        "2025-01-03T10:00:00.1234567Z ##[group]Run\n" + each(lambda number: f"2025-01-03T10:00:0{number}.1234567Z "),
        each(lambda number: f"[2025-01-03T10:00:0{number}.123Z] "),
        each(lambda number: f"2025-01-03T10:00:0{number}.123456Z 01O "),
        each(lambda number: "app-1  | "),
        each(lambda number: f"#12 0.34{number} "),
        f"\x1b[1m{LINES[0]}\x1b[0m\n" + "\n".join(LINES[1:]) + "\n",
        TABLE.replace("\n", "\r\n"),
    ],
)
def test_a_pasted_table_is_the_table(text: str) -> None:
    assert reconstruct.dockerfile(reconstruct.load(text.encode())) == WRITTEN


def test_lines_of_a_command_stay_with_it() -> None:
    rows = TABLE.replace("apk add git # buildkit           12.3MB ", "<<EOF (a…)\n\none\n\nEOF # buildkit   12.3MB ")
    assert "one" in reconstruct.load(f"```\n{rows}```\n".encode()).history[2].created_by


@pytest.mark.parametrize("text", ["CREATED BY me", "IMAGE CREATED CREATED BY\n", "a | b\n" * 900 + TABLE])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        reconstruct.load(text.encode())


CONFIG: dict[str, Any] = {
    "architecture": "arm64",
    "os": "linux",
    "config": {"Entrypoint": ["/srv/app"]},
    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "11" * 32]},
    "history": [
        {"created_by": "RUN /bin/sh -c apk add git # buildkit", "comment": "buildkit.dockerfile.v0"},
        {"created_by": 'ENTRYPOINT ["/srv/app"]', "comment": "buildkit.dockerfile.v0", "empty_layer": True},
    ],
}
LAYER = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": "sha256:" + "22" * 32, "size": 5}
ID = "sha256:" + "33" * 32


def encoded(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


TARGET = {
    "userInput": "app",
    "imageID": ID,
    "manifestDigest": "sha256:" + "44" * 32,
    "tags": ["app:1"],
    "manifest": encoded({"schemaVersion": 2, "layers": [LAYER]}),
    "config": encoded(CONFIG),
}


@pytest.mark.parametrize(
    "report",
    [
        {"SchemaVersion": 2, "Metadata": {"ImageID": ID, "RepoTags": ["app:1"], "ImageConfig": CONFIG}, "Results": []},
        {"artifacts": [], "source": {"id": "1", "type": "image", "metadata": TARGET}},
        {"artifacts": [], "source": {"id": "1", "type": "image", "target": TARGET}},
        {"matches": [], "source": {"type": "image", "target": TARGET}},
        {"image": CONFIG},
    ],
)
def test_reports_of_scanners_have_the_config(report: dict[str, Any]) -> None:
    image = reconstruct.load(report)
    assert (image.architecture, len(image.history)) == ("arm64", 2)
    assert image.image_id == (None if "image" in report else ID)
    assert "RUN apk add git" in reconstruct.dockerfile(image)
    if "source" in report:
        assert image.layers[0].digest == LAYER["digest"]


def test_dive_lists_the_layers() -> None:
    layers = [
        {
            "index": 0,
            "id": "a",
            "digestId": "sha256:" + "11" * 32,
            "sizeBytes": 7,
            "command": "ADD a.tar.gz / # buildkit",
        },
        {
            "index": 1,
            "id": "b",
            "digestId": "sha256:" + "22" * 32,
            "sizeBytes": 9,
            "command": "RUN /bin/sh -c x # buildkit",
        },
    ]
    image = reconstruct.load({"layer": layers, "image": {"sizeBytes": 16}})
    assert [layer.size for layer in image.layers] == [7, 9]
    assert reconstruct.dockerfile(image).rstrip().endswith("RUN x")


@pytest.mark.parametrize("config", ["", "%%", encoded([]), encoded({"a": 1}), base64.b64encode(b"\xff").decode(), 7])
def test_a_report_with_a_broken_config_is_refused(config: object) -> None:
    with pytest.raises(UnreadableError):
        reconstruct.load({"source": {"type": "image", "metadata": {**TARGET, "config": config}}})


COMMANDS = [
    'ENTRYPOINT ["/srv/app"]',
    "RUN |1 A=b /bin/sh -c apk add git # buildkit",
    "RUN /bin/sh -c <<EOF (a…)\none\n\ntwo\nEOF # buildkit",
    "ADD alpine-minirootfs.tar.gz / # buildkit",
]


@pytest.mark.parametrize("line", ["{}", "<missing>\t{}", "0B\t{}", "{}\t12.3MB", "sha256:" + "ab" * 32 + " 1.5kB {}"])
def test_commands_alone(line: str) -> None:
    for rows in (COMMANDS, COMMANDS[::-1]):
        text = "\n".join(line.format(row) for row in rows) + "\n"
        assert [entry.created_by for entry in reconstruct.load(text.encode()).history] == COMMANDS[::-1]


@pytest.mark.parametrize(
    "text", ["RUN a\nCMD b\n", "FROM alpine\nRUN echo '#(nop) '\n", "RUN a\nFROM b # buildkit\n", "see # buildkit\n"]
)
def test_a_dockerfile_is_no_list_of_commands(text: str) -> None:
    with pytest.raises(UnreadableError):
        reconstruct.load(text.encode())


PRETTY = json.dumps(CONFIG, indent=2)
YAML = """\
architecture: arm64
created: 2025-01-01T00:00:00Z
history:
- created_by: "RUN /bin/sh -c apk add git # buildkit"
  comment: buildkit.dockerfile.v0
- created_by: ENTRYPOINT ["/srv/app"]
  comment: buildkit.dockerfile.v0
  empty_layer: true
rootfs: {type: layers, diff_ids: ["sha256:1"]}
"""


@pytest.mark.parametrize(
    "text",
    [
        f"$ crane config app | jq\n{PRETTY}\n$ \n",
        f"[root@host ~]# crane config app\n{json.dumps(CONFIG)}\n[root@host ~]# exit\n",
        f"{PRETTY}\n```\n\nWhy is that?\n",
        f"It says:\n\n```json\n{PRETTY}\n```\n\n(see [here](https://example.org))\n",
        "".join(f"> {line}\n" for line in PRETTY.splitlines()),
        "see:\n\n" + "".join(f"    {line}\n" for line in PRETTY.splitlines()),
        "".join(f"2025-01-03T10:00:00.1234567Z {line}\n" for line in ["Run crane", *PRETTY.splitlines()]),
        repr([CONFIG]),
        repr(CONFIG),
        YAML,
        f"---\n# of a registry\n{YAML}",
        f"image:\n  config: {json.dumps(json.dumps(CONFIG))}\n  rootfs: 1\n",
    ],
)
def test_values_in_a_text(text: str) -> None:
    image = reconstruct.load(text.encode())
    assert image.architecture == "arm64"
    assert [entry.created_by for entry in image.history] == [entry["created_by"] for entry in CONFIG["history"]]


def test_yaml_keeps_times_as_they_are_written() -> None:
    assert reconstruct.load(YAML.encode()).created == "2025-01-01T00:00:00Z"


HEAD = "created_by: x\n"
LARGE = {
    "Python's numbers": "[{'a': [" + "1, " * 300_000 + "1]}]",
    "Python's objects": "[{'a': 1}, " + "{}, " * 200_000 + "{}]",
    "Python's strings": "[{'a': [" + "'', " * 200_000 + "'']}]",
    "Python's brackets": "[{'a': " + "[" * 500_000,
    "Python's signs": "[{'a': " + "-" * 500_000 + "1}]",
    "YAML's base 60": f"{HEAD}a: 1" + ":1" * 500_000,
    "YAML's base 60, by its tag": f"{HEAD}a: !!int 1" + ":1" * 500_000,
    "YAML's digits": f"{HEAD}a: " + "1" * 500_000,
    "YAML's brackets": f"{HEAD}a: " + "[" * 500_000,
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_text_takes_little_memory_and_time(name: str, tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    path.write_text(LARGE[name])
    ended = limited(path)
    assert (ended.returncode, ended.stdout, len(ended.stderr.splitlines())) == (2, "", 1), ended.stderr
    assert "memory" not in ended.stderr


@pytest.mark.parametrize(
    "value", ["!!binary aGk=", "!!set {? a}", "!!timestamp 2025-01-01", "!!float .inf", "!!python/name:os.system"]
)
def test_yaml_that_json_does_not_have_is_refused(value: str) -> None:
    with pytest.raises(UnreadableError, match="invalid YAML at line 2"):
        reconstruct.load(f"{HEAD}a: {value}".encode())


@pytest.mark.parametrize("value", [".inf", "1:30", "0o17", "yes", "2025-01-01", "1_000", "=", "<<"])
def test_yaml_that_json_does_not_have_is_text(value: str) -> None:
    assert yaml_text.values(f"a: {value}", "x") == [{"a": value}]


@pytest.mark.parametrize(
    ("text", "value"), [("~", None), ("true", True), ("-12", -12), ("1.5e3", 1500.0), ("'1'", "1")]
)
def test_yaml_s_values_are_json_s(text: str, value: object) -> None:
    assert yaml_text.values(f"a: {text}", "x") == [{"a": value}]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: &a [1]\nrootfs: *a\n", "invalid YAML"),
        ("rootfs: [\n", "invalid YAML at line 2"),
        ("rootfs: 1\n", "JSON, but not an image"),
        ("see {\n```\n{broken\n```\n", "unknown format"),
        ("[{'a': __import__('os')}]", "unknown format"),
        ("{'a': 1}", "JSON, but not an image"),
        ("{'a': 'b\rc'}", "unknown format"),
        ("{'a': 'b\0c'}", "unknown format"),
        (PRETTY + "\nand so on", "invalid JSON at line"),
        ('```json\n{"name": "app", "tags": []}\n```\n', "a registry's list of tags"),
    ],
)
def test_texts_with_other_values_are_refused(text: str, told: str) -> None:
    with pytest.raises(UnreadableError, match=told):
        reconstruct.load(text.encode())


def test_yaml_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UnreadableError, match="yq -o json"):
        reconstruct.load(YAML.encode())
