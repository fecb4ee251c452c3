"""Makes images to measure with: applications on official images of any day, from git mirrors, with the truth beside them.

    python tools/make_chains.py MIRRORS [--count 500] [--since 2019-01-01] [--until DAY] [--seed 1] > chains.jsonl
    python tools/make_chains.py MIRRORS --applications CORPUS > applications.jsonl

Each line has the fields that benchmarks/bases.py and benchmarks/alone.py read. An application is the Dockerfile of another
official image, built on the image chosen as if its FROM named it; with `--applications` it is a Dockerfile of the corpus (see
benchmarks/dockerfiles.py) on the official image that its own FROM names, of a day on which it had that name, built by one of
`--builders`. Builders of the images below are those of the day; a distribution's root file system looks as it did.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from known_images.evaluate import Evaluator
from known_images.gather import Gatherer, base_of, short_name
from known_images.library import Period
from known_images.mirrors import Mirrors
from make_known_images import read_library

from reconstruct.builders.predicting import predict
from reconstruct.builders.prediction import DEFAULT_PATH, Entry
from reconstruct.errors import ReconstructError
from reconstruct.image import HistoryEntry, Image

_BUILDKIT_SINCE = "2023-09-01"
_BUILDAH = "1.37.3"
_STAMPED_SINCE = "2024-06-01"
_DEEPEST = 10
# Days on which an image's name is looked up.
_TRIES = 20


@dataclass(frozen=True)
class Made:
    """An image so far, and where each image of its chain ends."""

    history: tuple[HistoryEntry, ...]
    config: Mapping[str, Any]
    chain: tuple[tuple[str, int], ...]


class Maker:
    def __init__(self, mirrors: Path, listed: list[Period], seed: int, builders: Sequence[str]) -> None:
        self.builders = builders
        self.evaluator = Evaluator(Mirrors(mirrors))
        self.gatherer = Gatherer(self.evaluator, listed)
        self.listed = listed
        self.random = random.Random(seed)

    def sample(self, since: str, until: str) -> dict[str, Any] | None:
        """One image; None where this draw makes none."""
        day = self._day(since, until)
        standing = [period for period in self.random.sample(self.listed, 4000) if period.first <= day <= period.last]
        if len(standing) < 2:
            return None
        base, application = self.random.sample(standing, 2)
        below = self.image(f"{base.image}:{self.random.choice(base.listed.tags)}", base, day)
        if below is None or base.image == application.image or len(below.chain) < 2:
            return None
        found = self.evaluator.text(application.listed.source)
        if found is None or application.listed.source.architecture.startswith("windows"):
            return None
        return self._application(below, [f"{base.image}:{tag}" for tag in base.listed.tags], found[1], day)

    def application(self, text: str, since: str, until: str) -> dict[str, Any] | None:
        """An image of the Dockerfile `text`, on the official image that its FROM names on some day; None if none has
        that name."""
        name = short_name(base_of(text))
        for day in (self._day(since, until) for _ in range(_TRIES)):
            period = self.gatherer.standing(name, day, "amd64")
            if period is None:
                continue
            root = _root(name, day, period.listed.tags) if _is_release(name) else None
            below = root or self.image(name, period, day)
            if below:
                return self._application(below, [f"{period.image}:{tag}" for tag in period.listed.tags], text, day)
        return None

    def _application(self, below: Made, tags: list[str], text: str, day: str) -> dict[str, Any] | None:
        builder = self.random.choice(self.builders)
        made = self._on(below, text, day, builder)
        if made is None or len(made.history) == len(below.history):
            return None
        return {
            "from": below.chain[-1][0],
            "tags": tags,
            "entries": below.chain[-1][1],
            "chain": [list(link) for link in below.chain],
            "day": day,
            "builder": builder,
            "dockerfile": text,
            "below": _config(below),
            "image": _config(made),
        }

    def _day(self, since: str, until: str) -> str:
        first, last = date.fromisoformat(since), date.fromisoformat(until)
        return (first + timedelta(days=self.random.randrange((last - first).days + 1))).isoformat()

    def image(self, name: str, period: Period, day: str, depth: int = 0) -> Made | None:
        """The image of a listing on that day, on all that lies below it."""
        found = self.evaluator.text(period.listed.source)
        if found is None or depth > _DEEPEST or period.listed.source.architecture.startswith("windows"):
            return None
        below_name = short_name(base_of(found[1]))
        below = self._below(below_name, period, day, depth)
        if below is None:
            return None
        made = self._on(below, found[1], day, "buildkit" if day >= _BUILDKIT_SINCE else "classic")
        return made and Made(made.history, made.config, (*below.chain, (name, len(made.history))))

    def _below(self, name: str, period: Period, day: str, depth: int) -> Made | None:
        if name in ("", "scratch"):
            return Made((), {"Env": [f"PATH={DEFAULT_PATH}"]}, ())
        standing = self.gatherer.standing(name, day, period.listed.source.architecture)
        root = _root(name, day, standing.listed.tags if standing else ())
        if root is not None:
            return root
        return self.image(name, standing, day, depth + 1) if standing else None

    def _on(self, below: Made, text: str, day: str, builder: str) -> Made | None:
        image = Image(history=below.history, config=below.config)
        try:
            prediction = predict(text, builder=builder, base=image)
        except ReconstructError:
            return None
        own = tuple(_entry(entry, day) for entry in prediction.own)
        config: Mapping[str, Any] = prediction.config
        if builder == "buildah":
            own = _commented(own, below.chain[-1][0], self.random.random() < 0.5)
            config = {**config, "Labels": {**(config.get("Labels") or {}), "io.buildah.version": _BUILDAH}}
        return Made((*below.history, *own), config, below.chain)


def _commented(own: Sequence[HistoryEntry], name: str, layers: bool) -> tuple[HistoryEntry, ...]:
    """The entries with buildah's comments: with `layers` each names what it was built on; else the last names the base, and
    has the only layer."""
    base = f"FROM docker.io/library/{name}"
    if not layers:
        made = [replace(entry, empty_layer=True) for entry in own[:-1]]
        return (*made, *(replace(entry, comment=base, empty_layer=False) for entry in own[-1:]))
    ids = [sha256(entry.created_by.encode()).hexdigest()[:12] for entry in own]
    comments = [base, *(f"FROM {name}" for name in ids)]
    return tuple(replace(entry, comment=comment) for entry, comment in zip(own, comments, strict=False))


def _entry(entry: Entry, day: str) -> HistoryEntry:
    text = entry.created_by
    if entry.checksum is not None:
        text += f"{_kind(entry)}:{sha256(repr(entry).encode()).hexdigest()}{entry.after}"
    return HistoryEntry(text, f"{day}T03:00:00Z", comment=entry.comment or "", empty_layer=bool(entry.empty_layer))


def _kind(entry: Entry) -> str:
    """What the checksum is of: a directory if the source's name looks like one, as nothing shows its files."""
    kinds = entry.checksum.kinds if entry.checksum else frozenset[str]()
    sources = entry.instruction.args[:-1] if entry.instruction else ()
    if "dir" in kinds and sources and re.search(r"(?:^|/)\.{0,2}$", sources[0]):
        return "dir"
    return "file" if "file" in kinds else min(kinds)


