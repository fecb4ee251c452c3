"""The registry of forms, and what registries' APIs and umoci print."""

from __future__ import annotations

import bz2
import gzip
import inspect
import json
import struct
import typing
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from reconstruct.errors import UnreadableError
from reconstruct.sources import forms, load, read
from tests.sources.making import (
    CONFIG,
    OCI_LAYER,
    OCI_MANIFEST,
    Layout,
    digest,
    docker_archive,
    each_replaced,
    folder,
    tar,
)

FORMS = [
    *((form, forms.FileForm) for form in forms.of_files()),
    *((form, forms.ValueForm) for form in forms.of_values()),
    *((form, forms.TextForm) for form in forms.of_texts()),
]


@pytest.mark.parametrize(("form", "protocol"), FORMS, ids=lambda each: getattr(each, "__name__", ""))
def test_a_form_s_module_implements_its_protocol(form: ModuleType, protocol: type) -> None:
    assert isinstance(form.NAME, str)
    for name, wanted in inspect.getmembers(protocol, inspect.isfunction):
        if name.startswith("__"):
            continue
        has = inspect.signature(getattr(form, name))
        expected = [parameter.annotation for parameter in list(inspect.signature(wanted).parameters.values())[1:]]
        assert [parameter.annotation for parameter in has.parameters.values()] == expected, name
        assert has.return_annotation == inspect.signature(wanted).return_annotation
        assert typing.Any not in expected
        assert "Any" not in str(has)


def test_every_module_that_is_a_form_is_in_the_registry() -> None:
    named = {*forms.FILES, *forms.VALUES, *forms.TEXTS}
    folder = Path(forms.__file__).parent
    assert {path.stem for path in folder.glob("*.py") if "\nNAME = " in path.read_text("utf-8")} == named


# -- umoci stat ------------------------------------------------------------------------------------------------------

BLOB, DIFF = digest(b"blob"), digest(b"diff")
STAT = {
    "history": [
        {"layer": None, "diff_id": "", "created": "2024-01-02T03:04:05.6Z", "created_by": "RUN x", "empty_layer": True},
        {
            "layer": {"mediaType": OCI_LAYER, "digest": BLOB, "size": 93},
            "diff_id": DIFF,
            "created": "2024-01-02T03:04:06Z",
            "created_by": "COPY f /f",
            "comment": "hello",
        },
    ]
}
STAT_TABLE = (
    f"{'LAYER':<71} {'CREATED':<29} {'CREATED BY':<26} {'SIZE':<6} COMMENT\n"
    f"{'<none>':<71} 2024-01-02T03:04:05.600000000Z RUN x                      <none> \n"
    f"{BLOB} 2024-01-02T03:04:06.100000000Z echo  5MB  x               93B    hello\n"
    f"{digest(b'other')} 2024-01-02T03:04:07.100000000Z RUN a\n b                   5.3 MB \n"
)


def test_umoci_stat_as_json() -> None:
    candidates, _, form = read(json.dumps(STAT).encode())
    image = candidates[0].image
    assert form == "umoci stat"
    assert [(entry.created_by, entry.empty_layer) for entry in image.history] == [("RUN x", True), ("COPY f /f", False)]
    assert image.history[1].comment == "hello"
    assert [(layer.digest, layer.diff_id, layer.compressed_size) for layer in image.layers] == [(BLOB, DIFF, 93)]
    assert not image.has_config


def test_umoci_stat_with_the_config_s_blob() -> None:
    manifest = {"schemaVersion": 2, "config": {"digest": digest(b"c")}, "layers": [{"digest": BLOB, "size": 1}] * 2}
    whole = {
        **STAT,
        "config": {"descriptor": {"digest": digest(b"c")}, "blob": CONFIG},
        "manifest": {"descriptor": {"digest": digest(b"m")}, "blob": manifest},
    }
    image = load(json.dumps(whole).encode())
    assert image.history == load(CONFIG).history
    assert image.has_config
    assert image.image_id == digest(b"c")
    assert [layer.digest for layer in image.layers] == [BLOB, BLOB]


