"""What is given in place of an image is named as what it is."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

import reconstruct
from reconstruct.errors import NotFoundError, UnreadableError


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nginx:latest", "`docker save nginx:latest -o nginx.tar`"),
        ("ghcr.io/acme/app:1.2", "`docker save ghcr.io/acme/app:1.2 -o app.tar`"),
        ("nginx@sha256:" + "a" * 64, "an image name, not a file"),
        ("4bcff63911fc", "an image name, not a file"),
        ("nginx", "if this is an image name"),
        ("nope.tar", "no such file or directory"),
        ("./nginx", "no such file or directory"),
        ("/srv/x:1", "no such file or directory"),
    ],
)
def test_a_name_is_not_a_file(name: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFoundError) as error:
        reconstruct.load(name)
    assert told in str(error.value)
    assert "\n" not in str(error.value)
    assert ("docker save" in str(error.value)) == (name[0] not in "./" and not name.endswith(".tar"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# syntax=docker/dockerfile:1\n\nFROM debian\nRUN make\n", "a Dockerfile"),
        ("arg VERSION=1\nFROM debian:$VERSION\n", "a Dockerfile"),
        ("services:\n  web:\n    image: nginx\n", "a Compose file"),
        ("version: '3'\n\nservices:\n  web:\n    build: .\n", "a Compose file"),
        ("apiVersion: v1\nkind: Pod\n", "a Kubernetes manifest"),
        ("# A readme\n\nfrom us to you", "not an archive, not JSON"),
    ],
)
def test_a_text_is_named(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "given"
    path.write_text(text)
    with pytest.raises(UnreadableError, match=told):
        reconstruct.load(path)


@pytest.mark.parametrize("names", [("etc/hostname", "usr/bin/x"), ("usr/lib/.wh.x",), (".wh.gone",)])
def test_a_layer_is_named(names: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "layer.tar"
    with tarfile.open(path, "w") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(UnreadableError, match="a layer or a root file system"):
        reconstruct.load(path)


def test_a_build_context_is_named(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    with pytest.raises(UnreadableError, match="a build context"):
        reconstruct.load(tmp_path)
