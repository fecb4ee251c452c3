"""For every recording: the Dockerfile we write says what the recorded one said, and owns up to what was lost."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import dockerfile
import pytest

import reconstruct
from tests.builders import cases, sources
from tests.recordings.meaning import meanings

FOLDER = Path(__file__).parent
SHARED = Path(os.environ.get("RECONSTRUCT_SHARED") or Path(__file__).parents[3] / "shared")
BASES = ("base", "anyshell")
CASES = {case.name: case for case in cases.every()}


@cache
def recorded(builder: str) -> Mapping[str, Mapping[str, Any]]:
    lines = (FOLDER / f"{builder}.jsonl").read_text("utf-8").splitlines()
    return {line["case"]: line for line in map(json.loads, lines)}


BUILDERS = sorted(path.stem for path in FOLDER.glob("*.jsonl"))
RECORDINGS = [(builder, case) for builder in BUILDERS for case in recorded(builder) if case not in BASES]
# Cases whose meaning history does not keep, so that only the rebuild (tests/builders) can tell right from wrong:
# pairs whose border no builder kept, and triggers, which the Dockerfile itself does not show.
UNTOLD = {"quoting-label-order", "onbuild-triggered"}


def environment(config: Mapping[str, Any]) -> dict[str, str]:
    return dict(item.split("=", 1) for item in config["config"].get("Env") or [])


def base_name(text: str, target: str | None) -> str:
    known = sources.stages(text)
    stage = next((stage for stage in known if stage.name == (target or "").lower()), known[-1])
    while parents := [other for other in known if other.name == stage.parent.lower()]:
        stage = parents[0]
    return stage.parent


@pytest.mark.parametrize(("builder", "name"), [pair for pair in RECORDINGS if pair[1] not in UNTOLD])
def test_the_same_instructions_as_the_recorded_dockerfile(builder: str, name: str) -> None:
    case, config = CASES[name], recorded(builder)[name]["config"]
    parent = base_name(case.text, case.target)
    base = None
    env: dict[str, str] = {}
    if parent != "scratch":
        base = dataclasses.replace(reconstruct.load(recorded(builder)[parent]["config"]), tags=(parent,))
        env = environment(recorded(builder)[parent]["config"])

    text = reconstruct.dockerfile(reconstruct.load(config), base=base)

    got = meanings(text, builder, env, case.args)
    assert got == meanings(case.text, builder, env, case.args, case.target), text
    assert_losses_are_marked(text)


def assert_losses_are_marked(text: str) -> None:
    """A source that is only a checksum, and a here-document without its text, have a comment above them that says so."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if re.match(r'(?:COPY|ADD) (?:--\S+ )*(?:\[")?(?:file|dir|multi)-[0-9a-f]{12}', line):
            remarks = "\n".join(lines[max(0, number - 3) : number])
            assert "# lost: " in remarks, f"line {number + 1} of\n{text}"
    for command in dockerfile.parse_string(text):
        unknown = [
            each.content for each in command.heredocs if command.cmd.upper() != "RUN" or not each.content.strip()
        ]
        if unknown:
            remark = lines[command.start_line - 2]
            assert remark.startswith("# lost: the here-document"), f"line {command.start_line} of\n{text}"
            assert unknown == [""] * len(unknown), (
                f"contents that no builder kept, line {command.start_line} of\n{text}"
            )


def test_recordings_are_of_all_builders() -> None:
    assert set(BUILDERS) >= {"classic", "buildkit-0.8", "buildkit-head", "buildah", "buildah-layers"}
    assert len(RECORDINGS) > 200


@pytest.mark.parametrize("builder", BUILDERS)
def test_every_recording_is_of_an_existing_dockerfile(builder: str) -> None:
    assert set(recorded(builder)) == {name for name, case in CASES.items() if case.for_builder(builder)} | set(BASES)


SHARED_NAMES = {
    "docker-legacy": "classic", "docker-buildkit-0.8": "buildkit-0.8",
    "buildah-1.28": "buildah-layers", "buildkit-head": "buildkit-head",
}  # fmt: skip
SHARED_CASES = sorted((SHARED / "builders").glob("*/*.config.json")) if SHARED.exists() else []


@pytest.mark.skipif(not SHARED_CASES, reason="no recordings of others beside the repository")
@pytest.mark.parametrize("path", SHARED_CASES, ids=lambda path: f"{path.parent.name}-{path.name.split('.config')[0]}")
def test_the_same_instructions_in_recordings_of_others(path: Path) -> None:
    builder = SHARED_NAMES[path.name.removesuffix(".config.json")]
    original = path.with_name("Dockerfile").read_text("utf-8")
    config = json.loads(path.read_bytes())

    text = reconstruct.dockerfile(reconstruct.load(config))

    windows = config["os"] == "windows"
    env = {} if windows else {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    got = meanings(text, builder, env, windows=windows)
    want = meanings(original, builder, env, windows=windows)
    # The base's own steps come first where nothing names the base.
    assert got[len(got) - len(want) :] == want, text
    assert_losses_are_marked(text)


CORPUS = sorted((SHARED / "corpus").glob("*.jsonl")) if SHARED.exists() else []


@pytest.mark.skipif(not CORPUS, reason="no corpus beside the repository")
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_every_config_of_the_corpus_gives_a_dockerfile(path: Path) -> None:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            text = reconstruct.dockerfile(reconstruct.load(json.loads(line)["image"]))
            commands = dockerfile.parse_string(text)
            assert any(command.cmd.upper() == "FROM" for command in commands), f"{path.name}:{number}"
            unknown = {command.cmd.upper() for command in commands} - KEYWORDS
            assert not unknown, f"{path.name}:{number}: {unknown}"


KEYWORDS = {
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD",
    "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
}  # fmt: skip
