"""JSON of registries and orchestrators that has an image's description inside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconstruct.errors import UnreadableError
from reconstruct.sources import load
from tests.sources import making
from tests.sources.test_limits import limited

CONFIG = making.CONFIG
TEXT = json.dumps(CONFIG)
LAYERS = [{"mediaType": making.OCI_LAYER, "digest": f"sha256:{n:064x}", "size": 100 + n} for n in (1, 2)]
MANIFEST: dict[str, Any] = {
    "schemaVersion": 2,
    "mediaType": making.OCI_MANIFEST,
    "config": {"mediaType": making.OCI_CONFIG, "digest": making.digest(making.encoded(CONFIG)), "size": 1},
    "layers": LAYERS,
}
DESCRIPTOR = {"mediaType": making.OCI_MANIFEST, "digest": "sha256:" + "ab" * 32, "size": 2}
OPENSHIFT = {
    "dockerImageReference": "quay.io/app",
    "dockerImageMetadata": {"Id": "sha256:1", "Config": {"Env": ["A=1"], "Cmd": ["sh"], "Labels": {"b": "c"}}},
    "dockerImageLayers": [{"name": "sha256:1", "size": 1}],
    "dockerImageManifest": json.dumps(MANIFEST),
    "dockerImageConfig": TEXT,
}

WITH_STEPS: dict[str, Any] = {
    "crictl inspecti": {"status": {"id": "sha256:1", "size": "5"}, "info": {"chainID": "x", "imageSpec": CONFIG}},
    "crictl inspecti, a text": {"status": {"id": "sha256:1"}, "info": {"info": json.dumps({"imageSpec": CONFIG})}},
    "nerdctl image inspect --mode=native": {
        "Image": {"Name": "docker.io/library/app:1", "Target": DESCRIPTOR},
        "ImageConfigDesc": MANIFEST["config"],
        "ImageConfig": CONFIG,
        "ManifestDesc": DESCRIPTOR,
        "Manifest": MANIFEST,
    },
    "oc get image": {"kind": "Image", "apiVersion": "image.openshift.io/v1", **OPENSHIFT},
    "oc get istag": {"kind": "ImageStreamTag", "apiVersion": "image.openshift.io/v1", "image": OPENSHIFT},
    "oc image info": {"name": "app:1", "digest": "sha256:" + "ab" * 32, "layers": LAYERS, "config": CONFIG},
    "docker scout": {"image": {"digest": "sha256:" + "ab" * 32, "config": CONFIG}},
    "a response kept in a log": {"request": {"method": "GET"}, "response": {"status": 200, "body": TEXT}},
}


@pytest.mark.parametrize("form", WITH_STEPS)
def test_the_steps_inside_are_read(form: str) -> None:
    image = load(WITH_STEPS[form])
    assert [entry.created_by for entry in image.history] == [text for text, _ in making.STEPS]
    assert image.architecture == "amd64"
    assert [layer.diff_id for layer in image.layers] == CONFIG["rootfs"]["diff_ids"]
    assert any(note.startswith("read from .") for note in image.notes)


@pytest.mark.parametrize("form", ["nerdctl image inspect --mode=native", "oc get image", "oc image info"])
def test_the_layers_beside_the_config_are_joined(form: str) -> None:
    assert [layer.compressed_size for layer in load(WITH_STEPS[form]).layers] == [101, 102]


def _answer(manifest: Any) -> dict[str, Any]:
    image = {"imageId": {"imageDigest": "sha256:" + "ab" * 32, "imageTag": "1"}, "repositoryName": "app"}
    return {"images": [{"registryId": "123456789012", **image, "imageManifest": json.dumps(manifest)}], "failures": []}


def test_a_manifest_of_ecr_is_read_and_says_what_is_missing() -> None:
    image = load(_answer(MANIFEST))
    assert ([layer.compressed_size for layer in image.layers], image.tags) == ([101, 102], ("app:1",))
    assert any("skopeo inspect --config" in note for note in image.notes)
    joined = load(_answer(MANIFEST), manifest=CONFIG)
    assert (len(joined.history), joined.layers[1].compressed_size) == (4, 102)


def test_a_manifest_of_ecr_with_its_history() -> None:
    old = [{"v1Compatibility": json.dumps({"container_config": {"Cmd": [text]}})} for text, _ in making.STEPS[::-1]]
    blobs = [{"blobSum": f"sha256:{n:064x}"} for n in range(len(old))]
    image = load(_answer({"schemaVersion": 1, "architecture": "amd64", "fsLayers": blobs, "history": old}))
    assert [entry.created_by for entry in image.history] == [text for text, _ in making.STEPS]


def test_a_history_and_settings_without_the_rest_of_a_config() -> None:
    for value in ({"history": CONFIG["history"]}, {"history": CONFIG["history"], "config": CONFIG["config"]}):
        image = load(value)
        assert [entry.created_by for entry in image.history] == [text for text, _ in making.STEPS]
        assert image.config.get("Cmd") == (["sh"] if "config" in value else None)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"image": "nginx:1"}]}}, "docker://nginx:1"),
        ({"apiVersion": "v1", "kind": "List", "items": []}, "a Kubernetes List"),
        ({"imageDetails": [{"imageDigest": "sha256:1"}]}, "ECR's list of images"),
        ({"name": "library/app", "tags": ["1"]}, "a registry's list of tags"),
        ([{"Repository": "app", "Tag": "1", "CreatedSince": "2 days ago"}], "a list of images"),
        ({"spdxVersion": "SPDX-2.3", "packages": []}, "a bill of materials|an SPDX bill"),
        ({"services": {"web": {"image": "nginx"}}}, "a Compose file"),
        (
            {"Spec": {"TaskTemplate": {"ContainerSpec": {"Image": "a", "Labels": {}, "Env": [], "User": ""}}}},
            "not an image",
        ),
        ({"deep": [[[[[[[[[[[[CONFIG]]]]]]]]]]]]}, "not an image"),
        ({"text": "{broken"}, "not an image"),
        ({}, "an empty object"),
    ],
)
def test_what_holds_no_image_is_named(value: Any, told: str) -> None:
    with pytest.raises(UnreadableError, match=told) as error:
        load(value)
    assert "\n" not in str(error.value)


LARGE: dict[str, Any] = {
    "many values": {"a": [1] * 400_000},
    "many texts": {"a": ['{"a":' + "[" * 800 + "]" * 800 + "}"] * 4000},
    "large texts": {"a": [json.dumps({"a": [1] * 100_000})] * 50},
    "long keys": {"a": [{"k" * 100_000: 1} for _ in range(100)]},
}


@pytest.mark.parametrize("name", LARGE)
def test_an_image_is_looked_for_in_bounded_memory_and_time(name: str, tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_text(json.dumps(LARGE[name]))
    ended = limited(path)
    assert "JSON, but not an image: an object with 'a'" in ended.stderr
