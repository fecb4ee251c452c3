"""Saved forms made by hand: one image, and every wrapping that saves it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"

STEPS = (
    ("/bin/sh -c #(nop) ADD file:aaaa in / ", False),
    ('/bin/sh -c #(nop)  CMD ["sh"]', True),
    ("/bin/sh -c echo one > /one", False),
    ("/bin/sh -c #(nop)  ENV A=1", True),
)


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def encoded(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def layer(text: str) -> bytes:
    """A layer's tar, with one file of this text."""
    return tar({"file": text.encode()})


def tar(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def config(layers: Sequence[bytes], architecture: str = "amd64", **more: Any) -> dict[str, Any]:
    """An image config of these layers, whose history is STEPS."""
    return {
        "architecture": architecture,
        "os": "linux",
        "created": "2024-05-06T07:08:09.123456789Z",
        "config": {"Env": ["PATH=/bin", "A=1"], "Cmd": ["sh"]},
        "rootfs": {"type": "layers", "diff_ids": [digest(data) for data in layers]},
        "history": [
            {"created": "2024-05-06T07:08:09Z", "created_by": text, **({"empty_layer": True} if empty else {})}
            for text, empty in STEPS
        ],
        **more,
    }


LAYERS = (layer("base"), layer("one"))
CONFIG = config(LAYERS)


def docker_archive(tags: Sequence[str] = ("app:1",), layers: Sequence[bytes] = LAYERS) -> dict[str, bytes]:
    """The files of a `docker save` archive of Docker 1.10 to 24."""
    data = encoded(config(layers))
    name = digest(data).removeprefix("sha256:") + ".json"
    files = {f"{number}/layer.tar": content for number, content in enumerate(layers)}
    files[name] = data
    files["manifest.json"] = encoded([{"Config": name, "RepoTags": list(tags), "Layers": list(files)[: len(layers)]}])
    return files


class Layout:
    """An OCI layout that grows: blobs, manifests, indexes."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}
        self.top: list[dict[str, Any]] = []

    def blob(self, data: bytes) -> str:
        name = digest(data)
        self.files["blobs/" + name.replace(":", "/")] = data
        return name

    def document(self, value: Any, media_type: str, **more: Any) -> dict[str, Any]:
        """Keeps a JSON document; its descriptor."""
        data = encoded(value)
        return {"mediaType": media_type, "digest": self.blob(data), "size": len(data), **more}

    def image(self, architecture: str = "amd64", layers: Sequence[bytes] = LAYERS, **more: Any) -> dict[str, Any]:
        """Keeps an image with gzip-compressed layers; its manifest's descriptor."""
        compressed = [gzip.compress(data, mtime=0) for data in layers]
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": self.document(config(layers, architecture), OCI_CONFIG),
            "layers": [{"mediaType": OCI_LAYER, "digest": self.blob(data), "size": len(data)} for data in compressed],
        }
        return self.document(manifest, OCI_MANIFEST, platform={"os": "linux", "architecture": architecture}, **more)

    def index(self, manifests: Sequence[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
        return self.document({"schemaVersion": 2, "manifests": list(manifests)}, OCI_INDEX, **more)

    def attestation(self, image: Mapping[str, Any], statement: Mapping[str, Any], kind: str) -> dict[str, Any]:
        """Keeps an attestation manifest of BuildKit's kind about an image; its descriptor."""
        inner = self.document(statement, "application/vnd.in-toto+json")
        inner["annotations"] = {"in-toto.io/predicate-type": kind}
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": self.document({}, OCI_CONFIG),
            "layers": [inner],
        }
        annotations = {
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": image["digest"],
        }
        platform = {"os": "unknown", "architecture": "unknown"}
        return self.document(manifest, OCI_MANIFEST, annotations=annotations, platform=platform)

    def saved(self, *top: Mapping[str, Any]) -> dict[str, bytes]:
        index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [*self.top, *top]}
        return {**self.files, "index.json": encoded(index)}


def layout(**more: Any) -> dict[str, bytes]:
    """The files of an OCI layout with one image."""
    made = Layout()
    return made.saved(made.image(**more))


def folder(path: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def each_replaced(value: Any, other: Any) -> Iterator[Any]:
    """`value` with each of its members replaced by `other` in turn, at any depth."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield {**value, key: other}
            for inner in each_replaced(item, other):
                yield {**value, key: inner}
    elif isinstance(value, list) and value:
        yield [other, *value[1:]]
        for inner in each_replaced(value[0], other):
            yield [inner, *value[1:]]
