"""`docker save` archives before Docker 1.10 (image spec 1.0): a directory for each image, linked by `parent`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from reconstruct import pattern
from reconstruct.errors import UnreadableError
from reconstruct.image import HistoryEntry, Image, Layer
from reconstruct.sources import config as configs
from reconstruct.sources import document, schema1
from reconstruct.sources.files import Files
from reconstruct.sources.interface import Candidate, Reading, Remarks
from reconstruct.sources.limits import MAX_STEPS
from reconstruct.typed import TYPE_CHECKING, Any

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
    """An image for each ID that `repositories` names; without names, for each that isn't a parent."""
    known = _Configs(files, reading)
    tags = _tags(files, reading)
    heads = list(tags) or known.heads()
    line = _Line(known)
    covered = _Covered(known, heads)
    return [
        Candidate(
            partial(_read, line, identity, tuple(tags.get(identity, ()))),
            tags=tuple(tags.get(identity, ())),
            stored=partial(_contents, line, identity),
            covered=partial(covered.holds, identity),
        )
        for identity in heads
    ]


def _contents(line: _Line, identity: str) -> tuple[Stored | None, ...]:
    from reconstruct.sources.layers import named

    line.turn_to(identity)
    return named(line.configs.files, tuple(f"{item}/layer.tar" for item in line.identities))


def _tags(files: Files, reading: Reading) -> dict[str, list[str]]:
    """`repositories` (name → tag → image ID), inverted."""
    saved = reading.documents.read(files, "repositories")
    found: dict[str, list[str]] = {}
    for name, known in document.mapping(saved.value if saved is not None else None).items():
        for tag, identity in document.string_map(known).items():
            found.setdefault(identity, []).append(f"{name}:{tag}")
    return found


class _Configs:
    """The v1 configs of the archive, read on demand; only their parents are kept."""

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
        """The image below, empty if there is none."""
        if identity not in self._parents:
            self._parents[identity] = document.string(self.get(identity).get("parent"))
        return self._parents[identity]

    def heads(self) -> list[str]:
        """The images that aren't a parent of another."""
        found = [name for name in self.files.listing("") if _HEX.fullmatch(name) and f"{name}/json" in self.files]
        parents = {self.parent(identity) for identity in found}
        return [identity for identity in found if identity not in parents]


def _read(line: _Line, identity: str, tags: tuple[str, ...]) -> Image:
    line.turn_to(identity)
    newest = {key: value for key, value in line.configs.get(identity).items() if key not in ("rootfs", "history")}
    remarks = line.remarks()
    return configs.to_image(newest, line.layers, remarks, history=tuple(line.entries), has_history=True, tags=tags)


class _Line:
    """The image read last and its ancestors, oldest first, each with its step and its layer.

    Most of it stays the same from one image to the next, because an archive may name every image of a long line.
    """

    def __init__(self, configs: _Configs) -> None:
        self.configs = configs
        self.identities: list[str] = []
        self.entries: list[HistoryEntry] = []
        self.layers: list[Layer] = []
        self._places: dict[str, int] = {}
        self._doubts: dict[int, list[str]] = {}
        self._missing = ""

    def turn_to(self, identity: str) -> None:
        """Switches to the line of this image. UnreadableError if it has no end, or a config is broken."""
        above: list[str] = []
        missing = ""
        current = identity
        while current and current not in self._places:
            if above and f"{current}/json" not in self.configs.files:
                missing, current = current, ""
                break
            above.append(current)
            if len(above) > MAX_STEPS:
                raise UnreadableError(f"{self.configs.reading.label}: the parents of {identity[:12]} form a cycle")
            current = self.configs.parent(current)
        self._cut(self._places[current] + 1 if current else 0)
        if not current:
            self._missing = missing
        for item in reversed(above):
            self._push(item)

    def remarks(self) -> Remarks:
        """Remarks on the image whose line this is."""
        remarks = Remarks()
        if self._missing:
            remarks.note(f"the parent {self._missing[:12]} is not in the archive: earlier steps are unknown")
        for place in sorted(self._doubts):
            for doubt in self._doubts[place]:
                remarks.doubt(doubt)
        return remarks

    def _cut(self, length: int) -> None:
        for identity in self.identities[length:]:
            self._doubts.pop(self._places.pop(identity), None)
        del self.identities[length:], self.entries[length:], self.layers[length:]

    def _push(self, identity: str) -> None:
        place = len(self.identities)
        remarks = Remarks()
        entry = configs.history_entry(schema1.history_of(self.configs.get(identity)), place + 1, remarks)
        if remarks.doubts:
            self._doubts[place] = remarks.doubts
        self._places[identity] = place
        self.identities.append(identity)
        self.entries.append(entry)
        self.layers.append(Layer(size=self.configs.files.size(f"{identity}/layer.tar")))


class _Covered:
    """In a long line of named images, those that others here are built on; their steps are processed with the others."""

    def __init__(self, configs: _Configs, named: Sequence[str]) -> None:
        self._configs = configs
        self._named = named
        self._found: set[str] | None = None

    def holds(self, identity: str) -> bool:
        """Whether the image is one of them. There are none if all lines together are short."""
        if self._found is None:
            below: dict[str, int] = {}
            for name in self._named:
                self._count(name, below)
            many = sum(below[name] for name in self._named) > MAX_STEPS
            parents = {self._configs.parent(name) for name in below if below[name] > 1}
            self._found = parents if many else set()
        return identity in self._found

    def _count(self, identity: str, below: dict[str, int]) -> None:
        """Counts the readable steps of the image and of those it is built on."""
        line: list[str] = []
        while identity and identity not in below and len(line) <= MAX_STEPS:
            if line and f"{identity}/json" not in self._configs.files:
                break
            line.append(identity)
            # This stops at a cycle of parents.
            below[identity] = 0
            identity = self._configs.parent(identity)
        steps = below.get(identity, 0)
        for item in reversed(line):
            steps += 1
            below[item] = steps
