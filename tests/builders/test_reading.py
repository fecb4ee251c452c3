"""created_by of each builder, instruction by instruction, to the AST."""

from __future__ import annotations

from typing import Any

import pytest

import reconstruct
from reconstruct.builders.predicting import predict
from reconstruct.builders.reading import parse
from reconstruct.image import HistoryEntry, Image
from reconstruct.syntax import (
    Add,
    Arg,
    Certainty,
    Cmd,
    Copy,
    Dialect,
    Entrypoint,
    Env,
    ExecForm,
    Expose,
    Foreign,
    Healthcheck,
    Instruction,
    Label,
    Onbuild,
    Pair,
    RootFilesystem,
    Run,
    Shell,
    ShellForm,
    Step,
    Volume,
    Workdir,
)


def steps(*texts: str, config: dict[str, Any] | None = None, os: str = "linux", comment: str = "") -> tuple[Step, ...]:
    history = tuple(HistoryEntry(created_by=text, comment=comment) for text in texts)
    return parse(Image(config=config or {}, history=history, os=os))


def one(text: str, config: dict[str, Any] | None = None, os: str = "linux", comment: str = "") -> Instruction:
    return steps(text, config=config, os=os, comment=comment)[-1].instruction


CLASSIC = "/bin/sh -c #(nop)  "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('CMD ["a" "b c"]', Cmd(command=ExecForm(("a", "b c")))),
        ('CMD ["/bin/sh" "-c" "echo \\"$A\\" \\t"]', Cmd(command=ShellForm('echo "$A" \t'))),
        ("CMD []", Cmd(command=ExecForm(()))),
        ('ENTRYPOINT ["/bin/sh" "-c" "exec \\"$@\\"" "--"]', Entrypoint(command=ExecForm(("/bin/sh", "-c", 'exec "$@"', "--")))),
        ("VOLUME [/data]", Volume(paths=("/data",))),
        ("EXPOSE map[443/udp:{} 80/tcp:{}]", Expose(ports=("443/udp", "80/tcp"))),
        ("EXPOSE [80/tcp 9000/tcp]", Expose(ports=("80/tcp", "9000/tcp"))),
        ("WORKDIR /with space/dir", Workdir(path="/with space/dir")),
        (
            "HEALTHCHECK {Test:[CMD-SHELL echo \"Interval:5s Retries:3} ]\"] Interval:0s Timeout:0s StartPeriod:0s "
            "StartInterval:2s Retries:10}",
            Healthcheck(command=ShellForm('echo "Interval:5s Retries:3} ]"'), start_interval=2_000_000_000, retries=10),
        ),
        (
            "HEALTHCHECK &{[\"CMD-SHELL\" \"wget || exit 1\"] \"5m0s\" \"3s\" \"1m30s\" '!'}",
            Healthcheck(
                command=ShellForm("wget || exit 1"),
                interval=300_000_000_000,
                timeout=3_000_000_000,
                start_period=90_000_000_000,
                retries=33,
            ),
        ),
        ("HEALTHCHECK &{[\"NONE\"] \"0s\" \"0s\" \"0s\" '\\x00'}", Healthcheck(command=None)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("frame", ["{}", CLASSIC + "{}"])
def test_printed_values(frame: str, text: str, expected: Instruction) -> None:
    assert one(frame.format(text), comment="" if "nop" in frame else "buildkit.dockerfile.v0") == expected


@pytest.mark.parametrize(
    ("rune", "retries"),
    [("'\\x03'", 3), ("'\\n'", 10), ("'\\''", 39), ("'!'", 33), ("'\\\\'", 92), ("'ā'", 257), ("'\\U00051615'", 333333), ("'\\u200b'", 8203)],
)  # fmt: skip
def test_retries_as_rune_literals(rune: str, retries: int) -> None:
    check = one(f'{CLASSIC}HEALTHCHECK &{{["CMD" "x"] "0s" "0s" "0s" {rune}}}')
    assert isinstance(check, Healthcheck)
    assert check.retries == retries


def test_health_check_of_docker_1_12_has_no_start_period_and_docker_25_has_a_start_interval() -> None:
    old = one(CLASSIC + 'HEALTHCHECK &{["CMD" "x"] "1s" "2s" \'\\x00\'}')
    new = one(CLASSIC + 'HEALTHCHECK &{["CMD" "x"] "1s" "2s" "3s" "4s" \'\\x00\'}')
    assert isinstance(old, Healthcheck)
    assert isinstance(new, Healthcheck)
    assert (old.interval, old.timeout, old.start_period) == (10**9, 2 * 10**9, 0)
    assert (new.start_period, new.start_interval) == (3 * 10**9, 4 * 10**9)


def test_config_gives_the_borders_of_pairs() -> None:
    config = {
        "Env": ["A=one two", "B=three four", "E=", "EQ=k=v w=x", "D=1"],
        "Labels": {"three four": "five", "two": "2 3"},
    }
    assert one(CLASSIC + "ENV A=one two B=three four E=", config) == Env(
        pairs=(Pair("A", "one two"), Pair("B", "three four"), Pair("E", ""))
    )
    assert one(CLASSIC + "ENV EQ=k=v w=x D=1", config) == Env(pairs=(Pair("EQ", "k=v w=x"), Pair("D", "1")))
    assert one(CLASSIC + "LABEL two=2 3 three four=five", config) == Label(
        pairs=(Pair("two", "2 3"), Pair("three four", "five"))
    )


def test_value_in_force_decides_where_a_value_looks_like_a_pair() -> None:
    config = {"Env": ["OPTS=-x A=3", "A=1"]}
    assert one(CLASSIC + "ENV OPTS=-x A=3 A=1", config) == Env(pairs=(Pair("OPTS", "-x A=3"), Pair("A", "1")))


def test_pairs_without_a_config_are_inferred() -> None:
    image = Image(history=(HistoryEntry(created_by="ENV A=1 B=2", comment="buildkit.dockerfile.v0"),), has_config=False)
    (step,) = parse(image)
    assert step.instruction == Env(pairs=(Pair("A", "1"), Pair("B", "2")))
    assert step.certainty is Certainty.INFERRED


def test_one_word_has_no_borders_to_infer() -> None:
    image = Image(history=(HistoryEntry(created_by="ENV A=1", comment="buildkit.dockerfile.v0"),), has_config=False)
    assert parse(image)[0].certainty is Certainty.EXACT


def test_volumes_with_blanks_go_by_the_config() -> None:
    config = {"Volumes": {"/var/lib/a b": {}, "/c": {}}}
    assert one("VOLUME [/var/lib/a b /c]", config, comment="buildkit.dockerfile.v0") == Volume(
        paths=("/var/lib/a b", "/c")
    )


class TestRun:
    def test_shell_and_exec_form(self) -> None:
        shell, executed = (step.instruction for step in steps("/bin/sh -c echo a", "/bin/echo two words"))
        assert shell == Run(command=ShellForm("echo a"))
        assert executed == Run(command=ExecForm(("/bin/echo", "two", "words")))

    def test_shell_follows_shell(self) -> None:
        shell, run, cmd = steps(
            "SHELL [/bin/bash -o pipefail -c]",
            "RUN /bin/bash -o pipefail -c a | b # buildkit",
            'CMD ["/bin/bash" "-o" "pipefail" "-c" "x"]',
        )
        assert shell.instruction == Shell(words=("/bin/bash", "-o", "pipefail", "-c"))
        assert run.instruction == Run(command=ShellForm("a | b"))
        assert cmd.instruction == Cmd(command=ShellForm("x"))

    def test_the_default_shell_under_another_is_an_exec_form(self) -> None:
        run = steps("SHELL [/bin/bash -c]", "RUN /bin/sh -c a b # buildkit")[1].instruction
        assert run == Run(command=ExecForm(("/bin/sh", "-c", "a b")))

    def test_buildkits_build_args_are_in_declared_order(self) -> None:
        run = steps(
            "ARG TAG=latest",
            "ARG SHELLISH=x /bin/sh -c y",
            "RUN |2 TAG=latest SHELLISH=x /bin/sh -c y /bin/sh -c echo # buildkit",
        )[2].instruction
        assert run == Run(
            command=ShellForm("echo"), build_args=(Pair("TAG", "latest"), Pair("SHELLISH", "x /bin/sh -c y"))
        )

    def test_build_args_of_the_classic_builder_are_sorted_and_leave_env_out(self) -> None:
        run = steps(
            CLASSIC + "ARG B=2",
            CLASSIC + "ARG A=two words",
            CLASSIC + "ARG C=3",
            CLASSIC + "ENV C=4",
            "|2 A=two words B=2 /bin/sh -c echo",
        )[4].instruction
        assert run == Run(command=ShellForm("echo"), build_args=(Pair("A", "two words"), Pair("B", "2")))

    def test_build_args_that_env_sets_all_leave_a_zero(self) -> None:
        run = steps(CLASSIC + "ARG A=1", CLASSIC + "ENV A=2", "|0 /bin/sh -c echo")[2].instruction
        assert run == Run(command=ShellForm("echo"), build_args=())

    def test_here_document(self) -> None:
        run = one("RUN /bin/sh -c set -e\necho a\n # buildkit")
        assert isinstance(run, Run)
        assert run.command == ShellForm("set -e\necho a\n")
        assert run.heredoc is not None

    def test_here_document_with_a_shebang_lost_its_script(self) -> None:
        (step,) = steps("RUN /bin/sh -c /dev/pipes/EOT # buildkit")
        assert step.certainty is Certainty.LOST
        assert isinstance(step.instruction, Run)
        assert step.instruction.heredoc is not None
        assert step.instruction.heredoc.content is None


class TestCopy:
    def test_checksum_with_flag_run_together(self) -> None:
        (step,) = steps(f"/bin/sh -c #(nop) COPY --chown=1000:1000file:{'5f' * 32} in /data/owned.txt ")
        assert step.instruction == Copy(
            checksum="file:" + "5f" * 32, destination="/data/owned.txt", flags=(("chown", "1000:1000"),)
        )
        assert step.certainty is Certainty.LOST

    def test_names_and_flags_of_buildkit(self) -> None:
        assert one("COPY --chown=1:1 --chmod=u=rwX,go=rX a b /c/ # buildkit") == Copy(
            sources=("a", "b"), destination="/c/", flags=(("chown", "1:1"), ("chmod", "u=rwX,go=rX"))
        )
        assert one("ADD --parents a/b /c # buildkit") == Add(
            sources=("a/b",), destination="/c", flags=(("parents", None),)
        )

    @pytest.mark.parametrize(
        ("text", "os", "sources", "destination"),
        [
            ("name with space.txt /data/name with space.txt", "linux", ("name with space.txt",), "/data/name with space.txt"),
            ("C:\\Program Files\\Go C:\\Program Files\\Go", "windows", ("C:\\Program Files\\Go",), "C:\\Program Files\\Go"),
            ("a.txt b.txt C:\\dir\\", "windows", ("a.txt", "b.txt"), "C:\\dir\\"),
            ("one.txt .", "linux", ("one.txt",), "."),
            ("a b c", "linux", ("a b",), "c"),
        ],
    )  # fmt: skip
    def test_several_words_only_copy_to_a_folder(
        self, text: str, os: str, sources: tuple[str, ...], destination: str
    ) -> None:
        made = one(f"COPY {text} # buildkit", os=os)
        assert isinstance(made, Copy)
        assert (made.sources, made.destination) == (sources, destination)

    def test_a_source_at_the_root_came_from_elsewhere(self) -> None:
        (step,) = steps("COPY /tool /usr/local/bin/ # buildkit")
        assert step.certainty is Certainty.LOST


class TestArg:
    def test_several_names_go_by_the_run_that_follows(self) -> None:
        arg = steps(
            "ARG SPACED=two words NONE EMPTY=",
            "RUN |3 SPACED=two words NONE= EMPTY= /bin/sh -c x # buildkit",
        )[0].instruction
        assert arg == Arg(pairs=(Pair("SPACED", "two words"), Pair("NONE", None), Pair("EMPTY", "")))

    def test_buildah_lists_all_names_so_far(self) -> None:
        nop = "/bin/sh -c #(nop) "
        image = Image(
            config={"Labels": {"io.buildah.version": "1.28.2"}},
            history=tuple(
                HistoryEntry(created_by=text)
                for text in (
                    nop + "ARG B",
                    nop + "ARG A B",
                    "|4 A=x /bin/sh y B=1 /bin/sh -c echo",
                    nop + "ARG A B",
                )
            ),
        )
        first, second, run, again = parse(image)
        assert first.instruction == Arg(pairs=(Pair("B", "1"),))
        assert second.instruction == Arg(pairs=(Pair("A", "x /bin/sh y"),))
        assert isinstance(run.instruction, Run)
        assert run.instruction.command == ShellForm("echo")
        assert again.certainty is Certainty.LOST

    @pytest.mark.parametrize("given", [{}, {"http_proxy": "http://127.0.0.1:9", "NO_PROXY": "localhost, example.org"}])
    @pytest.mark.parametrize(
        "lines",
        [
            "ARG http_proxy\nARG OTHER=1\nRUN a",
            "ARG OTHER=1\nRUN a\nARG http_proxy\nRUN b",
            "ARG OTHER=1\nARG http_proxy\nRUN b",
            "ARG OTHER=1\nARG http_proxy\nARG no_proxy=\nCMD b",
            "ARG http_proxy\nARG FTP_PROXY=\nRUN a\nARG OTHER=1\nRUN b",
            "ARG HTTPS_PROXY=http://[::1]:9\nRUN a",
            "ARG ALL_PROXY=x\nRUN a",
        ],
    )
    def test_buildah_keeps_proxies_out_of_run_unless_declared_without_a_default(
        self, lines: str, given: dict[str, str]
    ) -> None:
        base = Image(config={"Env": ["PATH=/bin"], "Labels": {"io.buildah.version": "1.28.2"}})
        made = predict(f"FROM base\n{lines}\n", builder="buildah", base=base, build_args=given)
        history = tuple(HistoryEntry(created_by=entry.created_by) for entry in made.own)
        image = Image(config=dict(made.config), history=history)

        text = reconstruct.dockerfile(image, base=base)

        again = predict(text, builder="buildah", base=base, build_args=given)
        assert [entry.created_by for entry in again.own] == [entry.created_by for entry in made.own], text
        if not given:
            assert "ARG http_proxy" not in text

    def test_a_proxy_that_buildah_shows_was_given_from_outside(self) -> None:
        nop = "/bin/sh -c #(nop) "
        created_by = (nop + "ARG http_proxy", "|1 http_proxy=http://127.0.0.1:9 /bin/sh -c echo")
        image = Image(
            config={"Labels": {"io.buildah.version": "1.28.2"}},
            history=tuple(HistoryEntry(created_by=text) for text in created_by),
        )
        arg, _ = parse(image)
        assert arg.instruction == Arg(pairs=(Pair("http_proxy", None),))
        assert arg.certainty is Certainty.LOST
        assert "--build-arg http_proxy=http://127.0.0.1:9" in arg.notes[0].text


class TestDialects:
    def test_buildah_needs_its_label_or_comment(self) -> None:
        old_docker = Image(history=(HistoryEntry(created_by="/bin/sh -c #(nop) ENV A=b c"),), config={"Env": ["A=b c"]})
        assert parse(old_docker)[0].dialect is Dialect.CLASSIC
        buildah = Image(
            history=(HistoryEntry(created_by='/bin/sh -c #(nop) ENV A="b c"'),),
            config={"Labels": {"io.buildah.version": "1"}},
        )
        (step,) = parse(buildah)
        assert step.dialect is Dialect.BUILDAH
        assert step.instruction.written == 'ENV A="b c"'

    def test_buildah_metadata_is_not_text(self) -> None:
        text = "/bin/sh -c #(nop) HEALTHCHECK NONE|unsetLabel=true|inheritLabels=false|force-mtime=10"
        image = Image(history=(HistoryEntry(created_by=text),), config={"Labels": {"io.buildah.version": "1"}})
        assert parse(image)[0].instruction == Healthcheck(written="HEALTHCHECK NONE", command=None)

    def test_windows_shell_in_front_of_nop(self) -> None:
        shell = "powershell -Command $ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue';"
        env, run = steps(f"{shell} #(nop)  ENV A=1", f"{shell} Write-Host 'a'", config={"Env": ["A=1"]}, os="windows")
        assert env.instruction == Env(pairs=(Pair("A", "1"),))
        assert run.instruction == Run(command=ShellForm("Write-Host 'a'"))
        assert run.shell[0] == "powershell"

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("/bin/sh -c #(nop) CMD [/bin/bash]", Cmd(command=ExecForm(("/bin/bash",)))),
            ('/bin/sh -c #(nop) ENTRYPOINT &{["nginx"]}', Entrypoint(command=ExecForm(("nginx",)))),
            ("/bin/sh -c #(nop) EXPOSE map[80/tcp:{}]", Expose(ports=("80/tcp",))),
        ],
    )
    def test_docker_before_1_12(self, text: str, expected: Instruction) -> None:
        assert one(text) == expected

    def test_kaniko_writes_the_dockerfiles_line(self) -> None:
        image = Image(history=(HistoryEntry(created_by="RUN echo  a", author="kaniko"),))
        (step,) = parse(image)
        assert step.instruction == Run(written="RUN echo  a", command=ShellForm("echo  a"))


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (HistoryEntry(created_by="Apply image 10.0.20348.643"), "windows-apply"),
        (HistoryEntry(created_by="Install update 10.0.20348.1366"), "windows-update"),
        (HistoryEntry(created_by="# debian.sh --arch 'amd64' out/ 'bookworm' '@1735689600'", comment="debuerreotype 0.15"), "debuerreotype"),
        (HistoryEntry(comment="Imported from -"), "import"),
        (HistoryEntry(comment="Created by Image Factory"), "image-factory"),
        (HistoryEntry(created_by="/bin/sh"), "commit"),
    ],
)  # fmt: skip
def test_root_file_systems(entry: HistoryEntry, kind: str) -> None:
    root = parse(Image(history=(entry,)))[0].instruction
    assert isinstance(root, RootFilesystem)
    assert root.kind == kind


