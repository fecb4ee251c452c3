"""Configs in numbers, made by varying the samples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[2] / "samples"
NAMES = ("hello-buildkit", "hello-classic", "hello-buildah")


def configs(number: int) -> Iterator[dict[str, Any]]:
    """`number` image configs, no two the same: each a sample with an ENV, a time and a label of its own."""
    texts = [(SAMPLES / f"{name}.json").read_text(encoding="utf-8") for name in NAMES]
    for index in range(number):
        config = json.loads(texts[index % len(texts)])
        config["config"].setdefault("Env", []).append(f"SERIAL={index}")
        config["config"].setdefault("Labels", {})["serial"] = str(index)
        config["created"] = f"2024-{index % 12 + 1:02d}-01T00:00:00Z"
        config["history"].append(
            {
                "created": config["created"],
                "created_by": f"RUN /bin/sh -c echo {index} > /serial # buildkit",
                "comment": "buildkit.dockerfile.v0",
            }
        )
        yield config


def folder_of(folder: Path, number: int) -> Path:
    """A folder with that many configs, a file each."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, config in enumerate(configs(number)):
        (folder / f"image-{index:05d}.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def rows(index: Path, table: str) -> list[tuple[Any, ...]]:
    """A table of an index, in a fixed order."""
    from reconstruct.fleet.query import ask

    return sorted(map(tuple, ask(str(index), f"SELECT * FROM {table}").rows), key=repr)
