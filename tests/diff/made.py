"""Images made without a builder: of history lines, or of a Dockerfile by the evaluator's word for four builders."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import reconstruct
from reconstruct.builders.predicting import predict
from reconstruct.dockerfile.dialect import BUILDERS
from reconstruct.image import Image

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
BASE = {
    "os": "linux",
    "architecture": "amd64",
    "config": {"Env": [f"PATH={PATH}"], "Cmd": ["bash"]},
    "history": [
        {
            "created": "2025-01-01T00:00:00Z",
            "created_by": "# debian.sh --arch 'amd64' out/ 'bookworm' '@1735689600'",
            "comment": "debuerreotype 0.15",
        }
    ],
    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "1" * 64]},
}


def checksum(*words: object) -> str:
    return hashlib.sha256(repr(words).encode()).hexdigest()


def built(
    dockerfile: str,
    builder: str,
    *,
    base: Mapping[str, Any] = BASE,
    files: Mapping[str, str] | None = None,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    layers: Mapping[int, str] | None = None,
) -> Image:
    """The image that `builder` (of BUILDERS) makes of `dockerfile`.

    `files` are what differs in the build context: copying one of them gives another checksum. Layers are the same for
    the same instruction, but for those that `layers` (position of the own entry → text) makes differ.
    """
    return reconstruct.load(
        config_of(
            dockerfile,
            builder,
            base=base,
            files=files,
            target=target,
            build_args=build_args,
            layers=layers,
        )
    )


def config_of(
    dockerfile: str,
    builder: str,
    *,
    base: Mapping[str, Any] = BASE,
    files: Mapping[str, str] | None = None,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    layers: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    """The image config of `built`."""
    made = predict(dockerfile, builder=builder, base=reconstruct.load(dict(base)), target=target, build_args=build_args)
    history = [dict(entry) for entry in base["history"]]
    diff_ids = list(base["rootfs"]["diff_ids"])
    for number, entry in enumerate(made.own):
        text = entry.created_by
        if entry.checksum is not None:
            kind = sorted(entry.checksum.kinds)[0]
            copied = " ".join(entry.instruction.args[:-1]) if entry.instruction else text
            if builder == "buildah" and entry.instruction:
                # buildah sums what lies in the image, owners and a file's new name included.
                copied += " ".join(entry.instruction.flags) + entry.instruction.args[-1].rpartition("/")[2]
            changed = sorted(item for item in (files or {}).items() if item[0] in copied)
            text += f"{kind}:{checksum(changed, copied, builder == 'buildah')}{entry.after}"
        made_layer = not entry.empty_layer if entry.empty_layer is not None else _makes_layer(text)
        line: dict[str, Any] = {"created": f"2025-02-01T00:{number // 60:02}:{number % 60:02}Z", "created_by": text}
        if entry.comment:
            line["comment"] = entry.comment
        if made_layer:
            diff_ids.append("sha256:" + checksum(builder, text, (layers or {}).get(number)))
        else:
            line["empty_layer"] = True
        history.append(line)
    config = dict(made.config)
    result: dict[str, Any] = {
        "os": "linux",
        "architecture": "amd64",
        "created": history[-1]["created"],
        "config": config,
        "history": history,
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    }
    if builder == "classic":
        result["docker_version"] = "20.10.24"
    elif builder == "buildkit-0.8":
        config.setdefault("OnBuild", None)
    elif builder == "buildah":
        config["Labels"] = {**config.get("Labels", {}), "io.buildah.version": "1.28.2"}
    return result


def _makes_layer(text: str) -> bool:
    return "#(nop)" not in text or "#(nop) COPY" in text or "#(nop) ADD" in text


def of_history(lines: Sequence[str], config: Mapping[str, Any] | None = None, **more: Any) -> Image:
    """An image with these created_by, each with a layer of its own."""
    return reconstruct.load(
        {
            "os": "linux",
            "architecture": "amd64",
            "config": dict(config or {}),
            "history": [{"created_by": line} for line in lines],
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + checksum(line) for line in lines]},
            **more,
        }
    )


__all__ = ["BASE", "BUILDERS", "built", "config_of", "of_history"]
