"""Listing and exporting compared with `tar -t` and `tar -x` on the same layers: ratios of CPU time, and peak memory.

    python benchmarks/files.py [FOLDER]

Makes images in FOLDER (a temporary one by default): small files and a distribution's mix of sizes, plain and gzip-compressed, and
20 GB in large files (holes on disk, so that no disk of that size is needed). Each figure is the best of three runs, alternating.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

_BLOCK = 512
RUNS = 3
HERE = Path(__file__).parent.parent


def header(name: str, size: int, kind: bytes = b"0") -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.mtime = size, kind, 1_600_000_000
    info.mode = 0o755 if kind == b"5" else 0o644
    return info.tobuf(tarfile.USTAR_FORMAT)


def small(count: int) -> Iterator[tuple[str, int]]:
    """`count` files of 200 bytes, a hundred in a folder."""
    for number in range(count):
        yield f"usr/share/data/part-{number // 100:05d}/item-{number % 100:02d}.json", 200


def mixed(count: int) -> Iterator[tuple[str, int]]:
    """Files as a distribution has them: many small, some of megabytes."""
    sizes = (*[120] * 20, *[900] * 20, *[4_000] * 25, *[11_000] * 20, *[30_000] * 10, *[90_000] * 4, 600_000)
    for number in range(count):
        size = sizes[number * 7919 % 100]
        yield f"usr/lib/python3/dist-packages/package{number // 40}/module_{number % 40}.py", size


def write_layer(path: Path, files: Iterator[tuple[str, int]]) -> None:
    text = (b"def function(argument):\n    return argument + %d\n" * 20_000) % tuple(range(20_000))
    with path.open("wb") as out:
        folder = ""
        for name, size in files:
            if (above := name.rpartition("/")[0]) != folder:
                folder = above
                out.write(header(folder, 0, b"5"))
            out.write(header(name, size))
            if size > len(text):
                out.seek(-(-size // _BLOCK) * _BLOCK, 1)
                continue
            out.write(text[:size])
            out.write(bytes(-size % _BLOCK))
        out.write(bytes(2 * _BLOCK))


def write_image(path: Path, layer: Path, compressed: bool = False) -> None:
    """A `docker save` archive of one layer; holes stay holes."""
    config = json.dumps(
        {
            "architecture": "amd64", "os": "linux", "config": {},
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]},
            "history": [{"created_by": "/bin/sh -c #(nop) ADD file:" + "0" * 64 + " in / "}],
        }
    ).encode()  # fmt: skip
    name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = json.dumps([{"Config": name, "RepoTags": None, "Layers": ["layer.tar"]}]).encode()
    with path.open("wb") as out:
        for each, data in ((name, config), ("manifest.json", manifest)):
            out.write(header(each, len(data)) + data + bytes(-len(data) % _BLOCK))
        out.write(_header_large("layer.tar", layer.stat().st_size))
        if compressed or layer.stat().st_blocks * 512 >= layer.stat().st_size:
            with layer.open("rb") as content:
                shutil.copyfileobj(content, out, 1 << 20)
        else:
            _copy_holes(layer, out)
        out.write(bytes(-out.tell() % _BLOCK + 2 * _BLOCK))


def _header_large(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT)


def _copy_holes(source: Path, out: object) -> None:
    with source.open("rb") as content:
        end = source.stat().st_size
        at = 0
        while at < end:
            try:
                start = os.lseek(content.fileno(), at, os.SEEK_DATA)
            except OSError:
                start = end
            out.seek(start - at, 1)  # type: ignore[attr-defined]
            stop = os.lseek(content.fileno(), start, os.SEEK_HOLE) if start < end else end
            content.seek(start)
            out.write(content.read(stop - start))  # type: ignore[attr-defined]
            at = stop


def measured(command: list[str], folder: Path) -> tuple[float, float]:
    """CPU seconds of a command and what it starts, and its largest memory in MB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        ["/usr/bin/env", "python3", "-c", _PEAK, *command],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, float(done.stderr.split()[-1])


# The peak of only the command, measured by its own process.
_PEAK = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, file=sys.stderr)
sys.exit(code)
"""


def compare(what: str, ours: Callable[[int], list[str]], theirs: Callable[[int], list[str]], folder: Path) -> None:
    mine, its, peak = [], [], 0.0
    for number in range(RUNS):
        seconds, _ = measured(theirs(number), folder)
        its.append(seconds)
        seconds, memory = measured(ours(number), folder)
        mine.append(seconds)
        peak = max(peak, memory)
    print(
        f"{what:<50} {min(mine) / min(its):6.2f} times ({min(mine):.1f} s and {min(its):.1f} s), {peak:.0f} MB",
        flush=True,
    )


def reconstruct(*words: str) -> list[str]:
    return [sys.executable, "-c", "from reconstruct.cli.main import main; main()", *words]


def unpacked(folder: Path, number: int) -> str:
    target = folder / f"unpacked{number}"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    return str(target)


def bench(name: str, files: Iterator[tuple[str, int]], folder: Path, compressed: bool, export: bool) -> None:
    layer = folder / f"{name}.tar"
    write_layer(layer, files)
    if compressed:
        with layer.open("rb") as plain, gzip.open(folder / f"{name}.tar.gz", "wb", compresslevel=6) as packed:
            shutil.copyfileobj(plain, packed, 1 << 20)
        layer = folder / f"{name}.tar.gz"
    image = folder / f"{name}.image.tar"
    write_image(image, layer, compressed)
    compare(
        f"files --format jsonl beside tar -tv: {name}",
        lambda _: reconstruct("files", str(image), "--format", "jsonl"),
        lambda _: ["tar", "-tvf", str(layer)],
        folder,
    )
    compare(
        f"files --top 20 beside tar -t: {name}",
        lambda _: reconstruct("files", str(image), "--top", "20"),
        lambda _: ["tar", "-tf", str(layer)],
        folder,
    )
    if export:
        compare(
            f"export --frozen beside tar -x: {name}",
            lambda number: reconstruct("export", "--frozen", str(image), str(folder / f"{name}.out{number}")),
            lambda number: ["tar", "-xf", str(layer), "-C", unpacked(folder, number)],
            folder,
        )


def main(folder: Path) -> None:
    os.environ["PYTHONPATH"] = str(HERE)
    bench("a million small files", small(1_000_000), folder, compressed=False, export=False)
    bench("200,000 small files", small(200_000), folder, compressed=False, export=True)
    bench("200,000 small files, gzip", small(200_000), folder, compressed=True, export=False)
    bench("30,000 files of all sizes", mixed(30_000), folder, compressed=False, export=True)
    bench("30,000 files, gzip", mixed(30_000), folder, compressed=True, export=True)
    bench("20 GB in 20 files", ((f"data/file{number}", 1 << 30) for number in range(20)), folder, False, False)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as name:
            main(Path(name))