def _root(name: str, day: str, tags: Sequence[str] = ()) -> Made | None:
    """The root file systems whose Dockerfiles no mirror has, as they looked on that day; `tags` are those it had then."""
    image, _, tag = name.partition(":")
    checksum = sha256(f"{name}{day}".encode()).hexdigest()
    if image == "debian" and day >= _STAMPED_SINCE:
        suite = tag.split("-")[0]
        texts = [f"# debian.sh --arch 'amd64' out/ '{suite}' '@{_stamp(tags, day)}'"]
    elif image == "debian":
        texts = [f"/bin/sh -c #(nop) ADD file:{checksum} in / ", '/bin/sh -c #(nop)  CMD ["bash"]']
    elif image == "alpine" and day >= _STAMPED_SINCE:
        release = max((one for one in tags if one.count(".") == 2), key=len, default=f"{tag}.3")
        texts = [f"ADD alpine-minirootfs-{release}-x86_64.tar.gz / # buildkit", 'CMD ["/bin/sh"]']
    elif image == "alpine":
        texts = [f"/bin/sh -c #(nop) ADD file:{checksum} in / ", '/bin/sh -c #(nop)  CMD ["/bin/sh"]']
    elif image == "ubuntu":
        texts = [
            "/bin/sh -c #(nop)  ARG RELEASE",
            "/bin/sh -c #(nop)  ARG LAUNCHPAD_BUILD_ARCH",
            "/bin/sh -c #(nop)  LABEL org.opencontainers.image.ref.name=ubuntu",
            f"/bin/sh -c #(nop)  LABEL org.opencontainers.image.version={_UBUNTU.get(tag, tag)}",
            f"/bin/sh -c #(nop) ADD file:{checksum} in / ",
            '/bin/sh -c #(nop)  CMD ["/bin/bash"]',
        ]
    else:
        return None
    history = tuple(HistoryEntry(text, f"{day}T01:00:00Z", empty_layer="ADD" not in text) for text in texts)
    return Made(history, {"Env": [f"PATH={DEFAULT_PATH}"]}, ((name, len(history)),))


