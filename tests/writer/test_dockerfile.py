"""The Dockerfile as a reader sees it: base image, stages, leftovers, forms, quoting."""

from __future__ import annotations

from typing import Any

import pytest

import reconstruct
from reconstruct.errors import NotFoundError
from reconstruct.image import HistoryEntry, Image, Provenance
from reconstruct.writer import write

BUILDKIT = "buildkit.dockerfile.v0"
NOP = "/bin/sh -c #(nop)  "


def made(*texts: str | HistoryEntry, config: dict[str, Any] | None = None, os: str = "linux", **more: Any) -> Image:
    history = tuple(
        text
        if isinstance(text, HistoryEntry)
        else HistoryEntry(created_by=text, comment=BUILDKIT if "nop" not in text else "")
        for text in texts
    )
    return Image(config=config or {}, history=history, os=os, **more)


def lines(image: Image, **options: Any) -> list[str]:
    """The Dockerfile without comments and empty lines, continuation lines joined unchanged."""
    return [line for line in reconstruct.dockerfile(image, comments=False, **options).splitlines() if line]


class TestBase:
    def test_given_base_is_left_out_and_named(self) -> None:
        base = made(NOP + "ENV A=1", NOP + 'CMD ["sh"]', config={"Env": ["A=1"], "Cmd": ["sh"]}, tags=("base:1",))
        image = made(*base.history, "USER 1", config={"Env": ["A=1"], "Cmd": ["sh"], "User": "1"})
        assert lines(image, base=base) == ["FROM base:1", "USER 1"]

    def test_a_name_takes_the_root_file_system_step(self) -> None:
        image = made(HistoryEntry(comment="Imported from -"), "USER 1", config={"User": "1", "Cmd": ["bash"]})
        assert lines(image, base="corp/base:7") == ["FROM corp/base:7", "USER 1"]

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            # A name gives the image, not its end: the last pause after a CMD does.
            ("corp/python:3", ["FROM corp/python:3", "USER 1"]),
            # The root file system's own name: the image shows where it ends.
            ("debian:bookworm-slim", ["FROM debian:bookworm-slim", "ENV PYTHON=3", 'CMD ["python3"]', "USER 1"]),
            ("docker.io/library/debian@sha256:" + "0" * 64, None),
        ],
    )
    def test_where_a_base_ends_that_is_only_named(self, name: str, expected: list[str] | None) -> None:
        day, later, today = ("2025-01-01T00:00:00Z", "2025-01-02T00:00:00Z", "2025-02-01T00:00:00.123456789Z")
        image = made(
            HistoryEntry(created_by="# debian.sh --arch 'amd64' out/ 'bookworm' '@1735689600'", created=day),
            HistoryEntry(created_by="ENV PYTHON=3", created=later, comment=BUILDKIT),
            HistoryEntry(created_by='CMD ["python3"]', created=later, comment=BUILDKIT),
            HistoryEntry(created_by="USER 1", created=today, comment=BUILDKIT),
            config={"User": "1", "Env": ["PYTHON=3"], "Cmd": ["python3"]},
        )
        assert lines(image, base=name) == (expected or [f"FROM {name}", "ENV PYTHON=3", 'CMD ["python3"]', "USER 1"])

    @pytest.mark.parametrize("name", ["", "a b", "x\nRUN evil", "--platform=x", "-x"])
    def test_no_image_has_such_a_name(self, name: str) -> None:
        with pytest.raises(NotFoundError):
            write(made("USER 1"), (), base=name)

    def test_an_unknown_root_is_a_placeholder_followed_by_its_settings(self) -> None:
        image = made(HistoryEntry(comment="Imported from -"), "USER 1", config={"User": "1", "Cmd": ["bash"]})
        assert lines(image) == ["FROM scratch", "ADD rootfs.tar.gz /", 'CMD ["bash"]', "USER 1"]

    @pytest.mark.parametrize(
        ("entries", "expected"),
        [
            (("# debian.sh --arch 'amd64' out/ 'bookworm' '@1735689600'",), "debian:bookworm-slim"),
            (("ADD alpine-minirootfs-3.20.3-x86_64.tar.gz / # buildkit", 'CMD ["/bin/sh"]'), "alpine:3.20"),
            (
                (
                    NOP + "ARG RELEASE",
                    NOP + "ARG LAUNCHPAD_BUILD_ARCH",
                    NOP + "LABEL org.opencontainers.image.ref.name=ubuntu",
                    NOP + "LABEL org.opencontainers.image.version=22.04",
                    "/bin/sh -c #(nop) ADD file:" + "a" * 64 + " in / ",
                    NOP + 'CMD ["/bin/bash"]',
                ),
                "ubuntu:22.04",
            ),
        ],
    )
    def test_official_roots(self, entries: tuple[str, ...], expected: str) -> None:
        labels = {"org.opencontainers.image.ref.name": "ubuntu", "org.opencontainers.image.version": "22.04"}
        image = made(*entries, "USER 1", config={"User": "1", "Labels": labels})
        assert lines(image) == [f"FROM {expected}", "USER 1"]

    @pytest.mark.parametrize(
        ("entries", "more", "expected"),
        [
            (("Apply image 10.0.20348.643",), (), "nanoserver:ltsc2022"),
            (("Apply image 10.0.17763.1",), (), "nanoserver:1809"),
            (("Apply image 10.0.17763.1", "Install update 10.0.17763.2"), (), "servercore:ltsc2019"),
            (("Apply image 10.0.26100.1",), ("SHELL [powershell -Command]",), "servercore:ltsc2025"),
            (("Apply image 1607-RTM-amd64", "Install update ltsc2016-amd64"), (), "servercore:ltsc2016"),
        ],
    )
    def test_windows_versions(self, entries: tuple[str, ...], more: tuple[str, ...], expected: str) -> None:
        image = made(*(HistoryEntry(created_by=text) for text in entries), *more, os="windows")
        assert lines(image)[:2] == ["# escape=`", f"FROM mcr.microsoft.com/windows/{expected}"]

    def test_buildah_names_the_base_in_a_comment(self) -> None:
        image = made(
            HistoryEntry(created_by="/bin/sh"),
            HistoryEntry(created_by="/bin/sh -c #(nop) USER 1", comment="FROM localhost/x:latest", empty_layer=True),
            HistoryEntry(created_by="/bin/sh -c a", comment="FROM 0123456789ab"),
        )
        assert lines(image) == ["FROM localhost/x:latest", "USER 1", "RUN a"]

    def test_buildah_s_single_layer_stages(self) -> None:
        """Without --layers, only the last entry of each stage has a layer and names what it was built on."""
        nop, id = "/bin/sh -c #(nop) ", "0123456789ab"
        base = made(HistoryEntry(created_by=nop + 'CMD ["sh"]'), config={"Cmd": ["sh"]}, tags=("x:latest",))
        image = made(
            *base.history,
            HistoryEntry(created_by=nop + "LABEL a=b", empty_layer=True),
            HistoryEntry(created_by="/bin/sh -c a", comment="FROM localhost/x:latest"),
            HistoryEntry(created_by=nop + "WORKDIR /w", empty_layer=True),
            HistoryEntry(created_by=nop + "USER 1", empty_layer=True),
            HistoryEntry(created_by=nop + "USER 2", comment=f"FROM {id}"),
            config={"Labels": {"a": "b"}, "Cmd": ["sh"], "WorkingDir": "/w", "User": "2"},
        )
        own = ["LABEL a=b", "RUN a", "FROM stage-0", "WORKDIR /w", "USER 1", "USER 2"]
        assert lines(image) == ["FROM localhost/x:latest AS stage-0", *own]
        assert lines(image, base=base) == ["FROM x:latest AS stage-0", *own]

    def test_base_label_counts_where_history_shows_the_border(self) -> None:
        labels = {
            "org.opencontainers.image.base.name": "docker.io/library/python:3.12",
            "org.opencontainers.image.base.digest": "sha256:" + "ab" * 32,
        }
        early, late = "2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"
        image = made(
            HistoryEntry(created_by='CMD ["python3"]', created=early, comment=BUILDKIT),
            HistoryEntry(created_by="USER 1", created=late, comment=BUILDKIT),
            config={"Labels": labels, "User": "1", "Cmd": ["python3"]},
        )
        assert lines(image)[0] == "FROM docker.io/library/python:3.12@sha256:" + "ab" * 32
        assert "RUN" not in reconstruct.dockerfile(image)

    def test_a_hostile_base_label_adds_no_line(self) -> None:
        labels = {"org.opencontainers.image.base.name": "x\nRUN evil"}
        image = made(HistoryEntry(comment="Imported from -"), "USER 1", config={"Labels": labels})
        assert "\nRUN" not in reconstruct.dockerfile(image)

    def test_one_material_of_the_provenance_is_the_base(self) -> None:
        provenance = Provenance(base_images=(("docker.io/library/debian:12", "sha256:" + "cd" * 32),))
        image = made(HistoryEntry(comment="Imported from -"), "USER 1", provenance=provenance)
        assert lines(image)[0] == "FROM docker.io/library/debian:12@sha256:" + "cd" * 32


