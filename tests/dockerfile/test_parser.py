"""Dockerfile text → instructions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconstruct.builders.predicting import predict
from reconstruct.dockerfile import parse_dockerfile, parser
from reconstruct.dockerfile.dialect import BUILDAH, BUILDKIT, CLASSIC, DIALECTS
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.parser import Readings, heredoc_mark, heredocs_in, parse, split_words
from tests.verify.making import built


def test_lines_arguments_and_forms() -> None:
    dockerfile = parse_dockerfile('FROM a AS Base\nRUN echo \\\n  b\nCMD ["x", "y z"]\nENV A=1 "B C"=\'d e\'\n')
    stage = dockerfile.stages[0]
    run, cmd, env = stage.instructions
    assert (stage.base, stage.name) == ("a", "base")
    assert (run.start, run.end, run.args, run.json) == (2, 3, ("echo   b",), False)
    assert (cmd.args, cmd.json) == (("x", "y z"), True)
    assert [(p.key, p.value, p.legacy) for p in env.pairs] == [("A", "1", False), ('"B C"', "'d e'", False)]


def test_comments_and_empty_lines_do_not_end_an_instruction() -> None:
    dockerfile = parse_dockerfile("FROM a\nRUN x \\\n# comment\n   # another\n\n  y\nLABEL a=b\n")
    run, label = dockerfile.stages[0].instructions
    assert run.text == "RUN x   y"
    assert (run.start, run.end, label.start) == (2, 6, 7)


@pytest.mark.parametrize(
    ("text", "escape"),
    [
        ("# escape=`\nFROM a\n", "`"),
        ("#ESCAPE = `\nFROM a\n", "`"),
        ("# syntax=docker/dockerfile:1\n# escape=`\nFROM a\n", "`"),
        ("# a comment\n# escape=`\nFROM a\n", "\\"),
        ("\n# escape=`\nFROM a\n", "\\"),
        ("\ufeff# escape=`\nFROM a\n", "`"),
    ],
)
def test_the_escape_directive_stands_at_the_very_beginning(text: str, escape: str) -> None:
    assert parse_dockerfile(text).escape == escape


def test_directives_differ_by_builder() -> None:
    text = "# check=skip=all\n# escape=`\nFROM a\n"
    assert parse(text, BUILDKIT).escape == "`"
    assert parse(text, CLASSIC).escape == "\\"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("FROM a\nFOO bar\n", 2, "unknown instruction"),
        ("FROM a\n\nENV A\n", 3, "must have two arguments"),
        ("FROM a\nENV A=1 B\n", 2, "can't find ="),
        ("FROM a\nRUN <<EOT\nx\n", 2, "unterminated heredoc"),
        ("# escape=x\nFROM a\n", 1, "escape"),
        ("# escape=`\n# escape=`\nFROM a\n", 2, "only one escape"),
        ("RUN x\nFROM a\n", 1, "no build stage"),
        ("FROM a b\n", 1, "either one or three"),
        ("FROM a AS 1b\n", 1, "invalid name"),
        ("FROM a\nCMD [1]\n", 2, "strings only"),
        ("FROM a\nCOPY --nope x y\n", 2, "unknown flag"),
        ("FROM a\nHEALTHCHECK --interval=1us CMD x\n", 2, "1ms"),
        ("FROM a\nONBUILD FROM b\n", 2, "isn't allowed"),
        ("# nothing\n", 1, "no instructions"),
        ("", 1, "no instructions"),
    ],
)
def test_what_is_refused_names_the_line(text: str, line: int, words: str) -> None:
    with pytest.raises(DockerfileError) as caught:
        parse_dockerfile(text)
    assert caught.value.line == line
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_here_documents() -> None:
    text = "FROM a\nRUN <<-A cat <<'B'\n\tone\n\tA\n$two\nB\nCOPY <<C /x\nc\nC\n"
    run, copy = parse_dockerfile(text).stages[0].instructions
    first, second = run.heredocs
    assert (first.name, first.content, first.strip_tabs, first.expand) == ("A", "\tone\n", True, True)
    assert (second.name, second.content, second.expand) == ("B", "$two\n", False)
    assert (run.start, run.end, copy.start, copy.heredocs[0].content) == (2, 6, 7, "c\n")


@pytest.mark.parametrize("line", ["RUN echo '<<A'", 'RUN echo "<<A"', "RUN a<<A", "RUN x <<< A", "RUN $((1<<2))"])
def test_what_is_no_here_document(line: str) -> None:
    assert heredocs_in(line) == []


def test_a_mark_may_have_spaces_and_a_descriptor() -> None:
    assert [h.name for h in heredocs_in("RUN cat << EOT")] == ["EOT"]
    mark = heredoc_mark("3<<-EOT")
    assert mark is not None
    assert (mark.descriptor, mark.strip_tabs) == (3, True)


def test_only_buildkit_knows_here_documents() -> None:
    with pytest.raises(DockerfileError, match="unknown instruction: X"):
        predict("FROM a\nRUN <<EOT\nX\nEOT\n", builder="classic")


def test_buildah_goes_on_after_two_escapes() -> None:
    assert len(parse("FROM a\nRUN x\\\\\nRUN y\n", BUILDKIT).instructions) == 3
    assert len(parse("FROM a\nRUN x\\\\\nRUN y\n", BUILDAH).instructions) == 2


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="'\"\\"), min_size=1)))
def test_plain_words_are_parted_by_white_space(words: list[str]) -> None:
    assert split_words("  ".join(words), "\\") == words


@given(st.text(max_size=300), st.sampled_from(sorted(DIALECTS)))
def test_any_text_parses_or_is_refused(text: str, name: str) -> None:
    try:
        dockerfile = parse(text, DIALECTS[name])
    except DockerfileError:
        return
    assert dockerfile.stages


LINES = st.sampled_from(
    ["FROM a", "RUN x \\", " y", "", "  ", "# c", "#escape=`", "RUN x `", "ENV A=1 \\ ", "COPY <<A <<B /", "A", "B", "RUN cat <<A", "ONBUILD RUN <<A", "\\",
     "CMD [\"a\"]"]
)  # fmt: skip


@given(st.lists(LINES, max_size=9).map("\n".join), st.sampled_from(sorted(DIALECTS)))
def test_a_file_without_here_documents_reads_as_the_grammar_reads_it(text: str, name: str) -> None:
    def read() -> object:
        try:
            return parse(text, DIALECTS[name])
        except DockerfileError as error:
            return str(error)

    plain = read()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parser, "_read", parser._by_grammar)
        assert read() == plain


def test_the_official_parser_sees_the_same() -> None:
    official = pytest.importorskip("dockerfile")
    compared = 0
    for row in built()[1]:
        # The bindings are of the parser before here-documents, and read flags in their own way.
        if "<<" in row["dockerfile"] or "--" in row["dockerfile"] or "\r" in row["dockerfile"]:
            continue
        try:
            commands = official.parse_string(row["dockerfile"])
            mine = parse(row["dockerfile"], CLASSIC)
        except (official.GoParseError, DockerfileError):
            continue
        assert [c.cmd.upper() for c in commands] == [i.keyword for i in mine.instructions]
        assert [c.start_line for c in commands] == [i.start for i in mine.instructions]
        for command, instruction in zip(commands, mine.instructions, strict=True):
            if instruction.keyword in ("RUN", "CMD", "ENTRYPOINT", "COPY", "ADD", "EXPOSE", "USER", "VOLUME"):
                assert (command.json, command.value) == (instruction.json, instruction.args)
        compared += 1
    assert compared > 100


def test_a_text_is_read_once_a_dialect() -> None:
    readings = Readings("FROM a\nRUN x")
    assert readings.by(BUILDKIT) is readings.by(BUILDKIT)
    assert readings.by(BUILDKIT).dialect != readings.by(BUILDAH).dialect
    with pytest.raises(DockerfileError):
        Readings("RUN x").by(BUILDKIT)
