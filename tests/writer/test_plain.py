"""Plain steps are written and proved at once, and as all others are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    Heredoc,
    Instruction,
    Label,
    Pair,
    Run,
    Shell,
    ShellForm,
    Step,
    User,
    Volume,
    Workdir,
)
from reconstruct.writer.check import by_reader
from reconstruct.writer.instructions import Style, write
from reconstruct.writer.plain import plain_text

# Mostly plain, so that a good part of the words is.
WORDS = st.lists(
    st.sampled_from([*"aB1_/.:=-,~ ", *"aB1_/.:=-,~ ", *"[]{}<>#$\"'`\\;&|()\t\n\u00a0\u200bé", "--", "<<A", "  "]),
    max_size=6,
).map("".join)
SEVERAL = st.lists(WORDS, max_size=3).map(tuple)
KEYS = st.sampled_from(["A", "B", "PATH", "a.b/c-d", "_", "1A", "", "A=", "--a", "a b", '"A"'])
PAIRS = st.lists(st.builds(Pair, KEYS, WORDS | st.none()), max_size=3).map(tuple)
TEXTS = WORDS | st.tuples(WORDS, st.sampled_from([" a", "  a", " # a"]), st.integers(0, 90)).map(
    lambda each: each[0] + each[1] * each[2]
)
COMMANDS = st.builds(ShellForm, TEXTS) | st.builds(ExecForm, SEVERAL)
FLAGS = st.sampled_from([(), (), (("chown", "1:1"),), (("link", None),)])
DOCUMENTS = st.sampled_from([None, None, Heredoc("EOT", "a\n"), Heredoc("EOT")])
INSTRUCTIONS: st.SearchStrategy[Instruction] = st.one_of(
    st.builds(Run, command=COMMANDS, flags=FLAGS, heredoc=DOCUMENTS),
    st.builds(Cmd, command=COMMANDS),
    st.builds(Entrypoint, command=COMMANDS),
    st.builds(Shell, words=SEVERAL),
    st.builds(Env, pairs=PAIRS),
    st.builds(Label, pairs=PAIRS),
    st.builds(Arg, pairs=PAIRS),
    st.builds(Copy, sources=SEVERAL, destination=WORDS, flags=FLAGS),
    st.builds(
        Add, destination=WORDS, checksum=st.sampled_from(["file", "dir", "multi"]).map("{}:0123456789abcdef".format)
    ),
    st.builds(Workdir, path=WORDS),
    st.builds(User, user=WORDS),
    st.builds(Volume, paths=SEVERAL),
)
# How values may be written that their author wrote otherwise.
SHOWN = st.dictionaries(
    st.sampled_from(["A", "B", "PATH"]), st.sampled_from(["$PATH", "/a/bin:$PATH", "$A:/b", "a b", "$", "${A}", ""])
)
STYLES = st.builds(Style, escape=st.sampled_from("\\`"), layout=st.sampled_from(["original", "flat", "pretty"]))


@settings(max_examples=2000)
@given(INSTRUCTIONS, STYLES, SHOWN, st.sampled_from(list(Dialect)))
def test_what_is_written_at_once_is_what_is_written_and_proved_otherwise(
    meant: Instruction, style: Style, shown: dict[str, str | None], dialect: Dialect
) -> None:
    step = Step(meant, dialect=dialect, shell=("/bin/sh", "-c"))
    values = shown
    if isinstance(meant, Arg):
        values = dict.fromkeys(shown)
    elif not isinstance(meant, Env):
        values = {}
    _check(step, style, values)


def _check(step: Step, style: Style, values: dict[str, str | None]) -> None:
    text = plain_text(step, style, values)
    if text is not None:
        assert text == write(step, style, values)
        assert by_reader(step, text, style.escape, values) == (True, "")


@settings(max_examples=1000)
@given(
    INSTRUCTIONS, STYLES, st.sampled_from([" ", "  ", "\t", "\n", ""]), TEXTS, st.sampled_from(["EXPOSE", "RUN", ""])
)
def test_own_lines_written_at_once_are_those_written_and_proved_otherwise(
    meant: Instruction, style: Style, blank: str, text: str, other: str
) -> None:
    for line in (f"{other or meant.keyword}{blank}{text}", write(Step(meant), style)):
        _check(Step(replace(meant, written=line), dialect=Dialect.BUILDAH, shell=("/bin/sh", "-c")), style, {})


@pytest.mark.parametrize(
    ("meant", "text"),
    [
        (Run(command=ShellForm("set -e; echo \"$A\" && cd '/b'\t# c")), "RUN set -e; echo \"$A\" && cd '/b'\t# c"),
        (Run(command=ExecForm(("a b", "$c"))), 'RUN ["a b", "$c"]'),
        (Cmd(command=ShellForm("exec a")), "CMD exec a"),
        (Entrypoint(command=ExecForm(("/a", "-b"))), 'ENTRYPOINT ["/a", "-b"]'),
        (Shell(words=("/bin/bash", "-c")), 'SHELL ["/bin/bash", "-c"]'),
        (Env(pairs=(Pair("A", "b c"), Pair("B", ""), Pair("C", '"$d"'))), 'ENV A="b c" B= C=\'"$d"\''),
        (Env(pairs=(Pair("PATH", "/a:/bin"),)), "ENV PATH=/a:$PATH"),
        (Label(pairs=(Pair("a.b", ""),)), 'LABEL a.b=""'),
        (Arg(pairs=(Pair("A", None), Pair("B", ""), Pair("C", "1"))), 'ARG A B="" C=1'),
        (Copy(sources=("a", "b/"), destination="/c/"), "COPY a b/ /c/"),
        (Add(checksum="file:" + "0123456789abcdef" * 4, destination="/a.txt"), "ADD file-0123456789ab-a.txt /a.txt"),
        (Volume(paths=("/a", "/b")), "VOLUME /a /b"),
        (Workdir(path="/a"), "WORKDIR /a"),
        (Env(written="ENV A $B/c"), "ENV A $B/c"),
        (Run(written="RUN a && b"), "RUN a && b"),
        (User(user="1000:1000"), "USER 1000:1000"),
    ],
)
def test_common_steps_are_written_at_once(meant: Instruction, text: str) -> None:
    assert plain_text(Step(meant), Style(layout="flat"), {"PATH": "/a:$PATH"}) == text


@pytest.mark.parametrize(("layout", "plain"), [("original", True), ("flat", False)])
def test_of_a_long_text_only_lines_can_be_too_long(layout: str, plain: bool) -> None:
    command = ShellForm(" && ".join(f"echo {number}   $A" for number in range(1500)))
    step, style = Step(Run(command=command), shell=("/bin/sh", "-c")), Style(layout=layout)

    text = plain_text(step, style, {})

    assert (text is not None) == plain
    assert text in (None, write(step, style))
