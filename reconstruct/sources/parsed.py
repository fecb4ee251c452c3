"""The JSON documents of one reading, each parsed once while there is room, within limits for all of them.

Names in an archive may be links to one document, and an index may name thousands of manifests. Documents kept parsed are
limited by their memory, all parsed documents by their bytes and values.
"""

from __future__ import annotations

from reconstruct.digest import sha256_hex
from reconstruct.errors import UnreadableError
from reconstruct.record import dataclass
from reconstruct.sources import document
from reconstruct.sources.files import Files
from reconstruct.sources.limits import MAX_PARSED, MAX_PARSED_KEPT, MAX_PARSED_VALUES
from reconstruct.typed import Any

# Approximate size of a parsed value in bytes (CPython 3.11, small objects).
_VALUE = 150


@dataclass(frozen=True)
class Parsed:
    """One document: its value, its bytes' digest (sha256), and how many bytes it has."""

    value: Any
    digest: str
    size: int


class Documents:
    """The documents that were parsed so far. `label` is the reading's, for errors."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._kept: dict[str, tuple[Parsed, int]] = {}
        self._room = MAX_PARSED_KEPT
        self.bytes = 0
        self._values = 0

    def read(self, files: Files, name: str) -> Parsed | None:
        """The document in a file, None if there is none. UnreadableError if it is broken, or all together are too much."""
        identity = files.identity(name)
        if identity is None:
            return None
        if identity in self._kept:
            self._kept[identity] = self._kept.pop(identity)
            return self._kept[identity][0]
        data = files.read(name)
        if data is None:
            return None
        label = f"{self._label}: {name[:120]}"
        text = document.decode(data, label)
        found = Parsed(self.parse(text, label), "sha256:" + sha256_hex(data), len(data))
        self._keep(identity, found, weight(text))
        return found

    def parse(self, text: str, label: str) -> Any:
        """The single JSON value of a text inside another document, counted like a document."""
        self.bytes += len(text)
        self._values += document.structure(text)
        if self.bytes > MAX_PARSED or self._values > MAX_PARSED_VALUES:
            raise UnreadableError(
                f"{self._label}: its documents are too large together (more than {MAX_PARSED >> 20} MB, "
                f"or {MAX_PARSED_VALUES:,} values)"
            )
        return document.parse(text, label)

    def _keep(self, identity: str, found: Parsed, size: int) -> None:
        if size > MAX_PARSED_KEPT:
            return
        while self._room < size:
            oldest = next(iter(self._kept))
            self._room += self._kept.pop(oldest)[1]
        self._room -= size
        self._kept[identity] = found, size


def weight(text: str) -> int:
    """The approximate size in bytes of a JSON text once parsed."""
    return _VALUE * document.structure(text) + len(text) * (1 if text.isascii() else 4)
