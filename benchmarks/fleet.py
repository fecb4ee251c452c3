"""Many images: an index and an audit of them, images a second, peak memory, size, and questions beside grep and jq over the
raw configs.

    python benchmarks/fleet.py [--images 100000] [--corpus FOLDER] [--keep FOLDER] [--no-audit]

The configs are made by varying those of FOLDER (files of JSON lines, an object with `image` a line; the project's samples
where it is not given): each has a tag, a time, a label and a step of its own, and one in 997 a step that pipes
codecov's uploader to a shell, as the question asks. Times are seconds; compare them within one run.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[1] / "samples"
CODECOV = "curl -s https://codecov.io/bash | bash"


def installed() -> bool:
    """Whether what an index needs is here (the extra `fleet`)."""
    from importlib.util import find_spec

    return find_spec("pyarrow") is not None and find_spec("duckdb") is not None


def seeds(corpus: Path | None) -> list[dict[str, Any]]:
    if corpus is None:
        return [
            json.loads(path.read_text()) for path in sorted(SAMPLES.glob("hello-*.json")) if "manifest" not in path.name
        ]
    found = []
    for path in sorted(corpus.glob("*.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines()
        images = (json.loads(line).get("image") for line in lines)
        found += [image for image in images if isinstance(image, dict) and image.get("history")]
    return found


def configs(number: int, corpus: Path | None) -> Iterator[dict[str, Any]]:
    """`number` configs, no two alike; deterministic."""
    texts = [json.dumps(seed) for seed in seeds(corpus)]
    for index in range(number):
        config = json.loads(texts[index % len(texts)])
        config["created"] = f"202{index % 6}-{index % 12 + 1:02d}-{index % 28 + 1:02d}T00:00:00Z"
        inner = config.setdefault("config", {})
        inner["Labels"] = {**(inner.get("Labels") or {}), "team": f"team-{index % 40}", "serial": str(index)}
        command = CODECOV if index % 997 == 0 else f"echo {index} > /serial"
        config["history"].append({"created": config["created"], "created_by": f"RUN /bin/sh -c {command} # buildkit"})
        root = config.get("rootfs") or {"type": "layers"}
        config["rootfs"] = {**root, "diff_ids": [*(root.get("diff_ids") or []), f"sha256:{index:064x}"]}
        yield config


def make(folder: Path, number: int, corpus: Path | None) -> None:
    """A file a config, a thousand to a folder."""
    for index, config in enumerate(configs(number, corpus)):
        inside = folder / f"{index // 1000:03d}"
        inside.mkdir(parents=True, exist_ok=True)
        (inside / f"{index:06d}.json").write_text(json.dumps(config), encoding="utf-8")


def timed(command: list[str]) -> tuple[float, float, int]:
    """Seconds, processor seconds of all its processes, peak memory (bytes; that of the largest process so far)."""
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode not in (0, 1):
        raise SystemExit(process.stderr)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, processor, after.ru_maxrss * 1024


def told(what: str, images: int, took: tuple[float, float, int]) -> str:
    seconds, processor, memory = took
    rate = f"{images / seconds:,.0f} images/s"
    return f"{what}: {seconds:,.1f} s ({processor:,.1f} s of processors), {rate}, {memory / 1e6:,.0f} MB the largest process"


def weight(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--no-audit", action="store_true")
    parser.add_argument("--jobs", type=int, nargs="*", default=[1, 2])
    options = parser.parse_args()
    work = options.keep or Path(tempfile.mkdtemp())
    raw = work / "raw"
    if not raw.exists():
        make(raw, options.images, options.corpus)
    print(f"{options.images:,} configs, {weight(raw) / 1e6:,.0f} MB, {os.cpu_count()} cores")
    command = [sys.executable, "-m", "reconstruct.cli.main"]
    for jobs in options.jobs:
        audit = ["audit", str(raw), "--format", "jsonl", "--no-hadolint", "--fail-on", "never", "--jobs", str(jobs)]
        print(told(f"audit, {jobs} processes", options.images, timed([*command, *audit])))
    for jobs in options.jobs:
        shutil.rmtree(work / "index", ignore_errors=True)
        more = ["--no-audit"] if options.no_audit else []
        index = ["index", str(raw), "-o", str(work / "index"), "--jobs", str(jobs), *more]
        print(told(f"index, {jobs} processes", options.images, timed([*command, *index])))
    print(f"size of the index: {weight(work / 'index') / 1e6:,.1f} MB")
    questions = {
        "codecov": (
            ["find", str(work / "index"), "--step", "curl -s https://codecov.io/bash"],
            f"grep -rlF 'curl -s https://codecov.io/bash' {raw} | wc -l",
        ),
        "label": (
            ["find", str(work / "index"), "--label", "team=team-7"],
            f"find {raw} -name '*.json' -print0 | xargs -0 jq -r 'select(.config.Labels.team==\"team-7\")|.created' | wc -l",
        ),
        "steps by instruction": (
            ["query", str(work / "index"), "SELECT instruction, count(*) FROM steps GROUP BY 1 ORDER BY 2"],
            f"find {raw} -name '*.json' -print0 | xargs -0 jq -r '.history[].created_by' | cut -c1-4 | sort | uniq -c",
        ),
    }
    for name, (question, beside) in questions.items():
        seconds, _, _ = timed([*command, *question])
        line = f"{name}: {seconds:.2f} s"
        if "jq" not in beside or shutil.which("jq"):
            other, _, _ = timed(["sh", "-c", beside])
            line += (
                f"; {'jq' if 'jq' in beside else 'grep'} over the configs {other:.2f} s ({other / seconds:.1f} times)"
            )
        print(line)
    if options.keep is None:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