@pytest.mark.parametrize("front", ["", "== MANIFEST ==\nSchema Version: 2\n\n== HISTORY ==\n"])
def test_umoci_stat_as_a_table(front: str) -> None:
    image = load((front + STAT_TABLE).encode())
    assert [entry.created_by for entry in image.history] == ["RUN x", "echo  5MB  x", "RUN a\n b"]
    assert [entry.empty_layer for entry in image.history] == [True, False, False]
    assert [layer.compressed_size for layer in image.layers] == [93, 5_300_000]
    assert image.history[1].comment == "hello"


# -- Quay ------------------------------------------------------------------------------------------------------------


def quay(*steps: dict[str, Any], **more: Any) -> bytes:
    layers = [{"index": number, "compressed_size": 100 + number, **step} for number, step in enumerate(steps)]
    return json.dumps(
        {"digest": digest(b"m"), "is_manifest_list": False, "manifest_data": "", "layers": layers, **more}
    ).encode()


EMPTY = "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4"
ROOT = {"command": ["/bin/sh -c #(nop) ADD file:aa in / "], "blob_digest": BLOB, "comment": None, "author": None}
WHEN = "Fri, 03 May 2024 17:40:22 -0000"


def test_quay_s_manifest() -> None:
    command = {"command": ['/bin/sh -c #(nop)  CMD ["sh"]'], "blob_digest": EMPTY, "created_datetime": WHEN}
    candidates, _, form = read(quay(ROOT, command))
    image = candidates[0].image
    assert form == "Quay"
    assert [(entry.created_by, entry.empty_layer) for entry in image.history] == [
        ("/bin/sh -c #(nop) ADD file:aa in / ", False),
        ('/bin/sh -c #(nop)  CMD ["sh"]', True),
    ]
    assert image.history[1].created == "2024-05-03T17:40:22Z"
    assert [(layer.digest, layer.compressed_size) for layer in image.layers] == [(BLOB, 100)]


def test_quay_s_steps_in_any_order_and_in_words() -> None:
    words = json.dumps(["/bin/sh", "-c", "make"])
    data = json.loads(quay(ROOT, {"command": words, "blob_digest": digest(b"two")}))
    data["layers"].reverse()
    assert [entry.created_by for entry in load(data).history] == [
        "/bin/sh -c #(nop) ADD file:aa in / ",
        "/bin/sh -c make",
    ]


def test_quay_s_manifest_without_steps_has_its_layers() -> None:
    inner = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": {"digest": digest(b"c")}, "layers": []}
    steps = {"command": None, "blob_digest": BLOB}
    image = load(quay(steps, steps, manifest_data=json.dumps(inner)))
    assert not image.has_history
    assert [layer.digest for layer in image.layers] == [BLOB, BLOB]
    assert image.image_id == digest(b"c")


def test_quay_s_list_names_its_platforms() -> None:
    listed = {"schemaVersion": 2, "manifests": [{"digest": BLOB, "platform": {"os": "linux", "architecture": "s390x"}}]}
    with pytest.raises(UnreadableError, match="linux/s390x"):
        load(quay(is_manifest_list=True, manifest_data=json.dumps(listed)))


# -- Harbor ----------------------------------------------------------------------------------------------------------

ARTIFACT = {
    "digest": digest(b"m"),
    "manifest_media_type": OCI_MANIFEST,
    "type": "IMAGE",
    "size": 5,
    "tags": [{"name": "1.0"}, {"name": "latest"}],
    "extra_attrs": {
        "architecture": "arm64",
        "os": "linux",
        "author": "",
        "created": "2024-01-02T03:04:05Z",
        "config": {"Env": ["A=1"], "Cmd": ["sh"]},
    },
}


def test_harbor_s_artifact() -> None:
    candidates, _, form = read(json.dumps(ARTIFACT).encode())
    image = candidates[0].image
    assert form == "Harbor"
    assert (image.platform, image.config, image.tags) == (
        "linux/arm64",
        {"Env": ["A=1"], "Cmd": ["sh"]},
        ("1.0", "latest"),
    )
    assert image.has_config
    assert not image.has_history


