"""From an image to the tars of its layers, in every form that holds them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import zstandard

from reconstruct.errors import NotFoundError, ReconstructError, UnreadableError
from reconstruct.sources import open_image
from reconstruct.sources.layers import LayerStream, Stored
from tests.sources import making

DIFF_IDS = [making.digest(data) for data in making.LAYERS]


def contents(source: Any) -> list[str | None]:
    """The digests of the image's layers as they come out; None for one that is not there."""
    with open_image(source) as opened:
        return [None if layer is None else digest(layer) for layer in opened.layers]


def digest(layer: Stored) -> str:
    made = hashlib.sha256()
    with LayerStream(layer) as stream:
        while data := stream.take(700):
            made.update(data)
    return "sha256:" + made.hexdigest()


def legacy() -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    parent = ""
    for number, data in enumerate(making.LAYERS):
        name = f"{number:064x}"
        files[f"{name}/json"] = making.encoded({"id": name, "parent": parent, "os": "linux"})
        files[f"{name}/layer.tar"] = data
        parent = name
    files["repositories"] = making.encoded({"app": {"1": parent}})
    return files


def zstd_layout() -> dict[str, bytes]:
    made = making.Layout()
    blobs = [zstandard.ZstdCompressor().compress(data) for data in making.LAYERS]
    # zstd:chunked: each chunk is a frame, and the table of contents follows in skippable frames.
    blobs[1] += bytes.fromhex("502a4d18") + (4).to_bytes(4, "little") + b"toc!"
    manifest = {
        "schemaVersion": 2,
        "mediaType": making.OCI_MANIFEST,
        "config": made.document(making.CONFIG, making.OCI_CONFIG),
        "layers": [
            {"mediaType": "application/vnd.oci.image.layer.v1.tar+zstd", "digest": made.blob(data), "size": len(data)}
            for data in blobs
        ],
    }
    return made.saved(made.document(manifest, making.OCI_MANIFEST))


