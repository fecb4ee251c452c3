"""The promise: joined as the Dockerfile parsers join them, the lines are the text again, to the byte."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import dockerfile
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconstruct.layout import break_lines
from reconstruct.layout.gaps import Language, read
from reconstruct.layout.gaps import gaps as gaps_of
from tests.pace import is_linear, timed

SHARED = Path(os.environ.get("RECONSTRUCT_SHARED", Path(__file__).parents[3] / "shared"))
SHELLS = (("/bin/sh", "-c"), ("powershell", "-Command"), ("cmd", "/S", "/C"), ("pwsh.exe",), ())

pieces = st.sampled_from(
    """a;|b|&&|&& |||\t|\t\t|  |    |     | |; |then|fi;|do|done|case x in|esac|{|}|(|)|'|"|`|\\|#|# c|$(|$((|))|
    ^|'two  blanks'|"a \t b"|@'|@(|;;|*)|x)|--flag|<<EOF|é|\x85|\xa0#|\x0b""".replace("\n", "").split("|")
)
scripts = st.lists(pieces, max_size=60).map("".join) | st.text("ab;&|'\"`\\#$(){} \t", max_size=200) | st.text()


def keeps_its_promise(text: str, shell: tuple[str, ...], escape: str) -> None:
    lines = break_lines(text, shell=shell, escape=escape)
    assert "".join(lines) == text
    assert all(lines) or not text
    for line in lines[:-1]:
        assert not line.endswith(escape)
    for line in lines[1:]:
        assert not line.lstrip().startswith("#")


@given(scripts, st.sampled_from(SHELLS), st.sampled_from("\\`"))
@example("a \\  b", ("/bin/sh", "-c"), "\\")
@example("a;    # b", ("/bin/sh", "-c"), "\\")
@example("  a  b  ", ("/bin/sh", "-c"), "\\")
@example("\ta\t", ("cmd",), "`")
def test_any_script(text: str, shell: tuple[str, ...], escape: str) -> None:
    keeps_its_promise(text, shell, escape)


@given(scripts, st.sampled_from(SHELLS), st.sampled_from("\\`"))
def test_pretty_changes_only_white_space(text: str, shell: tuple[str, ...], escape: str) -> None:
    lines = break_lines(text, shell=shell, escape=escape, mode="pretty")
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines[:-1]:
        assert not line.rstrip().endswith(escape)
    for line in lines[1:]:
        assert not line.lstrip().startswith("#")


simple = st.lists(
    st.sampled_from(["a", " ", "\t", "  ", "&&", ";", "#", "{", "<<<", "|", "--b=c", "\x85", "é", "$", "(", ")", "$(", "$((",
    "'a b'", "''", '"$A b"', '""', '"a;', "\\n", "'", "'a  b'", '"a  b"', '"$(', "\\", "^", "`", '=")',
    '"$(a "b")"', '"$(a \'(\')"', "'(\\'", '"\\" "'])
).map("".join)  # fmt: skip


@given(simple | scripts, st.sampled_from(list(Language)))
def test_simple_texts_are_read_without_lark_as_with_it(text: str, spoken: Language) -> None:
    found, unclosed = read(text, spoken, "")
    if not unclosed:
        assert gaps_of(text, spoken) == found


words = st.sampled_from(["a", "apt-get install", "'x  y'", '"q  \t"', "&&", ";", "foo;", "--bar", "if x; then", "fi"])
gaps = st.sampled_from([" ", "  ", "    ", "     ", " \t", " \t\t", "\t", " \t\t\t\t", "         "])


@given(st.lists(st.tuples(words, gaps), min_size=1, max_size=40), words)
def test_the_official_parser_joins_them_again(parts: list[tuple[str, str]], last: str) -> None:
    text = "echo " + "".join(word + gap for word, gap in parts) + last
    source = "FROM x\nRUN " + "\\\n".join(break_lines(text, shell=("/bin/sh", "-c"))) + "\nUSER after\n"
    run, after = dockerfile.parse_string(source)[1:]
    assert run.value == (text,)
    assert after.cmd.upper() == "USER"


