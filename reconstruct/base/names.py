"""Names of images: what FROM takes, and whether two names can mean one image."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from reconstruct import pattern

# No blanks, no expansion, no flags.
_NAME = pattern.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@+-]{0,511}$")
_DIGEST = pattern.compile(r"sha256:[0-9a-f]{64}$")
_VERSION = re.compile(r"v?\d+(?:\.\d+)*(?:(?:-?(?:rc|alpha|beta)|[ab])\.?\d*)?", re.IGNORECASE)
_DATED = re.compile(r"\d{8}(?:\.\d+)?")
# Words of tags that mean another version every year: they contradict none.
_MOVING = frozenset(
    {"latest", "stable", "oldstable", "oldoldstable", "testing", "unstable", "lts", "current", "mainline", "edge"}
    | {"rolling", "devel", "dev", "main", "master", "nightly"}
)
_HOSTS = ("docker.io/", "index.docker.io/", "registry-1.docker.io/", "localhost/")


def is_name(text: str) -> bool:
    """Whether FROM takes the text as an image's name."""
    return _NAME.match(text) is not None


def is_digest(text: object) -> bool:
    return isinstance(text, str) and _DIGEST.match(text) is not None


def split(name: str) -> tuple[str, str, str]:
    """(repository, tag, digest) of a name; Docker Hub's host and `library/` are left out, a missing tag is empty."""
    path, _, digest = name.partition("@")
    head, slash, last = path.rpartition("/")
    last, _, tag = last.partition(":")
    repository = f"{head}{slash}{last}"
    for host in _HOSTS:
        repository = repository.removeprefix(host)
    return repository.removeprefix("library/"), tag, digest


def canonical(name: str) -> str:
    """One spelling of a name: `docker.io/library/debian` and `debian` are `debian:latest`."""
    repository, tag, digest = split(name)
    return f"{repository}@{digest}" if digest and not tag else f"{repository}:{tag or 'latest'}"


def same_repository(one: str, other: str) -> bool:
    """Whether two names are of one repository, or of a mirror of it (`registry.example/mirror/python` and `python`)."""
    mine, theirs = split(one)[0], split(other)[0]
    return mine == theirs or mine.endswith("/" + theirs) or theirs.endswith("/" + mine)


# Repositories of distributions by their last part: what a root file system is of.
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


def distribution(name: str) -> str:
    """The distribution that a name is of (`ubi` for all of Red Hat's), empty for other images."""
    last = split(name)[0].rpartition("/")[2]
    if re.fullmatch(r"ubi\d*(?:-\w+)?", last):
        return "ubi"
    return last if last in _DISTRIBUTIONS else ""


def agrees(name: str, names: Sequence[str]) -> bool:
    """Whether `name` can be the image that has `names`: the same repository, no other version and no other variant.

    Where a version has fewer numbers than another it stands for it: `3.12-slim` can be `3.12.7-slim-bookworm`.
    """
    related = [other for other in names if same_repository(name, other)]
    if not related:
        return False
    wanted = split(name)[1]
    if wanted in ("", "latest") or any(split(other)[1] == wanted for other in related):
        return True
    version, words = _version(wanted)
    for other in related:
        theirs, more = _version(split(other)[1])
        if _one_begins(version, theirs) and all(_among(word, more) for word in words):
            return True
    return False


def _version(tag: str) -> tuple[list[str], list[str]]:
    """The numbers of a tag's version, and its other words, dates left out."""
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