def test_harbor_s_list_and_its_build_history_joined(tmp_path: Path) -> None:
    image = load(json.dumps([{**ARTIFACT, "digest": digest(b"o"), "tags": None}, ARTIFACT]).encode(), tag="1.0")
    assert image.digest == digest(b"m")
    (tmp_path / "artifact.json").write_text(json.dumps(ARTIFACT))
    (tmp_path / "history.json").write_text(json.dumps(CONFIG["history"]))
    joined = load([str(tmp_path / "history.json"), str(tmp_path / "artifact.json")])
    assert joined.history == load(CONFIG).history
    assert joined.config == {"Env": ["A=1"], "Cmd": ["sh"]}


@pytest.mark.parametrize("attributes", [None, {}, {"type": "helm"}])
def test_harbor_s_other_artifacts_say_what_to_get(attributes: Any) -> None:
    with pytest.raises(UnreadableError, match="artifacts/DIGEST"):
        load({**ARTIFACT, "type": "CHART", "extra_attrs": attributes})


# -- Google ----------------------------------------------------------------------------------------------------------

LISTED = {
    "child": [],
    "manifest": {
        digest(b"1"): {
            "imageSizeBytes": "5",
            "layerId": "",
            "mediaType": OCI_MANIFEST,
            "tag": ["1", "latest"],
            "timeCreatedMs": "1704164645000",
            "timeUploadedMs": "1704164646000",
        },
        digest(b"2"): {"imageSizeBytes": "6", "mediaType": OCI_MANIFEST, "tag": [], "timeCreatedMs": "0"},
    },
    "name": "project/app",
    "tags": ["1", "latest"],
}


def test_google_s_list_of_tags() -> None:
    candidates, _, form = read(json.dumps(LISTED).encode())
    assert form == "GCR"
    assert [candidate.tags for candidate in candidates] == [("project/app:1", "project/app:latest"), ("project/app",)]
    images = [candidate.image for candidate in candidates]
    assert [image.created for image in images] == ["2024-01-02T03:04:05Z", None]
    assert not images[0].has_history
    assert load(json.dumps(LISTED).encode(), tag="latest").digest == digest(b"1")


def test_gcloud_s_summary() -> None:
    summary = {"digest": digest(b"1"), "fully_qualified_digest": f"gcr.io/p/app@{digest(b'1')}", "registry": "gcr.io"}
    image = load({"image_summary": summary})
    assert (image.digest, image.tags) == (digest(b"1"), ("gcr.io/p/app",))


# -- no type in an API's answer breaks the reading -------------------------------------------------------------------

ANY: list[Any] = [None, True, 1, "x", [], {}, [1], [[]], [{}], {"a": 1}]


@pytest.mark.parametrize("value", ANY, ids=repr)
@pytest.mark.parametrize(
    "whole", [STAT, json.loads(quay(ROOT)), ARTIFACT, LISTED], ids=["umoci", "quay", "harbor", "gcr"]
)
def test_a_value_of_any_type_breaks_nothing(whole: dict[str, Any], value: Any) -> None:
    for changed in each_replaced(whole, value):
        try:
            load(changed)
        except UnreadableError:
            continue


# -- Charliecloud ----------------------------------------------------------------------------------------------------

METADATA = {
    "arch": "amd64",
    "arg": {"FAKEROOTDONTTRYCHOWN": "1"},
    "cwd": "/srv",
    "env": {"PATH": "/bin", "A": "1"},
    "history": CONFIG["history"],
    "labels": {"a": "b"},
    "shell": ["/bin/bash", "-c"],
    "volumes": ["/data"],
}


