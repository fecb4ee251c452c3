"""A maker's own words never become a RUN: they are the root's placeholder or a remark."""

from __future__ import annotations

import pytest

from reconstruct.builders import makers
from reconstruct.builders.reading import parse
from reconstruct.image import HistoryEntry, Image
from reconstruct.syntax import ExecForm, Foreign, Instruction, RootFilesystem, Run, ShellForm

ROOT = HistoryEntry("/bin/sh -c #(nop) ADD file:" + "ab" * 32 + " in / ")
SETTING = HistoryEntry('/bin/sh -c #(nop)  CMD ["sh"]', empty_layer=True)


def first(text: str = "", **more: str) -> Instruction:
    return parse(Image(history=(HistoryEntry(text, **more), SETTING)))[0].instruction


def later(text: str = "", **more: str) -> Instruction:
    return parse(Image(history=(ROOT, SETTING, HistoryEntry(text, **more))))[2].instruction


@pytest.mark.parametrize(
    "text",
    [
        "BusyBox 1.37.0 (glibc), Debian 12",
        "BusyBox 1.36.1 (musl), Alpine 3.19.1",
        "KIWI 9.24.43",
        "https://example.org/dockerfiles/tree/master/true",
        "acme-imager assembled this on Tuesday",
        "Created by some tool",
        "# anything",
        "rootfs: v12 of 2024",
    ],
)
def test_words_at_the_start_are_the_root(text: str) -> None:
    found = first(text)
    assert isinstance(found, RootFilesystem)
    assert found.detail == text


@pytest.mark.parametrize(
    ("text", "maker"),
    [
        ("crane flatten sha256:" + "ab" * 32, "crane"),
        ("/usr/bin/crane append -f layer.tar", "crane"),
        ("umoci repack", "umoci"),
        ("umoci config --config.cmd x", "umoci"),
        ("umoci raw add-layer", "umoci"),
        ("stacker build of app", "stacker"),
        ("stacker overlay dir for app", "stacker"),
        ("bazel build ...", "Bazel"),
        ("jib-maven-plugin:3.4.0", "Jib"),
        ("/bin/sh -c #(squash) from 5d5dc6a60012", "docker-squash"),
    ],
)
def test_makers_that_name_themselves(text: str, maker: str) -> None:
    for found in (first(text), later(text)):
        assert isinstance(found, Foreign)
        assert found.maker == maker


@pytest.mark.parametrize(
    "text", ["KIWI 9.24.43", "A Tool: step 3", "Imager", "layer: 3", "<missing>", "ünï ködé", "CMD x y"]
)
def test_words_after_a_build_are_a_comment(text: str) -> None:
    assert not isinstance(later(text), Run)


@pytest.mark.parametrize(
    "text",
    [
        "/bin/busybox --install -s /bin",
        "apt-get update",
        "./configure --prefix=/usr",
        r"C:\\setup\\x.exe /q",
        "setup.exe /q",
    ],
)
def test_an_exec_form_stays_one_where_docker_built(text: str) -> None:
    found = later(text)
    assert isinstance(found, Run)
    assert isinstance(found.command, ExecForm)


def test_a_shell_makes_a_run_in_any_position() -> None:
    found = first("/bin/sh -c zypper -n in curl")
    assert isinstance(found, Run)
    assert found.command == ShellForm("zypper -n in curl")


@pytest.mark.parametrize("message", ["base of ours", "v1, signed"])
def test_docker_import_with_a_message(message: str) -> None:
    found = first(comment=message)
    assert isinstance(found, RootFilesystem)
    assert (found.kind, message in found.detail) == ("import", True)
    assert isinstance(later(comment=message), Foreign)


def test_a_whole_history_in_a_comment_is_shortened() -> None:
    found = first("crane flatten sha256:" + "ab" * 32, comment="x" * 100_000)
    assert isinstance(found, Foreign)
    assert len(found.text) < 1000


@pytest.mark.parametrize(
    ("entry", "tool"),
    [
        (HistoryEntry(comment=f"merge sha256:{'ab' * 32} to sha256:{'cd' * 32}"), "docker build --squash"),
        (HistoryEntry(comment=f"merge sha256:{'ab' * 32} to "), "docker build --squash"),
        (HistoryEntry(comment=f"create new from sha256:{'ab' * 32}"), "docker build --squash"),
        (HistoryEntry("/bin/sh -c #(squash) from 5d5dc6a60012"), "docker-squash"),
        (HistoryEntry(comment="Squashed from 12 layers"), "docker-squash"),
        (HistoryEntry("/bin/sh -c echo squashed"), None),
        (HistoryEntry("/bin/sh -c x", comment=f"merge sha256:{'ab' * 32} to sha256:{'cd' * 32}"), None),
    ],
)
def test_who_squashed(entry: HistoryEntry, tool: str | None) -> None:
    assert makers.squashed_by(entry) == tool
