"""What an export writes, without an engine: the Dockerfile, the context, the archives."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from reconstruct.base import Base
from reconstruct.cli.group import cli
from reconstruct.errors import NotFoundError
from reconstruct.files.export import export, plan
from reconstruct.files.names import named
from reconstruct.files.reading import read
from reconstruct.sources import open_image
from tests.files.making import gone, history, image, layer, link, member
from tests.sources import making

NOP = "/bin/sh -c #(nop) "
SUM = "0" * 64


def written(
    tmp_path: Path,
    layers: list[bytes],
    steps: list[Any] | None = None,
    frozen: bool = False,
    base: Base | None = None,
    **config: Any,
) -> tuple[str, Path]:
    """The Dockerfile, remarks left out, and the folder."""
    with open_image(image(layers, steps, **config)) as opened:
        contents = read(opened)
        contents.steps = named(contents)
        made = plan(contents, base or Base(), frozen)
        export(contents, made, str(tmp_path / "out"))
    text = (tmp_path / "out" / "Dockerfile").read_text()
    return "\n".join(line for line in text.splitlines() if not line.startswith("# inferred")), tmp_path / "out"


def archived(path: Path) -> dict[str, tuple[bytes, bytes | str]]:
    """Name → type and content or target."""
    found: dict[str, tuple[bytes, bytes | str]] = {}
    with tarfile.open(path) as archive:
        for each in archive:
            file = archive.extractfile(each) if each.isreg() else None
            found[each.name] = (each.type, file.read() if file else each.linkname)
    return found


def test_a_working_directory_with_a_variable_is_where_relative_destinations_go(tmp_path: Path) -> None:
    def buildah(text: str, empty: bool = False) -> dict[str, Any]:
        return history(f"{NOP}{text}", empty) | {"comment": "FROM base"}

    text, folder = written(
        tmp_path,
        [
            layer(member("srv/"), member("srv/here/"), member("srv/here/one", b"1"), member("srv/here/two", b"2")),
            layer(member("opt/"), member("opt/app/"), member("opt/app/f", b"3"), member("opt/app/g", b"4")),
        ],
        [
            buildah("ENV HERE=/srv/here", empty=True),
            buildah("WORKDIR $HERE", empty=True),
            buildah(f"ADD multi:{SUM} in ./ "),
            buildah("ARG D", empty=True),
            buildah("WORKDIR $D", empty=True),
            buildah(f"ADD multi:{SUM} in ./ "),
        ],
        frozen=True,
        WorkingDir="/opt/app",
    )

    assert "ADD context/one context/two ./" in text
    assert set(archived(folder / "context/step-06.tar")) == {"opt", "opt/app", "opt/app/f", "opt/app/g"}


def test_a_destination_above_the_root_is_written_as_where_it_leads(tmp_path: Path) -> None:
    text, _ = written(
        tmp_path, [layer(member("f", b"1"))], ["/bin/sh -c #(nop) COPY file:" + SUM + " in /../../f "], frozen=True
    )

    assert "COPY context/f /f\n" in text


def test_a_source_may_have_the_name_of_the_archive_of_folders(tmp_path: Path) -> None:
    layers = [
        layer(member("a/"), member("a/folders.tar", b"mine")),
        layer(member("b/"), member("b/Folders.tar", b"too")),
    ]
    text, folder = written(
        tmp_path, layers, [f"{NOP}COPY file:{SUM} in /a/ ", f"{NOP}COPY file:{SUM} in /b/ "], frozen=True
    )

    assert "COPY context/step-01/folders.tar /a/\nCOPY context/step-02/Folders.tar /b/" in text
    assert (folder / "context/step-01/folders.tar").read_text() == "mine"
    assert set(archived(folder / "context/folders.tar")) == {"a", "b"}


def test_times_are_kept_as_far_as_engines_set_them(tmp_path: Path) -> None:
    times = {"soon": 2**33 + 5, "last": (1 << 63) // 10**9, "never": 2**34, "before": -(2**32)}
    files = [member(name, b"x", mode=0o4755, mtime=time) for name, time in times.items()]
    _, folder = written(tmp_path, [layer(*files)], frozen=True)

    with tarfile.open(folder / "context/step-01.tar") as archive:
        found = {each.name: each.mtime for each in archive}
    assert found["soon"] == times["soon"]
    assert found["last"] == times["last"]
    assert found["before"] == times["before"]
    assert found["never"] > (1 << 63) // 10**9


def test_sources_with_one_name_are_distinguished(tmp_path: Path) -> None:
    text, folder = written(
        tmp_path,
        [layer(member("a/"), member("a/f", b"1")), layer(member("b/"), member("b/f", b"2"))],
        [f"{NOP}COPY file:{SUM} in /a/ ", f"{NOP}COPY file:{SUM} in /b/ "],
    )

    assert "COPY context/f /a/\nCOPY context/step-02/f /b/" in text
    assert (folder / "context/f").read_text() == "1"
    assert (folder / "context/step-02/f").read_text() == "2"


def test_modes_and_times_of_copied_files_are_kept(tmp_path: Path) -> None:
    _, folder = written(tmp_path, [layer(member("f", b"1", mode=0o640, mtime=5))], [f"{NOP}COPY file:{SUM} in /f "])

    status = (folder / "context/f").stat()
    assert (status.st_mode & 0o7777, int(status.st_mtime)) == (0o640, 5)


@pytest.mark.parametrize(
    "members",
    [
        [member("d/"), member("d/a", b"1", uid=1), member("d/b", b"2", uid=2)],
        [member("d/"), member("d/a", b"1", mode=0o4755)],
        [member("d/"), member("d/a", b"1"), link("d/b", "d/a", hard=True)],
        [member("d/"), member("d/sub/", mode=0o700), member("d/sub/a", b"1")],
        [member("d/"), member("d/Name", b"1"), member("d/name", b"2")],
        [member("d/"), link("d/away", "/etc/passwd")],
        [member("d/"), member("d/a", b"1", pax_headers={"SCHILY.xattr.user.x": "y"})],
        [member("d/", mode=0o750), member("d/a", b"1")],
        [member("d/"), member("d/line\nbreak", b"1")],
        [member("d/"), member("d/pipe", type=tarfile.FIFOTYPE)],
        [member("elsewhere", b"1"), member("d/"), member("d/a", b"1")],
    ],
    ids=["owners", "setuid", "hard", "modes", "case", "away", "xattr", "top", "newline", "fifo", "elsewhere"],
)
def test_what_copy_cannot_express_is_an_archive(members: list[Any], tmp_path: Path) -> None:
    text, folder = written(tmp_path, [layer(*members)], [f"{NOP}COPY dir:{SUM} in /d "])

    assert "ADD context/step-01.tar /" in text
    assert "COPY" not in "".join(line for line in text.splitlines() if not line.startswith("#"))
    assert list(archived(folder / "context/step-01.tar")) == [info.name for info, _ in members]


def test_one_owner_is_given_by_chown(tmp_path: Path) -> None:
    text, _ = written(tmp_path, [layer(member("f", b"1", uid=7, gid=8))], [f"{NOP}COPY file:{SUM} in /f "])

    assert "COPY --chown=7:8 context/f /f" in text


def test_frozen_leaves_out_what_a_later_step_removed(tmp_path: Path) -> None:
    layers = [
        layer(member("h1", b"hard"), link("h2", "h1", hard=True), link("h3", "h1", hard=True), member("old", b"1")),
        layer(gone("h1"), gone("old"), member("new", b"2")),
    ]
    text, folder = written(tmp_path, layers, ["/bin/sh -c one", "/bin/sh -c two"], frozen=True)

    assert "# RUN one\nADD context/step-01.tar /\n# RUN two\nADD context/step-02.tar /" in text
    assert archived(folder / "context/step-01.tar") == {
        "h2": (tarfile.REGTYPE, b"hard"),
        "h3": (tarfile.LNKTYPE, "h2"),
    }
    assert archived(folder / "context/step-02.tar") == {"new": (tarfile.REGTYPE, b"2")}


def test_frozen_omits_a_copied_file_that_a_run_removed(tmp_path: Path) -> None:
    layers = [layer(member("x", b"1"), member("y", b"2")), layer(gone("x"))]
    text, folder = written(tmp_path, layers, [f"{NOP}COPY multi:{SUM} in / ", "/bin/sh -c rm /x"], frozen=True)

    assert text.index("ADD context/step-01.tar /") < text.index("# RUN rm /x")
    assert list(archived(folder / "context/step-01.tar")) == ["y"]


def test_layers_without_history_and_steps_of_other_makers_go_by_their_layers(tmp_path: Path) -> None:
    bazel = history("bazel build ...") | {"author": "Bazel"}
    text, _ = written(tmp_path, [layer(member("a", b"1"))], [bazel])
    assert "ADD context/step-01.tar /" in text

    data = dict(making.docker_archive(layers=[layer(member("a", b"1")), layer(member("b", b"2"))]))
    name = next(name for name in data if name.endswith(".json") and name != "manifest.json")
    import json

    config = json.loads(data[name]) | {"history": []}
    data[name] = making.encoded(config)
    (tmp_path / "bare.tar").write_bytes(making.tar(data))
    result = CliRunner().invoke(cli, ["export", str(tmp_path / "bare.tar"), str(tmp_path / "bare")])
    assert result.exit_code == 0, result.output
    text = (tmp_path / "bare/Dockerfile").read_text()
    assert "ADD context/layer-01.tar /" in text
    assert "ADD context/layer-02.tar /" in text
    assert "lost: the files" not in text


def test_a_named_base_is_kept_without_its_layers(tmp_path: Path) -> None:
    base = Base(name="alpine:3.20", entries=1, reason="told")
    text, folder = written(
        tmp_path, [layer(member("base", b"1")), layer(member("own", b"2"))], ["ADD x / # buildkit", f"{NOP}COPY file:{SUM} in / "],
        base=base,
    )  # fmt: skip

    assert text.startswith("FROM alpine:3.20\n")
    assert sorted(path.name for path in (folder / "context").iterdir()) == ["own"]


def test_frozen_does_not_pretend_to_remove_a_named_base_s_files(tmp_path: Path) -> None:
    base = Base(name="alpine:3.20", entries=1, reason="told")

    with pytest.raises(NotFoundError, match="--base none"):
        written(
            tmp_path, [layer(member("base", b"1")), layer(gone("base"))], ["ADD x / # buildkit", "/bin/sh -c rm /base"],
            frozen=True, base=base,
        )  # fmt: skip


def test_an_archive_that_was_not_unpacked_is_copied(tmp_path: Path) -> None:
    import gzip

    packed = gzip.compress(layer(member("inner", b"1")))
    text, _ = written(tmp_path, [layer(member("f.tar.gz", packed))], [f"{NOP}ADD file:{SUM} in /f.tar.gz "])

    assert "COPY context/f.tar.gz /f.tar.gz" in text


def test_triggers_that_were_pulled_are_comments(tmp_path: Path) -> None:
    steps = [
        f"{NOP}COPY file:{SUM} in /a ",
        history(f"{NOP} ONBUILD RUN one", True),
        history(f"{NOP} ONBUILD RUN two", True),
    ]
    text, _ = written(tmp_path, [layer(member("a", b"1"))], steps, OnBuild=["RUN two"])

    assert "# ONBUILD RUN one\nONBUILD RUN two" in text


def test_a_copy_after_a_run_puts_back_what_the_run_may_have_changed(tmp_path: Path) -> None:
    steps = [
        history(f"/bin/sh -c #(nop) COPY file:{SUM} in /a ", True),
        history("/bin/sh -c touch /a", True),
        history(f"/bin/sh -c #(nop) COPY file:{SUM} in /a ") | {"comment": "FROM scratch"},
    ]
    text, folder = written(tmp_path, [layer(member("a", b"1"))], steps)

    assert "COPY context/a /a\nRUN touch /a\nCOPY context/step-03/a /a\n" in text
    assert (folder / "context/step-03/a").read_text() == "1"


def test_frozen_makes_no_working_directory_that_the_image_no_longer_has(tmp_path: Path) -> None:
    text, _ = written(
        tmp_path,
        [
            layer(member("build/")),
            layer(member("build/sub/")),
            layer(member("opt/"), member("opt/f", b"1")),
            layer(gone("build")),
            layer(member("opt/app/")),
        ],
        [
            f"{NOP}WORKDIR /build",
            f"{NOP}WORKDIR /build/sub",
            f"{NOP}COPY file:{SUM} in ../../opt/f ",
            "/bin/sh -c rm -r /build",
            f"{NOP}WORKDIR /opt/app",
        ],
        frozen=True,
        WorkingDir="/opt/app",
    )

    assert (
        "# WORKDIR /build\n# WORKDIR /build/sub\nCOPY context/f /opt/f\n# RUN rm -r /build\nWORKDIR /opt/app\n" in text
    )


def test_a_last_working_directory_that_the_image_has_not_is_told(tmp_path: Path) -> None:
    text, folder = written(
        tmp_path, [layer(member("f", b"1"))], ["/bin/sh -c make", history(f"{NOP}WORKDIR /gone", True)], frozen=True
    )

    assert "\nWORKDIR /gone\n" in text
    assert "WORKDIR /gone: the image has no such directory" in (folder / "NOTES.md").read_text()


def test_one_layer_of_many_steps(tmp_path: Path) -> None:
    """buildah without --layers: COPY's files lie in the one layer, with what RUN made."""
    steps = [
        history(f"/bin/sh -c #(nop) COPY file:{SUM} in /a ", True),
        history("/bin/sh -c make", True),
        history('/bin/sh -c #(nop) CMD ["/a"]') | {"comment": "FROM scratch"},
    ]
    made = [layer(member("a", b"1"), member("made", b"2"))]
    text, folder = written(tmp_path, made, steps)
    assert "COPY context/a /a\nRUN make\nCMD" in text

    (tmp_path / "frozen").mkdir()
    text, folder = written(tmp_path / "frozen", made, steps, frozen=True)
    assert "# RUN make" in text
    assert set(archived(folder / "context/step-03.tar")) == {"a", "made"}


