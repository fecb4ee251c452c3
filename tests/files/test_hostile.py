"""Layers made to harm: nothing outside the folder asked for is written, what is broken gives one clear line."""

from __future__ import annotations

import gzip
import io
import os
import signal
import stat
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconstruct.base import Base
from reconstruct.cli.group import cli
from reconstruct.errors import ReconstructError
from reconstruct.files.changes import changes, rewritten
from reconstruct.files.export import export, naming, parts, plan
from reconstruct.files.formats import tree as tree_format
from reconstruct.files.listing import FORMATS, Choice, Listing, render
from reconstruct.files.names import named
from reconstruct.files.reading import Contents, read
from reconstruct.files.waste import waste
from reconstruct.sources import open_image
from tests.files.making import gone, image, layer, link, member, saved

NOP = "/bin/sh -c #(nop) "
COPY_ROOT = f"{NOP}COPY dir:{'0' * 64} in / "
ADD_ROOT = f"{NOP}ADD file:{'0' * 64} in / "
COPY_FILE = f"{NOP}COPY file:{'0' * 64} in /x/ "
STEPS = (COPY_ROOT, ADD_ROOT, COPY_FILE, "/bin/sh -c make")


def device(name: str) -> tuple[tarfile.TarInfo, None]:
    info, _ = member(name, type=tarfile.BLKTYPE, devmajor=8, devminor=0)
    return info, None


ATTACKS = {
    "climbing": [member("../out", b"1"), member("a/../../out", b"2"), member("../../../../../../tmp/out", b"3")],
    "absolute": [member("/etc/passwd", b"1"), member("//out", b"2")],
    "link and file behind": [link("x", ".."), member("x/out", b"1")],
    "absolute link and file behind": [link("x", "/"), member("x/out", b"1"), member("x/tmp/out", b"1")],
    "link to the parent's parent": [link("x", "../.."), member("x/y/out", b"1"), link("x/z", "../../..")],
    "link replaced by folder": [link("x", "/"), member("x/"), member("x/out", b"1")],
    "folder replaced by link": [member("x/"), link("x", ".."), member("x/out", b"1")],
    "links in turn": [link("a", "b"), link("b", "c"), link("c", ".."), member("a/out", b"1")],
    "hard link out": [link("x", "../out", hard=True), link("y", "/etc/passwd", hard=True), link("z", "nowhere", hard=True)],
    "hard link to a link": [link("s", "/etc/passwd"), link("h", "s", hard=True), member("h", b"overwritten")],
    "hard link to itself": [link("x", "x", hard=True), link("y", "./y", hard=True)],
    "whiteouts of parents": [member(".wh...", b""), member("a/.wh..", b""), member(".wh.", b""), member(".wh..wh..opq", b"")],
    "whiteout below a whiteout": [member(".wh.a/b", b"1"), gone("a/b/c"), member(".wh..wh.plnk/x", b"1")],
    "devices": [device("sda"), member("fifo", type=tarfile.FIFOTYPE), member("null", type=tarfile.CHRTYPE)],
    "names": [member("a\nFROM evil", b"1"), member("\x1b[2J", b"2"), member("$(reboot)", b"3"), member("-rf", b"4"), member("\\", b"5")],
    "a name that climbs by backslashes": [member("..\\..\\out", b"1"), member("C:\\out", b"2")],
    "case": [member("Out", b"1"), member("out", b"2"), member("OUT/", None), link("oUt", "/")],
    "twice": [member("x", b"1"), member("x", b"22"), member("x/"), member("x/y", b"1"), member("x", b"3")],
    "file as folder": [member("f", b"1"), member("f/out", b"2"), member("f/g/h", b"2")],
    "long names": [member("n" * 300, b"1"), member("d/" * 3000 + "x", b"2"), member("é" * 200, b"3")],
    "long links": [link("l", "a/" * 10000), link("m", "x" * 5000)],
    "odd modes": [member("d/", mode=0), member("d/f", b"1", mode=0), member("s", b"2", mode=0o7777)],
    "odd devices": [member("d", type=tarfile.CHRTYPE, devmajor=2**20, devminor=2**20)],
    "odd owners": [member("o", b"1", uid=2**32 - 1, gid=2**31), member("p", b"1", uid=2**40)],
    "odd times": [member("t", b"1", mtime=-1), member("u", b"1", mtime=2**60), member("v/", mtime=-(2**40))],
    "dockerignore": [member(".dockerignore", b"*"), member("Dockerfile", b"FROM evil"), member("NOTES.md", b"no")],
    "reserved": [member("con", b"1"), member("aux.txt", b"1"), member("x ", b"1"), member("y.", b"1")],
    "the folder's own names": [member("context/step-1.tar", b"1"), member("step-1.tar", b"1"), member("folders.tar", b"1")],
}  # fmt: skip


