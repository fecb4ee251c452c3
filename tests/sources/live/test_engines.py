"""Every form that Docker, buildah, skopeo and umoci save or print of images built here, against the config they made."""

from __future__ import annotations

import gzip
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconstruct.image import Image
from reconstruct.sources import load, read
from tests.builders.conftest import without
from tests.builders.engines import Buildah, Built, Docker, Engines, program

DOCKER = ("classic", "buildkit-0.8")
BUILDAH = ("buildah", "buildah-layers")


def expected(built: Built) -> list[tuple[str, bool]]:
    return [(item.get("created_by", ""), item.get("empty_layer", False)) for item in built.config["history"]]


def steps(image: Image) -> list[tuple[str, bool]]:
    return [(entry.created_by, entry.empty_layer) for entry in image.history]


def diff_ids(built: Built) -> list[str]:
    ids: list[str] = built.config["rootfs"]["diff_ids"]
    return ids


def settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are set: engines print unset ones too."""
    return {key: value for key, value in config.items() if value not in (None, "", [], {}, False)}


def same(image: Image, built: Built, as_oci: bool = False) -> None:
    """Everything came through; but for Docker's own settings where a tool wrote the config anew as OCI knows it."""
    assert steps(image) == expected(built)
    config = settings(built.config["config"])
    if as_oci:
        config = {key: value for key, value in config.items() if key not in ("Healthcheck", "Image", "Hostname")}
    assert settings(image.config) == config
    assert [layer.diff_id for layer in image.layers] == diff_ids(built)
    assert len(image.layers) == sum(1 for entry in image.history if not entry.empty_layer)


def docker(engines: Engines, name: str) -> Docker:
    found = engines.builders[name]
    assert isinstance(found, Docker)
    return found


