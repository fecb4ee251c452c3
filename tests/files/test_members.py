"""The layer's tar, in every spelling that engines read, held against the standard library."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconstruct.files.members import FILE, Members
from reconstruct.sources.layers import LayerStream
from tests.files.making import member


class Held:
    label = "held"

    def __init__(self, data: bytes) -> None:
        self.data = data

    def open(self) -> io.BytesIO:
        return io.BytesIO(self.data)


def read(data: bytes) -> list[tuple[object, ...]]:
    """Each member with the digest of its content: name, kind, mode, owner, size, link, xattrs, content."""
    found = []
    with LayerStream(Held(data)) as stream:
        members = Members(stream)
        for each in members:
            content = b"".join(members.content(each)) if each.kind == FILE else b""
            found.append(
                (each.name, each.kind, each.mode, each.uid, each.gid, each.size, each.link, dict(each.xattrs), content)
            )
    return found


def written(form: int, *members: tuple[tarfile.TarInfo, bytes | None]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, errors="surrogateescape") as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data) if data is not None else None)
    return out.getvalue()


TEXT = st.text("ab/é \n", min_size=1, max_size=150).filter(lambda name: not name.endswith("/"))


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.tuples(TEXT, st.binary(max_size=1500), st.integers(0, 0o7777), st.integers(0, 2**31)), max_size=6),
    st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
)
def test_what_the_standard_library_writes_is_read_back(files: list[tuple[str, bytes, int, int]], form: int) -> None:
    members = [member(name, data, mode=mode, uid=uid, gid=uid // 2) for name, data, mode, uid in files]

    assert read(written(form, *members)) == [
        (name, FILE, mode, uid, uid // 2, len(data), "", {}, data) for name, data, mode, uid in files
    ]


def test_extended_attributes_and_times_come_through() -> None:
    info, data = member("x", b"1")
    info.pax_headers = {"SCHILY.xattr.user.a": "b\nc=d", "mtime": "1600000000.123456789"}
    with LayerStream(Held(written(tarfile.PAX_FORMAT, (info, data)))) as stream:
        (found,) = Members(stream)

    assert dict(found.xattrs) == {"user.a": b"b\nc=d"}
    assert found.mtime == 1_600_000_000_123_456_789


@pytest.mark.parametrize(
    "form", ["gnu", "posix", "posix --sparse-version=0.0", "posix --sparse-version=0.1", "posix --sparse-version=1.0"]
)
@pytest.mark.parametrize("pieces", [2, 30])
def test_sparse_files_in_every_spelling_of_gnu_tar(form: str, pieces: int, tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        for number in range(pieces):
            file.seek(number * 100_000)
            file.write(b"piece %d" % number)
        file.truncate(pieces * 100_000)
    (tmp_path / "after").write_bytes(b"after")
    packed = subprocess.run(
        ["tar", "-C", str(tmp_path), "--sparse", "--format", *form.split(), "-cf", "-", "sparse", "after"],
        check=True, capture_output=True,
    ).stdout  # fmt: skip

    found = {name: content for name, *_, content in read(packed)}

    assert len(packed) < pieces * 50_000
    assert found == {name: (tmp_path / name).read_bytes() for name in ("sparse", "after")}


def test_two_links_a_folder_and_a_device() -> None:
    hard, _ = member("hard", type=tarfile.LNKTYPE, linkname="x" * 120)
    soft, _ = member("soft", type=tarfile.SYMTYPE, linkname="é" * 120)
    device, _ = member("null", type=tarfile.CHRTYPE, devmajor=1, devminor=3)
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        with LayerStream(Held(written(form, (hard, None), (soft, None), (device, None)))) as stream:
            found = list(Members(stream))

        assert [each.link for each in found] == ["x" * 120, "é" * 120, ""]
        assert found[2].device == (1, 3)
