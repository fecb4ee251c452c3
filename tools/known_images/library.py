"""Reads the official images' library files: the Dockerfile of each tag on each day.

The format is bashbrew's: https://github.com/docker-library/official-images#instruction-format. Before October 2016 it
was one line a tag: `3.5: git://github.com/docker-library/python@<commit> 3.5`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from known_images.mirrors import Mirror, first_parent_changes

_OLD = re.compile(r"(\S+):[ \t]*((?:git|https?)://[^\s@]+)@(\S+)(?:[ \t]+(\S+))?")
# What is looked at of the architectures: one Dockerfile mostly serves all.
_ARCHITECTURES = ("amd64", "windows-amd64", "arm64v8")


@dataclass(frozen=True)
class Source:
    """Where a Dockerfile lies. `builder` is `classic`, `buildkit` or `oci-import`, empty where the file does not say."""

    url: str
    commit: str
    folder: str
    file: str
    builder: str
    architecture: str

    @property
    def path(self) -> str:
        folder = self.folder.strip("/").removeprefix("./")
        return self.file if folder in ("", ".") else f"{folder}/{self.file}"


@dataclass(frozen=True)
class Listed:
    """What a library file lists once: `tags` of one image (shared ones last), its source for one architecture."""

    tags: tuple[str, ...]
    source: Source


def parse_library(text: str) -> list[Listed]:
    """The images that a library file lists. What cannot be read is left out."""
    paragraphs = _paragraphs(text)
    if not any("Tags" in paragraph for paragraph in paragraphs):
        return _old_format(text)
    defaults: dict[str, str] = {}
    listed = []
    for paragraph in paragraphs:
        if "Tags" not in paragraph:
            defaults.update(paragraph)
            continue
        listed += _listed({**defaults, **paragraph})
    return listed


def _paragraphs(text: str) -> list[dict[str, str]]:
    result: list[dict[str, str]] = []
    current: dict[str, str] = {}
    last = ""
    for line in [*text.splitlines(), ""]:
        if line.startswith("#"):
            continue
        if not line.strip():
            if current:
                result.append(current)
            current, last = {}, ""
        elif line[0] in " \t" and last:
            current[last] += " " + line.strip()
        elif ":" in line:
            last, _, value = line.partition(":")
            current[last] = value.strip()
    return result


def _listed(fields: dict[str, str]) -> Iterator[Listed]:
    words = lambda key: tuple(word for word in re.split(r"[,\s]+", fields.get(key, "")) if word)  # noqa: E731
    tags = words("Tags") + tuple(tag for tag in words("SharedTags") if tag not in words("Tags"))
    architectures = words("Architectures") or ("amd64",)
    seen: set[tuple[str, ...]] = set()
    for architecture in _ARCHITECTURES if set(architectures) & set(_ARCHITECTURES) else architectures[:1]:
        if architecture not in architectures:
            continue
        value = lambda key: fields.get(f"{architecture}-{key}") or fields.get(key, "")  # noqa: B023, E731
        source = Source(
            url=value("GitRepo"),
            commit=value("GitCommit"),
            folder=value("Directory"),
            file=value("File") or "Dockerfile",
            builder=value("Builder"),
            architecture=architecture,
        )
        key = (source.url, source.commit, source.folder, source.file)
        if source.commit and key not in seen:
            seen.add(key)
            yield Listed(tags, source)


def _old_format(text: str) -> list[Listed]:
    by_source: dict[Source, list[str]] = {}
    for line in text.splitlines():
        match = _OLD.fullmatch(line.split("#")[0].strip())
        if match:
            tag, url, commit, folder = match.groups()
            source = Source(url, commit, folder or "", "Dockerfile", "", "amd64")
            by_source.setdefault(source, []).append(tag)
    return [Listed(tuple(tags), source) for source, tags in by_source.items()]


@dataclass(frozen=True)
class Period:
    """`image` listed this from `first` to `last` (days, inclusive)."""

    image: str
    listed: Listed
    first: str
    last: str


def periods(mirror: Mirror, since: str, until: str) -> Iterator[Period]:
    """Every listing of every image with its days, by image and day. `since` to `until`: days, inclusive."""
    history: dict[str, list[tuple[str, str]]] = {}
    for day, _, changes in first_parent_changes(mirror, "library"):
        for path, blob in changes:
            history.setdefault(path.removeprefix("library/"), []).append((day, blob))
    for image in sorted(history):
        yield from _periods_of(mirror, image, history[image], since, until)


def _periods_of(
    mirror: Mirror, image: str, versions: list[tuple[str, str]], since: str, until: str
) -> Iterator[Period]:
    """A day is what it was at its end; a listing of less than a day still counts as that day's."""
    open_since: dict[Listed, str] = {}
    for day, blob in versions:
        if day > until:
            break
        read = None if set(blob) == {"0"} else mirror.read(blob)
        listed = parse_library(read[1].decode("utf-8", "replace")) if read else []
        current = dict.fromkeys(listed)
        for gone in [known for known in open_since if known not in current]:
            first = open_since.pop(gone)
            if day >= since:
                yield Period(image, gone, max(first, since), day)
        for known in current:
            open_since.setdefault(known, day)
    for known, first in open_since.items():
        yield Period(image, known, max(first, since), until)
