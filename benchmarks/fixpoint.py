"""How many Dockerfiles are reproduced: predicted, reconstructed, predicted again, and compared entry by entry.

    python benchmarks/fixpoint.py FOLDER... [--builder buildkit] [--most 1000]

Every file below the folders whose name begins with or ends in `Dockerfile` is taken (one that the builder refuses is left
out, as are those that begin from scratch). The history and config that the builder would write are predicted on a
stand-in base, the Dockerfile is reconstructed from them alone, and what the builder would make of that is compared: the
same created_by in every entry, the same config. The predictions are `reconstruct.builders`', which the tests under
`tests/builders` and `tests/evaluate` hold against real engines.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import reconstruct
from reconstruct.builders.predicting import predict
from reconstruct.builders.prediction import Entry, Prediction
from reconstruct.dockerfile.dialect import BUILDERS
from reconstruct.dockerfile.errors import DockerfileError

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
WINDOWS = ("windows", "nanoserver", "servercore", "escape=`")


def dockerfiles(folders: list[str]) -> Iterator[str]:
    """The texts of all Dockerfiles below the folders, each once."""
    seen = set()
    for folder in folders:
        for root, _, names in os.walk(folder):
            for name in sorted(names):
                if not (name.lower().startswith("dockerfile") or name.lower().endswith("dockerfile")):
                    continue
                try:
                    with open(os.path.join(root, name), encoding="utf-8") as file:
                        text = file.read(1 << 20)
                except (OSError, UnicodeDecodeError):
                    continue
                digest = hashlib.sha256(text.encode()).digest()
                if digest not in seen:
                    seen.add(digest)
                    yield text


def base(builder: str, windows: bool) -> dict[str, Any]:
    """The config of a stand-in for every base."""
    config: dict[str, Any] = {"Cmd": ["cmd"]} if windows else {"Env": [PATH], "Cmd": ["bash"]}
    entry: dict[str, Any] = {"created": "2025-01-01T00:00:00Z"}
    if windows:
        entry["created_by"] = "Apply image 10.0.20348.2227"
    elif builder == "buildah":
        entry["created_by"] = "/bin/sh"
        config["Labels"] = {"io.buildah.version": "1.28.2"}
    else:
        entry["comment"] = "Imported from -"
    return {
        "architecture": "amd64",
        "os": "windows" if windows else "linux",
        "config": config,
        "history": [entry],
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]},
    }


def config_of(prediction: Prediction, below: dict[str, Any], builder: str) -> dict[str, Any]:
    """The image config that the builder would save, checksums made up."""
    entries = []
    for index, entry in enumerate(prediction.own):
        made = {"created": "2025-01-02T00:00:00Z", "created_by": _text(entry, index)}
        if builder == "buildah":
            made["comment"] = "FROM localhost/base:latest" if index == 0 else f"FROM {index:012x}"
        elif entry.comment:
            made["comment"] = entry.comment
        entries.append(made | ({"empty_layer": True} if entry.empty_layer else {}))
    return below | {"config": dict(prediction.config), "history": below["history"] + entries}


def _text(entry: Entry, index: int) -> str:
    if entry.checksum is None:
        return entry.created_by
    kinds = entry.checksum.kinds
    digest = hashlib.sha256(f"{entry.created_by}{index}".encode()).hexdigest()
    return f"{entry.created_by}{'file' if 'file' in kinds else min(kinds)}:{digest}{entry.after}"


def same(first: Prediction, second: Prediction) -> bool:
    if len(first.own) != len(second.own):
        return False
    for one, other in zip(first.own, second.own, strict=True):
        if (one.created_by, one.after, one.checksum is None) != (other.created_by, other.after, other.checksum is None):
            return False
    return dict(first.config) == dict(second.config)


def measure(text: str, builder: str) -> str:
    """`same`, `differs` or `refused` (what we wrote), or `left out` (what was given)."""
    windows = builder == "buildkit" and any(mark in text.lower() for mark in WINDOWS)
    platform = "windows/amd64" if windows else "linux/amd64"
    below = base(builder, windows)
    image = reconstruct.load(below)
    try:
        first = predict(text, builder=builder, base=image, platform=platform)
    except DockerfileError:
        return "left out"
    if not first.own or first.base == "scratch":
        return "left out"
    written = reconstruct.dockerfile(reconstruct.load(config_of(first, below, builder)), base=image)
    try:
        return "same" if same(first, predict(written, builder=builder, base=image, platform=platform)) else "differs"
    except DockerfileError:
        return "refused"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--builder", choices=BUILDERS, action="append")
    parser.add_argument("--most", type=int, default=1_000_000)
    options = parser.parse_args()
    for builder in options.builder or BUILDERS:
        counts: Counter[str] = Counter()
        for text, _ in zip(dockerfiles(options.folders), range(options.most), strict=False):
            counts[measure(text, builder)] += 1
        measured = sum(counts.values()) - counts["left out"]
        share = 100 * counts["same"] / measured if measured else 0.0
        print(f"{builder:13} {counts['same']} of {measured} come back ({share:.1f} %), {counts['refused']} refused")


if __name__ == "__main__":
    main()
