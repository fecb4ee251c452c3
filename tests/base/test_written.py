"""The name that FROM has: of those that an image had, the one that people write."""

from __future__ import annotations

import pytest

from reconstruct.base.model import Base, Source
from reconstruct.base.written import fullest, likeliest
from reconstruct.syntax import Certainty

PYTHON = (
    "python:3.12.7-slim-bookworm", "python:3.12-slim-bookworm", "python:3-slim-bookworm", "python:slim-bookworm",
    "python:3.12.7-slim", "python:3.12-slim", "python:3-slim", "python:slim",
)  # fmt: skip
NODE = ("node:22.14.0-alpine", "node:22.14.0-alpine3.21", "node:22-alpine3.21", "node:22-alpine", "node:lts-alpine")
DEBIAN = ("debian:bookworm-20250101", "debian:bookworm", "debian:bookworm-20250101-slim", "debian:bookworm-slim")
CASES = [
    (PYTHON, "python:3.12-slim", "python:3.12.7-slim-bookworm"),
    (NODE, "node:22-alpine", "node:22.14.0-alpine3.21"),
    (DEBIAN, "debian:bookworm-slim", "debian:bookworm-20250101-slim"),
    (("alpine:3.19.3", "alpine:3.19", "alpine:3", "alpine:latest"), "alpine:3.19", "alpine:3.19.3"),
    # A root's stamp names the suite that it was made of.
    (
        ("debian:stable-20250630", "debian:stable", "debian:stable-20250630-slim", "debian:stable-slim"),
        "debian:stable-slim",
        "debian:stable-20250630-slim",
    ),
    (("ubuntu:22.04", "ubuntu:jammy", "ubuntu:jammy-20240212"), "ubuntu:22.04", "ubuntu:22.04"),
    # Of images with fewer users nothing is known but that most leave the distribution's release out.
    (("haproxy:2.9.6-bookworm", "haproxy:2.9.6", "haproxy:2.9", "haproxy:lts"), "haproxy:2.9.6", "haproxy:2.9.6-bookworm"),
    (
        ("eclipse-temurin:21.0.5_11-jre-noble", "eclipse-temurin:21.0.5_11-jre", "eclipse-temurin:21-jre-noble"),
        "eclipse-temurin:21-jre-noble",
        "eclipse-temurin:21.0.5_11-jre-noble",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("names", "written", "full"), CASES, ids=[case[1] for case in CASES])
def test_people_write_the_line_of_releases(names: tuple[str, ...], written: str, full: str) -> None:
    assert likeliest(names[0], names) == written
    assert likeliest(written, names) == written
    assert fullest(written, names) == full


@pytest.mark.parametrize(
    "name", ["alpine:latest", "nginx", "corp/python:3.12.7-slim", "python:3.12.7@sha256:" + "a" * 64]
)
def test_a_name_without_a_version_or_of_somebody_else_stays(name: str) -> None:
    repository = name.partition(":")[0]
    assert likeliest(name, (name, f"{repository}:3.12-slim", f"{repository}:3.10")) == name


def test_another_version_is_never_chosen() -> None:
    assert (
        likeliest("python:3.12.7-slim", ("python:3.1-slim", "python:3.11-slim", "ruby:3.12-slim"))
        == "python:3.12.7-slim"
    )


@pytest.mark.parametrize("source", [one for one in Source if one not in (Source.KNOWN, Source.MARKS)])
def test_a_name_that_somebody_gave_is_written_as_given(source: Source) -> None:
    base = Base(name=PYTHON[0], names=PYTHON, source=source, certainty=Certainty.EXACT, entries=3)
    assert (base.written, base.full_name) == (PYTHON[0], PYTHON[0])
