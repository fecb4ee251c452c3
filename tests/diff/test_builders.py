"""One Dockerfile by several builders has no differences, as they recorded it and as public images show it."""

from __future__ import annotations

import itertools
import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

import reconstruct
from reconstruct.diff import diff

ROOT = Path(__file__).resolve().parents[2]
RECORDINGS = ROOT / "tests" / "recordings"
SHARED = Path(os.environ.get("RECONSTRUCT_SHARED", ROOT.parent / "shared"))
MAKERS = ("docker-legacy", "docker-buildkit-0.8", "buildkit-head", "buildah-1.28")

# What builders truly make of these differs: buildah takes the backslash for an escape under `# escape=`, and BuildKit
# expands an argument that ENV hides otherwise. Shell words in build arguments are more than history can tell.
EXCEPTIONS = {"windows-buildah", "windows-paths", "args-shell-words", "args-env-interplay"}


def recorded() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for file in sorted(RECORDINGS.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            found[record["case"]][file.stem] = record
    return found


RECORDED = recorded()


@pytest.mark.parametrize("case", sorted(RECORDED.keys() - EXCEPTIONS))
def test_recordings_of_one_dockerfile_have_no_differences(case: str) -> None:
    images = {name: reconstruct.load(record["config"]) for name, record in RECORDED[case].items()}

    for (first, old), (second, new) in itertools.product(images.items(), repeat=2):
        difference = diff(old, new)

        # Whether a config with triggers is of BuildKit before 0.13, it does not tell; buildah is one builder both ways,
        # so that its layers can be told to differ.
        unsure = (
            case == "onbuild" or (first.startswith("buildah") and second.startswith("buildah"))
        ) and first != second
        assert difference.step_changes == (), f"{case}: {first}, {second}"
        assert difference.config == (), f"{case}: {first}, {second}"
        assert unsure or not difference.different, f"{case}: {first}, {second}"


def test_recordings_of_two_dockerfiles_differ() -> None:
    for name, records in RECORDED.items():
        if name in ("base", "anyshell"):
            continue
        other = RECORDED["web-nginx" if name != "web-nginx" else "users"]
        for builder in records.keys() & other.keys():
            old, new = (reconstruct.load(each[builder]["config"]) for each in (records, other))
            assert diff(old, new).different, f"{name}: {builder}"


@pytest.mark.skipif(not (SHARED / "builders").is_dir(), reason="the shared recordings are not here")
def test_shared_recordings_have_no_differences() -> None:
    for case in sorted((SHARED / "builders").iterdir()):
        images = [
            reconstruct.load(json.loads(path.read_text()))
            for maker in MAKERS
            if (path := case / f"{maker}.config.json").exists()
        ]
        for old, new in itertools.product(images, repeat=2):
            assert not diff(old, new).different, case.name


@pytest.mark.skipif(not (SHARED / "corpus").is_dir(), reason="the shared corpus is not here")
def test_public_images_are_the_same_as_themselves_and_by_another_builder() -> None:
    corpus = {
        maker: [json.loads(line)["image"] for line in (SHARED / "corpus" / f"{maker}.jsonl").open()] for maker in MAKERS
    }
    for configs in corpus.values():
        for config in configs:
            image = reconstruct.load(config)
            assert not diff(image, image).different
    # The first fifteen of these three are the same Dockerfiles.
    for trio in zip(*(corpus[maker] for maker in MAKERS if maker != "buildkit-head"), strict=True):
        for old, new in itertools.product([reconstruct.load(config) for config in trio], repeat=2):
            assert not diff(old, new).different
