"""Archives of 20 MB and of 20 GB: `reconstruct report` on each, side by side.

    python benchmarks/large_archives.py [--rounds 10] [--size 20]

Both are `docker save` archives made here, sparse, so that the large one takes no room on disk; the same is done with OCI
layouts packed as tar. Layer contents are passed over, never read, so both should take alike. Prints medians in
milliseconds and their ratio. The interpreter is the one that runs this file.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
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


def seconds(path: Path) -> float:
    command = [sys.executable, "-m", "reconstruct.cli.main", "report", str(path)]
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures reports on small and large archives.")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--size", type=int, default=20, help="the large archive, in GB")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for form, layout in (("docker-archive", False), ("oci-layout", True)):
            small, large = Path(folder, f"{form}.small.tar"), Path(folder, f"{form}.large.tar")
            write(small, *documents(20 * 10**6, layout))
            write(large, *documents(options.size * 10**9, layout))
            seconds(small)  # the first run compiles
            pairs = [(seconds(small), seconds(large)) for _ in range(options.rounds)]
            one, other = (1000 * statistics.median(times) for times in zip(*pairs, strict=True))
            print(f"{form}: 20 MB {one:.0f} ms, {options.size} GB {other:.0f} ms, ratio {other / one:.2f}")


if __name__ == "__main__":
    main()
