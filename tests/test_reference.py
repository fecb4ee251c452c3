"""Names of images, digests and platforms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconstruct.reference import canonical, is_digest, is_name, is_platform, pinned, read, same_image, split

SHA = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    "name",
    [
        "alpine",
        "docker.io/library/a:1",
        "localhost:5000/a/b",
        "a@" + SHA,
        "a:1@" + SHA,
        "[::1]:5000/a",
        "Host/a",
        "a__b/c--d",
    ],
)
def test_names(name: str) -> None:
    assert is_name(name)
    assert str(read(name)) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "A", "a/B", "a:", "a@", "a b", "-a", "a/", "x/" * 200 + "a", "ab" * 32, "a:" + "t" * 129),
        *("a@sha266:" + "ab" * 32, "a@sha256:" + "AB" * 32, "a@sha256:12", "--platform=x", "a\nRUN evil", "$a"),
    ],
)
def test_invalid_image_names(name: str) -> None:
    assert not is_name(name)


@given(st.lists(st.sampled_from(["a", "library/", "localhost/", "docker.io/", ":", "@", "/", "1"])).map("".join))
def test_a_name_that_is_split_at_its_colon_alone_has_the_same_parts(name: str) -> None:
    """A repository without a slash has nothing to leave out."""
    if "/" not in read(name).repository:
        assert split(name) == read(name)


def test_parts_and_spellings() -> None:
    assert split("docker.io/library/debian:12@" + SHA) == ("debian", "12", SHA)
    assert split("localhost:5000/app") == ("localhost:5000/app", "", "")
    assert canonical("index.docker.io/library/x") == canonical("x") == "x:latest"
    assert pinned("a:1", SHA) == "a:1@" + SHA
    assert pinned("a@" + SHA, SHA) == "a@" + SHA
    assert pinned("a", None) == "a"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("debian", "docker.io/library/debian:latest", True),
        ("python:3", "registry.example/mirror/python:3", True),
        ("python:3", "python:3.12", False),
        ("a@" + SHA, "a", False),
    ],
)
def test_whether_two_names_are_one_image(one: str, other: str, same: bool) -> None:
    assert same_image(one, other) is same
    assert same_image(other, one) is same


def test_digests() -> None:
    assert is_digest(SHA)
    assert not is_digest(SHA.upper())
    assert not is_digest(None)
    assert is_digest("sha512:" + "0" * 128)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("linux/amd64", True),
        ("linux/arm/v7", True),
        ("arm64", True),
        ("macOS", True),
        ("windows(10.0.17763)", True),
        ("x", False),
        ("a b", False),
        ("a/b/c/d", False),
        ("", False),
    ],
)
def test_platforms(text: str, valid: bool) -> None:
    assert is_platform(text) is valid


@given(st.text(max_size=40))
def test_any_text_has_parts(text: str) -> None:
    assert isinstance(canonical(text), str)
    if is_name(text):
        assert str(read(text)) == text
