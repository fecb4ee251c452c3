"""A plain command line has the values that click reads in it, and is read without click."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconstruct.cli import declare, group
from reconstruct.cli.main import COMMANDS, OVERVIEW

ROOT = Path(__file__).parents[2]
WORDS = st.sampled_from(
    ["a", "app.tar", "-", "--", "", "1", "0", "-1", "07", "x" * 12, "9" * 12, "json", "table", "-o", "-x", "-ox", "--no", "A=B", "env",
     "env,user", "٣", "\udcff"]
)  # fmt: skip


def _declared() -> Iterator[declare.Command]:
    for module in [*(name for name, _ in COMMANDS.values()), OVERVIEW]:
        found = importlib.import_module(f"reconstruct.cli.{module}").command
        yield from found.commands if isinstance(found, declare.Group) else [found]


DECLARED = list(_declared())
MADE = {command: group.made(command) for command in DECLARED}


def _by_click(command: declare.Command, words: list[str]) -> dict[str, Any] | None:
    try:
        return MADE[command].make_context("it", list(words)).params
    except (click.ClickException, click.exceptions.Exit):
        return None


def _lines(command: declare.Command) -> st.SearchStrategy[list[str]]:
    flags = [flag for each in command.parameters if each.is_option for flag in each.flags()]
    values = [
        value
        for each in command.parameters
        if isinstance(kind := each.told.get("type"), declare.Choice)
        for value in kind.values
    ]
    word = st.one_of(WORDS, *(st.sampled_from(names) for names in (flags, values) if names))
    joined = st.builds("{}={}".format, st.sampled_from(flags or ["--none"]), word)
    return st.lists(st.one_of(word, word, joined), max_size=6)


@given(st.data())
def test_a_line_that_is_plain_reads_as_click_reads_it(data: st.DataObject) -> None:
    command = data.draw(st.sampled_from(DECLARED))
    words = data.draw(_lines(command))
    found = command.read(words)
    if found is not None:
        assert found == _by_click(command, words)


@pytest.mark.parametrize("command", DECLARED, ids=lambda command: str(command.callback.__module__))
def test_a_command_with_only_its_arguments_is_plain(command: declare.Command) -> None:
    words = ["x" for each in command.parameters if not each.is_option]
    words += [
        text
        for each in command.parameters
        if each.told.get("required") and each.is_option
        for text in (each.names[0], "y")
    ]
    assert command.read(words) == _by_click(command, words) is not None


def test_options_of_every_kind_are_plain() -> None:
    report = importlib.import_module("reconstruct.cli.report").command
    found = report.read(
        ["a.tar", "--format", "json", "b.txt", "--top=3", "--no-color", "-o", "out", "--all", "--tag", "a:b"]
    )
    assert found is not None
    assert (found["image"], found["format_"], found["top"], found["color"], found["output"], found["all_"], found["tag"]) == (
        ("a.tar", "b.txt"), "json", 3, False, "out", True, "a:b",
    )  # fmt: skip


@pytest.mark.parametrize(
    "words", ["--help", "--format nothing x", "--top 0 x", "", "--schema", "x --output", "-oout x", "-- x"]
)
def test_what_is_not_plain_is_left_to_click(words: str) -> None:
    assert importlib.import_module("reconstruct.cli.report").command.read(words.split()) is None


@pytest.mark.parametrize("command", ["dockerfile", "report", "base", "verify"])
def test_a_plain_line_needs_neither_click_nor_typing(command: str) -> None:
    words = [command, "samples/hello-buildkit.json", *(["samples/hello.Dockerfile"] if command == "verify" else [])]
    code = (
        "import sys; from reconstruct.cli.main import main\n"
        f"try: main({words!r})\nexcept SystemExit: print({{'click', 'typing'}} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == "set()", done.stderr
    assert done.stdout


def test_bad_usage_that_a_command_finds_is_shown_with_its_usage() -> None:
    command = [
        sys.executable,
        "-m",
        "reconstruct",
        "report",
        "--sort",
        "size",
        "--format",
        "json",
        "samples/hello-buildkit.json",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: reconstruct report [OPTIONS] IMAGE...\n")
    assert done.stderr.endswith("Error: --all, --sort and --top are for --format table and wide, not json\n")
