"""The known changes of the live tests, on images that the evaluator predicts for four builders."""

from __future__ import annotations

import itertools

import pytest

from reconstruct.diff import diff
from tests.diff.live.kinds import DOCKERFILE, KINDS, Kind
from tests.diff.live.test_one_change import assert_explained, rows
from tests.diff.made import BUILDERS, built

TOLD = [
    "env-key-added",
    "label-value",
    "run-one-word",
    "run-added",
    "run-split",
    "copy-destination",
    "copy-removed",
    "workdir",
    "expose-port",
    "block-moved",
    "healthcheck-interval",
    "cmd-word",
    "onbuild",
]


@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_diff_names_the_change_and_nothing_else(kind: Kind, builder: str) -> None:
    old = built(DOCKERFILE, builder)
    new = built(kind.dockerfile(), builder, build_args=kind.args, files=kind.files)

    difference = diff(old, new)

    assert rows(difference) == kind.expected(builder)
    assert_explained(difference, kind, builder)
    assert difference.different == bool(kind.expected(builder) or difference.arguments)


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(BUILDERS, 2)))
def test_a_change_shows_between_two_builders_too(first: str, second: str) -> None:
    """A change that both builders record is reported, whichever built the two images."""
    old = built(DOCKERFILE, first)
    for kind in KINDS:
        if kind.name not in TOLD:
            continue
        difference = diff(old, built(kind.dockerfile(), second))

        assert {row.status for row in difference.step_changes} == {row[0] for row in kind.rows}, kind.name
        assert {row.keyword for row in difference.step_changes} == {row[1] for row in kind.rows}, kind.name
