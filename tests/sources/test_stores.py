"""Engine stores read in place, and the choice among many images."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from reconstruct.errors import NotFoundError, UnreadableError
from reconstruct.reference import Platform, canonical, parse_platform
from reconstruct.sources import load, read
from tests.sources import making

CONFIG_DATA = making.encoded(making.CONFIG)
IDENTITY = making.digest(CONFIG_DATA).removeprefix("sha256:")
FIRST, SECOND = making.CONFIG["rootfs"]["diff_ids"]


def _docker() -> dict[str, bytes]:
    chain = making.digest(f"{FIRST} {SECOND}".encode())
    root = "image/overlay2"
    foreign = {
        "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "size": 77,
        "digest": "sha256:" + "7" * 64,
        "urls": ["https://example.org/x"],
    }
    return {
        f"{root}/imagedb/content/sha256/{IDENTITY}": CONFIG_DATA,
        f"{root}/repositories.json": making.encoded(
            {"Repositories": {"app": {"app:1": f"sha256:{IDENTITY}", "app@sha256:" + "9" * 64: f"sha256:{IDENTITY}"}}}
        ),
        f"{root}/layerdb/{FIRST.replace(':', '/')}/size": b"1234",
        f"{root}/layerdb/{FIRST.replace(':', '/')}/descriptor.json": making.encoded(foreign),
        f"{root}/layerdb/{chain.replace(':', '/')}/size": b"56",
        f"{root}/distribution/v2metadata-by-diffid/{SECOND.replace(':', '/')}": making.encoded(
            [{"Digest": "sha256:" + "8" * 64}]
        ),
    }


@pytest.mark.parametrize("inner", ["", "image", "image/overlay2"])
@pytest.mark.parametrize("tag", [None, "app:1", "app", IDENTITY[:12], f"sha256:{IDENTITY}"])
def test_docker_s_data_root(tmp_path: Path, inner: str, tag: str | None) -> None:
    making.folder(tmp_path, _docker())
    image = load(tmp_path / inner, tag=tag)
    assert [layer.size for layer in image.layers] == [1234, 56]
    assert [layer.digest for layer in image.layers] == ["sha256:" + "7" * 64, "sha256:" + "8" * 64]
    assert image.layers[0].foreign
    assert image.tags == ("app:1",)
    assert image.image_id == f"sha256:{IDENTITY}"
    assert len(image.history) == len(making.STEPS)


def test_nothing_in_a_store_is_written(tmp_path: Path) -> None:
    making.folder(tmp_path, _docker())
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    load(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def _containers() -> dict[str, bytes]:
    key = "=" + base64.b64encode(f"sha256:{IDENTITY}".encode()).decode()
    manifest = {
        "schemaVersion": 2,
        "mediaType": making.OCI_MANIFEST,
        "config": {"digest": f"sha256:{IDENTITY}"},
        "layers": [],
    }
    images = [
        {
            "id": IDENTITY,
            "names": ["localhost/app:1", "docker.io/library/app:2"],
            "layer": "top",
            "digest": "sha256:" + "5" * 64,
        },
    ]
    layers = [
        {
            "id": "bottom",
            "diff-digest": FIRST,
            "diff-size": 10,
            "compressed-diff-digest": "sha256:" + "1" * 64,
            "compressed-size": 5,
        },
        {"id": "top", "parent": "bottom", "diff-digest": SECOND, "diff-size": 20},
    ]
    return {
        "overlay-images/images.json": making.encoded(images),
        f"overlay-images/{IDENTITY}/manifest": making.encoded(manifest),
        f"overlay-images/{IDENTITY}/{key}": CONFIG_DATA,
        "overlay-layers/layers.json": making.encoded(layers),
    }


@pytest.mark.parametrize("tag", [None, "localhost/app:1", "app:1", "app:2", IDENTITY[:10]])
@pytest.mark.parametrize("folder", ["", "storage"])
def test_containers_storage(tmp_path: Path, tag: str | None, folder: str) -> None:
    making.folder(tmp_path / folder, _containers())
    image = load(tmp_path, tag=tag)
    assert [(layer.compressed_size, layer.size) for layer in image.layers] == [(5, 10), (None, 20)]
    assert image.tags == ("localhost/app:1", "docker.io/library/app:2")
    assert image.digest == "sha256:" + "5" * 64


def test_cyclic_layers_of_a_store_are_ignored(tmp_path: Path) -> None:
    files = _containers()
    files["overlay-layers/layers.json"] = making.encoded([{"id": "top", "parent": "top", "diff-digest": FIRST}])
    image = load(making.folder(tmp_path, files))
    assert [layer.diff_id for layer in image.layers] == [FIRST, SECOND]


@pytest.mark.parametrize("root", ["", "containerd/daemon/"])
def test_containerd_s_content_store(tmp_path: Path, root: str) -> None:
    made = making.Layout()
    index = made.index([made.image("amd64"), made.image("arm64")])
    content = f"{root}io.containerd.content.v1.content/"
    files = {content + name: data for name, data in made.files.items() if name.startswith("blobs")}
    making.folder(tmp_path, files)
    assert load(tmp_path, platform="linux/arm64").index_digest == index["digest"]
    assert load(tmp_path, tag=index["digest"][7:20], platform="linux/amd64").architecture == "amd64"
    assert len(read(tmp_path)[0]) == 2


def test_a_store_without_images_and_an_unreadable_one(tmp_path: Path) -> None:
    (tmp_path / "image/overlay2/imagedb/content/sha256").mkdir(parents=True)
    with pytest.raises(UnreadableError, match="no image in this"):
        load(tmp_path)
    if os.geteuid() != 0:
        tmp_path.chmod(0)
        with pytest.raises(UnreadableError, match="ermission"):
            load(tmp_path)


def _several() -> bytes:
    made = making.Layout()

    def named(architecture: str, name: str, **platform: str) -> Mapping[str, object]:
        descriptor = made.image(architecture)
        descriptor["platform"] = {**descriptor["platform"], **platform}
        return {**descriptor, "annotations": {"io.containerd.image.name": name}}

    return making.tar(
        made.saved(
            named("arm", "docker.io/library/app:1", variant="v7"),
            named("arm64", "docker.io/library/app:1", variant="v8"),
            named("amd64", "docker.io/library/app:1"),
            named("s390x", "ghcr.io/other/app:2"),
        )
    )


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux/arm64", "arm64"),
        ("arm64", "arm64"),
        ("aarch64", "arm64"),
        ("LINUX/ARM64/v8", "arm64"),
        ("linux/arm/v7", "arm"),
        ("linux/arm", "arm"),
        ("armhf", "arm"),
        ("x86_64", "amd64"),
        ("linux", "amd64"),
        (None, "amd64"),
    ],
)
def test_platforms_are_found_however_they_are_spelled(platform: str | None, expected: str) -> None:
    assert load(_several(), platform=platform).architecture == expected


@pytest.mark.parametrize("tag", ["ghcr.io/other/app:2", "2", "other/app:2"])
def test_tags_are_found_in_full_or_in_part(tag: str) -> None:
    if tag == "other/app:2":
        with pytest.raises(NotFoundError, match=r"no image 'other/app:2'; available: docker\.io/library/app:1"):
            load(_several(), tag=tag)
    else:
        assert load(_several(), tag=tag).architecture == "s390x"


@pytest.mark.parametrize("platform", ["linux/arm/v6", "windows/amd64", "linux/amd64/v3"])
def test_a_missing_platform_lists_the_available_ones(platform: str) -> None:
    with pytest.raises(NotFoundError, match="available: linux/arm/v7, linux/arm64/v8, linux/amd64, linux/s390x"):
        load(_several(), platform=platform)


@pytest.mark.parametrize("platform", ["", "/", "a/b/c/d", "linux//v7"])
def test_what_is_no_platform(platform: str) -> None:
    with pytest.raises(NotFoundError, match="OS/ARCH"):
        parse_platform(platform)


def test_platform_of_a_windows_version() -> None:
    assert parse_platform("windows(10.0.17763)/amd64") == Platform("windows", "amd64", None, "10.0.17763")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("docker.io/library/app", "app:latest"),
        ("localhost/app:1", "app:1"),
        ("localhost:5000/app", "localhost:5000/app:latest"),
        ("a@sha256:1", "a@sha256:1"),
    ],
)
def test_familiar_names(name: str, expected: str) -> None:
    assert canonical(name) == expected


def test_the_choice_among_several_names_what_it_left_out() -> None:
    image = load(_several())
    assert image.notes[0].startswith("4 images in it; using docker.io/library/app:1, linux/amd64")
