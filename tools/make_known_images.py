"""Makes the data of known public images, reconstruct/base/known/images.bin, from git mirrors.

    python tools/make_known_images.py MIRRORS [--until 2026-08-21] [--jobs 2] [--output FILE]

MIRRORS holds bare clones named `owner+name`: docker-library/official-images, and those of the repositories that its library
files name. A mirror that is missing leaves its images out, and is listed. The same mirrors give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from known_images.evaluate import Evaluator
from known_images.gather import Gatherer, Record
from known_images.library import Period, periods
from known_images.mirrors import Mirrors, slug_of
from known_images.pack import pack

from reconstruct.base.known.store import EPOCH, PATH

OFFICIAL = "https://github.com/docker-library/official-images.git"
_PARTS = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirrors", type=Path)
    parser.add_argument("--until", help="the last day looked at; the day of the newest commit without it")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--output", type=Path, default=Path(PATH))
    options = parser.parse_args()
    listed, until = read_library(options.mirrors, options.until)
    with ProcessPoolExecutor(options.jobs) as pool:
        parts = pool.map(gather, *zip(*[(options.mirrors, until, part) for part in range(_PARTS)], strict=True))
        records = sorted((record for part in parts for record in part), key=_order)
    write(records, listed, until, options.output)
    tell(listed, records, options)


def read_library(mirrors: Path, until: str | None) -> tuple[list[Period], str]:
    """All listings, and the last day."""
    official = Mirrors(mirrors).find(OFFICIAL)
    if official is None:
        raise SystemExit(f"{mirrors}: no mirror of docker-library/official-images")
    day = until or official.run("log", "-1", "--date=format-local:%Y-%m-%d", "--format=%cd", "HEAD").strip()
    return list(periods(official, EPOCH.isoformat(), day)), day


def gather(mirrors: Path, until: str, part: int) -> list[Record]:
    """The records of one part of the images; all versions of an image lie in one part."""
    listed, _ = read_library(mirrors, until)
    gatherer = Gatherer(Evaluator(Mirrors(mirrors)), listed)
    return list(gatherer.records(lambda period: zlib.crc32(period.image.encode()) % _PARTS == part))


def write(records: list[Record], listed: list[Period], until: str, output: Path) -> None:
    pack(records, roots(records, listed), until, output)


def roots(records: Iterable[Record], listed: Iterable[Period]) -> list[Record]:
    """The listings of images that others are built on and that have no base themselves."""
    based = {record.image for record in records if record.base not in ("", "scratch")}
    used = {record.base.partition(":")[0] for record in records}
    return [
        Record(period.image, period.listed.tags, "", period.first, period.last, ())
        for period in listed
        if period.image in used - based
    ]


def _order(record: Record) -> tuple[str, str, str, tuple[str, ...]]:
    return record.image, record.first, record.last, record.tags


def tell(listed: list[Period], records: list[Record], options: argparse.Namespace) -> None:
    mirrors = Mirrors(options.mirrors)
    urls = Counter(period.listed.source.url for period in listed)
    missing: Counter[str] = Counter()
    for url, count in urls.items():
        if not mirrors.has(url):
            missing[slug_of(url)] += count
    print(f"{len(listed)} listings, {len(records)} evaluated; {options.output.stat().st_size} bytes", file=sys.stderr)
    for slug, count in sorted(missing.items()):
        print(f"no mirror of {slug.replace('+', '/')}: {count} listings left out", file=sys.stderr)


if __name__ == "__main__":
    main()
