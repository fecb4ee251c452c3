"""Makes the Linux samples again, with the engines themselves.

    python samples/make_linux.py [FOLDER]

Needs a running dockerd that still has the classic builder (Docker 20.10; DOCKER_HOST says where), buildah, skopeo and
a static busybox (Debian: docker.io, buildah, skopeo, busybox-static). The result differs in times and identifiers each
time; what lies in this folder is one such run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent

GREETING = '#!/bin/sh\necho "${GREETING:-Hello}, ${1:-you}!"\n'


def run(*command: str | Path, **environment: str) -> None:
    subprocess.run([str(word) for word in command], check=True, env={**os.environ, **environment})


def context(folder: Path) -> Path:
    """The build context: a static busybox and a script."""
    folder.mkdir()
    busybox = shutil.which("busybox")
    if busybox is None:
        raise SystemExit("a static busybox is needed (Debian: busybox-static)")
    shutil.copy(busybox, folder / "busybox")
    (folder / "greet.sh").write_text(GREETING, encoding="utf-8")
    for file in folder.iterdir():
        # One time, so that the layers' content does not depend on when they were made.
        os.utime(file, (1_600_000_000, 1_600_000_000))
    return folder


def docker(work: Path, dockerfile: Path, name: str, *, buildkit: bool) -> Path:
    """Builds with Docker; gives the `docker save` archive."""
    archive = work / f"{name}.tar"
    tag = f"sample-{name}:latest"
    build = ("docker", "build", "--network", "none", "--no-cache", "-q", "-t", tag, "-f", dockerfile, work / "context")
    run(*build, DOCKER_BUILDKIT=str(int(buildkit)))
    run("docker", "save", "-o", archive, tag)
    run("docker", "rmi", "-f", tag)
    return archive


def buildah(work: Path, dockerfile: Path, name: str) -> Path:
    """Builds with buildah, a layer a step; gives an OCI archive."""
    storage = ("--root", work / "storage", "--runroot", work / "run", "--storage-driver", "vfs")
    archive = work / f"{name}.tar"
    options = ("--isolation", "chroot", "--layers", "-t", name, "-f", dockerfile)
    run("buildah", *storage, "bud", *options, work / "context")
    run("buildah", *storage, "push", name, f"oci-archive:{archive}:{name}")
    return archive


def documents(work: Path, source: str, target: Path) -> None:
    """Writes TARGET.json, the config byte for byte, and TARGET.manifest.json, with the layers' transfer sizes."""
    folder = work / f"{target.name}.dir"
    run("skopeo", "--insecure-policy", "copy", "--dest-compress", source, f"dir:{folder}")
    data = (folder / "manifest.json").read_bytes()
    manifest = json.loads(data)
    config = folder / manifest["config"]["digest"].removeprefix("sha256:")
    shutil.copy(config, target.with_name(f"{target.name}.json"))
    target.with_name(f"{target.name}.manifest.json").write_bytes(data)


def make(target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        context(work / "context")
        hello = HERE / "hello.Dockerfile"
        for builder, buildkit in (("classic", False), ("buildkit", True)):
            archive = docker(work, hello, f"hello-{builder}", buildkit=buildkit)
            documents(work, f"docker-archive:{archive}", target / f"hello-{builder}")
        archive = buildah(work, hello, "hello-buildah")
        documents(work, f"oci-archive:{archive}", target / "hello-buildah")
        shutil.copyfile(docker(work, HERE / "tiny.Dockerfile", "tiny", buildkit=False), target / "tiny.tar")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
