"""What the tests of this folder share: recorded builds, and images made of their configs."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from reconstruct.image import HistoryEntry, Image

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("RECONSTRUCT_SHARED", HERE.parents[2] / "shared"))
BUILDERS = {
    "docker-legacy": "classic",
    "docker-buildkit-0.8": "buildkit-0.8",
    "buildkit-head": "buildkit",
    "buildah-1.28": "buildah",
}
needs_shared = pytest.mark.skipif(not (SHARED / "builders").is_dir(), reason="the shared recordings are not there")


def image_of(raw: dict[str, Any]) -> Image:
    """An image from a config's JSON."""
    history = tuple(
        HistoryEntry(
            created_by=entry.get("created_by", ""),
            created=entry.get("created"),
            comment=entry.get("comment", ""),
            empty_layer=entry.get("empty_layer", False),
        )
        for entry in raw.get("history", ())
    )
    return Image(
        raw_config=raw,
        config=raw.get("config") or {},
        history=history,
        os=raw.get("os", "linux"),
        author=raw.get("author", ""),
    )


@cache
def built() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Small Dockerfiles with what four builders made of each: their base images, and a row a Dockerfile.

    The classic builder and BuildKit of Docker 20.10.24, and buildah 1.28.2 built them; BuildKit's head converted them.
    A row has `dockerfile`, `args`, `target` and per builder `refused`, or the entries and the config of the image.
    """
    lines = (HERE / "built.jsonl").read_text(encoding="utf-8").splitlines()
    return json.loads(lines[0])["bases"], [json.loads(line) for line in lines[1:]]


def base_of(builder: str) -> Image:
    """The base image that the rows of `builder` were built on."""
    return image_of(built()[0]["buildkit" if builder == "buildkit" else "docker"])


def row_image(row: dict[str, Any], builder: str) -> Image:
    """The image that `builder` made of the row's Dockerfile."""
    outcome = row[builder]
    below = built()[0]["buildkit" if builder == "buildkit" else "docker"]["history"] if outcome["base"] else []
    entries = [
        {"created_by": text, "empty_layer": empty, "comment": comment, "created": created}
        for text, empty, comment, created in outcome["history"]
    ]
    config = dict(outcome["config"])
    if outcome.get("empty_onbuild"):
        config["OnBuild"] = None
    raw: dict[str, Any] = {"history": [*below, *entries], "config": config}
    if "author" in outcome:
        raw["author"] = outcome["author"]
    if builder == "buildah":
        raw["container_config"] = {}
        config["Labels"] = {**config.get("Labels", {}), "io.buildah.version": "1.28.2"}
    return image_of(raw)


def recordings() -> list[tuple[str, str, str, dict[str, Any]]]:
    """The shared recordings: case, builder, Dockerfile, image config."""
    found = []
    for folder in sorted((SHARED / "builders").glob("*/")):
        if not (folder / "Dockerfile").exists():
            continue
        text = (folder / "Dockerfile").read_text(encoding="utf-8")
        for name, builder in BUILDERS.items():
            path = folder / f"{name}.config.json"
            if path.exists():
                found.append((folder.name, builder, text, json.loads(path.read_text(encoding="utf-8"))))
    return found
