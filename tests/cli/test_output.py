"""`--output`: a file is replaced whole, a link is not followed, and no input is overwritten."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from reconstruct.cli import output
from reconstruct.errors import ReconstructError
from tests.sources.making import CONFIG, encoded, folder, layout
from tests.test_hostile_cli import run


def saved(path: Path) -> str:
    path.write_bytes(encoded(CONFIG))
    return str(path)


COMMANDS = [
    ["dockerfile"],
    ["report"],
    ["report", "--format", "repo-info"],
    ["ast"],
    ["list"],
    ["audit", "--no-hadolint"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("way", ["same", "hard link", "soft link", "other spelling"])
def test_the_input_is_not_overwritten(tmp_path: Path, command: list[str], way: str) -> None:
    source = saved(tmp_path / "image.json")
    target = tmp_path / "out"
    if way == "hard link":
        os.link(source, target)
    elif way == "soft link":
        target.symlink_to(source)
    else:
        target = Path(source) if way == "same" else tmp_path / "." / ".." / tmp_path.name / "image.json"
    status, out, err = run(*command, source, "--output", str(target))
    assert (status, out) == (2, "")
    assert "input" in err
    assert Path(source).read_bytes() == encoded(CONFIG)


def test_a_further_input_and_those_of_other_commands_are_not_overwritten(tmp_path: Path) -> None:
    source, other = saved(tmp_path / "image.json"), saved(tmp_path / "other.json")
    written = tmp_path / "Dockerfile"
    written.write_text("FROM scratch\n")
    for args in (
        ["dockerfile", source, "--base", other, "-o", other],
        ["dockerfile", source, "--manifest", other, "-o", other],
        ["diff", source, other, "-o", other],
        ["verify", source, str(written), "-o", str(written)],
        ["audit", "--no-hadolint", source, other, "-o", other],
        ["audit", "--no-hadolint", "--baseline", other, source, "-o", other],
    ):
        assert run(*args)[0] == 2, args
    assert Path(other).read_bytes() == encoded(CONFIG)
    assert written.read_text() == "FROM scratch\n"


def test_a_file_of_an_input_folder_is_not_overwritten(tmp_path: Path) -> None:
    source = folder(tmp_path / "layout", layout())
    before = (source / "index.json").read_bytes()
    status, _, err = run("dockerfile", str(source), "-o", str(source / "index.json"))
    assert status == 2
    assert "part of the input" in err
    assert (source / "index.json").read_bytes() == before


def test_an_earlier_report_in_an_audited_folder_is_replaced(tmp_path: Path) -> None:
    saved(tmp_path / "image.json")
    report = tmp_path / "audit.json"
    for _ in range(2):
        run("audit", "--no-hadolint", "--format", "json", str(tmp_path), "-o", str(report))
        assert json.loads(report.read_text())["images"]


def test_an_image_in_an_audited_folder_is_not_overwritten(tmp_path: Path) -> None:
    source = saved(tmp_path / "image.json")
    assert run("audit", "--no-hadolint", str(tmp_path), "-o", source)[0] == 2
    assert Path(source).read_bytes() == encoded(CONFIG)


def test_the_baseline_that_settings_name_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = saved(tmp_path / "image.json")
    run("audit", "--no-hadolint", "--format", "json", source, "-o", str(tmp_path / "known.json"))
    before = (tmp_path / "known.json").read_bytes()
    (tmp_path / ".reconstruct.toml").write_text('[audit]\nbaseline = "known.json"\n')
    monkeypatch.chdir(tmp_path)
    assert run("audit", "--no-hadolint", source, "-o", "known.json")[0] == 2
    assert (tmp_path / "known.json").read_bytes() == before


def test_a_link_at_the_target_is_replaced_and_its_target_kept(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("precious")
    link = tmp_path / "out"
    link.symlink_to(kept)
    output.write(b"new", str(link))
    assert kept.read_text() == "precious"
    assert link.read_bytes() == b"new"
    assert not link.is_symlink()


def test_a_file_keeps_its_mode_and_no_temporary_file_is_left(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.write_text("old")
    target.chmod(0o640)
    output.write(b"new", str(target))
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out"
    target.write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(ReconstructError, match="No space left"):
        output.write(b"new", str(target))
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_devices_and_streams_are_written_to(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    output.write(b"nothing", os.devnull)
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    output.write(b"shown\n", "/dev/stdout")
    output.write(b"more\n", "/dev/fd/1")
    assert capfdbinary.readouterr().out == b"shown\nmore\n"
