"""Which Debian release an older root is, which kept but a checksum: by what the steps on it name and use."""

from __future__ import annotations

import pytest

import reconstruct
from reconstruct.base import find_chain
from reconstruct.image import HistoryEntry, Image

ROOT = (f"/bin/sh -c #(nop) ADD file:{'0' * 64} in / ", '/bin/sh -c #(nop)  CMD ["bash"]')


def base_of(*steps: str, created: str = "2020-02-19T01:00:00Z") -> str:
    image = Image(history=tuple(HistoryEntry(text, created) for text in (*ROOT, *steps)))
    return find_chain(image, reconstruct.steps(image)).base.name


def test_the_stable_one_of_the_day() -> None:
    assert base_of("RUN /bin/sh -c apt-get update # buildkit") == "debian:buster-slim"
    assert base_of("RUN /bin/sh -c apt-get update # buildkit", created="2024-02-01T00:00:00Z") == "debian:bookworm-slim"


def test_the_one_that_a_step_names() -> None:
    assert base_of("RUN /bin/sh -c echo deb https://packages.example stretch main # buildkit") == "debian:stretch-slim"


def test_what_older_releases_lack() -> None:
    """apt-get dist-clean came with apt 2.7.8, that of trixie."""
    assert base_of("RUN /bin/sh -c apt-get update; apt-get dist-clean # buildkit") == "debian:trixie-slim"
    either = "if grep -q bookworm /etc/os-release; then rm -rf /var/lib/apt/lists/*; else apt-get dist-clean; fi"
    assert base_of(f"RUN /bin/sh -c apt-get update; {either} # buildkit") == "debian:trixie-slim"
    named = "echo deb https://packages.example forky main; apt-get dist-clean"
    assert base_of(f"RUN /bin/sh -c {named} # buildkit") == "debian:forky-slim"


@pytest.mark.parametrize(
    ("created", "told"),
    [
        ("2022-05-26T01:00:00Z", "release unknown, 3.16 was the newest then"),
        ("2022-05-22T01:00:00Z", "release unknown, 3.15 was the newest then"),
        ("1970-01-01T00:00:00Z", "release unknown"),
        (None, "release unknown"),
    ],
)
def test_an_unmarked_alpine_may_be_any_that_was_there(created: str | None, told: str) -> None:
    history = (
        f"/bin/sh -c #(nop) ADD file:{'1' * 64} in / ",
        '/bin/sh -c #(nop)  CMD ["/bin/sh"]',
        "/bin/sh -c apk add git",
    )
    image = Image(history=tuple(HistoryEntry(text, created) for text in history))
    base = find_chain(image, reconstruct.steps(image)).base
    assert (base.name, base.written) == ("alpine:latest", "alpine:latest")
    assert base.reason.endswith(told)
