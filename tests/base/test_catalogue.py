"""The catalogue: what it finds, what goes in and out, several writers, and files that are none."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import reconstruct
from reconstruct.base.catalogue import Catalogue, Entry, entry_of, location, opened, store
from reconstruct.base.catalogue.keys import history_keys, layer_keys
from reconstruct.base.catalogue.lines import entries as read_lines
from reconstruct.base.catalogue.lines import written
from reconstruct.cli.group import cli
from reconstruct.errors import ReconstructError, UnreadableError
from reconstruct.image import HistoryEntry, Image
from reconstruct.syntax import Certainty
from tests.base.making import day, days, entry, image, on, zeroed
from tests.processes import WAIT

ROOT = image(entry("ADD root.tar.xz / # buildkit", day(1)), tags=("corp/os:9",))
TOOLS = on(ROOT, *days(["ENV A=1", "RUN /bin/sh -c a # buildkit"], 5), tags=("corp/tools:1", "corp/tools:1.2"))
APP = on(TOOLS, *days(["COPY . . # buildkit", 'CMD ["app"]'], 9))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "c.sqlite"


def filled(path: Path, *images: Image) -> Path:
    with Catalogue(path, create=True) as store:
        store.add(found for one in images if (found := entry_of(one)) is not None)
    return path


def config(of: Image) -> dict[str, object]:
    """An image config as a file would hold it."""
    history = [
        {"created": one.created, "created_by": one.created_by, "comment": one.comment, "empty_layer": one.empty_layer}
        for one in of.history
    ]
    rootfs = {"type": "layers", "diff_ids": [layer.diff_id for layer in of.layers]}
    return {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs, "history": history}


def run(*arguments: str | Path) -> Result:
    """The command's result; errors of ours are in its `exception`, all others are raised."""
    found = CliRunner().invoke(cli, [str(one) for one in arguments])
    if found.exception is not None and not isinstance(found.exception, SystemExit | ReconstructError):
        raise found.exception
    return found


