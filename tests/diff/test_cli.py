"""The command: formats, exit status, choices, bad input."""

from __future__ import annotations

import contextlib
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reconstruct.cli.main import main
from reconstruct.diff.render import FORMATS
from reconstruct.diff.render.as_json import schema
from tests.diff.live.kinds import DOCKERFILE, KINDS
from tests.diff.made import config_of


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


def diff(*arguments: str) -> Done:
    """Runs the command in this process, as the console would."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    status: Any = 0
    with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        try:
            main(["diff", *arguments])
        except SystemExit as exit_:
            status = exit_.code or 0
    texts = []
    for stream in streams:
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
    return Done(status, *texts)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("images")
    texts = {kind.name: kind.dockerfile() for kind in KINDS} | {"old": DOCKERFILE}
    texts["hostile"] = 'FROM x\nRUN echo "\x1b[31mred\x1b[0m | `code` <b> \u202e"\nENV A="</details> ```"\n'
    found = {}
    for name in ("old", "nothing", "run-one-word", "env-value-of-two", "run-split", "block-moved", "hostile"):
        path = folder / f"{name}.json"
        path.write_text(json.dumps(config_of(texts[name], "buildkit")))
        found[name] = str(path)
    return found


@pytest.mark.parametrize("format_", FORMATS)
def test_same_builds_exit_0_and_different_ones_1(format_: str, files: dict[str, str]) -> None:
    same = diff(files["old"], files["nothing"], "--format", format_)
    different = diff(files["old"], files["run-one-word"], "--format", format_)

    assert (same.returncode, different.returncode) == (0, 1), same.stderr + different.stderr
    assert bool(same.stdout) == (format_ != "dockerfile")
    assert different.stdout
    assert different.stderr == ""


def test_the_text_says_what_changed_and_only_that(files: dict[str, str]) -> None:
    text = diff(files["old"], files["run-one-word"]).stdout

    assert 'echo "nginx=[-1.25.1-]{+1.25.2+}"' in text
    assert "1 changed; " in text
    assert "curl=8.1" in text  # one line around
    assert "Config" not in text


def test_the_dockerfile_is_a_unified_diff(files: dict[str, str]) -> None:
    lines = diff(files["old"], files["env-value-of-two"], "--format", "dockerfile").stdout.splitlines()

    changed = [line for line in lines if re.match(r"[-+](?![-+])", line)]
    assert len(changed) == 2
    assert "C.UTF-8" in changed[0]
    assert "pl_PL.UTF-8" in changed[1]


@pytest.mark.parametrize("name", ["nothing", "run-one-word", "env-value-of-two", "run-split", "block-moved", "hostile"])
def test_the_json_keeps_its_schema(name: str, files: dict[str, str]) -> None:
    document: dict[str, Any] = json.loads(diff(files["old"], files[name], "--format", "json").stdout)

    jsonschema.Draft202012Validator.check_schema(json.loads(schema()))
    jsonschema.validate(document, json.loads(schema()))
    assert document["different"] == (name != "nothing")
    assert diff("--schema").stdout == schema()


@pytest.mark.parametrize("format_", FORMATS)
def test_nothing_in_an_image_reaches_the_terminal_as_a_code(format_: str, files: dict[str, str]) -> None:
    for arguments in ((files["old"], files["hostile"]), (files["hostile"], files["old"])):
        shown = diff(*arguments, "--format", format_).stdout
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", shown)


def test_markdown_keeps_hostile_text_inside_its_code(files: dict[str, str]) -> None:
    text = diff(files["old"], files["hostile"], "--format", "markdown").stdout

    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", line)) in (3, 5) for line in rows)
    assert text.count("<details>") == text.count("\n</details>")


def test_colour_is_only_on_request(files: dict[str, str]) -> None:
    assert "\x1b[" not in diff(files["old"], files["run-one-word"]).stdout
    assert "\x1b[31m[-1.25.1-]\x1b[0m" in diff(files["old"], files["run-one-word"], "--color").stdout


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (["--ignore", "run"], 0),
        (["--ignore", "steps"], 0),
        (["--only", "env,label"], 0),
        (["--only", "run"], 1),
        (["--only", "config"], 0),
        (["--ignore", "config,base"], 1),
    ],
)
def test_what_is_ignored_is_no_difference(options: list[str], status: int, files: dict[str, str]) -> None:
    assert diff(files["old"], files["run-one-word"], *options).returncode == status


def test_sizes_shows_the_same_steps_too(files: dict[str, str]) -> None:
    few = diff(files["old"], files["run-one-word"]).stdout
    every = diff(files["old"], files["run-one-word"], "--sizes").stdout

    assert "STOPSIGNAL" not in few
    assert "STOPSIGNAL" in every


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["old"], "--platform-old"),
        (["-", "-"], "standard input"),
        (["old", "missing.tar"], "missing.tar"),
        (["old", "nothing", "--only", "nonsense"], "nonsense"),
        (["old", "nothing", "--platform-new", "linux/s390x"], "s390x"),
    ],
)
def test_an_error_is_one_line_and_exit_2(arguments: list[str], named: str, files: dict[str, str]) -> None:
    done = diff(*(files.get(argument, argument) for argument in arguments))

    assert done.returncode == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_two_platforms_of_one_archive(tmp_path: Path) -> None:
    """An OCI layout with two images; both are compared without naming the file twice."""
    import hashlib

    blobs = tmp_path / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def blob(value: dict[str, Any], media_type: str) -> dict[str, Any]:
        data = json.dumps(value).encode()
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}

    manifests = []
    for architecture, text in (("amd64", "FROM x\nRUN a\n"), ("arm64", "FROM x\nRUN a\nENV ARM=1\n")):
        config = {**config_of(text, "buildkit"), "architecture": architecture}
        layer = "application/vnd.oci.image.layer.v1.tar+gzip"
        layers = [{"mediaType": layer, "digest": each, "size": 9} for each in config["rootfs"]["diff_ids"]]
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": blob(config, "application/vnd.oci.image.config.v1+json"),
            "layers": layers,
        }
        entry = blob(manifest, "application/vnd.oci.image.manifest.v1+json")
        manifests.append({**entry, "platform": {"os": "linux", "architecture": architecture}})
    (tmp_path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": manifests}))
    (tmp_path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    done = diff(str(tmp_path), "--platform-old", "linux/amd64", "--platform-new", "linux/arm64")

    assert done.returncode == 1, done.stderr
    assert "1 added" in done.stdout
    assert "linux/arm64" in done.stdout
