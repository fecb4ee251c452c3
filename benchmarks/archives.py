"""Archives: `reconstruct` compared with tools that do part of the same work, and large archives with small ones.

    python benchmarks/archives.py [--rounds 10] [--gigabytes 20] [--stream 200] [--members 100007]

All are made here. Layers are sparse, so that 20 GB take no disk space; their contents are skipped, never read. A
stream (`docker save | gzip`) is read to its end, STREAM megabytes of it. skopeo, gzip and tar are measured if installed.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import random
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from measuring import RECONSTRUCT, Figure, medians, process, ready, tell

LAYERS = 10
STEP = "/bin/sh -c echo {number} > /file"


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def config() -> bytes:
    names = [f"sha256:{number:064x}" for number in range(LAYERS)]
    history = [{"created": "2024-01-01T00:00:00Z", "created_by": STEP.format(number=n)} for n in range(LAYERS)]
    rootfs = {"type": "layers", "diff_ids": names}
    return encoded({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs, "history": history})


def documents(size: int, layout: bool) -> tuple[dict[str, int], dict[str, bytes]]:
    """The layers' names and sizes, and the documents, of a docker-archive or an OCI layout."""
    if not layout:
        layers = {f"{number}/layer.tar": size // LAYERS for number in range(LAYERS)}
        manifest = encoded([{"Config": "config.json", "RepoTags": ["large:1"], "Layers": list(layers)}])
        return layers, {"config.json": config(), "manifest.json": manifest}
    layers = {f"blobs/sha256/{number:064x}": size // LAYERS for number in range(LAYERS)}
    files: dict[str, bytes] = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}

    def blob(data: bytes, kind: str) -> dict[str, object]:
        digest = hashlib.sha256(data).hexdigest()
        files[f"blobs/sha256/{digest}"] = data
        return {"mediaType": f"application/vnd.oci.image.{kind}+json", "digest": f"sha256:{digest}", "size": len(data)}

    descriptors = [
        {
            "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
            "digest": f"sha256:{n:064x}",
            "size": size // LAYERS,
        }
        for n in range(LAYERS)
    ]
    manifest = encoded({"schemaVersion": 2, "config": blob(config(), "config.v1"), "layers": descriptors})
    files["index.json"] = encoded({"schemaVersion": 2, "manifests": [blob(manifest, "manifest.v1")]})
    return layers, files


def write(path: Path, layers: Mapping[str, int], files: Mapping[str, bytes]) -> None:
    """The archive; the layers' contents are holes."""
    with path.open("wb") as out:
        for name, size in layers.items():
            member = tarfile.TarInfo(name)
            member.size = size
            out.write(member.tobuf(tarfile.GNU_FORMAT))
            out.seek(-(-size // 512) * 512, os.SEEK_CUR)
        end = io.BytesIO()
        with tarfile.open(fileobj=end, mode="w") as archive:
            for name, data in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        out.write(end.getvalue())


def stream(path: Path, size: int) -> None:
    """A gzipped archive with a layer of `size` bytes, half of which compress well; the documents are at its end."""
    noise = random.Random(1).randbytes(1 << 19)
    layer = "0/layer.tar"
    manifest = encoded([{"Config": "config.json", "RepoTags": ["a:1"], "Layers": [layer] * LAYERS}])
    with gzip.open(path, "wb", 6) as packed, tarfile.open(fileobj=packed, mode="w|") as archive:
        for name, data in (
            (layer, b"".join([noise, bytes(1 << 19)] * (size >> 20))),
            ("config.json", config()),
            ("manifest.json", manifest),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


def _beside(name: str, command: list[str], other: list[str], rounds: int, read: Path | None = None) -> Figure:
    """Our time relative to the other command's, which is named by its first two words."""
    theirs, ours = medians(rounds, partial(process, other, read), partial(process, [*RECONSTRUCT, *command], read))
    called = " ".join(word for word in other[:3] if "/" not in word)
    return Figure(name, ours / theirs, f"× `{called}`", f"{ours * 1000:.0f} ms and {theirs * 1000:.0f} ms")


def figures(rounds: int, gigabytes: float = 20, megabytes: int = 200, members: int = 100_007) -> list[Figure]:
    """A figure a form and a comparison."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for form, kind, layout in (("docker-archive", "docker-archive", False), ("oci-layout", "oci-archive", True)):
            small, large = folder / f"{form}.small.tar", folder / f"{form}.large.tar"
            write(small, *documents(20 * 10**6, layout))
            write(large, *documents(int(gigabytes * 10**9), layout))
            one, other = medians(
                rounds, *(partial(process, [*RECONSTRUCT, "report", str(path)]) for path in (small, large))
            )
            found.append(
                Figure(
                    f"report, {gigabytes:g} GB, {form}",
                    other / one,
                    "× that of 20 MB",
                    f"{other * 1000:.0f} ms and {one * 1000:.0f} ms",
                )
            )
            if shutil.which("skopeo"):
                beside = ["skopeo", "inspect", "--config", f"{kind}:{small}"]
                found.append(_beside(f"dockerfile, {form}", ["dockerfile", str(small)], beside, rounds))
        packed = folder / "packed.tar.gz"
        stream(packed, megabytes << 20)
        few = max(rounds // 3, 1)
        if shutil.which("gzip"):
            found.append(
                _beside(f"report, a stream of {megabytes} MB, gzipped", ["report", "-"], ["gzip", "-dc"], few, packed)
            )
        many = folder / "many.tar"
        write(
            many,
            {f"lost/{number}": 0 for number in range(members - LAYERS - 2)} | documents(0, False)[0],
            documents(0, False)[1],
        )
        if shutil.which("tar"):
            found.append(_beside(f"report, {members:,} members", ["report", str(many)], ["tar", "-tf", str(many)], few))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--gigabytes", type=float, default=20)
    parser.add_argument("--stream", type=int, default=200)
    parser.add_argument("--members", type=int, default=100_007)
    options = parser.parse_args()
    ready()
    tell(figures(options.rounds, options.gigabytes, options.stream, options.members))


if __name__ == "__main__":
    main()
