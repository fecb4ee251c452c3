"""Folders are read inside their bounds: links that lead out, FIFOs and devices."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from reconstruct.cli.options import load_base
from reconstruct.errors import ReconstructError, UnreadableError
from reconstruct.fleet.inputs import PassedOver, items
from reconstruct.sources import load
from reconstruct.sources.regular import open_regular
from tests.sources.making import CONFIG, encoded, folder, layout
from tests.test_hostile_cli import run


def blobs(path: Path) -> list[Path]:
    return sorted((path / "blobs" / "sha256").iterdir())


def config_blob(path: Path) -> Path:
    return next(blob for blob in blobs(path) if b'"history"' in blob.read_bytes())


def test_a_link_out_of_a_layout_is_not_followed(tmp_path: Path) -> None:
    source = folder(tmp_path / "layout", layout())
    blob = config_blob(source)
    shutil.move(blob, tmp_path / "elsewhere")
    blob.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ReconstructError, match="missing"):
        load(str(source))
    status, _, err = run("list", str(source))
    assert status == 2
    assert "missing" in err
    assert "note: blobs/sha256/" in err
    assert "link out of the directory" in err


def test_a_folder_that_is_a_link_inside_a_layout_is_not_followed(tmp_path: Path) -> None:
    source = folder(tmp_path / "layout", layout())
    shutil.move(source / "blobs", tmp_path / "blobs")
    (source / "blobs").symlink_to(tmp_path / "blobs")
    with pytest.raises(ReconstructError):
        load(str(source))


def test_links_inside_a_layout_and_a_link_to_it_are_followed(tmp_path: Path) -> None:
    source = folder(tmp_path / "layout", layout())
    blob = config_blob(source)
    shutil.move(blob, source / "moved")
    blob.symlink_to("../../moved")
    (tmp_path / "link").symlink_to(source)
    assert load(str(tmp_path / "link")).history == load(str(source)).history != ()


def test_a_link_beside_a_manifest_is_noted(tmp_path: Path) -> None:
    source = folder(tmp_path / "layout", layout())
    manifest = next(blob for blob in blobs(source) if b'"schemaVersion"' in blob.read_bytes())
    config = config_blob(source)
    kept = tmp_path / "kept"
    kept.mkdir()
    shutil.copy(manifest, kept / "manifest.json")
    (kept / config.name).symlink_to(config)
    image = load(str(kept / "manifest.json"))
    assert not image.has_config
    assert any("link out of the directory" in note for note in image.notes)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_fifo_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableError, match="regular"):
        open_regular(str(tmp_path / "pipe"))
    (tmp_path / ".reconstruct.toml").write_text("")
    (tmp_path / "image.json").write_bytes(encoded(CONFIG))
    for args in (
        ["dockerfile", str(tmp_path / "pipe")],
        ["dockerfile", str(tmp_path / "image.json"), "--manifest", str(tmp_path / "pipe")],
        ["audit", str(tmp_path / "image.json"), "--baseline", str(tmp_path / "pipe")],
        ["audit", str(tmp_path / "image.json"), "--config", str(tmp_path / "pipe")],
        ["verify", str(tmp_path / "image.json"), str(tmp_path / "pipe")],
    ):
        assert run(*args)[0] == 2, args


def test_devices_are_not_opened() -> None:
    for device in ("/dev/zero", "/dev/full", os.devnull):
        with pytest.raises(UnreadableError, match="regular"):
            open_regular(device)


def test_a_shell_s_descriptor_is_read() -> None:
    ours, theirs = os.pipe()
    with os.fdopen(theirs, "wb") as file:
        file.write(encoded(CONFIG))
    try:
        assert load(f"/dev/fd/{ours}").history
    finally:
        os.close(ours)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_an_audited_directory_is_not_left_and_skipped_files_are_noted(tmp_path: Path) -> None:
    inside = tmp_path / "images"
    inside.mkdir()
    (tmp_path / "secret.json").write_bytes(encoded(CONFIG))
    (inside / "a.json").write_bytes(encoded(CONFIG))
    (inside / "b.json").symlink_to("a.json")
    (inside / "c.json").symlink_to(tmp_path / "secret.json")
    (inside / "d").symlink_to(tmp_path)
    os.mkfifo(inside / "pipe.json")
    (inside / "/".join("123456789" * 2)).mkdir(parents=True)
    passed_over = PassedOver()
    found = [Path(item.path).name for item in items([str(inside)], passed_over)]
    assert found == ["a.json", "b.json"]
    assert len(passed_over.notes()) == 3
    assert any("1 more" in note for note in passed_over.notes())
    status, out, err = run("audit", "--no-hadolint", "--fail-on", "never", str(inside))
    assert status == 0
    assert err.count("note: ") >= 3
    assert "secret" not in out


@pytest.mark.parametrize("ending", ["tar.zst", "tar.gz", "TAR", "tar.xz", "tar.bz2", "tzst", "json", "md", "oci"])
def test_a_base_that_can_only_be_a_file_is_not_written_into_from(ending: str) -> None:
    with pytest.raises(ReconstructError, match="no such file"):
        load_base(f"nope.{ending}")
    assert load_base("registry.example.org/app:1.tar1") == "registry.example.org/app:1.tar1"