def _stamp(tags: Sequence[str], day: str) -> int:
    """Seconds since 1970 of the day in the tags (`bookworm-20241111`), or of `day`."""
    dated = next((match[0] for tag in tags if (match := re.search(r"\d{8}", tag))), day)
    return int(datetime.fromisoformat(dated).replace(tzinfo=UTC).timestamp())


def _is_release(name: str) -> bool:
    """Whether the tag names one release, as `alpine:3.18` and `debian:bookworm-slim` do: what `latest` was is in the listings."""
    tag = name.partition(":")[2]
    return bool(re.fullmatch(r"[0-9]+\.[0-9]+|[a-z]+(-slim)?", tag)) and tag not in (
        "",
        "latest",
        "edge",
        "slim",
        "rolling",
        "devel",
    )


_UBUNTU = {
    "trusty": "14.04",
    "xenial": "16.04",
    "bionic": "18.04",
    "focal": "20.04",
    "jammy": "22.04",
    "noble": "24.04",
}


def _config(made: Made) -> dict[str, Any]:
    history = [
        {
            "created": entry.created,
            "created_by": entry.created_by,
            **({"comment": entry.comment} if entry.comment else {}),
            **({"empty_layer": True} if entry.empty_layer else {}),
        }
        for entry in made.history
    ]
    layers = [
        f"sha256:{sha256(f'{index}{entry.created_by}'.encode()).hexdigest()}"
        for index, entry in enumerate(made.history)
        if not entry.empty_layer
    ]
    return {
        "architecture": "amd64",
        "os": "linux",
        "config": dict(made.config),
        "history": history,
        "rootfs": {"type": "layers", "diff_ids": layers},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mirrors", type=Path)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--since", default="2019-01-01")
    parser.add_argument("--until")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--applications", type=Path)
    parser.add_argument("--builders", help="of the images on top, separated by commas")
    options = parser.parse_args()
    listed, until = read_library(options.mirrors, options.until)
    # buildah records what it built on, which is no test of finding it.
    builders = "classic,buildkit-0.8,buildkit,buildah" if options.applications else "classic,buildkit"
    maker, made = Maker(options.mirrors, listed, options.seed, (options.builders or builders).split(",")), 0
    if options.applications:
        for path in sorted(path for path in options.applications.rglob("*") if path.is_file()):
            sample = maker.application(path.read_text(encoding="utf-8", errors="replace"), options.since, until)
            if sample is not None:
                print(json.dumps(sample | {"file": str(path.relative_to(options.applications))}, separators=(",", ":")))
        return
    while made < options.count:
        sample = maker.sample(options.since, until)
        if sample is not None:
            print(json.dumps(sample, separators=(",", ":")))
            made += 1


if __name__ == "__main__":
    main()
