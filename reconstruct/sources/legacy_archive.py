"""`docker save` archives before Docker 1.10 (image spec 1.0): a folder for each image, linked by `parent`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reconstruct import pattern
from reconstruct.errors import UnreadableError
from reconstruct.image import Image, Layer
from reconstruct.sources import document, schema1
from reconstruct.sources.files import Files
from reconstruct.sources.interface import Candidate, Reading, Remarks
from reconstruct.sources.limits import MAX_STEPS

if TYPE_CHECKING:
    from reconstruct.sources.layers import Stored

NAME = "docker-archive (before 1.10)"

_HEX = pattern.compile(r"[0-9a-f]{64}")


def recognises_files(files: Files) -> bool:
    """By `repositories` or a folder `<ID>/json`, without a `manifest.json`."""
    return "manifest.json" not in files and (
        "repositories" in files or any(_HEX.fullmatch(name) and f"{name}/json" in files for name in files.listing(""))
    )


def images_of_files(files: Files, reading: Reading) -> list[Candidate]:
    """An image for each ID that `repositories` names; without names, for each that is no parent."""
    configs = _Configs(files, reading)
    tags = _tags(files, reading)
    heads = list(tags) or configs.heads()
    return [_candidate(configs, identity, tuple(tags.get(identity, ()))) for identity in heads]


def _candidate(configs: _Configs, identity: str, tags: tuple[str, ...]) -> Candidate:
    return Candidate(lambda: _read(configs, identity, tags), tags=tags, stored=lambda: _contents(configs, identity))


def _contents(configs: _Configs, identity: str) -> tuple[Stored | None, ...]:
    from reconstruct.sources.layers import named

    return named(configs.files, tuple(f"{item}/layer.tar" for item in _chain(configs, identity, Remarks())))


def _tags(files: Files, reading: Reading) -> dict[str, list[str]]:
    """`repositories`: name → tag → image ID, turned round."""
    saved = reading.documents.read(files, "repositories")
    found: dict[str, list[str]] = {}
    for name, known in document.mapping(saved.value if saved is not None else None).items():
        for tag, identity in document.string_map(known).items():
            found.setdefault(identity, []).append(f"{name}:{tag}")
    return found


class _Configs:
    """The v1 configs of the archive, each read when it is asked for; of those read only the parents are kept."""

    def __init__(self, files: Files, reading: Reading) -> None:
        self.files = files
        self.reading = reading
        self._parents: dict[str, str] = {}

    def get(self, identity: str) -> Mapping[str, Any]:
        saved = self.reading.documents.read(self.files, f"{identity}/json")
        if saved is None:
            raise UnreadableError(f"{self.reading.label}: {identity[:80]}/json is missing")
        return schema1.normal(saved.value)

    def parent(self, identity: str) -> str:
        """The image below, empty where there is none."""
        if identity not in self._parents:
            self._parents[identity] = document.string(self.get(identity).get("parent"))
        return self._parents[identity]

    def heads(self) -> list[str]:
        """The images that are no other's parent."""
        found = [name for name in self.files.listing("") if _HEX.fullmatch(name) and f"{name}/json" in self.files]
        parents = {self.parent(identity) for identity in found}
        return [identity for identity in found if identity not in parents]


def _read(configs: _Configs, identity: str, tags: tuple[str, ...]) -> Image:
    remarks = Remarks()
    chain = schema1.Chain()
    for item in _chain(configs, identity, remarks):
        chain.add(configs.get(item), _layer(configs, item))
    return chain.image(remarks, tags=tags)


def _layer(configs: _Configs, identity: str) -> Layer:
    return Layer(size=configs.files.size(f"{identity}/layer.tar"))


def _chain(configs: _Configs, identity: str, remarks: Remarks) -> list[str]:
    """The image and its ancestors, oldest first; a missing parent is noted."""
    chain: list[str] = []
    seen: set[str] = set()
    current = identity
    while current:
        if current in seen or len(chain) > MAX_STEPS:
            raise UnreadableError(f"{configs.reading.label}: the parents of {identity[:12]} go round in a circle")
        if chain and f"{current}/json" not in configs.files:
            remarks.note(f"the parent {current[:12]} is not in the archive: earlier steps are unknown")
            break
        seen.add(current)
        chain.append(current)
        current = configs.parent(current)
    chain.reverse()
    return chain
