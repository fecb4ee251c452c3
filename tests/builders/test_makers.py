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
        ("stacker layer-type mismatch repack of app", "stacker"),
        ("Buildpacks Lifecycle", "Buildpacks"),
        ("Buildpack: example/buildpack@1.0.0", "Buildpacks"),
        ("Process Types", "Buildpacks"),
        ("bazel build ...", "Bazel"),
        ("jib", "Jib"),
        ("jib-maven-plugin", "Jib"),
        ("jib-maven-plugin:3.4.0", "Jib"),
        ("/bin/sh -c #(squash) from 5d5dc6a60012", "docker-squash"),
    ],
)
def test_makers_that_name_themselves(text: str, maker: str) -> None:
    for found in (first(text), later(text)):
        assert isinstance(found, Foreign)
        assert found.maker == maker


@pytest.mark.parametrize(
    "text",
    ["mount / from exec /bin/sh -c apk add git", "fileop target", "copy /src /app", "RUN make", "COPY . /app", ""],
)
def test_what_buildkit_s_exporter_describes_is_no_instruction(text: str) -> None:
    for found in (first(text, comment="buildkit.exporter.image.v0"), later(text, comment="buildkit.exporter.image.v0")):
        assert isinstance(found, Foreign)
        assert found.maker == "BuildKit"


def test_a_pulled_base_without_history_is_the_root() -> None:
    text = "pulled from docker.io/library/golang:1.13-alpine"
    assert first(text, comment="buildkit.exporter.image.v0") == RootFilesystem(kind="maker", detail=text)


@pytest.mark.parametrize(
    "text", ["KIWI 9.24.43", "A Tool: step 3", "Imager", "layer: 3", "<missing>", "ünï ködé", "CMD x y"]
)
def test_words_after_a_build_are_a_comment(text: str) -> None:
    assert not isinstance(later(text), Run)


@pytest.mark.parametrize(
    "text",
    [
        "ostree export of commit 7b3d4ee2a1",
        "kernel-core-6.8.5-301.fc40.x86_64",
        "glibc-2.39-6.fc40.x86_64 and 12 others",
        "1052 components",
        "random",
        "regctl image mod --layer-strip-file /x",
        "stacker layer-type mismatch repack of app",
        "crane.exe append -f layer.tar",
        "some explanation here",
        "python image of the team",
        "rockcraft 1.5.0",
        "depot.exporter.image.v0",
        "nginx -g daemon off;",
    ],
)
def test_small_words_on_top_of_a_build_are_a_remark(text: str) -> None:
    assert isinstance(later(text), Foreign)


@pytest.mark.parametrize(
    "words", [["/usr/sbin/apache2ctl", "-D", "FOREGROUND"], ["npm", "start"], ["/docker-entrypoint.sh", "mysqld"]]
)
def test_the_command_that_a_container_runs_is_a_commit(words: list[str]) -> None:
    text = " ".join(words)
    found = parse(Image(config={"Cmd": words}, history=(ROOT, SETTING, HistoryEntry(text))))[2].instruction
    assert isinstance(found, Foreign)
    assert found.maker == "docker commit"
    runs = (ROOT, HistoryEntry(text), HistoryEntry("/bin/sh -c #(nop)  CMD " + str(words), empty_layer=True))
    assert isinstance(parse(Image(config={"Cmd": words}, history=runs))[1].instruction, Run)


def test_what_a_shell_ran_is_no_commit() -> None:
    words = ["/bin/sh", "-c", "tool --help"]
    found = parse(Image(config={"Cmd": words}, history=(ROOT, SETTING, HistoryEntry(" ".join(words)))))[2].instruction
    assert found == Run(command=ShellForm("tool --help"))


@pytest.mark.parametrize(
    "text",
    [
        "/bin/busybox --install -s /bin",
        "npm ci --omit=dev",
        "python3.11 -m pip install x",
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
