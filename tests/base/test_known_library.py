"""The tool that makes the data on known images: library files, and the Dockerfile of a name on a given day."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.base.known_library import TOOLS, Library, git

sys.path.insert(0, str(TOOLS))

from known_images.evaluate import Evaluator, builders_of
from known_images.gather import Gatherer, base_of, short_name
from known_images.library import parse_library, periods
from known_images.mirrors import Mirrors, slug_of

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git makes the repositories")

OLD = """\
# maintainer: Nobody

1.2: git://github.com/example/thing@0123456789012345678901234567890123456789 1.2
1: git://github.com/example/thing@0123456789012345678901234567890123456789 1.2
latest: git://github.com/example/thing@0123456789012345678901234567890123456789
"""
NEW = """\
# this file is generated
Maintainers: Nobody <nobody@example.org>,
             Somebody <somebody@example.org>
GitRepo: https://github.com/example/thing.git
Builder: buildkit

Tags: 2.0-noble, 2-noble
SharedTags: 2.0, 2, latest
Architectures: amd64, arm64v8
GitCommit: aaaa
Directory: 2/noble
arm64v8-GitCommit: bbbb

Tags: 2.0-windowsservercore-ltsc2022
SharedTags: 2.0, 2, latest
Architectures: windows-amd64
GitCommit: aaaa
Directory: 2/windows
File: Dockerfile.windows

Tags: rootfs
Architectures: s390x
GitCommit: cccc
"""


def test_the_format_of_before_october_2016() -> None:
    listed = parse_library(OLD)
    assert [one.tags for one in listed] == [("1.2", "1"), ("latest",)]
    assert [one.source.path for one in listed] == ["1.2/Dockerfile", "Dockerfile"]
    assert listed[0].source.url == "git://github.com/example/thing"


def test_the_format_since() -> None:
    listed = parse_library(NEW)
    assert [(one.tags[0], one.source.architecture, one.source.commit, one.source.path) for one in listed] == [
        ("2.0-noble", "amd64", "aaaa", "2/noble/Dockerfile"),
        ("2.0-noble", "arm64v8", "bbbb", "2/noble/Dockerfile"),
        ("2.0-windowsservercore-ltsc2022", "windows-amd64", "aaaa", "2/windows/Dockerfile.windows"),
        ("rootfs", "s390x", "cccc", "Dockerfile"),
    ]
    assert listed[0].tags == ("2.0-noble", "2-noble", "2.0", "2", "latest")
    assert {one.source.builder for one in listed} == {"buildkit"}


@pytest.mark.parametrize("text", ["", "\n\n", "Tags:\n", "nonsense", "GitRepo: x\n\nTags: a\n", "\x00: \x01"])
def test_odd_files_list_nothing(text: str) -> None:
    assert parse_library(text) == []


@pytest.mark.parametrize(
    ("dockerfile", "base"),
    [
        ("FROM debian:bookworm-slim\nRUN true\n", "debian:bookworm-slim"),
        ("ARG RELEASE=9\nFROM --platform=$BUILDPLATFORM base:${RELEASE}-slim AS build\nFROM build\n", "base:9-slim"),
        ("FROM golang AS build\nFROM alpine:3.20\nCOPY --from=build /x /x\n", "alpine:3.20"),
        ("ARG REPO=mcr.example/dotnet/runtime\nFROM $REPO:8.0\n", "mcr.example/dotnet/runtime:8.0"),
        ("# nothing\n", ""),
    ],
)
def test_the_base_of_the_last_stage(dockerfile: str, base: str) -> None:
    assert base_of(dockerfile) == base


def test_names_and_slugs() -> None:
    assert short_name("docker.io/library/python:3.12@sha256:00") == "python:3.12"
    assert slug_of("https://github.com/Owner/Name.git") == slug_of("git://github.com/owner/name") == "owner+name"


def test_builders_of_the_day() -> None:
    assert builders_of("2018-01-01", "2019-01-01") == ("classic",)
    assert builders_of("2025-01-01", "2026-01-01") == ("buildkit",)
    assert set(builders_of("2021-01-01", "2025-01-01")) == {"classic", "buildkit"}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    library = Library(tmp_path_factory.mktemp("mirrors"))
    first = library.commit("example+thing", "2019-05-01", {"Dockerfile": "FROM scratch\nCOPY one /\n"})
    second = library.commit("example+thing", "2019-06-01", {"Dockerfile": "FROM scratch\nCOPY two /\n"})
    library.list("2019-05-02", "thing", "example+thing", [("1.0, latest", first, ".")])
    library.list("2019-06-02", "thing", "example+thing", [("1.1, latest", second, "."), ("1.0", first, ".")])
    path = library.folder / "docker-library+official-images"
    (path / "library" / "thing").unlink()
    git(path, "add", "-A", day="2019-07-02")
    git(path, "commit", "-q", "-m", "gone", day="2019-07-02")
    return library


@needs_git
class TestDays:
    def test_from_when_to_when(self, library: Library) -> None:
        official = Mirrors(library.folder).find("https://github.com/docker-library/official-images.git")
        assert official is not None
        found = sorted((one.listed.tags, one.first, one.last) for one in periods(official, "2019-01-01", "2019-12-31"))
        assert found == [
            (("1.0",), "2019-06-02", "2019-07-02"),
            (("1.0", "latest"), "2019-05-02", "2019-06-02"),
            (("1.1", "latest"), "2019-06-02", "2019-07-02"),
        ]

    def test_no_later_than_asked(self, library: Library) -> None:
        official = Mirrors(library.folder).find("https://github.com/docker-library/official-images.git")
        assert official is not None
        found = list(periods(official, "2019-05-10", "2019-05-20"))
        assert [(one.listed.tags, one.first, one.last) for one in found] == [
            (("1.0", "latest"), "2019-05-10", "2019-05-20")
        ]

    def test_what_a_name_pointed_to(self, library: Library) -> None:
        mirrors = Mirrors(library.folder)
        official = mirrors.find("https://github.com/docker-library/official-images.git")
        assert official is not None
        gatherer = Gatherer(Evaluator(mirrors), list(periods(official, "2019-01-01", "2019-12-31")))
        early, late = (gatherer.standing("thing", day, "amd64") for day in ("2019-05-15", "2019-06-15"))
        assert early is not None
        assert late is not None
        assert (early.listed.tags[0], late.listed.tags[0]) == ("1.0", "1.1")
        assert gatherer.standing("thing:latest", "2019-08-01", "amd64") is None
        assert gatherer.standing("other", "2019-06-15", "amd64") is None

    def test_a_repository_that_moved(self, library: Library, tmp_path: Path) -> None:
        """The library names the old owner; the mirror is the new one's."""
        mirrors = Mirrors(library.folder)
        commit = git(library.folder / "example+thing", "rev-parse", "HEAD")
        assert mirrors.find("https://github.com/before/thing.git") is None
        read = mirrors.read("https://github.com/before/thing.git", f"{commit}:Dockerfile")
        assert read is not None
        assert read[1] == b"FROM scratch\nCOPY two /\n"
        assert mirrors.read("https://github.com/before/else.git", f"{commit}:Dockerfile") is None
        mirrors.close()