@pytest.mark.parametrize(
    ("entry", "maker"),
    [
        (HistoryEntry(created_by="bazel build ...", author="Bazel"), "Bazel"),
        (HistoryEntry(created_by="ko build ko://example.org/cmd/x", author="ko", comment="kodata contents, at $KO_DATA_PATH"), "ko"),
        (HistoryEntry(created_by="apko", author="apko", comment="This is an apko single-layer image"), "apko"),
        (HistoryEntry(created_by="jib-maven-plugin:3.4.0", author="Jib", comment="classes"), "Jib"),
        (HistoryEntry(created_by="Layer: 'jre', Created by buildpack: name@1.2.3"), "Buildpacks"),
        (HistoryEntry(created_by="Software Bill-of-Materials"), "Buildpacks"),
        (HistoryEntry(comment="store paths: ['/nix/store/abc']"), "Nix dockerTools"),
        (HistoryEntry(comment=f"merge sha256:{'a' * 64} to sha256:{'b' * 64}"), "docker build --squash"),
        (HistoryEntry(created_by="bash", comment="fixed by hand"), "docker commit"),
        (HistoryEntry(created_by="/bin/sh -c #(nop)  FROBNICATE x"), "unknown"),
        (HistoryEntry(), "unknown"),
    ],
)  # fmt: skip
def test_makers_without_a_dockerfile_are_never_a_run(entry: HistoryEntry, maker: str) -> None:
    steps = parse(Image(history=(HistoryEntry(created_by='CMD ["x"]', comment="buildkit.dockerfile.v0"), entry)))
    made = steps[1].instruction
    assert isinstance(made, Foreign)
    assert made.maker == maker


def test_triggers_that_only_the_config_has() -> None:
    image = Image(
        config={"OnBuild": ["COPY . /app", "RUN make"]},
        history=(HistoryEntry(created_by=CLASSIC + "ONBUILD COPY . /app"),),
    )
    shown, kept = parse(image)
    assert shown.instruction == Onbuild(trigger="COPY . /app")
    assert kept.instruction == Onbuild(trigger="RUN make")
    assert kept.certainty is Certainty.INFERRED


def test_a_trigger_that_the_base_had_too_is_the_image_s_own() -> None:
    """The base's triggers ran and are gone from the config; BuildKit writes no entry for ONBUILD."""
    image = Image(
        config={"OnBuild": ["RUN make"]},
        history=(
            HistoryEntry(created_by=CLASSIC + "ONBUILD RUN make"),
            HistoryEntry(created_by="RUN /bin/sh -c make # buildkit", comment="buildkit.dockerfile.v0"),
        ),
    )
    assert [step.instruction for step in parse(image)][2:] == [Onbuild(trigger="RUN make")]
