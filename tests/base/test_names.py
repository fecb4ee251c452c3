"""Names of images: canonical form, mirrors, and which tags can be aliases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconstruct.base.names import agrees, canonical, is_name, other_version, same_repository, split

NAMES = st.from_regex(r"[a-z0-9]{1,8}(?:/[a-z0-9]{1,8}){0,2}(?::[a-z0-9_][a-z0-9.-]{0,11})?", fullmatch=True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("debian", "debian:latest"),
        ("docker.io/library/debian:12", "debian:12"),
        ("localhost/app", "app:latest"),
        ("registry.example:5000/a/b", "registry.example:5000/a/b:latest"),
        ("a/b@sha256:" + "0" * 64, "a/b@sha256:" + "0" * 64),
    ],
)
def test_one_spelling(name: str, expected: str) -> None:
    assert canonical(name) == expected


@given(NAMES)
def test_a_canonical_name_stays(name: str) -> None:
    assert canonical(canonical(name)) == canonical(name)
    assert split(canonical(name))[0] == split(name)[0]


@given(NAMES)
def test_a_name_agrees_with_itself(name: str) -> None:
    assert is_name(name)
    assert agrees(name, [name])
    assert same_repository(name, f"registry.example/mirror/{split(name)[0]}")


@pytest.mark.parametrize(
    ("name", "names", "expected"),
    [
        ("python:3.12-slim", ["python:3.12.7-slim-bookworm"], True),
        ("python:3.12", ["python:3.12.7-slim-bookworm"], True),
        ("python:3.11-slim", ["python:3.12.7-slim-bookworm"], False),
        ("python:3.12-alpine", ["python:3.12.7-slim-bookworm"], False),
        ("python:3.12-alpine", ["python:3.12.7-alpine3.20"], True),
        ("python", ["python:3.12.7-slim-bookworm"], True),
        ("mirror.example/library/python:3.12", ["python:3.12.7"], True),
        ("node:3.12", ["python:3.12"], False),
        ("debian:bullseye", ["debian:bookworm-20250101"], False),
        ("debian:stable-slim", ["debian:bookworm-20250101-slim"], True),
        ("debian:bookworm-slim", ["debian:bookworm-20250101", "debian:bookworm-20250101-slim"], True),
        ("ubuntu:22.04", ["ubuntu:24.04"], False),
        ("golang:1.22rc2", ["golang:1.22rc2-bookworm"], True),
        ("golang:1.22rc1", ["golang:1.22rc2-bookworm"], False),
        ("alpine:3", ["alpine:3.20.3"], True),
        ("python:3.11-slim", ["python:3.12.7-slim-bookworm", "python:3-slim-bookworm", "python:slim"], False),
        ("python:3-slim", ["python:3.12.7-slim-bookworm", "python:3.12"], True),
    ],
)
def test_which_tag_is_an_alias_of_which(name: str, names: list[str], expected: bool) -> None:
    assert agrees(name, names) is expected


@pytest.mark.parametrize(
    ("name", "names", "expected"),
    [
        ("python:3.11-slim", ["python:3.12.7-slim-bookworm", "python:3.12-slim"], True),
        ("python:3.12", ["python:3.12.7-slim-bookworm"], False),
        ("python:3.11", ["python:3.12.7", "python:3.12", "python:3", "python:latest"], True),
        ("python:slim", ["python:3.12.7-slim-bookworm"], False),
        ("node:3.11", ["python:3.12.7"], False),
        ("debian:bullseye", ["debian:bookworm-20250101"], False),
        ("ubuntu:22.04", ["ubuntu:24.04", "ubuntu:noble"], True),
        ("mcr.microsoft.com/windows/servercore:1809", ["mcr.microsoft.com/windows/servercore:10.0.17763.1"], False),
    ],
)
def test_versions_that_are_others(name: str, names: list[str], expected: bool) -> None:
    assert other_version(name, names) is expected


@pytest.mark.parametrize("text", ["", " ", "a b", "-x", "a\nb", "$X", "x" * 600, "\x1b[31m"])
def test_no_names(text: str) -> None:
    assert not is_name(text)