def snapshot(folder: Path) -> dict[str, object]:
    """All below a folder, links as links."""
    found: dict[str, object] = {}
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(root, name)
            status = os.lstat(path)
            found[os.path.relpath(path, folder)] = (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ino)
    return found


def everything(contents: Contents, target: Path) -> None:
    """Every way of writing these contents, each into its own directory below `target`."""
    for number, frozen in enumerate((False, True)):
        export(contents, plan(contents, Base(), frozen), str(target / str(number)))
    for step in range(1, len(contents.steps) + 1):
        try:
            made = parts.plan(contents, step, None)
        except ReconstructError:
            continue
        export(contents, made, str(target / f"step{step}"))


def listed(contents: Contents) -> str:
    return "\n".join(
        line for form in FORMATS for line in render(Listing(contents, Choice(), rewritten(contents)), form)
    )


def check(archive: bytes, folder: Path) -> None:
    """Exports all ways; only what was asked for is there then, and it is harmless."""
    target = folder / "asked"
    target.mkdir()
    (folder / "canary").write_text("alive")
    before = snapshot(folder)
    with open_image(archive) as opened:
        contents = read(opened)
        contents.steps = named(contents)
        text = listed(contents)
        everything(contents, target)
    assert {path: facts for path, facts in snapshot(folder).items() if not path.startswith("asked")} == {
        path: facts for path, facts in before.items() if path != "asked"
    }
    assert not any(ord(char) < 32 and char != "\n" for char in text)
    for root, folders, files in os.walk(target):
        # On a file system that folds case or composes accents, no two of them are one.
        assert len({naming.folded(name) for name in (*folders, *files)}) == len(folders) + len(files), root
        for name in (*folders, *files):
            harmless(os.path.join(root, name), target)


def harmless(path: str, target: Path) -> None:
    """Files, folders, links that stay below the folder; archives whose names do."""
    mode = os.lstat(path).st_mode
    assert stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)
    assert not mode & 0o7000
    if stat.S_ISLNK(mode):
        assert os.path.realpath(path).startswith(os.path.realpath(target))
    if path.endswith(".tar") and stat.S_ISREG(mode):
        with open(path, "rb") as file:
            if file.read(512)[257:262] != b"ustar":
                return
        with tarfile.open(path, errors="surrogateescape") as archive:
            for each in archive:
                assert not each.name.startswith("/")
                assert ".." not in each.name.split("/")
                assert not each.islnk() or not (each.linkname.startswith("/") or ".." in each.linkname.split("/"))


@pytest.mark.parametrize("step", STEPS, ids=["copy", "add", "copy-file", "run"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_is_written_outside_the_folder(attack: str, step: str, tmp_path: Path) -> None:
    below = layer(member("a/"), member("a/b", b"1"), member("x/"), member("etc/"), member("etc/passwd", b"root"))

    check(image([below, layer(*ATTACKS[attack])], [ADD_ROOT, step]), tmp_path)


PIECES = [
    "a",
    "b",
    "A",
    "..",
    ".",
    "",
    ".wh.a",
    ".wh..wh..opq",
    "x\ny",
    "é",
    "con",
    "n" * 300,
    "$b",
    "[c]",
    "\\",
    ".wh...",
]
NAMES = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("/".join)
KINDS = st.sampled_from([tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])


@st.composite
def layers(draw: st.DrawFn) -> bytes:
    members = []
    for _ in range(draw(st.integers(0, 12))):
        name, kind = draw(NAMES), draw(KINDS)
        data = draw(st.sampled_from([b"", b"1", b"22"])) if kind == tarfile.REGTYPE else None
        info, content = member(name.rstrip("/") or ".", data, type=kind, linkname=draw(NAMES))
        info.mode = draw(st.sampled_from([0, 0o644, 0o755, 0o4755, 0o700]))
        info.uid = draw(st.sampled_from([0, 0, 0, 1000]))
        members.append((info, content))
    return layer(*members)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(layers(), st.sampled_from(STEPS)), min_size=1, max_size=4))
