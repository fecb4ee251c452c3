"""Where a step's sources lie in the context: readable names, each step's apart from every other's.

Names are told apart as a file system does that folds case and composes accents (macOS, Windows), so that the folder can be
kept anywhere. A folder that is copied whole holds nothing of another step.
"""

from __future__ import annotations

import re
import unicodedata

from reconstruct import pattern

CONTEXT = "context"
# What a word of COPY takes as it stands in every builder: no blanks, globs, quotes, variables, escapes; no flag.
_PLAIN = pattern.compile(r"[A-Za-z0-9_@+][A-Za-z0-9_@+.,=~%-]*|\.[A-Za-z0-9_][A-Za-z0-9_@+.,=~%-]*")
# Names that Windows keeps for itself, and endings that it drops.
_RESERVED = pattern.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?|.*[. ]", re.IGNORECASE)


def plain(path: str) -> bool:
    """Whether a relative path can stand in a Dockerfile as it is."""
    return all(_PLAIN.fullmatch(part) and not _RESERVED.fullmatch(part) for part in path.split("/"))


def folded(name: str) -> str:
    """What a file system that folds case makes of a name."""
    return unicodedata.normalize("NFC", name).casefold()


class Names:
    """Gives each source its place."""

    def __init__(self, digits: int) -> None:
        self._digits = digits
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._parents: set[str] = set()

    def label(self, number: int, layer: int) -> str:
        """`step-07`, or `layer-07` for a layer that no step tells of."""
        return f"step-{number:0{self._digits}}" if number else f"layer-{layer + 1:0{self._digits}}"

    def take(self, wished: str, label: str, folder: bool) -> str:
        """A place for a file, or a folder that is copied whole: as wished where that is free, else below the step's own."""
        name = wished.strip("/")
        if not name or not plain(name) or ".." in name.split("/"):
            name = label
        if not self._free(name, folder):
            name = f"{label}/{name}" if name != label else f"{label}-1"
        number = 2
        while not self._free(name, folder):
            name = f"{label}-{number}/{name.rpartition('/')[2]}"
            number += 1
        self._hold(name, folder)
        return f"{CONTEXT}/{name}"

    def _free(self, name: str, folder: bool) -> bool:
        key = folded(name)
        above = _above(key)
        if (
            key in self._files
            or key in self._folders
            or any(each in self._folders or each in self._files for each in above)
        ):
            return False
        return key not in self._parents

    def _hold(self, name: str, folder: bool) -> None:
        key = folded(name)
        (self._folders if folder else self._files).add(key)
        self._parents.update(_above(key))


def _above(key: str) -> list[str]:
    parts = key.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]