class TestStages:
    def test_forgotten_arguments_begin_a_stage(self) -> None:
        image = made("ARG A=1", "RUN |1 A=1 /bin/sh -c one # buildkit", "RUN /bin/sh -c two # buildkit")
        assert lines(image) == ["FROM scratch AS stage-0", "ARG A=1", "RUN one", "FROM stage-0", "RUN two"]

    def test_a_reset_command_begins_a_stage(self) -> None:
        image = made('CMD ["sh"]', 'ENTRYPOINT ["/app"]', config={"Entrypoint": ["/app"]})
        assert lines(image) == ["FROM scratch AS stage-0", 'CMD ["sh"]', "FROM stage-0", 'ENTRYPOINT ["/app"]']

    def test_a_bare_argument_s_value_is_before_from(self) -> None:
        image = made(NOP + "ARG TAG", HistoryEntry(created_by="|1 TAG=latest /bin/sh -c x"))
        assert lines(image) == ["ARG TAG=latest", "FROM scratch", "ARG TAG", "RUN x"]

    def test_given_build_arguments_are_noted(self) -> None:
        image = made("ARG V=1", "RUN |1 V=two words /bin/sh -c x # buildkit")
        assert '--build-arg "V=two words"' in reconstruct.dockerfile(image)

    def test_platform_arguments_need_no_value(self) -> None:
        image = made("ARG TARGETARCH", "RUN |1 TARGETARCH=arm64 /bin/sh -c x # buildkit", architecture="arm64")
        assert lines(image) == ["FROM scratch", "ARG TARGETARCH", "RUN x"]


