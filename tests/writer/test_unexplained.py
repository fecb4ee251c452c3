"""Layers without a history entry are marked in the Dockerfile, where they lie; a root that came in without a text too."""

from __future__ import annotations

from typing import Any

import pytest

import reconstruct
from reconstruct.sources import load


def dockerfile(history: Any, layers: int, base: str | None = None) -> list[str]:
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"WorkingDir": "/task"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{number:064x}" for number in range(layers)]},
        "history": history,
    }
    return reconstruct.dockerfile(load(config), base=base).splitlines()


def marks(lines: list[str]) -> list[str]:
    return [line for line in lines if "without a history entry" in line]


@pytest.mark.parametrize("history", [None, []])
def test_layers_without_any_history(history: Any) -> None:
    lines = dockerfile(history, 7)
    assert marks(lines) == ["# lost: the files of 7 layers without a history entry"]
    assert lines.index("FROM scratch") < lines.index(marks(lines)[0]) < lines.index("WORKDIR /task")


def test_layers_below_a_history_that_begins_with_a_run() -> None:
    lines = dockerfile([{"created_by": "RUN /bin/sh -c make # buildkit"}], 3)
    assert lines.index("# lost: the files of 2 layers without a history entry") < lines.index("RUN make")


def test_layers_above_a_history_that_begins_with_the_root() -> None:
    root = {"created_by": "/bin/sh -c #(nop) ADD file:aa in / "}
    lines = dockerfile([root, {"created_by": "/bin/sh -c make"}], 3)
    assert lines.index("RUN make") < lines.index("# lost: the files of 1 layer without a history entry")


def test_no_mark_where_every_layer_has_an_entry_and_none_of_a_named_base_s() -> None:
    run = {"created_by": "RUN /bin/sh -c make # buildkit"}
    assert not marks(dockerfile([run, run], 2))
    assert not marks(dockerfile([run], 0))
    assert not marks(dockerfile([run], 5, base="debian:12"))


@pytest.mark.parametrize("message", ["New image imported from tarball", "x"])
def test_a_first_layer_without_text_is_the_root(message: str) -> None:
    lines = dockerfile([{"comment": message}, {"created_by": "/bin/sh -c make"}], 2)
    assert "ADD rootfs.tar.gz /" in lines
    assert "RUN make" in lines


def test_a_later_entry_without_text_is_not_a_root() -> None:
    lines = dockerfile([{"created_by": "/bin/sh -c make"}, {"comment": "said"}], 2)
    assert "ADD rootfs.tar.gz /" not in lines


@pytest.mark.parametrize(
    ("sizes", "name"),
    [
        (("7.31GB", "3.08GB"), "mcr.microsoft.com/windows:1809"),
        (("3.61GB", "1.5GB"), "mcr.microsoft.com/windows/servercore:ltsc2019"),
    ],
)
def test_the_full_windows_image_is_recognised_by_size(sizes: tuple[str, str], name: str) -> None:
    table = (
        "IMAGE          CREATED         CREATED BY                       SIZE      COMMENT\n"
        f"8c4498ace9e0   2 weeks ago     Install update 10.0.17763.6189   {sizes[1]}\n"
        f"<missing>      14 months ago   Apply image 10.0.17763.4499      {sizes[0]}\n"
    )
    assert f"FROM {name}" in reconstruct.dockerfile(load(table.encode()))


def test_truncated_text_without_an_instruction_is_marked() -> None:
    table = (
        f"{'IMAGE':<20}{'CREATED':<20}{'CREATED BY':<48}SIZE\n"
        f"{'ab' * 6:<20}{'8 days ago':<20}{'/bin/sh -c #(nop) ADD file:108805f10df80924ae':<48}121 MB\n"
    )
    assert "# lost: the end of /bin/sh -c #(nop) ADD file:108805f10df80924ae" in reconstruct.dockerfile(
        load(table.encode())
    )