def test_no_layers_at_all_write_outside_the_folder(
    tmp_path_factory: pytest.TempPathFactory, found: list[tuple[bytes, str]]
) -> None:
    check(image([data for data, _ in found], [step for _, step in found]), tmp_path_factory.mktemp("any"))


@settings(deadline=None, max_examples=60)
@given(st.lists(layers(), min_size=1, max_size=4), st.sampled_from([None, "a", "*b*"]))
def test_a_tree_has_the_changes_of_each_layer_by_path(found: list[bytes], path: str | None) -> None:
    with open_image(image(found)) as opened:
        contents = read(opened)
        listing = Listing(contents, Choice(path=path), rewritten(contents))
        for section in listing.sections():
            want = sorted(listing.changes(section), key=lambda change: change.entry.path.split("/"))
            assert list(tree_format._by_path(listing, section)) == want


@settings(deadline=None, max_examples=60)
@given(st.lists(layers(), min_size=1, max_size=5))
def test_the_tree_keeps_its_own_rules(found: list[bytes]) -> None:
    with open_image(image(found)) as opened:
        tree = read(opened).tree
    rows = list(tree.walk())
    assert len(rows) == len(set(rows))
    for row in rows:
        assert tree.gone[row] < 0
        path = tree.entry(row).path
        assert ".." not in path.split("/")
        assert tree.find(path) in (row, None)
        parent = tree.parents[tree.node[row]]
        assert parent <= 0 or tree.current[parent] >= 0
    assert all(
        tree.gone[row] >= 0 or tree.kind[row : row + 1] in b"wo" or row in set(rows) for row in range(len(tree.kind))
    )
    waste(tree)


def test_a_directory_stays_if_the_layer_that_removes_it_filled_it_before() -> None:
    with open_image(image([layer(member("a/")), layer(member("a/b", b"1"), member(".wh.a", b""))])) as opened:
        tree = read(opened).tree
    assert [tree.entry(row).path for row in tree.walk()] == ["/a", "/a/b"]


def with_header(size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    info, _ = member("huge")
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT) + bytes(1024)


BROKEN = {
    "100 TB claimed": with_header(100 << 40),
    "a size beyond all": with_header((1 << 62) + 1),
    "truncated": layer(member("a", b"1" * 5000))[:1000],
    "not a tar archive": b"not a tar archive at all" * 100,
    "a broken header": layer(member("a", b"1"))[:512].replace(b"ustar", b"\xff\xff\xff\xff\xff") + bytes(1024),
    "cut gzip": gzip.compress(layer(member("a", os.urandom(5000))))[:2000],
    "a huge name": with_header(1 << 30, b"L"),
    "a huge pax header": with_header(1 << 30, b"x"),
    "a negative size": with_header(0)[:124] + b"\xff" * 12 + with_header(0)[136:],
}


@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_broken_is_one_clear_line_and_leaves_nothing(broken: str, tmp_path: Path) -> None:
    path = saved(tmp_path, [BROKEN[broken]], steps=[COPY_ROOT])

    with pytest.raises(ReconstructError) as error:
        cli.main(["export", path, str(tmp_path / "out")], standalone_mode=False)

    assert "\n" not in str(error.value)
    assert sorted(os.listdir(tmp_path)) == ["image.tar"]


def test_a_sparse_file_that_claims_more_than_any_has_is_refused(tmp_path: Path) -> None:
    info, _ = member("holes", b"")
    info.pax_headers = {"GNU.sparse.size": str(1 << 50), "GNU.sparse.numblocks": "0", "GNU.sparse.map": ""}
    path = saved(tmp_path, [layer((info, b""))], steps=[ADD_ROOT])

    with pytest.raises(ReconstructError, match="claims"):
        cli.main(["export", path, str(tmp_path / "out")], standalone_mode=False)


def test_an_impossible_device_number_is_read_and_written(tmp_path: Path) -> None:
    data = bytearray(layer(member("d", type=tarfile.CHRTYPE)))
    data[329:345] = (b"\x80" + b"\xff" * 7) * 2
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])

    check(image([bytes(data)], [ADD_ROOT]), tmp_path)


def test_many_removals_take_linear_time() -> None:
    many = [member(f"d/{number}", b"") for number in range(3000)]
    again = [member("d/.wh..wh..opq", b"") for _ in range(3000)]
    with open_image(image([layer(member("d/"), *many), layer(member("d/"), *many, *again)])) as opened:
        assert len(list(read(opened).tree.walk())) == 3001


