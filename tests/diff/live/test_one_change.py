"""Pairs built by real engines with one known change: the diff names that change and nothing else, and verify sees it too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import reconstruct
from reconstruct.diff import Difference, diff
from reconstruct.diff.model import BaseStatus, Status
from reconstruct.image import Image
from reconstruct.verify import Verdict, verify
from tests.builders.context import write_context
from tests.builders.engines import Builder, Built, Engines
from tests.diff.live.kinds import DOCKERFILE, KINDS, Kind, Row

BUILDERS = ("classic", "buildkit-0.8", "buildah")
EVERY = (*BUILDERS, "buildah-layers")


ORIGINAL = Kind("original")
# All but BuildKit take seconds for a build; of these kinds the images that the evaluator predicts (../) are enough.
PREDICTED = {
    "copy-removed", "entrypoint-shell-form", "env-key-removed", "env-step-added", "expose-one-more", "expose-protocol",
    "healthcheck-command", "label-added", "run-added-like-the-next", "run-line-added", "run-line-removed",
    "run-repeated", "stopsignal",
}  # fmt: skip
PAIRS = [
    (kind, builder) for kind in KINDS for builder in BUILDERS if builder == "buildkit-0.8" or kind.name not in PREDICTED
]


class Bench:
    """Builds with one builder, each Dockerfile and context once."""

    def __init__(self, engines: Engines, folder: Path) -> None:
        self._engines = engines
        self._folder = folder

    def original(self, builder: str) -> Image:
        return self.build(builder, ORIGINAL)

    def build(self, builder: str, kind: Kind) -> Image:
        return image_of(self._engines.once(f"diff-{kind.name}-{builder}", lambda: self._build(builder, kind)))

    def base(self, builder: str) -> Image:
        return image_of(self._engines.bases[builder]["base"])

    def _build(self, builder: str, kind: Kind) -> Built:
        folder = self._folder / f"{builder}-{kind.name}"
        context = folder / "context"
        context.mkdir(parents=True)
        write_context(context)
        for name, text in kind.files.items():
            (context / name).write_text(text)
        dockerfile = folder / "Dockerfile"
        dockerfile.write_text(kind.dockerfile())
        engine: Builder = self._engines.builders[builder]
        return engine.build(dockerfile, context, f"diff-{kind.name}:{builder}", kind.args)


def image_of(built: Built) -> Image:
    manifest = json.loads(built.raw_manifest) if built.raw_manifest else None
    return reconstruct.load(json.loads(built.raw_config), manifest=manifest)


def name(value: object) -> str | None:
    return value.name if isinstance(value, Kind) else None


@pytest.fixture(scope="module")
def bench(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(engines, tmp_path_factory.mktemp("diff"))


def assert_explained(difference: Difference, kind: Kind, builder: str) -> None:
    """The parts beside the rows: build arguments, the config in force, the base."""
    named = () if builder in kind.but else kind.arguments
    assert tuple(change.key for change in difference.arguments) == named
    assert {each.field for each in difference.config} == set(kind.config.split())
    assert all(each.explained == "step" for each in difference.config)
    assert difference.base.status is BaseStatus.SAME


def rows(difference: Difference) -> tuple[Row, ...]:
    """The rows that differ, less those that only follow from another."""
    found = []
    for row in difference.step_changes:
        if row.follows is None:
            one = row.changes[0] if len(row.changes) == 1 and row.status not in (Status.ADDED, Status.REMOVED) else None
            found.append((str(row.status), row.keyword, one.field if one else "", (one.key or "") if one else ""))
    return tuple(found)


@pytest.mark.parametrize(("kind", "builder"), PAIRS, ids=name)
def test_the_diff_names_the_change_and_nothing_else(kind: Kind, builder: str, bench: Bench) -> None:
    old, new = bench.original(builder), bench.build(builder, kind)

    difference = diff(old, new)

    assert rows(difference) == kind.expected(builder)
    assert_explained(difference, kind, builder)


@pytest.mark.parametrize(("kind", "builder"), PAIRS, ids=name)
def test_verify_accepts_its_own_dockerfile_and_no_other(kind: Kind, builder: str, bench: Bench) -> None:
    image, base = bench.build(builder, kind), bench.base(builder)

    own = verify(image, kind.dockerfile(), base=base, build_args=kind.args)
    others = verify(image, DOCKERFILE, base=base)

    assert own.verdict is Verdict.MATCHES, (own.reason, own.difference)
    assert (others.verdict is Verdict.MATCHES) == kind.looks_like_the_original(builder)
    if others.suggested:
        assert verify(image, DOCKERFILE, base=base, build_args=others.suggested).verdict is Verdict.MATCHES


@pytest.mark.parametrize("old", EVERY)
@pytest.mark.parametrize("new", EVERY)
def test_two_builders_make_the_same_of_one_dockerfile(old: str, new: str, bench: Bench) -> None:
    difference = diff(bench.original(old), bench.original(new))

    assert rows(difference) == ()
    assert not difference.different


def test_there_are_enough_kinds() -> None:
    for builder in BUILDERS:
        assert len({kind.name for kind, each in PAIRS if each == builder}) >= 30
    assert {kind.name for kind in KINDS} >= PREDICTED
    assert len({kind.dockerfile() for kind in KINDS if kind.old}) >= 30
    assert all(kind.old != kind.new for kind in KINDS if kind.old)
    assert DOCKERFILE.startswith("FROM base\n")
