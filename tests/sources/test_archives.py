"""Archives and folders: docker-archive in its variants, OCI layouts, `dir:`, the format before Docker 1.10."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconstruct.errors import NotFoundError, UnreadableError
from reconstruct.fleet import reading as fleet
from reconstruct.fleet.inputs import Item
from reconstruct.image import Image
from reconstruct.sources import load, read
from tests.sources import making

COMMANDS = [text for text, _ in making.STEPS]


def _legacy() -> dict[str, bytes]:
    identities = [f"{number:064x}" for number in (1, 2, 3)]
    commands = [["/bin/sh", "-c", "#(nop) ADD file:aa in /"], ["/bin/sh", "-c", "echo x"], None]
    files = {}
    for number, identity in enumerate(identities):
        config = {
            "id": identity,
            "created": f"2014-01-0{number + 1}T00:00:00Z",
            "container_config": {"Cmd": commands[number]},
            "config": {"Cmd": ["sh"]},
            "architecture": "amd64",
            "os": "linux",
        }
        if number:
            config["parent"] = identities[number - 1]
        files[f"{identity}/json"] = making.encoded(config)
        files[f"{identity}/VERSION"] = b"1.0"
        files[f"{identity}/layer.tar"] = making.layer(str(number))
    return {**files, "repositories": making.encoded({"old": {"latest": identities[-1]}})}


def test_docker_archive_gives_config_history_tags_and_uncompressed_sizes() -> None:
    image = load(making.tar(making.docker_archive()))
    assert [entry.created_by for entry in image.history] == COMMANDS
    assert image.tags == ("app:1",)
    assert [layer.size for layer in image.layers] == [len(data) for data in making.LAYERS]
    assert [layer.compressed_size for layer in image.layers] == [None, None]
    assert [layer.diff_id for layer in image.layers] == [making.digest(data) for data in making.LAYERS]
    assert image.image_id == making.digest(making.encoded(making.CONFIG))


def test_kaniko_s_variant_has_compressed_layers_and_digests_in_names() -> None:
    data = making.encoded(making.CONFIG)
    compressed = [gzip.compress(layer) for layer in making.LAYERS]
    names = [making.digest(layer).removeprefix("sha256:") + ".tar.gz" for layer in compressed]
    files = dict(zip(names, compressed, strict=True))
    files[making.digest(data)] = data
    files["manifest.json"] = making.encoded([{"Config": making.digest(data), "RepoTags": ["k:1"], "Layers": names}])
    image = load(making.tar(files))
    assert image.image_id == making.digest(data)
    assert [layer.compressed_size for layer in image.layers] == [len(layer) for layer in compressed]
    assert [layer.size for layer in image.layers] == [None, None]
    assert [layer.digest for layer in image.layers] == [making.digest(layer) for layer in compressed]


def test_a_compressed_layer_that_is_named_by_its_diff_id_has_no_digest() -> None:
    files = making.docker_archive()
    names = [making.digest(layer).removeprefix("sha256:") + ".tar.gz" for layer in making.LAYERS]
    for name, layer in zip(names, making.LAYERS, strict=True):
        files[name] = gzip.compress(layer)
    entry = json.loads(files["manifest.json"])[0]
    files["manifest.json"] = making.encoded([{**entry, "Layers": names}])
    image = load(making.tar(files))
    assert [layer.digest for layer in image.layers] == [None, None]
    assert [layer.diff_id for layer in image.layers] == [making.digest(layer) for layer in making.LAYERS]


def test_layers_that_are_links_have_the_size_of_what_they_lead_to() -> None:
    files = making.docker_archive()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            if name == "1/layer.tar":
                member.type, member.linkname = tarfile.SYMTYPE, "../0/layer.tar"
                archive.addfile(member)
            else:
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    image = load(out.getvalue())
    assert [layer.size for layer in image.layers] == [len(making.LAYERS[0])] * 2


def test_foreign_layers_come_from_layer_sources_and_may_be_absent() -> None:
    files = making.docker_archive()
    first = making.digest(making.LAYERS[0])
    entry = json.loads(files["manifest.json"])[0]
    kind = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    source = {"mediaType": kind, "size": 1234, "digest": "sha256:" + "1" * 64, "urls": ["https://example.org/l"]}
    entry["LayerSources"] = {first: source}
    del files["0/layer.tar"]
    files["manifest.json"] = making.encoded([entry])
    image = load(making.tar(files))
    assert image.layers[0].foreign
    assert image.layers[0].compressed_size == 1234
    assert image.layers[0].size is None
    assert image.notes == ()


def test_a_layer_that_is_absent_for_no_reason_is_noted_and_has_no_size() -> None:
    files = making.docker_archive()
    del files["1/layer.tar"]
    image = load(making.tar(files))
    assert image.layers[1].size is None
    assert "1/layer.tar" in image.notes[0]


def test_an_oci_layout_reads_the_same_as_directory_and_tar(tmp_path: Path) -> None:
    files = making.layout()
    one, other = load(making.folder(tmp_path / "a", files)), load(making.tar(files))
    assert one.history == other.history
    assert one.layers == other.layers
    assert [layer.size for layer in one.layers] == [None, None]
    assert all(layer.compressed_size for layer in one.layers)
    assert one.media_type == making.OCI_MANIFEST
    assert one.digest == other.digest != one.image_id


@pytest.mark.parametrize(
    "files", [making.docker_archive(), making.layout(), _legacy()], ids=["docker", "oci", "legacy"]
)
@pytest.mark.parametrize("around", ["./", "image/", "./image/"])
def test_archives_packed_with_their_directory(files: dict[str, bytes], around: str) -> None:
    image = load(making.tar({around + name: data for name, data in files.items()}))
    assert image.history == load(making.tar(files)).history
    assert image.layers == load(making.tar(files)).layers


def test_indexes_inside_indexes_and_the_choice_of_a_platform() -> None:
    made = making.Layout()
    inner = made.index([made.image("amd64"), made.image("arm64")])
    files = made.saved(made.index([inner]))
    image = load(making.tar(files), platform="linux/arm64")
    assert image.architecture == "arm64"
    assert image.index_digest == inner["digest"]
    default = load(making.tar(files))
    assert default.architecture == "amd64"
    assert "2 images in it" in default.notes[0]
    with pytest.raises(NotFoundError, match=r"no image for linux/s390x; available: linux/amd64, linux/arm64"):
        load(making.tar(files), platform="linux/s390x")


def test_an_archive_of_docker_25_has_the_tags_of_its_manifest_json() -> None:
    made = making.Layout()
    name = {"io.containerd.image.name": "docker.io/library/app:1", "org.opencontainers.image.ref.name": "1"}
    files = made.saved(made.image(annotations=name))
    data = making.encoded(making.CONFIG)
    config = "blobs/" + making.digest(data).replace(":", "/")
    files["manifest.json"] = making.encoded([{"Config": config, "RepoTags": ["app:1", "app:latest"], "Layers": []}])
    image = load(making.tar(files), tag="app:latest")
    assert image.tags == ("app:1", "app:latest")
    assert image.digest is not None


def test_platforms_whose_blobs_were_not_saved_are_left_out_with_a_note() -> None:
    made = making.Layout()
    kept = made.image("amd64")
    absent = {**kept, "digest": "sha256:" + "e" * 64, "platform": {"os": "linux", "architecture": "arm64"}}
    image = load(making.tar(made.saved(made.index([absent, kept]))))
    assert image.architecture == "amd64"
    assert any("missing" in note for note in image.notes)


def test_artifacts_are_not_images() -> None:
    made = making.Layout()
    signature = made.document(
        {
            "schemaVersion": 2,
            "mediaType": making.OCI_MANIFEST,
            "artifactType": "application/vnd.dev.cosign.artifact.sig.v1+json",
            "config": made.document({}, "application/vnd.oci.empty.v1+json"),
            "layers": [],
        },
        making.OCI_MANIFEST,
    )
    image = load(making.tar(made.saved(signature, made.image())))
    assert [entry.created_by for entry in image.history] == COMMANDS
    assert any("cosign" in note for note in image.notes)


def test_one_manifest_under_several_names_is_one_image() -> None:
    made = making.Layout()
    plain = made.image()
    named = [{**plain, "annotations": {"org.opencontainers.image.ref.name": name}} for name in ("one", "two")]
    image = load(making.tar(made.saved(*named)))
    assert image.tags == ("one", "two")
    assert image.notes == ()


def test_skopeo_s_dir(tmp_path: Path) -> None:
    made = making.Layout()
    descriptor = made.image()
    blobs = {name.rpartition("/")[2]: data for name, data in made.files.items() if name.startswith("blobs")}
    files = {**blobs, "version": b"Directory Transport Version: 1.1\n"}
    files["manifest.json"] = blobs[descriptor["digest"].removeprefix("sha256:")]
    image = load(making.folder(tmp_path, files))
    assert [entry.created_by for entry in image.history] == COMMANDS
    assert image.digest == descriptor["digest"]


def test_a_manifest_file_finds_the_blobs_beside_it(tmp_path: Path) -> None:
    made = making.Layout()
    descriptor = made.image()
    making.folder(tmp_path, made.saved(descriptor))
    path = tmp_path / "blobs" / "sha256" / descriptor["digest"].removeprefix("sha256:")
    assert [entry.created_by for entry in load(path).history] == COMMANDS
    assert [entry.created_by for entry in load(tmp_path / "index.json").history] == COMMANDS


def test_an_index_without_its_blobs_names_what_to_save() -> None:
    made = making.Layout()
    index = {"schemaVersion": 2, "manifests": [made.image("amd64"), made.image("arm64")]}
    with pytest.raises(UnreadableError, match="an index of linux/amd64, linux/arm64"):
        load(making.encoded(index))


def test_archives_of_before_docker_1_10_follow_parents() -> None:
    image = load(making.tar(_legacy()))
    assert [entry.created_by for entry in image.history] == [
        "/bin/sh -c #(nop) ADD file:aa in /",
        "/bin/sh -c echo x",
        "",
    ]
    assert image.tags == ("old:latest",)
    assert image.config["Cmd"] == ["sh"]
    assert [layer.size for layer in image.layers] == [10240] * 3


def test_archives_of_before_docker_1_10_without_names_have_the_image_that_is_no_parent() -> None:
    files = _legacy()
    del files["repositories"]
    assert len(load(making.tar(files)).history) == 3


def test_cyclic_parents_are_an_error() -> None:
    files = _legacy()
    first = json.loads(files[f"{1:064x}/json"])
    files[f"{1:064x}/json"] = making.encoded({**first, "parent": f"{3:064x}"})
    with pytest.raises(UnreadableError, match="cycle"):
        load(making.tar(files))


def _zstd(data: bytes) -> bytes:
    return bytes(pytest.importorskip("zstandard").compress(data))


COMPRESSIONS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": _zstd}


@pytest.mark.parametrize("kind", COMPRESSIONS)
@pytest.mark.parametrize("files", [making.docker_archive(), making.layout()], ids=["docker", "oci"])
def test_compressed_archives_read_as_they_do_plain(kind: str, files: dict[str, bytes]) -> None:
    data = making.tar(files)
    assert load(COMPRESSIONS[kind](data)).layers == load(data).layers


def test_compressed_documents_and_several_gzip_members() -> None:
    data = making.encoded(making.CONFIG)
    assert load(gzip.compress(data[:50]) + gzip.compress(data[50:]) + b"\0" * 512).architecture == "amd64"


def test_zstd_without_its_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    data = _zstd(making.tar(making.layout()))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(UnreadableError, match=r"reconstruct\[zstd\]"):
        load(data)


@pytest.mark.parametrize(
    "data", [making.tar(making.docker_archive()), making.encoded(making.CONFIG)], ids=["tar", "json"]
)
def test_standard_input_that_is_a_pipe(data: bytes) -> None:
    code = "import reconstruct; print(len(reconstruct.load('-').history))"
    ended = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True)
    assert ended.stdout.strip() == b"4"


class _Trickle(io.RawIOBase):
    """A pipe that gives a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, length: int = -1) -> bytes:
        return self._data.read(min(length, 7))