def recorded() -> Iterator[tuple[str, str]]:
    """The operating system and the created_by of every entry that builders made for us to read."""
    for path in sorted(SHARED.glob("corpus/*.jsonl")):
        for row in path.read_text(encoding="utf-8").splitlines():
            item = json.loads(row)
            for entry in item["image"].get("history", ()):
                yield item.get("os", ""), entry.get("created_by", "")
    for path in sorted(SHARED.glob("builders/*/*.config.json")):
        config = json.loads(path.read_text(encoding="utf-8"))
        for entry in config.get("history", ()):
            yield config.get("os", ""), entry.get("created_by", "")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recordings are not here")
def test_recordings() -> None:
    seen = set(recorded())
    assert seen
    for system, text in seen:
        shell = ("powershell", "-Command") if "powershell" in text else SHELLS[2 if system == "windows" else 0]
        keeps_its_promise(text.replace("\n", " "), shell, "`" if system == "windows" else "\\")


def layout_of(source: str) -> list[list[str]]:
    """The lines of every RUN of a Dockerfile, as its author laid them out: comments and trailing blanks aside."""
    runs: list[list[str]] = []
    going = False
    for line in source.splitlines():
        if line.lstrip().startswith("#"):
            continue
        if going:
            runs[-1].append(line.rstrip().removesuffix("\\").rstrip())
        elif line.startswith("RUN "):
            runs.append([line.removeprefix("RUN ").rstrip().removesuffix("\\").strip()])
        else:
            continue
        going = line.rstrip().endswith("\\")
    return runs


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recordings are not here")
@pytest.mark.parametrize("builder", ["docker-legacy", "docker-buildkit-0.8", "buildkit-head", "buildah-1.28"])
def test_a_recorded_build_gives_its_dockerfile(builder: str) -> None:
    folder = SHARED / "builders" / "layout"
    config = json.loads((folder / f"{builder}.config.json").read_text(encoding="utf-8"))
    written = [run for run in layout_of((folder / "Dockerfile").read_text(encoding="utf-8")) if len(run) > 1]
    found = []
    for entry in config["history"]:
        text = entry.get("created_by", "").removeprefix("RUN ").removesuffix(" # buildkit")
        if text.startswith("/bin/sh -c ") and "#(nop)" not in text:
            lines = break_lines(text.removeprefix("/bin/sh -c "), shell=("/bin/sh", "-c"))
            found.append([line.rstrip() for line in lines])
    # `echo a \⏎&& echo unindented` leaves nothing but a blank.
    recoverable = [run for run in written if not any(line.startswith("&&") for line in run)]
    assert len(recoverable) >= 4
    assert [run for run in recoverable if run not in found] == []


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "unit",
    ["'", '"', "(", "$(", "\\", "\\'", "`", "(a ", "'a \"", "  ", "\t ", '"$( ', '"a  ', "x | y|", "a && ", "if a; ",
     "case x in  a)  ", "{ \t", "a  \t", " #", "; \t\t", "a|b|", "x;    "],
)  # fmt: skip
def test_hostile_texts_take_time_in_proportion_to_their_length(unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        lines, took = timed(lambda: break_lines(text, shell=("/bin/sh", "-c")))
        assert "".join(lines) == text
        return took

    assert is_linear(seconds, 4_000, 32_000)


@pytest.mark.no_cover
@pytest.mark.parametrize("shell", SHELLS[:3], ids=lambda shell: shell[0])
@pytest.mark.parametrize("unit", ["{ ", "a; { ", "a && ", "if a; then ", "( ", "a { "])
def test_pretty_takes_time_and_room_in_proportion_too(unit: str, shell: tuple[str, ...]) -> None:
    def took(length: int) -> float:
        text = unit * (length // len(unit)) + "x"
        lines, seconds = timed(lambda: break_lines(text, shell=shell, escape="\\", mode="pretty"))
        assert sum(map(len, lines)) < 70 * len(text)
        return seconds

    assert is_linear(took, 4_000, 32_000)