@pytest.mark.parametrize("name", ["a?mode=memory", "50% off#1", "ä b"])
def test_a_catalogue_may_be_called_anything(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    filled(path, TOOLS)
    assert path.stat().st_size
    assert reconstruct.base(APP, catalogue=path).base.name == "corp/tools:1"


class TestMatch:
    def test_by_layers_and_history_it_is_certain(self, path: Path) -> None:
        found = reconstruct.base(APP, catalogue=filled(path, ROOT, TOOLS))
        assert [(part.name, part.entries, part.certainty) for part in found.images] == [
            ("corp/os:9", 1, Certainty.EXACT),
            ("corp/tools:1", 3, Certainty.EXACT),
        ]
        assert set(found.base.names) >= {"corp/tools:1", "corp/tools:1.2"}

    def test_by_history_alone_it_is_inferred(self, path: Path) -> None:
        found = reconstruct.base(replace(APP, layers=()), catalogue=filled(path, TOOLS)).base
        assert (found.name, found.entries, found.certainty) == ("corp/tools:1", 3, Certainty.INFERRED)

    def test_another_build_of_the_same_steps_is_inferred(self, path: Path) -> None:
        other = image(*TOOLS.history, seed="other", tags=("corp/tools:0",))
        found = reconstruct.base(APP, catalogue=filled(path, other)).base
        assert (found.name, found.certainty) == ("corp/tools:0", Certainty.INFERRED)
        assert "another build" in found.reason

    def test_the_build_with_its_layers_is_chosen_among_many(self, path: Path) -> None:
        others = [image(*TOOLS.history, seed=str(n), tags=(f"corp/tools:other{n}",)) for n in range(70)]
        found = reconstruct.base(APP, catalogue=filled(path, *others, TOOLS)).base
        assert (found.names[0], found.certainty) == ("corp/tools:1", Certainty.EXACT)

    def test_times_that_were_zeroed_do_not_hide_it(self, path: Path) -> None:
        assert reconstruct.base(zeroed(APP), catalogue=filled(path, TOOLS)).base.certainty is Certainty.EXACT

    def test_layers_show_where_the_history_was_rewritten(self, path: Path) -> None:
        bare = replace(
            TOOLS, history=tuple(replace(one, created_by=f"step {at}") for at, one in enumerate(TOOLS.history))
        )
        found = reconstruct.base(APP, catalogue=filled(path, bare)).base
        assert (found.name, found.entries, found.certainty) == ("corp/tools:1", 3, Certainty.INFERRED)

    def test_the_image_itself_is_not_a_base(self, path: Path) -> None:
        found = reconstruct.base(
            replace(APP, tags=("app:1",)), catalogue=filled(path, TOOLS, replace(APP, tags=("app:1",)))
        )
        assert (found.base.name, found.known_as) == ("corp/tools:1", ("app:1",))

    def test_inside_of_a_known_image_no_other_ends(self, path: Path) -> None:
        """A pause between a known image's own steps is a cached step's."""
        cached = on(
            ROOT, *days(["RUN /bin/sh -c a # buildkit"], 5), *days(["RUN /bin/sh -c b # buildkit"], 25), tags=("app:1",)
        )
        assert len(reconstruct.base(cached).images) == 2
        found = reconstruct.base(cached, catalogue=filled(path, ROOT, cached))
        assert [part.name for part in found.images] == ["corp/os:9"]

    @given(st.lists(st.text(max_size=6), min_size=1, max_size=6), st.integers(0, 5))
    def test_keys_of_a_beginning_are_those_of_the_whole(self, texts: list[str], length: int) -> None:
        history = tuple(HistoryEntry(created_by=text) for text in texts)
        assert history_keys(history[:length]) == history_keys(history)[:length]
        assert len(set(history_keys(history))) == len(history)

    def test_a_layer_without_diff_id_ends_what_is_compared(self) -> None:
        layers = (*APP.layers[:1], replace(APP.layers[1], diff_id=None), *APP.layers[2:])
        assert layer_keys(replace(APP, layers=layers)) == layer_keys(APP)[:1]


class TestStore:
    def test_an_image_that_comes_again_adds_its_names(self, path: Path) -> None:
        filled(path, TOOLS, replace(TOOLS, tags=("corp/tools:latest",)))
        with Catalogue(path) as store:
            (found,) = store.entries()
        assert found.names == ("corp/tools:1", "corp/tools:1.2", "corp/tools:latest")

    def test_removing_the_last_name_removes_the_image(self, path: Path) -> None:
        filled(path, TOOLS, ROOT)
        with Catalogue(path, create=True) as store:
            assert (store.remove("corp/tools:1"), len(store)) == (1, 2)
            assert (store.remove("corp/tools:1.2"), len(store)) == (1, 1)
            assert store.remove("corp/tools:1.2") == 0

    def test_removing_by_id_removes_all_names(self, path: Path) -> None:
        filled(path, replace(TOOLS, image_id="sha256:" + "a" * 64))
        with Catalogue(path, create=True) as store:
            assert store.remove("sha256:" + "a" * 64) == 1
            assert len(store) == 0

    def test_no_name_no_history(self) -> None:
        assert entry_of(replace(TOOLS, tags=())) is None
        assert entry_of(Image(tags=("a:1",))) is None
        assert entry_of(replace(TOOLS, tags=("a b", "\x1b[31m"))) is None

    def test_one_that_a_writer_keeps_to_itself_is_not_read_past_it(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Catalogue(path, create=True).close()
        monkeypatch.setattr(store, "_BUSY_SECONDS", 0.05)
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
            writer.execute("PRAGMA locking_mode = EXCLUSIVE")
            writer.execute("BEGIN EXCLUSIVE")
            with pytest.raises(UnreadableError, match="locked"):
                Catalogue(path)

    def test_writers_take_turns(self, path: Path) -> None:
        context = multiprocessing.get_context("spawn")
        writers = [context.Process(target=_write, args=(str(path), number)) for number in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(WAIT)
        assert [writer.exitcode for writer in writers] == [0] * 4
        with Catalogue(path) as store:
            assert len(store) == 4 * 300

    def test_many_open_a_new_one_at_once(self, path: Path) -> None:
        """SQLite doesn't wait when it changes the journal mode, and another process may have created the tables meanwhile."""

        def open_it(together: threading.Barrier, file: Path) -> int:
            together.wait(WAIT)
            with Catalogue(file, create=True) as store:
                return len(store)

        with ThreadPoolExecutor(8) as pool:
            for number in range(20):
                together, file = threading.Barrier(8), path.with_name(f"{number}.sqlite")
                assert [*pool.map(open_it, [together] * 8, [file] * 8)] == [0] * 8

    def test_it_is_read_while_it_is_written(self, path: Path) -> None:
        filled(path, ROOT)
        with Catalogue(path, create=True) as writer, Catalogue(path) as reader, writer._writing():
            assert len(reader) == 1

    @pytest.mark.parametrize(
        "content", [b"not a database, nor anything else" * 40, b"", b"SQLite format 3\0" + b"\xff" * 500]
    )
    def test_a_file_that_is_not_a_catalogue_is_a_one_line_error(self, path: Path, content: bytes) -> None:
        path.write_bytes(content)
        with pytest.raises(UnreadableError) as error:
            Catalogue(path)
        assert "\n" not in str(error.value)

    def test_another_database_is_not_touched(self, path: Path) -> None:
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE mine (x)")
        before = path.read_bytes()
        for create in (False, True):
            with pytest.raises(UnreadableError, match="not a catalogue"):
                Catalogue(path, create=create)
        assert sqlite3.connect(path).execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]
        assert path.read_bytes() == before

    def test_a_damaged_page_is_a_one_line_error(self, path: Path) -> None:
        filled(path, *(image(entry(f"RUN {n}"), tags=(f"a:{n}",)) for n in range(500)))
        with sqlite3.connect(path) as store:
            store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        data = bytearray(path.read_bytes())
        data[4096:] = b"\xa5" * (len(data) - 4096)
        path.write_bytes(data)
        found = run("base", _saved(path.parent, APP), "--catalogue", path)
        assert isinstance(found.exception, UnreadableError)

    def test_where_it_is(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.delenv("RECONSTRUCT_CATALOGUE", raising=False)
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
        assert location() == str(tmp_path / "reconstruct" / "catalogue.sqlite")
        monkeypatch.setenv("RECONSTRUCT_CATALOGUE", "/x/y")
        assert (location(), location("z")) == ("/x/y", "z")

    def test_none_is_no_error_unless_it_was_named(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("RECONSTRUCT_CATALOGUE", str(tmp_path / "none.sqlite"))
        with opened() as found:
            assert found is None
        with pytest.raises(UnreadableError, match="no such catalogue"), opened(str(tmp_path / "none.sqlite")):
            pass


def _write(path: str, number: int) -> None:
    with Catalogue(path, create=True) as store:
        for part in range(3):
            store.add(Entry((f"a:{number}-{part}-{n}",), bytes([number, part, n]) + bytes(13), 1) for n in range(100))


def _saved(folder: Path, of: Image, name: str = "app.json") -> Path:
    (folder / name).write_text(json.dumps(config(of)))
    return folder / name


class TestLines:
    def test_an_export_is_imported_completely(self, path: Path, tmp_path: Path) -> None:
        filled(path, ROOT, TOOLS)
        with Catalogue(path) as store:
            before = list(store.entries())
        skipped: list[str] = []
        lines = [line.encode() for line in written(before)]
        assert (list(read_lines(lines, "x", skipped)), skipped) == (before, [])

    def test_lines_of_configs(self) -> None:
        line = {"name": "corp/tools:1", "tags": ["corp/tools:1.2"], "day": "2024-01-01", "image": config(TOOLS)}
        (found,) = read_lines([json.dumps(line).encode(), b"\n"], "x", [])
        assert found.names == ("corp/tools:1", "corp/tools:1.2")
        assert found.layers_key == layer_keys(TOOLS)[-1]

    @pytest.mark.parametrize(
        "line",
        [
            b"{",
            b"[]",
            b"1",
            b'{"history_key": "00"}',
            b'{"history_key": "' + b"0" * 32 + b'", "names": ["a"], "entries": -1, "times_key": ""}',
            b"\xff",
            b"[" * 100_000,
        ],
    )
    def test_a_broken_line_is_reported_with_its_number(self, line: bytes) -> None:
        with pytest.raises(UnreadableError, match="line 2: "):
            list(read_lines([b"", line], "x", []))

    def test_one_without_a_name_is_skipped(self) -> None:
        skipped: list[str] = []
        assert list(read_lines([json.dumps(config(TOOLS)).encode()], "x", skipped)) == []
        assert skipped == ["x: line 1: no name or no history"]


class TestCommands:
    def test_add_find_list_remove(self, path: Path, tmp_path: Path) -> None:
        base, app = _saved(tmp_path, TOOLS, "base.json"), _saved(tmp_path, APP)
        assert run("catalogue", "add", base, "--name", "corp/tools:1", "--catalogue", path).exit_code == 0
        assert "FROM corp/tools:1\n" in run("dockerfile", app, "--catalogue", path).stdout
        assert "corp/tools:1" in run("catalogue", "list", "corp/*", "--catalogue", path).stdout
        assert json.loads(run("catalogue", "list", "--format", "json", "--catalogue", path).stdout)[0]["entries"] == 3
        assert run("catalogue", "remove", "corp/tools:1", "--catalogue", path).exit_code == 0
        assert run("catalogue", "remove", "corp/tools:1", "--catalogue", path).exit_code == 1
        assert "FROM corp/tools:1" not in run("dockerfile", app, "--catalogue", path).stdout

    def test_a_directory_with_mixed_contents(self, path: Path, tmp_path: Path) -> None:
        folder = tmp_path / "folder"
        folder.mkdir()
        (folder / "bases.jsonl").write_text(json.dumps({"name": "corp/tools:1", "image": config(TOOLS)}) + "\n")
        _saved(folder, APP)
        (folder / "README").write_text("no image")
        added = run("catalogue", "add", folder, "--catalogue", path)
        assert (added.exit_code, "1 image added" in added.stderr, "skipped" in added.stderr) == (0, True, True)

    def test_nothing_to_add_is_an_error(self, path: Path, tmp_path: Path) -> None:
        added = run("catalogue", "add", _saved(tmp_path, APP), "--catalogue", path)
        assert isinstance(added.exception, ReconstructError)

    def test_export_and_import(self, path: Path, tmp_path: Path) -> None:
        filled(path, ROOT, TOOLS)
        file, other = tmp_path / "out.jsonl", tmp_path / "other.sqlite"
        assert run("catalogue", "export", "--catalogue", path, "-o", file).exit_code == 0
        assert run("catalogue", "export", "--catalogue", path).stdout == file.read_text()
        assert run("catalogue", "import", file, "--catalogue", other).exit_code == 0
        with Catalogue(other) as copy, Catalogue(path) as original:
            assert list(copy.entries()) == list(original.entries())

    def test_remove_makes_no_catalogue(self, path: Path) -> None:
        assert isinstance(run("catalogue", "remove", "a:1", "--catalogue", path).exception, UnreadableError)
        assert not path.exists()
