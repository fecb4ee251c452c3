"""The speed of a large catalogue: adding images, and looking up the bases of one.

    python benchmarks/catalogue.py [IMAGES] [--file FILE]

Makes a catalogue of that many images (a million by default; about 500 bytes each), in tenths, then looks up the images below
histories of growing length, each with a base that is in the catalogue. Look-ups are CPU time, so that other work on the
machine does not count.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from reconstruct.base.catalogue import Catalogue, Entry, entry_of
from reconstruct.image import HistoryEntry, Image, Layer

LENGTHS = (10, 30, 100, 300)
LOOK_UPS = 50


def entries(count: int) -> Iterator[Entry]:
    """Images of all sorts: keys are spread as those of real ones are."""
    for number in range(count):
        name = f"registry.example/team-{number % 977}/app-{number % 20011}"
        yield Entry(
            (f"{name}:{number}", f"{name}:latest"), os.urandom(16), 20, os.urandom(16), 8, os.urandom(16),
            "2024-01-01T00:00:00Z", "linux/amd64", "sha256:" + os.urandom(32).hex(), None,
        )  # fmt: skip


def image(length: int, number: int) -> Image:
    """An image of `length` entries; those of one number begin alike."""
    history = tuple(HistoryEntry(created_by=f"RUN step {at} of {number}") for at in range(length))
    layers = tuple(Layer(diff_id=f"sha256:{number:032x}{at:032x}") for at in range(length))
    return Image(history=history, layers=layers, tags=(f"base:{number}",))


def fill(path: Path, count: int) -> None:
    for tenth in range(1, 11):
        started = time.perf_counter()
        with Catalogue(path, create=True) as store:
            store.add(entries(count // 10))
        print(f"{tenth * 10:3} %: {count / 10 / (time.perf_counter() - started):8,.0f} images a second", flush=True)


def look_up(path: Path) -> None:
    with Catalogue(path, create=True) as store:
        bases = (
            image(length // 2, number)
            for length in LENGTHS
            for number in range(length * 1000, length * 1000 + LOOK_UPS)
        )
        store.add(found for base in bases if (found := entry_of(base)) is not None)
    for length in LENGTHS:
        taken = []
        with Catalogue(path) as store:
            for number in range(length * 1000, length * 1000 + LOOK_UPS):
                above = image(length, number)
                started = time.process_time()
                found = store.claims(above)
                taken.append(time.process_time() - started)
                assert [claim.entries for claim in found] == [length // 2], found
        taken.sort()
        print(f"{length:4} entries: {taken[len(taken) // 2] * 1000:5.2f} ms, at most {taken[-1] * 1000:5.2f} ms (CPU)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--file", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.file or Path(folder) / "catalogue.sqlite"
        if options.file is None or not path.exists():
            fill(path, options.images)
        print(f"{path.stat().st_size / 1e6:,.0f} MB")
        look_up(path)


if __name__ == "__main__":
    main()
