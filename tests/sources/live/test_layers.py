"""The layers that engines keep, read in place: each is the tar that its digest in the config was made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconstruct.sources import open_image
from tests.builders.engines import Engines
from tests.sources.test_layers import digest


@pytest.mark.parametrize("builder", ["classic", "buildah"])
def test_a_store_gives_its_exact_layers(builder: str, engines: Engines, tmp_path: Path) -> None:
    built = engines.bases[builder]["base"]
    store = engines.folder / ("data" if builder == "classic" else "buildah/root")

    with open_image(store, tag=built.image_id) as opened:
        assert [layer and digest(layer) for layer in opened.layers] == built.config["rootfs"]["diff_ids"]
