"""Charliecloud's images: a file tree with `ch/metadata.json` (`ch-image`, `ch-convert`), or only that file.

The metadata are the fields of the pulled config, and the history has the same form as a config's (lib/image.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from reconstruct.errors import UnreadableError
from reconstruct.image import Image
from reconstruct.sources import config as configs
from reconstruct.sources import document
from reconstruct.sources.files import Files
from reconstruct.sources.interface import Candidate, Document, Reading
from reconstruct.typed import Any

NAME = "charliecloud"

_PATH = "ch/metadata.json"
_KEYS = {"arch", "cwd", "env", "labels", "shell", "volumes"}


def recognises(value: object) -> bool:
    """Whether a JSON value is such metadata."""
    return document.mapping(value).keys() >= _KEYS


def recognises_files(files: Files) -> bool:
    """By `ch/metadata.json`."""
    return _PATH in files


def images(value: object, found: Document, reading: Reading) -> list[Candidate]:
    """The one image of the metadata."""
    return [Candidate(lambda: _image(document.mapping(value)))]


def images_of_files(files: Files, reading: Reading) -> list[Candidate]:
    """The one image of the tree. UnreadableError if its metadata aren't Charliecloud's."""
    saved = reading.documents.read(files, _PATH)
    if saved is None or not recognises(saved.value):
        raise UnreadableError(f"{reading.label}: {_PATH} is not Charliecloud metadata")
    return images(saved.value, Document(reading.label), reading)


def _image(value: Mapping[str, Any]) -> Image:
    environment = document.string_map(value.get("env"))
    config = {
        "architecture": value.get("arch"),
        "os": "linux",
        "config": {
            "Env": [f"{key}={item}" for key, item in environment.items()],
            "WorkingDir": value.get("cwd"),
            "Labels": value.get("labels"),
            "Shell": value.get("shell"),
            "Volumes": value.get("volumes"),
        },
        "history": value.get("history"),
    }
    return configs.to_image({key: item for key, item in config.items() if item is not None})
