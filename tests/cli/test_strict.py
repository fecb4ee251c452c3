"""`--strict` means the same in every command: any doubt ends it with exit status 2."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconstruct.errors import UnreadableError
from reconstruct.sources import load
from tests.sources.making import (
    CONFIG,
    OCI_CONFIG,
    OCI_LAYER,
    Layout,
    digest,
    docker_archive,
    encoded,
    layer,
    layout,
    tar,
)
from tests.test_hostile_cli import run


def changed_blob() -> dict[str, bytes]:
    files = layout()
    name = next(name for name, data in files.items() if b'"history"' in data)
    return {**files, name: files[name] + b" "}


def changed_size() -> dict[str, bytes]:
    made = Layout()
    config = made.document(CONFIG, OCI_CONFIG)
    config["size"] += 1
    manifest = {"schemaVersion": 2, "config": config, "layers": []}
    return made.saved(made.document(manifest, "application/vnd.oci.image.manifest.v1+json"))


def changed_layer_size() -> dict[str, bytes]:
    made = Layout()
    blob = layer("x")
    config = made.document(
        {**CONFIG, "rootfs": {"type": "layers", "diff_ids": [digest(b"1"), digest(b"2")]}}, OCI_CONFIG
    )
    layers = [
        {"mediaType": OCI_LAYER, "digest": made.blob(blob), "size": len(blob) + 5},
        {"mediaType": OCI_LAYER, "digest": digest(b"absent"), "size": 3},
    ]
    manifest = {"schemaVersion": 2, "config": config, "layers": layers}
    return made.saved(made.document(manifest, "application/vnd.oci.image.manifest.v1+json"))


def fewer_layers() -> dict[str, bytes]:
    files = docker_archive()
    listed = json.loads(files["manifest.json"])
    listed[0]["Layers"].pop()
    return {**files, "manifest.json": encoded(listed)}


def other_platform() -> dict[str, bytes]:
    made = Layout()
    image = made.image("amd64")
    return made.saved({**image, "platform": {"os": "linux", "architecture": "s390x"}})


def with_config(**changes: Any) -> Callable[[], dict[str, bytes]]:
    def made() -> dict[str, bytes]:
        found = Layout()
        config = found.document({**CONFIG, **changes}, OCI_CONFIG)
        blobs = [{"mediaType": OCI_LAYER, "digest": digest(b"%d" % number), "size": 3} for number in range(2)]
        manifest = {"schemaVersion": 2, "config": config, "layers": blobs}
        return found.saved(found.document(manifest, "application/vnd.oci.image.manifest.v1+json"))

    return made


DOUBTS: dict[str, Callable[[], dict[str, bytes]]] = {
    "a blob that was changed": changed_blob,
    "a config of another size": changed_size,
    "a layer of another size": changed_layer_size,
    "fewer layers than the config": fewer_layers,
    "another platform than the index": other_platform,
    "more entries than layers": with_config(history=[{"created_by": "RUN x"}] * 3),
    "fewer entries than layers": with_config(history=[{"created_by": "RUN x"}]),
    "a value of another type": with_config(config={"Env": {"A": "1"}}),
    "a config that contradicts the history": with_config(
        config={"Cmd": ["evil"], "Env": ["A=1"]},
        history=[
            {"created_by": "/bin/sh -c #(nop) ADD file:aa in / "},
            {"created_by": '/bin/sh -c #(nop)  CMD ["sh"]'},
        ],
    ),
    "an entry that is none": with_config(history=["x", {"created_by": "RUN x"}]),
}
COMMANDS = [
    ["dockerfile"],
    ["report"],
    ["report", "--format", "json"],
    ["report", "--format", "repo-info"],
    ["base"],
    ["ast"],
    ["list"],
    ["audit", "--no-hadolint", "--fail-on", "never"],
    ["diff"],
    ["verify"],
]


@pytest.mark.parametrize("doubt", DOUBTS)
def test_every_command_ends_with_2_on_a_doubt(tmp_path: Path, doubt: str) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(tar(DOUBTS[doubt]()))
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    for command in COMMANDS:
        more = {"diff": [str(path)], "verify": [str(tmp_path / "Dockerfile")]}.get(command[0], [])
        args = [*command, str(path), *more]
        assert run(*args, "--strict")[0] == 2, args
        assert run(*args)[0] in ((0, 1, 2) if command == ["verify"] else (0,)), args


def changed_layer() -> bytes:
    files = docker_archive()
    name = next(name for name in files if name.endswith("layer.tar"))
    return tar({**files, name: layer("other")})


def changed_compressed_layer() -> bytes:
    files = layout()
    name = next(name for name, data in files.items() if data[:2] == b"\x1f\x8b")
    return tar({**files, name: gzip.compress(layer("other"), mtime=0)})


@pytest.mark.parametrize("made", [changed_layer, changed_compressed_layer])
@pytest.mark.parametrize(
    "command", [["files"], ["cat", "/file"], ["export", "out"], ["report", "--files"], ["dockerfile", "--files"]]
)
def test_a_command_that_opens_layers_checks_their_digests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Callable[[], bytes], command: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    name, *more = command
    args = [name, "image.tar", *more]
    Path("image.tar").write_bytes(made())
    status, _, err = run(*args, "--strict")
    # The compressed one has a different size too, which is reported first.
    assert (status, "doesn't match its d" in err or "size" in err or "bytes" in err) == (2, True), err
    assert not Path("out").exists()
    assert run(*args)[0] == 0
    for number, files in enumerate((docker_archive(), layout())):
        Path("image.tar").write_bytes(tar(files))
        again = [f"{arg}{number}" if arg == "out" else arg for arg in args]
        assert run(*again, "--strict")[0] == 0


def test_an_audit_of_several_says_which_is_in_doubt(tmp_path: Path) -> None:
    made = Layout()
    good, bad = made.image("amd64"), made.image("arm64")
    files = made.saved(good, {**bad, "platform": {"os": "linux", "architecture": "s390x"}})
    (tmp_path / "image.tar").write_bytes(tar(files))
    args = ["audit", "--no-hadolint", "--fail-on", "never", "--format", "json", str(tmp_path / "image.tar")]
    assert run(*args)[0] == 0
    status, out, _ = run(*args, "--strict")
    assert status == 2
    assert [bool(image.get("error")) for image in json.loads(out)["images"]].count(True) == 1


def test_a_consistent_image_passes(tmp_path: Path) -> None:
    for name, files in (("a.tar", docker_archive()), ("b.tar", layout())):
        (tmp_path / name).write_bytes(tar(files))
        assert run("dockerfile", "--strict", str(tmp_path / name))[0] == 0


def test_the_base_is_read_as_strictly(tmp_path: Path) -> None:
    (tmp_path / "image.tar").write_bytes(tar(layout()))
    (tmp_path / "base.tar").write_bytes(tar(changed_blob()))
    args = ["dockerfile", str(tmp_path / "image.tar"), "--base", str(tmp_path / "base.tar")]
    assert run(*args)[0] == 0
    assert run(*args, "--strict")[0] == 2


def test_doubts_are_fields() -> None:
    image = load(tar(fewer_layers()))
    assert len(image.doubts) == 1
    assert image.doubts[0] in image.notes
    with pytest.raises(UnreadableError, match="layers"):
        load(tar(fewer_layers()), strict=True)