FORMS = {
    "docker-archive": making.docker_archive,
    "before-1.10": legacy,
    "oci": making.layout,
    "zstd": zstd_layout,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("wrapping", ["tar", "folder", "gzip", "pipe"])
def test_each_form_gives_the_layers_to_the_byte(form: str, wrapping: str, tmp_path: Path) -> None:
    files = FORMS[form]()
    packed = making.tar(files)
    source: Any
    if wrapping == "folder":
        source = making.folder(tmp_path, files)
    elif wrapping == "pipe":
        reading, writing = os.pipe()
        with os.fdopen(writing, "wb") as end:
            end.write(packed)
        source = os.fdopen(reading, "rb")
    else:
        source = packed if wrapping == "tar" else gzip.compress(packed)

    assert contents(source) == DIFF_IDS


def test_a_missing_layer_is_none() -> None:
    files = making.docker_archive()
    del files["0/layer.tar"]

    assert contents(making.tar(files)) == [None, DIFF_IDS[1]]


def test_a_form_without_layers_says_so() -> None:
    with pytest.raises(NotFoundError, match="no layers"):
        open_image(making.CONFIG)


def split_of(layer: bytes, tmp: Path) -> list[dict[str, Any]]:
    """A tar-split of a layer with one file, whose content goes into the folder."""
    import tarfile

    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        member = archive.getmembers()[0]
        data = layer[member.offset_data : member.offset_data + member.size]
        (tmp / member.name).write_bytes(data)
    rest = layer[member.offset_data + len(data) :]
    return [
        {"type": 2, "payload": base64.b64encode(layer[: member.offset_data]).decode(), "position": 0},
        {"type": 1, "name": member.name, "size": len(data), "payload": "", "position": 1},
        {"type": 2, "payload": base64.b64encode(rest).decode(), "position": 2},
    ]


def docker_root(folder: Path, change: Mapping[str, Any] | None = None) -> Path:
    """A data root of Docker's with making.CONFIG; `change` goes into the first layer's file record."""
    data = making.encoded(making.CONFIG)
    image = making.digest(data).removeprefix("sha256:")
    files = {f"image/overlay2/imagedb/content/sha256/{image}": data}
    chain = ""
    for number, layer in enumerate(making.LAYERS):
        chain = making.digest(f"{chain} {DIFF_IDS[number]}".encode()) if chain else DIFF_IDS[number]
        place = f"image/overlay2/layerdb/{chain.replace(':', '/')}"
        unpacked = folder / f"overlay2/{number:064x}/diff"
        unpacked.mkdir(parents=True)
        records = split_of(layer, unpacked)
        if number == 0 and change:
            records[1] |= change
        lines = "\n".join(json.dumps(record) for record in records).encode()
        files[f"{place}/cache-id"] = f"{number:064x}".encode()
        files[f"{place}/tar-split.json.gz"] = gzip.compress(lines)
    return making.folder(folder, files)


def test_docker_s_data_root_gives_the_layers_to_the_byte(tmp_path: Path) -> None:
    assert contents(docker_root(tmp_path)) == DIFF_IDS


@pytest.mark.parametrize("name", ["../../secret", "/etc/passwd", "link", "through/secret"])
def test_no_record_reads_a_file_outside_the_layer(name: str, tmp_path: Path) -> None:
    root = docker_root(tmp_path / "root", {"name": name, "size": 4})
    (root / "overlay2" / "secret").write_text("gold")
    unpacked = root / f"overlay2/{0:064x}/diff"
    (unpacked / "link").symlink_to("../../secret")
    (unpacked / "through").symlink_to("../..")

    with pytest.raises(UnreadableError, match=r"points outside|link|through"):
        contents(root)


@pytest.mark.parametrize("place", [f"overlay2/{0:064x}", f"overlay2/{0:064x}/diff"])
def test_a_layer_behind_a_link_out_of_the_store_is_missing(place: str, tmp_path: Path) -> None:
    root = docker_root(tmp_path / "root")
    outside = tmp_path / "outside"
    (root / place).rename(outside)
    (root / place).symlink_to(outside)

    assert contents(root) == [None, DIFF_IDS[1]]


@pytest.mark.parametrize(
    "identity", ["../../outside/" + "0" * 64, "..", "/" + "0" * 64, "0" * 64 + "/../" + "0" * 64, "\0" * 64]
)
def test_a_layer_s_identity_is_no_path(identity: str, tmp_path: Path) -> None:
    root = docker_root(tmp_path / "root")
    for cache in root.glob("image/overlay2/layerdb/sha256/*/cache-id"):
        cache.write_text(identity)

    with pytest.raises(NotFoundError):
        contents(root)


@pytest.mark.parametrize(
    "change",
    [
        {"size": -1},
        {"size": "9"},
        {"size": 10**9},
        {"name": "gone", "size": 1},
        {"name": "\ud800", "size": 1},
        {"name": "x" * 70_000, "size": 1},
        {"name": "d/" * 70_000 + "x", "size": 1},
        {"name_raw": "=", "size": 1},
        {"name_raw": 7, "size": 1},
    ],
)
def test_a_broken_record_is_one_clear_line(change: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ReconstructError):
        contents(docker_root(tmp_path, change))


def test_a_blob_behind_a_link_out_of_the_directory_is_not_read(tmp_path: Path) -> None:
    files = making.docker_archive()
    root = making.folder(tmp_path / "image", files)
    (tmp_path / "outside").write_bytes(making.LAYERS[0])
    (root / "0/layer.tar").unlink()
    (root / "0/layer.tar").symlink_to("../../outside")

    assert contents(root) == [None, DIFF_IDS[1]]


def test_skipping_gives_what_follows() -> None:
    data = bytes(range(256)) * 4096
    for packed in (data, gzip.compress(data)):

        class Held:
            label = "held"

            def open(self, packed: bytes = packed) -> io.BytesIO:
                return io.BytesIO(packed)

        with LayerStream(Held()) as stream:
            assert stream.take(10) == data[:10]
            stream.skip(300_000)
            assert stream.take(300_000) == data[300_010:600_010]
            stream.skip(600_000)
            assert stream.take(1) == b""
