"""Build, save, reconstruct, build again: the same history and the same config, for every Dockerfile and builder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import cases, fixpoint
from tests.builders.cases import Case
from tests.builders.engines import Engines, program
from tests.builders.fixpoint import Told

BUILDERS = ["classic", "buildkit-0.8", "buildah", "buildah-layers"]
if program("buildkitd") and program("buildctl"):
    BUILDERS.append("buildkit-head")

# Without --layers buildah writes the same texts, and only its layers and comments differ: a few show that.
SINGLE_LAYER = {
    "args", "args-proxy", "args-proxy-declared", "cmd-forms", "copying", "entrypoint-resets-cmd", "onbuild-triggered",
    "quoting-env", "quoting-run", "shells", "stages", "stages-scratch", "stages-target", "web-nginx", "workdir",
}  # fmt: skip
EVERY = [
    (builder, case)
    for case in cases.every()
    for builder in BUILDERS
    if case.for_builder(builder) and (builder != "buildah" or case.name in SINGLE_LAYER)
]
# The base by its name, and nothing given at all; a few of each kind are enough.
SOME_CASES = {"copying", "shells", "quoting-env", "web-nginx"}
SOME = [
    (told, builder, case)
    for told in (Told.NAME, Told.NOTHING)
    for builder, case in EVERY
    if case.name in SOME_CASES
    # BuildKit 0.8 builds on bases made by the classic builder, and would write their steps differently.
    if (told, builder) != (Told.NOTHING, "buildkit-0.8")
]


def name(value: object) -> str | None:
    return value.name if isinstance(value, Case) else value.value if isinstance(value, Told) else None


def assert_builds_back(told: Told, builder: str, case: Case, engines: Engines, folder: Path) -> None:
    bench = fixpoint.Bench(engines, engines.builders[builder], case, folder)

    found, text = fixpoint.check(bench, told)

    assert not found, "\n".join([*found, text])


@pytest.mark.parametrize(("builder", "case"), EVERY, ids=name)
def test_the_dockerfile_builds_back_on_the_same_base(
    builder: str, case: Case, engines: Engines, tmp_path: Path
) -> None:
    assert_builds_back(Told.BASE, builder, case, engines, tmp_path)


@pytest.mark.parametrize(("told", "builder", "case"), SOME, ids=name)
def test_the_dockerfile_builds_back_with_less_information(
    told: Told, builder: str, case: Case, engines: Engines, tmp_path: Path
) -> None:
    assert_builds_back(told, builder, case, engines, tmp_path)


def test_there_are_enough_dockerfiles() -> None:
    for builder in ("classic", "buildkit-0.8", "buildah-layers"):
        assert len({case.name for each, case in EVERY if each == builder}) >= 40
    assert {case.name for case in cases.every()} >= SINGLE_LAYER