def test_an_existing_directory_is_not_touched(tmp_path: Path) -> None:
    path = saved(tmp_path, [layer(member("a", b"1"))], steps=[COPY_ROOT])
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("mine")
    (tmp_path / "link").symlink_to("out")

    for name in ("out", "link", "image.tar", "none/out"):
        with pytest.raises(ReconstructError):
            cli.main(["export", path, str(tmp_path / name)], standalone_mode=False)

    assert (tmp_path / "out" / "mine").read_text() == "mine"
    assert sorted(os.listdir(tmp_path)) == ["image.tar", "link", "out"]


# An export that is killed when all is written and nothing renamed.
KILLED = """
import os, signal
from reconstruct.files.export import folder
folder.Target.finish = lambda target: os.kill(os.getpid(), signal.SIGKILL)
from reconstruct.cli.main import main
main()
"""


def test_a_killed_export_leaves_no_half_a_directory_and_can_run_again(tmp_path: Path) -> None:
    path = saved(tmp_path, [layer(member("d/"), member("d/f", b"1"))], steps=[COPY_ROOT])
    words = ["export", path, str(tmp_path / "out")]

    killed = subprocess.run([sys.executable, "-c", KILLED, *words], capture_output=True, check=False)

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (tmp_path / "out").exists()
    cli.main(words, standalone_mode=False)
    assert (tmp_path / "out" / "Dockerfile").exists()


LOOPS = {
    "to itself": [link("x", "x")],
    "in turn": [link("x", "y"), link("y", "x")],
    "through a directory": [member("d/"), link("d/up", "../d/up/up"), link("x", "d/up/f")],
    "nowhere": [link("x", "gone")],
    "out": [link("x", "../../../../../../../../etc/passwd")],
    "absolute": [link("x", "/etc/passwd")],
    "through a link to the root": [link("r", "/"), link("x", "r/../../etc/passwd")],
    "to a directory": [member("d/"), link("x", "d")],
    "to a device": [device("sda"), link("x", "sda")],
    "hard, out": [link("x", "../../etc/passwd", hard=True)],
    "hard, to itself": [link("x", "x", hard=True)],
    "hard, to a link out": [link("s", "/etc/passwd"), link("x", "s", hard=True)],
    "empty": [link("x", "")],
    "long": [link("x", "a/" * 3000)],
    "names with line ends": [link("x", "\n\x1b[2J")],
}


@pytest.mark.parametrize("loop", LOOPS)
def test_cat_of_a_hostile_link_is_one_line_about_the_image(loop: str, tmp_path: Path) -> None:
    path = saved(tmp_path, [layer(*LOOPS[loop])])

    with pytest.raises(ReconstructError, match=r"^/x: "):
        cli.main(["cat", path, "x"], standalone_mode=False)


def test_a_full_disk_is_reported_in_advance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    path = saved(tmp_path, [layer(member("a", b"1" * 5000))], steps=[COPY_ROOT])
    usage = shutil.disk_usage(tmp_path)._replace(free=(64 << 20) + 10)
    monkeypatch.setattr("reconstruct.files.export.folder.shutil.disk_usage", lambda path: usage)

    with pytest.raises(ReconstructError, match="free on the disk"):
        cli.main(["export", path, str(tmp_path / "out")], standalone_mode=False)

    assert sorted(os.listdir(tmp_path)) == ["image.tar"]


def test_a_name_in_a_listing_is_one_line_of_its_format(tmp_path: Path) -> None:
    bad = 'x\n{"step": 9}\x1b[31m\r,"=cmd()'
    with open_image(image([layer(member(bad, b"1"))])) as opened:
        contents = read(opened)
        lines = {form: list(render(Listing(contents, Choice(), frozenset()), form)) for form in FORMATS}

    assert len(lines["jsonl"]) == 1
    assert len(lines["csv"]) == 2
    assert len(lines["mtree"]) == 2
    assert all("\x1b" not in line and "\n" not in line for found in lines.values() for line in found)
    assert [change.kind for change in changes(contents, 0)] == ["added"]


def test_a_bomb_of_zeros_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconstruct.sources.layers.BOMB_LAYER", 1 << 20)
    out = io.BytesIO(layer(member("zeros", bytes(8 << 20))))
    path = saved(tmp_path, [gzip.compress(out.getvalue())])

    with pytest.raises(ReconstructError, match="bomb"):
        cli.main(["files", path], standalone_mode=False)
