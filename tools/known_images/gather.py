"""All listings of all official images, each with the fingerprints of its own steps."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from known_images.evaluate import Built, Evaluator, Row, builders_of
from known_images.library import Period

_FROM = re.compile(r"^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE | re.MULTILINE)
_ARG = re.compile(r"^\s*ARG\s+(\w+)=(\S*)", re.IGNORECASE | re.MULTILINE)
_VARIABLE = re.compile(r"\$\{?(\w+)(?::?-([^}]*))?\}?")
_DEEPEST = 12


@dataclass(frozen=True)
class Record:
    """One image as it was from `first` to `last`: its tags, the name it was built on, its own steps."""

    image: str
    tags: tuple[str, ...]
    base: str
    first: str
    last: str
    rows: tuple[Row, ...]
    variables: tuple[tuple[str, str], ...] = ()


@dataclass
class Gatherer:
    """Walks the listings; a base is the image that its tag named on the first day of the listing."""

    evaluator: Evaluator
    periods: list[Period]
    _by_tag: dict[tuple[str, str], tuple[list[str], list[Period]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for period in sorted(self.periods, key=lambda period: period.first):
            for tag in period.listed.tags:
                days, listed = self._by_tag.setdefault((period.image, tag), ([], []))
                days.append(period.first)
                listed.append(period)

    def records(self, wanted: Callable[[Period], bool] = lambda period: True) -> Iterator[Record]:
        for period in filter(wanted, self.periods):
            built = self.build(period, period.first)
            if built is not None and built.rows:
                listed = period.listed
                yield Record(
                    period.image,
                    listed.tags,
                    short_name(built.base),
                    period.first,
                    period.last,
                    built.rows,
                    built.variables,
                )

    def build(self, period: Period, day: str, depth: int = 0) -> Built | None:
        found = self.evaluator.text(period.listed.source)
        if found is None or not period.listed.source.file.startswith("Dockerfile"):
            return None
        blob, text = found
        name = base_of(text)
        base = self._base_config(name, day, period.listed.source.architecture, depth)
        # Of a root file system BuildKit's text has the archive's name, too.
        builders = builders_of(period.first, period.last) if name not in ("", "scratch") else ("classic", "buildkit")
        return self.evaluator.build(blob, text, period.listed.source, base, builders)

    def _base_config(self, name: str, day: str, architecture: str, depth: int) -> Mapping[str, object] | None:
        if depth > _DEEPEST:
            return None
        period = self.standing(name, day, architecture)
        built = self.build(period, day, depth + 1) if period else None
        return built.config if built else None

    def standing(self, name: str, day: str, architecture: str) -> Period | None:
        """The listing of an official image's name on a day, for that architecture if there are several."""
        image, _, tag = short_name(name).partition(":")
        days, listed = self._by_tag.get((image, tag or "latest"), ([], []))
        place = bisect_right(days, day)
        standing = [period for period in listed[max(0, place - 8) : place] if period.last >= day]
        same = [period for period in standing if period.listed.source.architecture == architecture]
        return (same or standing or [None])[-1]


def base_of(text: str) -> str:
    """The name in the FROM that the last stage begins with, global arguments filled in; empty where there is none."""
    stages = list(_FROM.finditer(text))
    if not stages:
        return ""
    arguments = {match[1]: match[2].strip("\"'") for match in _ARG.finditer(text[: stages[0].start()])}
    names = [_VARIABLE.sub(lambda match: arguments.get(match[1], match[2] or ""), stage[1]) for stage in stages]
    aliases = {stage[2].lower(): index for index, stage in enumerate(stages) if stage[2]}
    index = len(stages) - 1
    while (earlier := aliases.get(names[index].lower(), index)) < index:
        index = earlier
    return names[index]


def short_name(name: str) -> str:
    """A name as Docker shows it: `docker.io/library/python:3@sha256:…` is `python:3`."""
    name = name.partition("@")[0]
    for prefix in ("docker.io/", "index.docker.io/", "library/"):
        name = name.removeprefix(prefix)
    return name
