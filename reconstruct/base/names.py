"""Whether two names can mean the same image, judging by repositories and tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from reconstruct import pattern
from reconstruct.reference import canonical, is_digest, is_name, same_repository, split

__all__ = [
    "agrees",
    "canonical",
    "distribution",
    "is_digest",
    "is_name",
    "other_version",
    "same_repository",
    "split",
]

_VERSION = pattern.compile(r"v?\d+(?:\.\d+)*(?:(?:-?(?:rc|alpha|beta)|[ab])\.?\d*)?", re.IGNORECASE)
_DATED = pattern.compile(r"\d{8}(?:\.\d+)?")
# Words in tags that move to another version every year, so they contradict none.
_MOVING = frozenset(
    {"latest", "stable", "oldstable", "oldoldstable", "testing", "unstable", "lts", "current", "mainline", "edge"}
    | {"rolling", "devel", "dev", "main", "master", "nightly"}
)

# Repositories of distributions, by their last part.
_DISTRIBUTIONS = frozenset(
    {
        "almalinux",
        "alpine",
        "amazonlinux",
        "archlinux",
        "busybox",
        "centos",
        "clearlinux",
        "debian",
        "fedora",
        "oraclelinux",
    }
    | {"photon", "rockylinux", "sles", "ubuntu", "nanoserver", "servercore", "leap", "tumbleweed", "alt"}
)


# A Windows release has names without a common number: ltsc2019, 1809, 10.0.17763.
_WINDOWS = frozenset({"nanoserver", "servercore", "server", "windows", "windowsservercore"})


def distribution(name: str) -> str:
    """The distribution of a name (`ubi` for all of Red Hat's), empty for other images."""
    last = split(name)[0].rpartition("/")[2]
    if re.fullmatch(r"ubi\d*(?:-\w+)?", last):
        return "ubi"
    return last if last in _DISTRIBUTIONS else ""


def agrees(name: str, names: Sequence[str]) -> bool:
    """Whether `name` can be the image that has `names`: the same repository, and no other version or variant.

    A version with fewer numbers matches a longer one: `3.12-slim` can be `3.12.7-slim-bookworm`.
    """
    related = [other for other in names if same_repository(name, other)]
    if not related:
        return False
    wanted = split(name)[1]
    if wanted in ("", "latest") or any(split(other)[1] == wanted for other in related):
        return True
    version, words = _version(wanted)
    for theirs, more in _most_telling(related):
        if _one_begins(version, theirs) and all(_among(word, more) for word in words):
            return True
    return False


def other_version(name: str, names: Sequence[str]) -> bool:
    """Whether `name` has the same repository as `names` but another version than each: `python:3.11` and 3.12.7."""
    if split(name)[0].rpartition("/")[2] in _WINDOWS:
        return False
    version, _ = _version(split(name)[1])
    told = _most_telling([other for other in names if same_repository(name, other)])
    told = [(numbers, words) for numbers, words in told if numbers]
    return bool(version and told) and not any(_one_begins(version, numbers) for numbers, _ in told)


def _most_telling(names: Sequence[str]) -> list[tuple[list[str], list[str]]]:
    """The versions and words of the names with the most numbers: next to `3.12.7`, `3` says nothing about 3.11."""
    read = [_version(split(name)[1]) for name in names]
    most = max((len(numbers) for numbers, _ in read), default=0)
    return [(numbers, words) for numbers, words in read if len(numbers) == most]


def _version(tag: str) -> tuple[list[str], list[str]]:
    """The numbers of a tag's version, and its other words, without dates."""
    words = tag.split("-")
    match = _VERSION.fullmatch(words[0])
    numbers = re.findall(r"\d+", words[0]) if match and not _DATED.fullmatch(words[0]) else []
    rest = words[1:] if match else words
    return numbers, [word for word in rest if word and word not in _MOVING and not _DATED.fullmatch(word)]


def _one_begins(one: Iterable[str], other: Iterable[str]) -> bool:
    return all(mine == theirs for mine, theirs in zip(one, other, strict=False))


def _among(word: str, words: Sequence[str]) -> bool:
    """`alpine` is among `alpine3.20`."""
    return any(other == word or re.fullmatch(re.escape(word) + r"[\d.]+", other) for other in words)
