"""Names of what COPY and ADD took, from the layer and from the classic builder's checksum."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from reconstruct.files import checksums
from reconstruct.files.members import FILE, FOLDER
from reconstruct.files.names import named
from reconstruct.files.reading import read
from reconstruct.files.tree import Entry
from reconstruct.sources import open_image
from reconstruct.syntax import Certainty, Copy
from tests.files.making import history, image, layer, member

NOP = "/bin/sh -c #(nop) "


def entry(kind: bytes, mode: int, size: int = 0) -> Entry:
    return Entry(0, "", kind, mode, 0, 0, size, 0, "", {}, (0, 0), 0, 0, -1, -1)


def tarsum(name: str, data: bytes, mode: int = 0o644) -> str:
    sums = checksums.Sums(entry(FILE, mode, len(data)), [name])
    sums.update(data)
    return sums.digests()[name]


def folder_sum(name: str, mode: int = 0o755) -> str:
    return checksums.Sums(entry(FOLDER, mode), [name]).digests()[name]


def sources(created_by: str, *members: tuple[object, bytes | None]) -> tuple[tuple[str, ...], Certainty]:
    with open_image(image([layer(*members)], [created_by])) as opened:  # type: ignore[arg-type]
        (step,) = named(read(opened))
    assert isinstance(step.instruction, Copy)
    notes = [note.certainty for note in step.notes]
    return step.instruction.sources, notes[0] if notes else Certainty.EXACT


def test_a_sum_is_that_of_the_header_s_fields_and_the_content() -> None:
    text = b"nameamode33188uid0gid0size3typeflag0linknameunamegnamedevmajor0devminor0abc"

    assert tarsum("a", b"abc") == hashlib.sha256(text).hexdigest()


@pytest.mark.parametrize("name", ["greet.sh", "docker/greet.sh", "rootfs/usr/bin/greet.sh"])
def test_a_file_s_name_is_exact_if_its_checksum_matches(name: str) -> None:
    made = sources(f"{NOP}COPY file:{tarsum(name, b'hi')} in /usr/bin/ ", member("usr/bin/greet.sh", b"hi"))

    assert made == ((name,), Certainty.EXACT)


def test_a_renamed_file_keeps_the_destination_s_name_as_inferred() -> None:
    made = sources(f"{NOP}COPY file:{tarsum('unguessable', b'hi')} in /greet.sh ", member("greet.sh", b"hi"))

    assert made == (("greet.sh",), Certainty.INFERRED)


def test_a_folder_s_checksum_covers_all_in_it() -> None:
    for place, name in (("src/", "src"), (".", ".")):
        join = "" if name == "." else f"{name}/"
        sums = [tarsum(f"{join}a", b"1"), tarsum(f"{join}sub/b", b"2"), folder_sum(f"{join}sub")]
        sums += [] if name == "." else [folder_sum(name)]
        made = sources(
            f"{NOP}COPY dir:{checksums.folder(sums)} in /app ",
            member("app/"), member("app/a", b"1"), member("app/sub/"), member("app/sub/b", b"2"),
        )  # fmt: skip

        assert made == ((place.rstrip("/"),), Certainty.EXACT)


def test_a_folder_s_name_ends_in_a_slash_where_the_destination_does() -> None:
    digest = checksums.folder([tarsum("src/a", b"1"), folder_sum("src")])
    for destination, name in (("/app", "src"), ("/app/", "src/")):
        made = sources(f"{NOP}COPY dir:{digest} in {destination} ", member("app/"), member("app/a", b"1"))

        assert made == ((name,), Certainty.EXACT)


@pytest.mark.parametrize(
    ("name", "path"), [("nginx.conf", "etc/nginx/conf.d/default.conf"), ("docker/run.sh", "usr/local/bin/run")]
)
def test_common_renames_are_exact_if_the_checksum_matches(name: str, path: str) -> None:
    assert sources(f"{NOP}COPY file:{tarsum(name, b'x')} in /{path} ", member(path, b"x")) == ((name,), Certainty.EXACT)


BUILDAH = {"comment": "FROM docker.io/library/debian:12"}


def in_one_layer(*texts: str) -> list[tuple[str, ...] | str]:
    """The sources of the COPY steps of a build that buildah made one layer of."""
    members = [
        member("srv/"), member("srv/Gemfile", b"1"), member("srv/lib/"), member("srv/lib/a.rb", b"2"),
        member("usr/bin/run.sh", b"3"), member("made/by-run", b"4"), member("made/copied", b"5"),
    ]  # fmt: skip
    steps = [history("/bin/sh -c #(nop) WORKDIR /srv", empty=True)]
    steps += [history(f"/bin/sh -c #(nop) COPY {text} ", empty=True) for text in texts]
    steps.append(history("/bin/sh -c make") | BUILDAH)
    labels = {"io.buildah.version": "1.37.3"}
    with open_image(image([layer(*members)], steps, Labels=labels)) as opened:
        found = [step.instruction for step in named(read(opened)) if isinstance(step.instruction, Copy)]
    return [one.sources or one.checksum or "" for one in found]


def test_the_layer_of_a_whole_build_shows_names_too() -> None:
    digest = "0" * 64
    found = in_one_layer(
        f"file:{digest} in /srv/Gemfile",
        f"dir:{digest} in .",
        f"dir:{digest} in /srv/lib",
        f"file:{digest} in /usr/bin/",
        # What RUN made may be among them.
        f"multi:{digest} in /made/",
    )

    assert found == [("Gemfile",), (".",), ("lib",), ("run.sh",), f"multi:{digest}"]


def test_several_files_come_in_the_order_of_their_checksums() -> None:
    parts = [f"file:{tarsum(name, name.encode())}" for name in ("b", "c", "a")]
    made = sources(
        f"{NOP}COPY multi:{checksums.several(parts)} in /d/ ",
        member("d/"),
        *[member(f"d/{name}", name.encode()) for name in "abc"],
    )

    assert made == (("b", "c", "a"), Certainty.EXACT)


def test_an_unpacked_archive_has_no_name() -> None:
    with open_image(
        image([layer(member("a", b"1"), member("b", b"2"))], [f"{NOP}ADD file:{'0' * 64} in / "])
    ) as opened:
        (step,) = named(read(opened))

    assert isinstance(step.instruction, Copy)
    assert step.instruction.checksum is not None


def test_the_sample_s_names_come_out_exact() -> None:
    sample = Path(__file__).parents[2] / "samples" / "tiny.tar"
    with open_image(sample) as opened:
        found = [step.instruction.sources for step in named(read(opened)) if isinstance(step.instruction, Copy)]

    assert found == [("greet.sh",), ("greet.sh",)]