class TestLeftovers:
    def test_kanikos_silent_instructions_on_a_base_with_a_history(self) -> None:
        """The base's settings don't hide what kaniko set without an entry."""
        image = made(
            "# debian.sh --arch 'amd64' out/ 'bookworm' '@1735689600'",
            "ENV PYTHON=3",
            "VOLUME [/data]",
            'CMD ["python3"]',
            HistoryEntry(created_by="COPY . /app", author="kaniko"),
            config={"Cmd": ["app"], "Env": ["PYTHON=3", "A=1"], "WorkingDir": "/app", "Volumes": {"/data": {}}},
        )
        own = ["ENV PYTHON=3", "VOLUME /data", 'CMD ["python3"]', "COPY . /app"]
        assert lines(image) == ["FROM debian:bookworm-slim", *own, "ENV A=1", "WORKDIR /app", 'CMD ["app"]']

    def test_kanikos_silent_instructions(self) -> None:
        image = made(
            HistoryEntry(created_by="RUN make", author="kaniko"),
            config={"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "A=b c"], "User": "1", "WorkingDir": "/x",
                    "Cmd": ["sh"], "Labels": {"k": "v"}, "ExposedPorts": {"80/tcp": {}}, "Volumes": {"/d": {}}, "StopSignal": "SIGINT",
                    "Healthcheck": {"Test": ["CMD-SHELL", "true"], "Interval": 1_000_000_000}},
        )  # fmt: skip
        assert lines(image) == [
            "FROM scratch", "RUN make", 'ENV A="b c"', "LABEL k=v", "WORKDIR /x", "USER 1", "EXPOSE 80", "VOLUME /d", "STOPSIGNAL SIGINT",
            "HEALTHCHECK --interval=1s CMD true", 'CMD ["sh"]',
        ]  # fmt: skip

    def test_nothing_is_added_that_a_step_explains(self) -> None:
        image = made("ENV A=1", "ENV A=2", 'CMD ["a"]', config={"Env": ["A=2"], "Cmd": ["a"]})
        assert lines(image) == ["FROM scratch", "ENV A=1", "ENV A=2", 'CMD ["a"]']


