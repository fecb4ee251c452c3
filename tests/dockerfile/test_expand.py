"""Quotes, escapes and variables."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconstruct.dockerfile import expand
from reconstruct.dockerfile.dialect import BUILDAH, BUILDKIT, BUILDKIT_0_8, CLASSIC, Dialect
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.expand import MAX_CHARACTERS, Expander
from reconstruct.dockerfile.glob import replace, trim

ENV = {"A": "hello", "E": "", "P": "a.b.c", "S": "80 443"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A ${A} '$A' \"$A\"", "hello hello $A hello"),
        (r"\$A \"x\" a\ b", '$A "x" a b'),
        (r'"\$A \" \\ \n"', r'$A " \ \n'),
        ("${X:-d} ${E:-d} ${E-d} ${A:-d}", "d d  hello"),
        ("${X:+y}${A:+y}${E+z}", "yz"),
        ("${X:-${A}$Y}", "hello"),
        ('${X:-"a }b"}', "a }b"),
        ("${P%.*} ${P%%.*} ${P#*.} ${P##*.}", "a.b a b.c c"),
        ("${P/./_} ${P//./_}", "a_b.c a_b_c"),
        ("$ $1x a$", "$ x a$"),
        ("", ""),
    ],
)
def test_forms(text: str, expected: str) -> None:
    assert Expander().word(text, ENV) == expected


@pytest.mark.parametrize("text", ["${", "${A", "${}", "${:-x}", "'a", '"a', "${A^^}", "${A:=b}", "${X:?}", "${X?m}"])
def test_refused(text: str) -> None:
    with pytest.raises(DockerfileError):
        Expander().word(text, ENV)


@pytest.mark.parametrize("dialect", [CLASSIC, BUILDKIT_0_8, BUILDAH])
@pytest.mark.parametrize("text", ["${P%.*}", "${P#a}", "${P/a/b}", "${A-x}", "${A+x}"])
def test_older_builders_refuse_the_newer_forms(dialect: Dialect, text: str) -> None:
    with pytest.raises(DockerfileError):
        Expander(dialect).word(text, ENV)


def test_the_escape_character_is_respected_except_by_buildah() -> None:
    assert Expander(BUILDKIT, "`").word(r"C:\a `$A", ENV) == r"C:\a $A"
    assert Expander(BUILDAH, "`").word(r"a\ b", ENV) == "a b"


def test_only_text_and_variables_part_words() -> None:
    assert Expander().words("$S/udp \"$S\" a\\ b 'c d'", ENV) == ["80", "443/udp", "80 443", "a b", "c d"]


@given(st.text(st.characters(exclude_characters="'\"\\$", exclude_categories=["Cs"])))
def test_text_without_marks_stays(text: str) -> None:
    for dialect in (CLASSIC, BUILDKIT, BUILDAH):
        assert Expander(dialect).word(text, {}) == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_single_quotes_keep_everything(text: str) -> None:
    quoted = "'" + text.replace("'", "'\"'\"'") + "'"
    assert Expander().word(quoted, {"A": "x"}) == text


@given(st.text(max_size=60))
def test_any_word_expands_or_is_refused(text: str) -> None:
    for dialect in (CLASSIC, BUILDKIT, BUILDAH):
        for expander in (Expander(dialect), Expander(dialect, "`", keep_unset=True, keep_quotes=True)):
            with contextlib.suppress(DockerfileError):
                assert all(isinstance(word, str) and word for word in expander.words(text, ENV))


# What words are made of, so that most of them are accepted.
BITS = st.sampled_from(
    ["$A", "${A}", "$E", "$X", "${X}", "$1", "${1}", "$", "$$", "${", "}", "${}", "${A:-d}", "${-}", "$@", "'", '"', '"$A', 'b"', "'$A'", "\\", "\\\"",
     "\\$", "`", "`$", "`\"", "a", " ", "é", "²", "$²", "$é", "${é}", "${a²}", "\n", "<<", "-", "_"]
)  # fmt: skip


def _read(expander: Expander, text: str) -> tuple[str, object]:
    try:
        return "is", (expander.word(text, ENV), expander.words(text, ENV))
    except DockerfileError as error:
        return "refused", str(error)


@given(
    st.lists(BITS, max_size=9).map("".join),
    st.sampled_from([BUILDKIT, BUILDKIT_0_8, CLASSIC, BUILDAH]),
    st.sampled_from(["\\", "`"]),
    st.fixed_dictionaries({name: st.booleans() for name in ("keep_unset", "keep_quotes", "keep_escapes", "quotes")}),
)
def test_text_that_is_plain_reads_as_the_grammar_reads_it(
    text: str, dialect: Dialect, escape: str, kept: dict[str, bool]
) -> None:
    expander = Expander(dialect, escape, **kept)
    plain = _read(expander, text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expand, "_plain_nodes", lambda text, forms: None)
        assert plain == _read(expander, text)


def test_plain_text_needs_no_lark() -> None:
    code = (
        "import sys; from reconstruct.dockerfile.expand import Expander\n"
        "from reconstruct.dockerfile.parser import parse\n"
        "print(Expander().words('a\"$A b\" ${A}\\\\ c $1', {'A': 'x y'}), len(parse('FROM a\\nRUN x \\\\\\n # c\\n y\\n').instructions))\n"
        "sys.exit('lark' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "['ax y b', 'x', 'y c'] 2\n"), done.stderr


def test_growth_is_bounded() -> None:
    with pytest.raises(DockerfileError, match="characters"):
        Expander().word("$A" * 5, {"A": "x" * (MAX_CHARACTERS // 4)})


@pytest.mark.parametrize("depth", [50_000, 200])
def test_nesting_is_bounded(depth: int) -> None:
    with pytest.raises(DockerfileError):
        Expander().word("${a:-" * depth + "}" * depth, {})


PATTERN = st.text(st.sampled_from("ab.*?"), max_size=6)
VALUE = st.text(st.sampled_from("ab.\n"), max_size=10)


def _regex(pattern: str, star: str) -> str:
    return "".join(star if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)


@given(VALUE, PATTERN)
def test_patterns_match_as_regular_expressions_do(value: str, pattern: str) -> None:
    for longest, star in ((True, ".*"), (False, ".*?")):
        ends = [m.end() for m in [re.match(_regex(pattern, star), value)] if m]
        assert trim(value, pattern, longest=longest, end=False) == (value[ends[0] :] if ends else value)
    assert replace(value, pattern, "X", everywhere=False) == re.sub(_regex(pattern, ".*"), "X", value, count=1)


def test_a_pattern_of_many_stars_is_fast() -> None:
    assert trim("a" * 1900, "*a" * 40 + "b", longest=True, end=False) == "a" * 1900
