"""One input's images: the position of each is the same in every function."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconstruct.fleet.inputs import Item
from reconstruct.fleet.reading import image_at, images
from reconstruct.image import Image
from tests.sources.making import encoded, layer, tar


def test_an_image_at_a_position_is_the_one_listed_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where images of a long line are left out, too: the archive names each of it."""
    monkeypatch.setattr("reconstruct.sources.legacy_archive.MAX_STEPS", 5)
    names = [f"{number:064x}" for number in range(1, 5)]
    files = {"repositories": encoded({"app": {str(number): name for number, name in enumerate(names)}})}
    for parent, name in zip(["", *names], names, strict=False):
        config = {"id": name, "container_config": {"Cmd": ["/bin/sh", "-c", name]}, "os": "linux"}
        files[f"{name}/json"] = encoded(config | ({"parent": parent} if parent else {}))
        files[f"{name}/layer.tar"] = layer(name)
    path = tmp_path / "old.tar"
    path.write_bytes(tar(files))
    item = Item(str(path), str(path))
    listed = [image for _, image in images(item)]
    assert [image.tags for image in listed if isinstance(image, Image)] == [("app:3",)]
    assert image_at(item, 0).tags == ("app:3",)
