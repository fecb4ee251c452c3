"""Hostile inputs: each is refused or read within the bounds of memory and time, with one clear line."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from reconstruct.errors import UnreadableError
from reconstruct.sources import load, tar
from tests.pace import timed
from tests.sources import making

CEILING = 300 << 20
_LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({ceiling}, {ceiling}))
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
from reconstruct.cli.main import main
main(["list", sys.argv[1]])
"""


def limited(path: Path, seconds: int = 40) -> subprocess.CompletedProcess[str]:
    """`reconstruct list PATH` in a process that may have 300 MB of address space, and so many seconds of CPU time.

    The kernel kills one that takes longer; ten minutes by the clock are for one that waits, on a machine however busy.
    """
    code = _LIMITED.format(ceiling=CEILING, seconds=seconds)
    # Another locale may come with an archive of hundreds of megabytes, which would count.
    env = {**os.environ, "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-c", code, str(path)]
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=600, check=False)


def refused(path: Path, reason: str) -> None:
    """Ends with status 2 and one line, which gives this reason."""
    ended = limited(path)
    assert ended.returncode == 2, ended.stderr
    lines = ended.stderr.splitlines()
    assert len(lines) == 1, ended.stderr
    assert reason in lines[0]


def sparse_archive(path: Path, size: int) -> Path:
    """A docker-archive whose first layer has so many bytes, none of which lies on disk."""
    config = making.encoded(
        {**making.CONFIG, "rootfs": {"diff_ids": ["sha256:" + "1" * 64]}, "history": making.CONFIG["history"][:2]}
    )
    documents = {
        "config.json": config,
        "manifest.json": making.encoded([{"Config": "config.json", "RepoTags": ["big:1"], "Layers": ["layer.tar"]}]),
    }
    with path.open("wb") as file:
        member = tarfile.TarInfo("layer.tar")
        member.size = size
        file.write(member.tobuf(tarfile.GNU_FORMAT))
        file.seek(-(-size // 512) * 512, os.SEEK_CUR)
        file.write(making.tar(documents))
    return path


@pytest.mark.no_cover
def test_a_large_archive_takes_no_longer_than_a_small_one(tmp_path: Path) -> None:
    def seconds(path: Path) -> float:
        return timed(lambda: load(path))[1]

    small, large = sparse_archive(tmp_path / "small.tar", 20 << 20), sparse_archive(tmp_path / "large.tar", 20 << 30)
    load(small)
    assert min(seconds(large) for _ in range(5)) < 3 * min(seconds(small) for _ in range(5)) + 0.01


@pytest.mark.parametrize("text", ["[" * 100_000, '{"config":' * 100_000], ids=["arrays", "objects"])
def test_json_nested_100_000_deep(tmp_path: Path, text: str) -> None:
    path = tmp_path / "deep.json"
    path.write_text(text)
    refused(path, "deep")


@pytest.mark.parametrize(
    "text",
    [
        '{"architecture":"amd64","rootfs":{},"history":[' + ",".join(["{}"] * 5_000_000) + "]}",
        "[" + "0," * 7_900_000 + "0]",
        '{"config":{"Labels":{' + ",".join(f'"k{n}":""' for n in range(1_000_000)) + '}},"rootfs":{}}',
    ],
    ids=["entries", "numbers", "labels"],
)
def test_json_with_millions_of_values(tmp_path: Path, text: str) -> None:
    path = tmp_path / "wide.json"
    path.write_text(text)
    refused(path, "more than 500,000 JSON values")


def test_a_document_of_many_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    path.write_text('{"rootfs":{},"author":"' + "😀" * 5_000_000 + '"}')
    refused(path, "larger than the 16 MB")


def test_a_long_text_of_wide_characters_stays_under_the_ceiling(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    path.write_text('{"rootfs":{},"os":"linux","author":"' + "😀" * 4_000_000 + '"}')
    assert limited(path).returncode == 0


def test_more_history_than_any_image_has(tmp_path: Path) -> None:
    path = tmp_path / "steps.json"
    path.write_text('{"architecture":"amd64","rootfs":{},"history":[' + ",".join(["{}"] * 100_000) + "]}")
    with pytest.raises(UnreadableError, match="more than 20,000 history entries"):
        load(path)


def _bomb(compress: Callable[[bytes], bytes]) -> bytes:
    """A tar with one member of 8 GB of zeros. Compressed streams may follow each other: one piece, many times."""
    member = tarfile.TarInfo("layer.tar")
    member.size = 8 << 30
    return compress(member.tobuf(tarfile.GNU_FORMAT)) + compress(bytes(16 << 20)) * (8 << 30 >> 24)


BOMBS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("kind", BOMBS)
def test_compression_bombs(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(_bomb(BOMBS[kind]))
    refused(path, "compression bomb")


def test_a_zstd_window_of_gigabytes(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    parameters = zstandard.ZstdCompressionParameters(window_log=31, compression_level=1, write_content_size=0)
    path = tmp_path / "window.zst"
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    path.write_bytes(compressor.compress(making.tar(making.layout())) + compressor.flush())
    ended = limited(path)
    assert ended.returncode in (0, 2)
    assert "Traceback" not in ended.stderr


def test_a_compressed_document_that_grows(tmp_path: Path) -> None:
    path = tmp_path / "grown.json.gz"
    path.write_bytes(gzip.compress(b'{"rootfs":"' + b"a" * (100 << 20) + b'"}'))
    refused(path, "larger than the 16 MB")


def _header(name: str, size: int = 0, kind: bytes = b"0", raw_size: bytes | None = None) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.type = size, kind
    block = bytearray(member.tobuf(tarfile.GNU_FORMAT)[:512])
    if raw_size is not None:
        block[124:136] = raw_size
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (_header("a", raw_size=b"\xff" * 12) + bytes(1024), "invalid size"),
        (_header("a", raw_size=b"-0000000017\0") + bytes(1024), "invalid size"),
        (_header("a", raw_size=b"\x80" + b"\x7f" * 11) + bytes(1024), "invalid size"),
        (_header("a", 5 << 30, b"x") + bytes(1024), "extended header of 5,368,709,120 bytes"),
        (_header("a", 5 << 30, b"L") + bytes(1024), "extended header of 5,368,709,120 bytes"),
        (_header("a", 1 << 40) + bytes(512), "truncated inside 'a'"),
        (_header("a", 10) + b"0123456789" + bytes(502) + b"rubbish" * 100, "broken tar header at byte 1024"),
        (_header("a", 20, b"x") + b"20 size=-99999999999" + bytes(492) + _header("b") + bytes(1024), "-99999999999"),
        (_header("a", 20, b"x") + b"99 path=aaaaaaaaaaaa" + bytes(492) + _header("b") + bytes(1024), "longer than"),
    ],
)
def test_broken_tar_headers(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "broken.tar"
    path.write_bytes(data)
    refused(path, reason)


def test_more_members_than_any_image_has(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tar.MAX_MEMBERS > 200_000
    monkeypatch.setattr(tar, "MAX_MEMBERS", 1000)
    with pytest.raises(UnreadableError, match="more than 1,000 members"):
        load(_header("a") * 1001)


@pytest.mark.parametrize("packed", [False, True])
def test_a_hundred_thousand_members_are_read(tmp_path: Path, packed: bool) -> None:
    data = _header("some/folder/of/names") * 100_000 + making.tar(making.docker_archive())
    path = tmp_path / "many.tar"
    path.write_bytes(gzip.compress(data, 1) if packed else data)
    ended = limited(path)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("name", ["/manifest.json", "../manifest.json", "a/../../manifest.json"])
def test_members_that_point_outside_the_archive_are_skipped(name: str) -> None:
    files = making.docker_archive()
    files[name] = files.pop("manifest.json")
    with pytest.raises(UnreadableError, match="not a saved image"):
        load(making.tar(files))


def _with_link(target: str, kind: bytes = tarfile.SYMTYPE) -> bytes:
    out = io.BytesIO(
        making.tar({name: data for name, data in making.docker_archive().items() if name != "1/layer.tar"})
    )
    with tarfile.open(fileobj=out, mode="a") as archive:
        member = tarfile.TarInfo("1/layer.tar")
        member.type, member.linkname = kind, target
        archive.addfile(member)
    return out.getvalue()


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../../etc/passwd", "layer.tar", "../1/layer.tar", "nowhere"])
@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_links_never_point_outside_or_form_cycles(target: str, kind: bytes) -> None:
    image = load(_with_link(target, kind))
    assert image.layers[1].size is None
    assert image.layers[1].diff_id == making.digest(making.LAYERS[1])


def test_a_config_that_is_a_link_out_of_the_archive_is_missing() -> None:
    files = making.docker_archive()
    files["manifest.json"] = making.encoded([{"Config": "1/layer.tar", "Layers": []}])
    out = io.BytesIO(making.tar({"manifest.json": files["manifest.json"]}))
    with tarfile.open(fileobj=out, mode="a") as archive:
        member = tarfile.TarInfo("1/layer.tar")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(member)
    with pytest.raises(UnreadableError, match="missing"):
        load(out.getvalue())


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_devices_and_directories_are_not_documents(kind: bytes) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo("manifest.json")
        member.type = kind
        archive.addfile(member)
    with pytest.raises(UnreadableError, match="not a saved image"):
        load(out.getvalue())


def test_a_folder_s_fifo_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "manifest.json")
    with pytest.raises(UnreadableError, match="not a saved image"):
        load(tmp_path)


def test_of_two_members_with_one_name_the_later_counts() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for tag in ("first:1", "second:1"):
            for name, data in making.docker_archive([tag]).items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    image = load(out.getvalue())
    assert image.tags == ("second:1",)
    assert any("twice" in note for note in image.notes)


def test_sparse_files_have_the_size_they_say() -> None:
    files = making.docker_archive()
    block = bytearray(_header("0/layer.tar", 512, b"S"))
    block[483:495] = b"%011o\0" % (1 << 30)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    rest = making.tar({name: data for name, data in files.items() if name != "0/layer.tar"})
    assert load(bytes(block) + bytes(512) + rest).layers[0].size == 1 << 30


def _changed_blob() -> bytes:
    made = making.Layout()
    descriptor = made.image()
    files = made.saved(descriptor)
    path = next(name for name, data in files.items() if b'"created_by"' in data)
    files[path] = files[path].replace(b"echo one", b"echo two")
    return making.tar(files)


def test_a_modified_blob_is_noted_and_an_error_with_strict() -> None:
    image = load(_changed_blob())
    assert any("doesn't match its digest" in note for note in image.notes)
    assert image.history[2].created_by.startswith("/bin/sh -c echo two")
    with pytest.raises(UnreadableError, match="doesn't match its digest"):
        load(_changed_blob(), strict=True)


def test_a_changed_config_in_a_docker_archive_is_noted_too() -> None:
    files = making.docker_archive()
    name = next(name for name in files if len(name) == 69)
    files[name] = files[name].replace(b"echo one", b"echo two")
    assert any("doesn't match its digest" in note for note in load(making.tar(files)).notes)
    with pytest.raises(UnreadableError, match="doesn't match its digest"):
        load(making.tar(files), strict=True)


def test_sboms_take_no_memory_from_needed_documents(tmp_path: Path) -> None:
    made = making.Layout()
    descriptor = made.image()
    bill = making.encoded({"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://spdx.dev/Document"})
    files = {f"blobs/sha256/{number:064x}": bill + b" " * (12 << 20) for number in range(6)}
    path = tmp_path / "bills.tar.gz"
    path.write_bytes(gzip.compress(making.tar({**files, **made.saved(descriptor)}), 1))
    assert limited(path).returncode == 0


def test_indexes_that_lead_to_each_other_end() -> None:
    made = making.Layout()
    name = "sha256:" + "c" * 64
    index = {"manifests": [{"mediaType": making.OCI_INDEX, "digest": name}, made.image()]}
    made.files["blobs/sha256/" + "c" * 64] = making.encoded(index)
    image = load(making.tar(made.saved({"mediaType": making.OCI_INDEX, "digest": name})))
    assert len(image.history) == 4


def test_indexes_nested_without_end_are_refused() -> None:
    made = making.Layout()
    inner = made.image()
    for _ in range(30):
        inner = made.index([inner])
    with pytest.raises(UnreadableError, match="nested deeper than 16"):
        load(making.tar(made.saved(inner)))


def test_an_index_of_many_thousands(tmp_path: Path) -> None:
    made = making.Layout()
    one = made.image()
    path = tmp_path / "many.tar"
    path.write_bytes(making.tar(made.saved(*[one] * 20_000)))
    refused(path, "more than 10,000 manifests")


@pytest.mark.parametrize(
    "data", [b"\x1f\x8b\x08\x00garbage", gzip.compress(making.tar(making.layout()))[:-40]], ids=["garbage", "cut"]
)
def test_broken_gzip(data: bytes) -> None:
    with pytest.raises(UnreadableError, match="gzip data"):
        load(data)


def test_a_table_of_many_lines_is_read_in_linear_time(tmp_path: Path) -> None:
    row = "<missing>      2 days ago   /bin/sh -c " + "a   1B   " * 2000 + "   0B        \n"
    path = tmp_path / "table.txt"
    path.write_text("IMAGE          CREATED      CREATED BY     SIZE      COMMENT\n" + row * 500)
    assert limited(path).returncode == 0


def test_a_page_whose_block_never_ends_is_read_in_linear_time(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("## `a:b`\n\n" + "```dockerfile\n# Sat, 19 Nov 2016 17:05:00 GMT\nRUN x\n" * 20_000)
    assert limited(path).returncode == 0


def test_json_in_json_is_bounded_too() -> None:
    deep = json.dumps({"id": "a"})[:-1] + ',"x":' + "[" * 50_000
    value = {"schemaVersion": 1, "fsLayers": [{"blobSum": "x"}], "history": [{"v1Compatibility": deep}]}
    with pytest.raises(UnreadableError, match="deep"):
        load(value)