@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_stream_may_come_in_small_pieces(compress: object) -> None:
    data = compress(making.tar(making.docker_archive()))  # type: ignore[operator]
    assert len(load(_Trickle(data)).history) == 4


def test_layer_contents_are_not_read(tmp_path: Path) -> None:
    """A layer of 20 GB, sparse: it would take minutes to read, and far more memory than there may be."""
    from tests.sources.test_limits import sparse_archive

    image = load(sparse_archive(tmp_path / "large.tar", 20 << 30))
    assert image.layers[0].size == 20 << 30


def _family(parents: Sequence[int | None], named: Sequence[int]) -> bytes:
    """A legacy archive of images of these parents, oldest first; `named` in this order, as `x:<number>`."""
    names = [f"{number + 1:064x}" for number in range(len(parents))]
    files = {"repositories": making.encoded({"x": {str(number): names[number] for number in named}})}
    for number, parent in enumerate(parents):
        version: dict[str, Any] = {"id": names[number], "os": "linux", "container_config": {"Cmd": [f"step {number}"]}}
        if parent is not None:
            version["parent"] = names[parent]
        files[f"{names[number]}/json"] = making.encoded(version)
        files[f"{names[number]}/layer.tar"] = b"\0" * (512 * number)
    return making.tar(files)


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=12).flatmap(
        lambda draws: st.tuples(st.just(draws), st.permutations(range(len(draws))))
    )
)
def test_images_that_share_ancestors_each_have_their_own_line(made: tuple[list[int], list[int]]) -> None:
    draws, named = made
    parents = [draw % number if number and draw % 4 else None for number, draw in enumerate(draws)]

    def line(number: int | None) -> list[int]:
        return [] if number is None else [*line(parents[number]), number]

    candidates, reading, _ = read(_family(parents, named))
    for _ in range(2):
        for candidate in candidates:
            image = candidate.image
            number = int(image.tags[0].removeprefix("x:"))
            assert [entry.created_by for entry in image.history] == [f"step {each}" for each in line(number)]
            assert [layer.size for layer in image.layers] == [512 * each for each in line(number)]
    reading.close()


def test_only_the_last_of_a_long_line_of_named_images_is_processed() -> None:
    count = 201
    data = _family([None, *range(count - 1)], range(count))
    notes: tuple[str, ...] = ()
    found = list(fleet.images(Item("long.tar", "long.tar", data)))
    assert [name for name, _ in found] == ["long.tar (x:200)"]
    for _, image in found:
        assert isinstance(image, Image)
        notes = image.notes
    assert any("200 base images of others in it skipped" in note for note in notes)
    assert len(load(data, tag="x:5").history) == 6
    short = list(fleet.images(Item("short.tar", "short.tar", _family([None, 0, 1], range(3)))))
    assert len(short) == 3
