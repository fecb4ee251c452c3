"""Makes `samples/notes.json`, the config of an application's image on a public base.

    python samples/make_application.py [FILE]

The base's entries are those that docker-library published (`samples/facts`); the application's are what BuildKit writes
for `notes.Dockerfile`. The same bytes come out every time. No layer is made, so the config names none.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from reconstruct.builders.predicting import predict
from reconstruct.image import HistoryEntry, Image

HERE = Path(__file__).parent
BASE = HERE / "facts" / "python-3.12-slim-bookworm.json"
BUILT = "2026-09-14T08:30:{second:02}.250000000Z"
# What makes no layer in BuildKit.
EMPTY = ("ENV ", "CMD ", "USER ", "EXPOSE ")


def base() -> tuple[Image, list[dict[str, Any]]]:
    """The base's image and its history as JSON."""
    facts = json.loads(BASE.read_text(encoding="utf-8"))
    env: dict[str, str] = {}
    history = []
    for step in facts["history"]:
        history.append(entry(step["created_by"], step["created"]))
        if step["created_by"].startswith("ENV "):
            key, _, value = step["created_by"].removeprefix("ENV ").partition("=")
            env[key] = value
    config = {"Env": [f"{key}={value}" for key, value in env.items()], "Cmd": facts["cmd"]}
    entries = tuple(HistoryEntry(created_by=step["created_by"]) for step in history)
    return Image(config=config, history=entries, architecture="amd64"), history


def entry(created_by: str, created: str) -> dict[str, Any]:
    """A history entry by BuildKit, or by debuerreotype."""
    made = "debuerreotype 0.16" if created_by.startswith("# debian.sh") else "buildkit.dockerfile.v0"
    found: dict[str, Any] = {"created": created, "created_by": created_by, "comment": made}
    return {**found, "empty_layer": True} if created_by.startswith(EMPTY) else found


def main(target: Path) -> None:
    below, history = base()
    text = (HERE / "notes.Dockerfile").read_text(encoding="utf-8")
    built = predict(text, builder="buildkit", base=below, platform="linux/amd64")
    own = [made.created_by for made in built.own]
    history += [entry(made, BUILT.format(second=3 * number)) for number, made in enumerate(own)]
    config = {
        "architecture": "amd64",
        "config": {key: value for key, value in built.config.items() if value},
        "created": history[-1]["created"],
        "history": history,
        "os": "linux",
    }
    target.write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "notes.json")
