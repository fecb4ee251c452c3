"""Chains of images built by real engines: the boundary is found with and without a catalogue, for all builders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import reconstruct
from reconstruct.base import Source, find_chain
from reconstruct.base.catalogue import Catalogue, entry_of
from reconstruct.image import Image
from reconstruct.syntax import Certainty
from tests.builders.engines import Built, Engines

MIDDLE = 'FROM base\nENV TOOLS=1\nRUN echo tools > /tools\nCMD ["cat", "/tools"]\n'
APP = 'FROM middle:1\nWORKDIR /app\nRUN echo app > /app/app\nUSER 1000\nCMD ["cat", "/app/app"]\n'
BUILDERS = ("classic", "buildkit-0.8", "buildah", "buildah-layers")


class Chain:
    """A base of the tests' own, an image on it, and one on that, built by one builder."""

    def __init__(self, engines: Engines, builder: str, folder: Path) -> None:
        self.engines, self.builder, self.folder = engines, builder, folder
        self.base = self._image(engines.bases[builder]["base"])
        self.middle = self._built("middle", MIDDLE.replace("FROM base", f"FROM {self._name('base')}"), "middle:1")
        self.app = self._built("app", APP.replace("FROM middle:1", f"FROM {self._name('middle:1')}"), "app:1")

    def _name(self, name: str) -> str:
        return f"localhost/{name}" if self.builder.startswith("buildah") else name

    def _built(self, what: str, text: str, tag: str) -> Image:
        def build() -> Built:
            context = self.folder / what
            context.mkdir(exist_ok=True)
            (context / "Dockerfile").write_text(text)
            return self.engines.builders[self.builder].build(context / "Dockerfile", context, tag)

        return self._image(self.engines.once(f"chain-{what}-{self.builder}", build))

    @staticmethod
    def _image(built: Built) -> Image:
        return reconstruct.load(json.loads(built.raw_config))

    @property
    def border(self) -> int:
        return len(self.middle.history)


@pytest.fixture(scope="module", params=BUILDERS)
def chain(request: pytest.FixtureRequest, engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    return Chain(engines, request.param, tmp_path_factory.mktemp("chain"))


def test_a_catalogue_names_every_image_below(chain: Chain, tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    with Catalogue(path, create=True) as store:
        named = ((chain.base, "corp/base:1"), (chain.middle, "corp/middle:1"))
        store.add(found for image, name in named if (found := entry_of(image, [name])) is not None)
    found = reconstruct.base(chain.app, catalogue=path)
    ends = {part.name: part.entries for part in found.images if part.source in (Source.CATALOGUE, Source.BUILDAH)}
    assert found.base.entries == chain.border
    assert found.base.certainty is Certainty.EXACT
    assert len(chain.base.history) in ends.values()
    assert "corp/middle:1" in found.base.names or found.base.source is Source.BUILDAH
    text = reconstruct.dockerfile(chain.app, catalogue=path, comments=False)
    assert [line.split(" ")[0] for line in text.splitlines() if line] == ["FROM", "WORKDIR", "RUN", "USER", "CMD"]


def test_the_saved_base_is_found_whatever_it_is_called(chain: Chain) -> None:
    found = find_chain(chain.app, reconstruct.steps(chain.app), chain.middle)
    assert (found.base.entries, found.base.certainty, found.disagreements) == (chain.border, Certainty.EXACT, ())


def test_without_a_catalogue_nothing_is_cut_that_has_no_name(chain: Chain) -> None:
    """buildah says what it built on; Docker does not, and a chain built within seconds looks like one build."""
    found = reconstruct.base(chain.app).base
    if chain.builder.startswith("buildah"):
        assert (found.name, found.entries, found.source) == ("localhost/middle:1", chain.border, Source.BUILDAH)
    else:
        assert found.entries <= len(chain.base.history)
        assert "RUN echo tools > /tools" in reconstruct.dockerfile(chain.app)


def test_a_label_names_it(chain: Chain) -> None:
    if chain.builder.startswith("buildah"):
        pytest.skip("buildah names the base itself")
    label = {"org.opencontainers.image.base.name": "corp/middle:1"}
    labelled = reconstruct.load({**chain.app.raw_config, "config": {**chain.app.config, "Labels": label}})
    found = reconstruct.base(labelled)
    assert (found.base.name, found.base.entries, found.base.source) == ("corp/middle:1", chain.border, Source.LABELS)


def test_another_build_of_the_base_is_reported(chain: Chain) -> None:
    """The same Dockerfile's base with other contents."""
    raw = dict(chain.middle.raw_config)
    raw["rootfs"] = {**raw["rootfs"], "diff_ids": ["sha256:" + "0" * 64 for _ in raw["rootfs"]["diff_ids"]]}
    found = find_chain(chain.app, reconstruct.steps(chain.app), reconstruct.load(raw))
    assert "another build" in found.disagreements[0]
