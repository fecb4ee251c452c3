"""Compares what two builds of the package say about the same images, to the byte: the pure one and the compiled one.

    python tools/compare_builds.py PLACE PLACE INPUT…

PLACE is a directory that has the package. INPUT is a saved image, a file of JSON lines (an object with `image` a line), or a
directory of those. Each image's Dockerfile (in the author's layout and flat), report, audit and comparison with that Dockerfile
are made by each build in a process of its own, errors included. Prints what differs; then exits with 1.
"""

from __future__ import annotations

import difflib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


def images(paths: list[str]) -> Iterator[tuple[str, Any]]:
    """Each image's name, and what `reconstruct.load` takes."""
    for path in (Path(each) for each in paths):
        if path.is_dir():
            yield from images(
                [str(each) for each in sorted(path.iterdir()) if each.suffix in (".json", ".jsonl", ".tar")]
            )
        elif path.suffix == ".jsonl":
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                yield f"{path}:{number}", json.dumps(json.loads(line)["image"]).encode()
        else:
            yield str(path), str(path)


def outputs(source: Any) -> dict[str, str]:
    """Each output for an image, as text."""
    import reconstruct
    from reconstruct.show.text import json_text

    image = reconstruct.load(source)
    own = reconstruct.dockerfile(image, base="none").encode("utf-8", "surrogateescape")
    made: dict[str, Callable[[], str]] = {
        "steps": lambda: repr([(step, step.instruction, step.notes, step.layer) for step in reconstruct.steps(image)]),
        "dockerfile": lambda: reconstruct.dockerfile(image),
        "dockerfile, flat": lambda: reconstruct.dockerfile(image, layout="flat"),
        "report": lambda: json_text(reconstruct.report(image).to_dict()),
        "audit": lambda: json_text(reconstruct.audit(image, hadolint=False).to_dict()),
        "verify": lambda: json_text(reconstruct.verify(image, own).to_dict()),
    }
    return {name: _text(make) for name, make in made.items()}


def _text(make: Callable[[], str]) -> str:
    try:
        return make()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def child(paths: list[str]) -> None:
    """Prints a line of JSON per image: its name and its outputs, after the place that the package is in."""
    import reconstruct
    from reconstruct import syntax

    print(json.dumps([reconstruct.__file__, syntax.__file__]))
    for name, source in images(paths):
        try:
            found = outputs(source)
        except Exception as error:
            found = {"load": f"{type(error).__name__}: {error}"}
        print(json.dumps([name, found]))


def lines(place: str, paths: list[str]) -> Iterator[str]:
    """What the build in `place` says."""
    command = [sys.executable, "-c", f"import runpy; runpy.run_path({__file__!r})['child']({paths!r})"]
    nobody = os.path.join(place, "nobody")
    env = {**os.environ, "PYTHONPATH": os.path.abspath(place), "PYTHONHASHSEED": "0", "XDG_DATA_HOME": nobody}
    # PYTHONPATH comes after the current directory, where another build may be.
    with subprocess.Popen(command, cwd=place, env=env, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        assert process.stdout is not None
        yield from process.stdout
    if process.returncode:
        raise SystemExit(f"{place}: the comparison failed")


def main() -> int:
    first, second = sys.argv[1:3]
    paths = [os.path.abspath(path) for path in sys.argv[3:]]
    one, other = lines(first, paths), lines(second, paths)
    print("compared:", *(json.loads(next(side))[1] for side in (one, other)))
    count = differences = 0
    for line, beside in zip(one, other, strict=True):
        count += 1
        if line == beside:
            continue
        name, left = json.loads(line)
        _, right = json.loads(beside)
        for kind in [key for key in left if left[key] != right.get(key)] or ["load"]:
            differences += 1
            before, after = (str(side.get(kind)).splitlines() for side in (left, right))
            print(f"{name}: {kind}", *difflib.unified_diff(before, after, n=0, lineterm=""), sep="\n")
    print(f"{count} images, {differences} differences")
    return 1 if differences or not count else 0


if __name__ == "__main__":
    sys.exit(main())
