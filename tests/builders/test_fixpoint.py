"""Build, save, reconstruct, build again: the same history and the same config, for every Dockerfile and builder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import cases, fixpoint
from tests.builders.cases import Case
from tests.builders.engines import Engines, program

BUILDERS = ["classic", "buildkit-0.8", "buildah", "buildah-layers"]
if program("buildkitd") and program("buildctl"):
    BUILDERS.append("buildkit-head")

EVERY = [(builder, case) for case in cases.every() for builder in BUILDERS if case.for_builder(builder)]
# With nothing told, the base's own steps are rebuilt as well; a few of each kind are enough. BuildKit 0.8 stands on bases that
# the classic builder made and would tell their steps in its own words.
SOME_CASES = {"copying", "shells", "quoting-env", "web-nginx"}
SOME = [(builder, case) for builder, case in EVERY if case.name in SOME_CASES and builder != "buildkit-0.8"]


def name(value: object) -> str | None:
    return value.name if isinstance(value, Case) else None


@pytest.mark.parametrize(("builder", "case"), EVERY, ids=name)
def test_the_dockerfile_builds_back_on_the_same_base(
    builder: str, case: Case, engines: Engines, tmp_path: Path
) -> None:
    bench = fixpoint.Bench(engines, engines.builders[builder], case, tmp_path)

    found, text = fixpoint.check(bench, given=True)

    assert not found, "\n".join([*found, text])


@pytest.mark.parametrize(("builder", "case"), SOME, ids=name)
def test_the_dockerfile_builds_back_with_nothing_told(
    builder: str, case: Case, engines: Engines, tmp_path: Path
) -> None:
    bench = fixpoint.Bench(engines, engines.builders[builder], case, tmp_path)

    found, text = fixpoint.check(bench, given=False)

    assert not found, "\n".join([*found, text])


def test_there_are_enough_dockerfiles() -> None:
    assert len(cases.every()) >= 40