def test_charliecloud_s_metadata_alone_and_in_a_tree(tmp_path: Path) -> None:
    alone = load(METADATA)
    files = {"bin/sh": b"x", "ch/metadata.json": json.dumps(METADATA).encode(), "ch/environment": b"A=1"}
    folder(tmp_path / "img", files)
    (tmp_path / "img.tar").write_bytes(tar({f"img/{name}": data for name, data in files.items()}))
    for image in (alone, load(str(tmp_path / "img")), load(str(tmp_path / "img.tar")), load(tar(files))):
        assert image.history == load(CONFIG).history
        assert image.config["Env"] == ["PATH=/bin", "A=1"]
        assert (image.config["WorkingDir"], image.config["Shell"]) == ("/srv", ["/bin/bash", "-c"])
        assert image.config["Volumes"] == {"/data": {}}
        assert image.architecture == "amd64"


# -- estargz and zstd:chunked ----------------------------------------------------------------------------------------


def skippable(data: bytes) -> bytes:
    """A zstd frame that readers pass over (RFC 8878, 3.1.2)."""
    return struct.pack("<II", 0x184D2A50, len(data)) + data


def chunked(data: bytes, *, front: bool) -> bytes:
    """As zstd:chunked packs a tar: a frame a chunk, with frames that are passed over."""
    zstandard = pytest.importorskip("zstandard")
    compress = zstandard.ZstdCompressor().compress
    frames = [compress(data[start : start + 3000]) for start in range(0, len(data), 3000)]
    return (skippable(b"front") if front else b"") + b"".join(frames) + skippable(b"x" * 100) + skippable(b"y" * 64)


def estargz(data: bytes) -> bytes:
    """As eStargz packs a tar: a gzip member a chunk, one of them empty, and a footer in an extra field."""
    parts = [gzip.compress(data[start : start + 3000]) for start in range(0, len(data), 3000)]
    footer = bytes.fromhex("1f8b08040000000000ff") + struct.pack("<H", 26) + b"SG\x16\x00" + b"%016x" % 5 + b"STARGZ"
    return b"".join([parts[0], gzip.compress(b""), *parts[1:], footer + b"\x01\x00\x00\xff\xff" + b"\0" * 8])


@pytest.mark.parametrize(
    "packed", [estargz, lambda data: chunked(data, front=False), lambda data: chunked(data, front=True)]
)
def test_an_archive_packed_in_chunks_is_read(packed: Callable[[bytes], bytes]) -> None:
    image = load(packed(tar(docker_archive())))
    assert image.tags == ("app:1",)
    assert len(image.layers) == 2


def test_layers_packed_in_chunks_are_compressed_ones() -> None:
    layers = [chunked(tar({"a": b"x"}), front=True), estargz(tar({"b": b"y"})), bz2.compress(tar({"c": b"z"}))]
    config = json.dumps({**CONFIG, "rootfs": {"diff_ids": [digest(b"1"), digest(b"2"), digest(b"3")]}}).encode()
    names = [f"blobs/sha256/{digest(data)[7:]}" for data in layers]
    listed = [{"Config": "c.json", "RepoTags": ["a:1"], "Layers": names}]
    files = {**dict(zip(names, layers, strict=True)), "c.json": config, "manifest.json": json.dumps(listed).encode()}
    image = load(tar(files))
    assert [layer.compressed_size for layer in image.layers] == [len(data) for data in layers]
    assert [layer.size for layer in image.layers] == [None] * 3
    assert [(layer.media_type or "")[-4:] for layer in image.layers] == ["zstd", "gzip", ""]


def test_an_estargz_layer_s_annotation_gives_its_size() -> None:
    made = Layout()
    annotations = {"io.containers.estargz.uncompressed-size": "512"}
    layer = {"mediaType": OCI_LAYER, "digest": BLOB, "size": 93, "annotations": annotations}
    config = made.document({**CONFIG, "rootfs": {"diff_ids": [DIFF]}}, "application/vnd.oci.image.config.v1+json")
    manifest = made.document({"schemaVersion": 2, "config": config, "layers": [layer]}, OCI_MANIFEST)
    assert [layer.size for layer in load(tar(made.saved(manifest))).layers] == [512]