@pytest.mark.parametrize(
    ("texts", "config", "expected"),
    [
        (["ENV A=two words"], {"Env": ["A=two words"]}, ['ENV A="two words"']),
        (['ENV A={"k": 1}'], {"Env": ['A={"k": 1}']}, ["ENV A='{\"k\": 1}'"]),
        (["ENV A=it's $HOME"], {"Env": ["A=it's $HOME"]}, ['ENV A="it\'s \\$HOME"']),
        (["EXPOSE [443/udp 80/tcp 9000/tcp 9001/tcp 9002/tcp]"], {}, ["EXPOSE 80 443/udp 9000-9002"]),
        (["EXPOSE [25672/tcp 4369/tcp 5671/tcp]"], {}, ["EXPOSE 4369 5671 25672"]),
        (["EXPOSE [8080/tcp 443/tcp]"], {}, ['EXPOSE ""8080/tcp 443/tcp']),
        (["WORKDIR /with space/$dir"], {}, ["WORKDIR /with space/\\$dir"]),
        (["VOLUME [/a b]"], {"Volumes": {"/a b": {}}}, ['VOLUME ["/a b"]']),
        (["COPY a b c /d/ # buildkit"], {}, ["COPY a b c /d/"]),
        (["COPY name with space.txt /data/name with space.txt # buildkit"], {}, ['COPY ["name with space.txt", "/data/name with space.txt"]']),
        (["HEALTHCHECK {Test:[CMD-SHELL true] Interval:5m0s Timeout:1.5s StartPeriod:0s Retries:3}"], {},
         ["HEALTHCHECK --interval=5m --timeout=1500ms --retries=3 CMD true"]),
        (["HEALTHCHECK {Test:[NONE] Interval:0s Timeout:0s StartPeriod:0s Retries:0}"], {}, ["HEALTHCHECK NONE"]),
        (["RUN /bin/sh -c set -e\necho a\n # buildkit"], {}, ["RUN <<EOF", "set -e", "echo a", "EOF"]),
        (["RUN /bin/sh -c EOF\n # buildkit"], {}, ["RUN <<EOT", "EOF", "EOT"]),
        (["RUN /bin/sh -c <<-EOT sh -e\n\techo a\nEOT # buildkit"], {}, ["RUN <<-EOT sh -e", "\techo a", "EOT"]),
        (["COPY <<EOT /etc/conf # buildkit"], {}, ["COPY <<EOT /etc/conf", "EOT"]),
        (["RUN /bin/sh -c cat <<EOF # buildkit"], {}, ['RUN ["/bin/sh", "-c", "cat <<EOF"]']),
        (["RUN /bin/sh -c [\"a\"] # buildkit"], {}, ['RUN ["/bin/sh", "-c", "[\\"a\\"]"]']),
        (["RUN /bin/sh -c printf '\x1b[1m' # buildkit"], {}, ['RUN ["/bin/sh", "-c", "printf \'\\u001b[1m\'"]']),
        (["USER "], {}, ['USER ""']),
    ],
)  # fmt: skip
def test_instructions(texts: list[str], config: dict[str, Any], expected: list[str]) -> None:
    assert lines(made(*texts, config=config)) == ["FROM scratch", *expected]