def skopeo(*arguments: str, folder: Path) -> str:
    command = [program("skopeo") or "skopeo", "--policy", str(folder / "policy.json"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", DOCKER)
def test_docker_save(engines: Engines, built: Mapping[str, Built], name: str, tmp_path: Path) -> None:
    archive = tmp_path / "image.tar"
    docker(engines, name).save(f"forms-{name}", archive)
    image = load(archive)
    same(image, built[name])
    assert image.tags == (f"forms-{name}:latest",)
    assert image.image_id == built[name].image_id
    assert all(layer.size for layer in image.layers)
    assert load(gzip.compress(archive.read_bytes())).layers == image.layers


def test_docker_save_of_several(engines: Engines, built: Mapping[str, Built], tmp_path: Path) -> None:
    archive = tmp_path / "images.tar"
    docker(engines, "classic").docker("save", "-o", str(archive), *(f"forms-{name}" for name in DOCKER))
    for name in DOCKER:
        same(load(archive, tag=f"forms-{name}"), built[name])
        same(load(archive, tag=built[name].image_id[7:19]), built[name])
    assert len(read(archive)[0]) == 2


@pytest.mark.parametrize("name", DOCKER)
def test_docker_s_data_root(engines: Engines, built: Mapping[str, Built], name: str) -> None:
    for root in (engines.folder / "data", engines.folder / "data" / "image"):
        image = load(root, tag=f"forms-{name}")
        same(image, built[name])
        assert image.image_id == built[name].image_id
        assert [layer.size for layer in image.layers][-1] is not None


HISTORIES = {
    "json": ("--no-trunc", "--format", "{{json .}}"),
    "table": ("--no-trunc",),
    "bytes": ("--no-trunc", "--human=false"),
}


@pytest.mark.parametrize("form", HISTORIES)
@pytest.mark.parametrize("name", DOCKER)
def test_docker_history_alone_and_with_inspect(
    engines: Engines, built: Mapping[str, Built], name: str, form: str
) -> None:
    engine = docker(engines, name)
    printed = engine.docker("history", *HISTORIES[form], f"forms-{name}").encode()
    alone = load(printed)
    assert steps(alone) == expected(built[name])
    assert alone.image_id == built[name].image_id
    inspected = engine.docker("image", "inspect", f"forms-{name}").encode()
    for source in (printed + inspected, inspected + printed, [printed, inspected], [inspected, printed]):
        same(load(source), built[name])


@pytest.mark.parametrize("name", DOCKER)
def test_docker_history_that_is_cut(engines: Engines, built: Mapping[str, Built], name: str) -> None:
    for options in ((), ("--format", "{{json .}}")):
        image = load(docker(engines, name).docker("history", *options, f"forms-{name}").encode())
        assert [empty for _, empty in steps(image)] == [empty for _, empty in expected(built[name])]
        assert any("--no-trunc" in note for note in image.notes)


@pytest.mark.parametrize("name", DOCKER)
def test_the_engine_s_api(engines: Engines, built: Mapping[str, Built], name: str) -> None:
    curl = program("curl")
    if curl is None:
        without("curl")
    socket = str(engines.folder / "docker.sock")
    url = f"http://docker/images/forms-{name}/history"
    answer = subprocess.run([curl, "-sS", "--unix-socket", socket, url], capture_output=True, check=True).stdout
    assert steps(load(answer)) == expected(built[name])


@pytest.mark.parametrize("name", BUILDAH)
@pytest.mark.parametrize("transport", ["docker-archive", "oci-archive", "oci", "dir"])
def test_buildah_push(engines: Engines, built: Mapping[str, Built], name: str, transport: str, tmp_path: Path) -> None:
    builder = engines.builders[name]
    assert isinstance(builder, Buildah)
    target = tmp_path / "image"
    reference = f"{transport}:{target}" + ("" if transport == "dir" else ":forms:1")
    builder.buildah(
        "push", "-q", f"--signature-policy={engines.folder / 'policy.json'}", f"localhost/forms-{name}", reference
    )
    image = load(target)
    same(image, built[name], as_oci=transport.startswith("oci"))
    if transport in ("oci", "dir"):
        assert all(layer.compressed_size for layer in image.layers)


@pytest.mark.parametrize("name", BUILDAH)
def test_buildah_s_store_and_inspect(engines: Engines, built: Mapping[str, Built], name: str) -> None:
    builder = engines.builders[name]
    assert isinstance(builder, Buildah)
    image = load(engines.folder / "buildah" / "root", tag=f"localhost/forms-{name}")
    same(image, built[name])
    assert all(layer.size for layer in image.layers)
    same(load(builder.buildah("inspect", "--type=image", f"localhost/forms-{name}").encode()), built[name])


@pytest.mark.parametrize("name", DOCKER)
def test_skopeo(engines: Engines, built: Mapping[str, Built], name: str, tmp_path: Path) -> None:
    archive = tmp_path / "image.tar"
    docker(engines, name).save(f"forms-{name}", archive)
    folder = engines.folder
    for transport in ("dir", "oci", "oci-archive"):
        target = tmp_path / transport
        reference = f"{transport}:{target}" + ("" if transport == "dir" else ":forms")
        skopeo("copy", "-q", f"docker-archive:{archive}", reference, folder=folder)
        same(load(target), built[name], as_oci=transport != "dir")
    layout = f"oci:{tmp_path / 'oci'}:forms"
    manifest = skopeo("inspect", "--raw", layout, folder=folder).encode()
    for options in (("--config",), ("--config", "--raw")):
        config = skopeo("inspect", *options, layout, folder=folder).encode()
        image = load(config, manifest=manifest)
        assert steps(image) == expected(built[name])
        assert all(layer.compressed_size for layer in image.layers)
    summary = load(skopeo("inspect", layout, folder=folder).encode())
    assert not summary.has_history
    assert len(summary.layers) == len(diff_ids(built[name]))


def test_umoci(engines: Engines, built: Mapping[str, Built], tmp_path: Path) -> None:
    umoci = program("umoci")
    if umoci is None:
        without("umoci")
    archive = tmp_path / "image.tar"
    docker(engines, "classic").save("forms-classic", archive)
    layout = tmp_path / "layout"
    skopeo("copy", "-q", f"docker-archive:{archive}", f"oci:{layout}:one", folder=engines.folder)
    command = [umoci, "config", "--image", f"{layout}:one", "--tag", "two", "--config.env", "NEW=1"]
    subprocess.run([*command, "--history.created_by", "umoci did it"], check=True, capture_output=True)
    image = load(layout, tag="two")
    assert steps(image)[:-1] == expected(built["classic"])
    assert steps(image)[-1] == ("umoci did it", True)
    assert "NEW=1" in image.config["Env"]
    same(load(layout, tag="one"), built["classic"], as_oci=True)
