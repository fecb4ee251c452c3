"""Layers and images for the tests of files/, made member by member."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Sequence
from typing import Any

from tests.sources import making


def member(name: str, data: bytes | None = None, **facts: Any) -> tuple[tarfile.TarInfo, bytes | None]:
    """One member: a file where there is `data`, a folder where the name ends in `/`, else as `facts` say."""
    info = tarfile.TarInfo(name.rstrip("/") or name)
    info.mode = 0o755 if name.endswith("/") else 0o644
    info.mtime = 1_600_000_000
    if name.endswith("/"):
        info.type = tarfile.DIRTYPE
    if data is not None:
        info.size = len(data)
    for key, value in facts.items():
        setattr(info, key, value)
    return info, data


def link(name: str, target: str, hard: bool = False) -> tuple[tarfile.TarInfo, None]:
    info, _ = member(name, type=tarfile.LNKTYPE if hard else tarfile.SYMTYPE, linkname=target)
    return info, None


def gone(path: str) -> tuple[tarfile.TarInfo, bytes | None]:
    """The whiteout of a path."""
    folder, _, name = path.rpartition("/")
    return member(f"{folder}/.wh.{name}".lstrip("/"), b"")


def layer(*members: tuple[tarfile.TarInfo, bytes | None]) -> bytes:
    """The tar of a layer."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data) if data is not None else None)
    return out.getvalue()


def history(created_by: str, empty: bool = False) -> dict[str, Any]:
    return {"created": "2024-05-06T07:08:09Z", "created_by": created_by, **({"empty_layer": True} if empty else {})}


def image(layers: Sequence[bytes], steps: Iterable[str | dict[str, Any]] | None = None, **config: Any) -> bytes:
    """A `docker save` archive. `steps`: the layers' created_by, or whole entries; by default RUNs of the classic builder."""
    texts = steps if steps is not None else [f"/bin/sh -c make {number}" for number in range(len(layers))]
    entries = [history(text) if isinstance(text, str) else text for text in texts]
    value = making.config(layers) | {"history": entries, "config": {"Env": ["PATH=/bin"], **config}}
    data = making.encoded(value)
    name = making.digest(data).removeprefix("sha256:") + ".json"
    files: dict[str, bytes] = {f"{number}/layer.tar": content for number, content in enumerate(layers)}
    files[name] = data
    files["manifest.json"] = making.encoded(
        [{"Config": name, "RepoTags": ["app:1"], "Layers": [*files][: len(layers)]}]
    )
    return making.tar(files)


def saved(folder: Any, layers: Sequence[bytes], **more: Any) -> str:
    """The path of such an archive."""
    path = folder / "image.tar"
    path.write_bytes(image(layers, **more))
    return str(path)