def test_checksums_become_names_that_build() -> None:
    sums = {kind: f"{kind}:" + kind[0] * 4 + "0" * 60 for kind in ("file", "dir", "multi")}
    image = made(
        f"/bin/sh -c #(nop) COPY {sums['file'].replace('ffff', 'fade')} in /app/start.sh ",
        f"/bin/sh -c #(nop) COPY --chown=1:1{sums['dir']} in /app ",
        f"/bin/sh -c #(nop) ADD {sums['multi'].replace('mmmm', 'beef')} in /data/ ",
    )
    assert lines(image) == [
        "FROM scratch",
        "COPY file-fade00000000-start.sh /app/start.sh",
        "COPY --chown=1:1 dir-dddd00000000/ /app",
        "ADD multi-beef00000000-1 multi-beef00000000-2 /data/",
    ]


def test_flags_that_only_buildah_knows_are_dropped_not_the_step() -> None:
    entry = HistoryEntry(created_by="/bin/sh -c --mount=type=bind,source=.,target=/x,z cat /x", comment="FROM x:1")
    text = reconstruct.dockerfile(made(entry))
    assert "\nRUN cat /x\n" in text
    assert "# lost: flags that BuildKit rejects" in text


def test_bidirectional_text_is_noted() -> None:
    assert "# note: the next lines contain bidirectional" in reconstruct.dockerfile(
        made("RUN /bin/sh -c a \u202e b # buildkit")
    )


def test_spans_name_the_lines_of_each_step() -> None:
    image = made("RUN /bin/sh -c a; \tb # buildkit", "USER 1", config={"User": "1"})
    written = write(image, reconstruct.steps(image))
    text = written.text.splitlines()
    assert [text[first - 1 : last] for first, last in written.spans.values()] == [["RUN a; \\", "\tb"], ["USER 1"]]


def test_comments_can_be_turned_off() -> None:
    image = made(HistoryEntry(created_by="bazel build ...", author="Bazel"), "RUN /bin/echo a b # buildkit")
    assert "#" not in reconstruct.dockerfile(image, comments=False)
    text = reconstruct.dockerfile(image)
    assert "# Bazel: bazel build ..." in text
    assert "# inferred: the exec form's word boundaries" in text


@pytest.mark.parametrize(
    ("paths", "reason"),
    [
        (r"D:\a C:\b", "The specified path is not on the system drive (C:)"),
        (r"C:\a D:\b", "The specified path is not on the system drive (C:)"),
        ("D:/a C:/b", "The specified path is not on the system drive (C:)"),
        ("a D:/b", "The specified path is not on the system drive (C:)"),
        (r"C:\a \\host\b", "UNC paths are not supported"),
        (r"C:\a C:\b", ""),
        ("C:/a C:/b", ""),
        (r"a \b", ""),
    ],
)
def test_a_copy_that_windows_rejects_is_lost(paths: str, reason: str) -> None:
    entry = HistoryEntry(created_by=f"COPY {paths} # buildkit", comment="buildkit.dockerfile.v0")
    last = reconstruct.dockerfile(Image(os="windows", history=(entry,))).splitlines()[-1]
    assert last == (f"# lost: COPY {paths} # buildkit ({reason})" if reason else f"COPY {paths}")