def test_a_copied_file_that_a_step_of_the_same_layer_removed_is_told_with_the_way_out(tmp_path: Path) -> None:
    def buildah(text: str, empty: bool = False) -> dict[str, Any]:
        return history(text, empty) | {"comment": "FROM scratch"}

    text, folder = written(
        tmp_path,
        [layer(member("kept", b"1"))],
        [
            buildah(f"{NOP}COPY file:{SUM} in /gone ", empty=True),
            buildah(f"{NOP}COPY file:{SUM} in /kept ", empty=True),
            buildah("/bin/sh -c rm /gone"),
        ],
    )

    said = "a later step of the same layer removed what it copied"
    assert f"# lost: {said}" in text
    assert "--frozen" in text
    note = (folder / "NOTES.md").read_text()
    assert said in note.replace("\\", "")
    assert "frozen" in note.split(said)[1].splitlines()[0]


def test_attributes_that_docker_s_builders_drop_are_in_the_note(tmp_path: Path) -> None:
    info, data = member("srv/x", b"1")
    info.pax_headers = {"SCHILY.xattr.user.origin": "here", "SCHILY.xattr.security.capability": "cap"}
    capable, more = member("srv/y", b"1")
    capable.pax_headers = {"SCHILY.xattr.security.capability": "cap"}

    _, folder = written(tmp_path, [layer((info, data), (capable, more))], ["/bin/sh -c make"], frozen=True)
    assert "user.origin" in (folder / "NOTES.md").read_text()
    assert "buildah" in (folder / "NOTES.md").read_text().split("user.origin")[1]

    (tmp_path / "other").mkdir()
    _, folder = written(tmp_path / "other", [layer((capable, more))], ["/bin/sh -c make"], frozen=True)
    assert "attributes" not in (folder / "NOTES.md").read_text()
