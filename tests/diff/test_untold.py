"""What can't be compared is said; versions decide which base is newer; unlike builds take no quadratic time."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import reconstruct
from reconstruct.cli.group import cli
from reconstruct.diff import blocks
from reconstruct.diff.base import compared
from reconstruct.diff.canonical import canonical
from reconstruct.diff.changes import Equals, equal
from reconstruct.diff.compare import diff
from reconstruct.diff.model import BaseStatus, Status
from reconstruct.diff.select import select
from reconstruct.image import HistoryEntry, Image
from tests.diff.made import built, config_of, of_history
from tests.diff.test_hostile import LINES
from tests.pace import is_linear, timed

TEXT = "FROM base\nENV A=1\nRUN make\nCMD x\n"


def test_an_empty_history_is_not_a_list_of_added_steps() -> None:
    whole = built(TEXT, "buildkit")
    empty = replace(whole, history=())
    for old, new, which in ((empty, whole, "old"), (whole, empty, "new")):
        found = diff(old, new)
        assert found.steps == ()
        assert found.untold == f"not compared: the {which} image has no history"
        assert not found.different
    assert diff(empty, replace(whole, layers=whole.layers[:1])).different


def test_an_empty_history_exits_2_and_says_so(tmp_path: Path) -> None:
    whole = config_of(TEXT, "buildkit")
    (tmp_path / "old.json").write_text(json.dumps(whole))
    (tmp_path / "new.json").write_text(json.dumps({**whole, "history": []}))
    result = CliRunner().invoke(cli, ["diff", str(tmp_path / "old.json"), str(tmp_path / "new.json")])
    assert result.exit_code == 2
    assert "The steps can't be compared" in result.stdout


def test_a_truncated_step_is_compared_as_far_as_it_goes() -> None:
    whole = built(TEXT, "buildkit")
    history = [
        replace(entry, created_by=entry.created_by[:15], cut=True) if entry.created_by.startswith("RUN") else entry
        for entry in whole.history
    ]
    cut = replace(whole, history=tuple(history))
    assert [row.status for row in diff(cut, whole).steps if row.status is not Status.SAME] == []
    assert "1 step is truncated" in diff(whole, cut).untold
    other = built(TEXT.replace("RUN make", 'RUN ["true"]'), "buildkit")
    assert [row.status for row in diff(cut, other).steps if row.status is not Status.SAME] != []


def test_a_history_of_fewer_layers_is_compared_as_far_as_it_goes() -> None:
    whole = built(TEXT + "RUN make install\n", "buildkit")
    assert diff(whole, whole).untold == ""
    fewer = replace(whole, history=whole.history[:-1])
    told = f"the new image's history covers {len(whole.layers) - 1} of its {len(whole.layers)} layers"
    assert diff(whole, fewer).untold == f"{told}: compared as far as it goes"


def test_sizes_alone_are_not_reported_as_the_same() -> None:
    from reconstruct.diff.render.phrases import counts, sameness

    def sized(count: int) -> Image:
        image = built(TEXT, "buildkit")
        return replace(image, layers=tuple(replace(layer, size=count) for layer in image.layers))

    assert sameness(select(diff(sized(10), sized(10)), only=("sizes",))) == "No differences in what was compared."
    assert sameness(select(diff(sized(10), sized(70_000_000)), only=("sizes",))).startswith("Only the sizes differ")
    assert counts(select(diff(sized(10), sized(10)), only=("sizes",))) == "not compared"


def test_the_fields_of_a_config_come_in_one_order() -> None:
    health = "HEALTHCHECK --interval=9s --timeout=3s --start-period=7s --retries=3 CMD x\n"
    found = [each.field for each in diff(built(TEXT, "buildkit"), built(TEXT + health, "buildkit")).config]
    assert [field for field in found if field.startswith("healthcheck-")] == [
        "healthcheck-interval", "healthcheck-retries", "healthcheck-startperiod", "healthcheck-timeout",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "order"),
    [
        ("alpine:3.21.5", "alpine:3.22.1", 1),
        ("alpine:3.9", "alpine:3.10", 1),
        ("python:3.12.7-slim", "python:3.12-slim", 0),
        ("python:3.13-slim", "python:3.12.7-slim", -1),
        ("debian:bookworm-20241111", "debian:bookworm-20250113-slim", 1),
        ("debian:bookworm", "debian:trixie", 0),
        ("node:lts", "node:22", 0),
    ],
)
def test_versions_decide(old: str, new: str, order: int) -> None:
    assert compared(old, new) == order
    assert compared(new, old) == -order


def _alpine(version: str, day: str, system: str = "linux") -> Image:
    root = f"ADD alpine-minirootfs-{version}-x86_64.tar.gz / # buildkit"
    entries = [(root, False), ('CMD ["/bin/sh"]', True), ("RUN /bin/sh -c make # buildkit", False)]
    return Image(
        history=tuple(HistoryEntry(text, day, "", "buildkit.dockerfile.v0", empty) for text, empty in entries),
        os=system,
    )


def test_a_newer_version_is_newer_whatever_the_day() -> None:
    found = diff(_alpine("3.21.5", "2025-06-01T00:00:00Z"), _alpine("3.22.1", "2025-01-01T00:00:00Z"))
    assert found.base.status is BaseStatus.NEWER


def test_another_system_is_neither_newer_nor_older() -> None:
    found = diff(_alpine("3.21.5", "2025-01-01T00:00:00Z"), _alpine("3.22.1", "2025-06-01T00:00:00Z", "windows"))
    assert found.base.status is BaseStatus.ANOTHER


def test_a_base_that_is_given_is_used() -> None:
    old, new = built(TEXT, "buildkit"), built(TEXT, "buildkit")
    found = diff(old, new, bases=("example.org/base:1.2", "example.org/base:1.3"))
    assert (found.base.old_name, found.base.new_name) == ("example.org/base:1.2", "example.org/base:1.3")


def test_a_partial_comparison_is_not_a_verdict() -> None:
    from reconstruct.diff.render import render

    old, new = built(TEXT, "buildkit"), built(TEXT.replace("make", "other"), "buildkit")
    found = select(diff(old, new), only={"sizes"})
    assert "the same" not in render(found, "text", color=False, width=None).split("\n\n")[1]


def test_markdown_lists_what_it_counts() -> None:
    from reconstruct.diff.render import render

    found = diff(_alpine("3.21.5", "2025-01-01T00:00:00Z"), _alpine("3.22.1", "2025-06-01T00:00:00Z"))
    text = render(found, "markdown", color=False, width=None)
    assert "| 1 changed; 2 the same |" in text
    assert text.count("| changed |") == 1


def _unlike(count: int, seed: int) -> Image:
    words = random.Random(seed)
    return Image(
        history=tuple(
            HistoryEntry(
                "RUN /bin/sh -c " + " ".join(f"{words.randrange(10**6)}" for _ in range(12)) + " # buildkit",
                comment="buildkit.dockerfile.v0",
            )
            for _ in range(count)
        )
    )


@pytest.mark.no_cover
def test_unlike_steps_take_time_by_their_number_and_it_says_what_it_left() -> None:
    def took(count: int) -> float:
        images = _unlike(count, 1), _unlike(count, 2)
        found, seconds = timed(lambda: diff(*images))
        assert "not paired" in found.untold
        return seconds

    assert is_linear(took, 1_100, 8_800)
    assert diff(_unlike(40, 1), _unlike(40, 2)).untold == ""


def test_steps_without_texts_to_look_up_are_compared_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    old = of_history([f"ENV A{number}=1" for number in range(20)])
    new = of_history([f"ENV B{number}=1" for number in range(20)])
    assert diff(old, new).untold == ""
    monkeypatch.setattr(blocks, "LIMIT", 100)
    assert diff(old, new).untold == "15 of them not paired: too many consecutive differences"


@given(st.lists(LINES, max_size=12), st.lists(LINES, max_size=12))
def test_what_is_looked_up_is_all_that_is_equal(old: list[str], new: list[str]) -> None:
    images = of_history(old), of_history(new)
    before, after = (canonical(image, reconstruct.steps(image)) for image in images)
    gone, come = Equals(before, range(len(before)), old=True), Equals(after, range(len(after)), old=False)
    for i, mine in enumerate(before):
        for j, theirs in enumerate(after):
            if equal(mine, theirs):
                assert i in gone.candidates(theirs)
                assert j in come.candidates(mine)
