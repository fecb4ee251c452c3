"""Makes `samples/python-3.9-windowsservercore`, an OCI layout, from the facts in `samples/facts`.

    python samples/make_windows.py [FOLDER]

The same bytes come out every time. Configs and manifests are written anew from what docker-library published of the
image (entries, times, digests, sizes, media types, shell, command); the layers' content is not part of it. The
documents' digests are those of this copy, so the published ones stand beside them, as annotations.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NAME = "python-3.9-windowsservercore"

CONFIG_TYPE = "application/vnd.docker.container.image.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"

# The entries of Windows' root file system have no shell in front.
ROOT = ("Apply image ", "Install update ")
# The classic builder puts one blank in front of these and two in front of all others.
ONE_BLANK = ("COPY ", "ADD ", "WORKDIR ")


def created_by(instruction: str, shell: list[str]) -> str:
    """What the classic builder writes into history for an instruction as the published page shows it."""
    text = instruction.removeprefix("RUN ")
    if text.startswith(ROOT):
        return text
    frame = " ".join(shell)
    if text != instruction:
        return f"{frame} {text}"
    return f"{frame} #(nop) {'' if text.startswith(ONE_BLANK) else ' '}{text}"


def config(facts: dict[str, Any]) -> dict[str, Any]:
    """The image config. It has no diff IDs, because they are unknown; every entry made a layer, as on Windows then."""
    history = [
        {"created": step["created"], "created_by": created_by(step["instruction"], facts["shell"])}
        for step in facts["history"]
    ]
    env = [step["instruction"].removeprefix("ENV ") for step in facts["history"] if step["instruction"][:4] == "ENV "]
    return {
        "architecture": facts["architecture"],
        "config": {"Env": env, "Cmd": facts["cmd"], "Shell": facts["shell"]},
        "created": history[-1]["created"],
        "docker_version": facts["docker_version"],
        "history": history,
        "os": facts["os"],
        "os.version": facts["os_version"],
    }


def layer(facts: dict[str, Any]) -> dict[str, Any]:
    """A layer's descriptor, with the time that the registry gave."""
    descriptor = {"mediaType": facts["media_type"], "size": facts["size"], "digest": facts["digest"]}
    if "last_modified" in facts:
        descriptor["annotations"] = {"reconstruct.published.last-modified": facts["last_modified"]}
    return descriptor


class Layout:
    """An OCI image layout in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
        self.write("oci-layout", {"imageLayoutVersion": "1.0.0"})

    def write(self, name: str, value: Any) -> bytes:
        data = json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n"
        (self.folder / name).write_bytes(data)
        return data

    def blob(self, media_type: str, value: Any) -> dict[str, Any]:
        """Writes a document under its digest; gives its descriptor."""
        data = json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n"
        digest = hashlib.sha256(data).hexdigest()
        (self.folder / "blobs" / "sha256" / digest).write_bytes(data)
        return {"mediaType": media_type, "size": len(data), "digest": f"sha256:{digest}"}


def make(facts: dict[str, Any], folder: Path) -> None:
    """Writes the layout: an index, the manifest list in it, and each platform's manifest and config."""
    layout = Layout(folder)
    manifests = []
    for platform in facts["platforms"]:
        manifest = {
            "schemaVersion": 2,
            "mediaType": platform["media_type"],
            "config": layout.blob(CONFIG_TYPE, config(platform)),
            "layers": [layer(one) for one in platform["layers"]],
            "annotations": {
                "reconstruct.published.index.digest": facts["digest"],
                "reconstruct.published.digest": platform["digest"],
                "reconstruct.published.config.digest": platform["image_id"],
            },
        }
        described = {
            "architecture": platform["architecture"],
            "os": platform["os"],
            "os.version": platform["os_version"],
        }
        manifests.append({**layout.blob(platform["media_type"], manifest), "platform": described})
    listing = {"schemaVersion": 2, "mediaType": facts["media_type"], "manifests": manifests}
    descriptor = layout.blob(facts["media_type"], listing)
    descriptor["annotations"] = {"org.opencontainers.image.ref.name": facts["name"]}
    layout.write("index.json", {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [descriptor]})


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / NAME
    make(json.loads((HERE / "facts" / f"{NAME}.json").read_text(encoding="utf-8")), folder)


if __name__ == "__main__":
    main()
