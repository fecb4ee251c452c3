"""The paths of a step's sources in the context: readable names, separate for each step.

Names are compared as on a file system that folds case and composes accents (macOS, Windows), so that the directory can be
stored anywhere. A directory that is copied as a whole contains nothing of another step.
"""

from __future__ import annotations

import re
import unicodedata

from reconstruct import pattern

CONTEXT = "context"
# Words that COPY takes unchanged in every builder: no blanks, globs, quotes, variables, escapes; no flag.
_PLAIN = pattern.compile(r"[A-Za-z0-9_@+][A-Za-z0-9_@+.,=~%-]*|\.[A-Za-z0-9_][A-Za-z0-9_@+.,=~%-]*")
# Names that Windows reserves, and endings that it drops.
_RESERVED = pattern.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?|.*[. ]", re.IGNORECASE)


def plain(path: str) -> bool:
    """Whether a relative path can be written in a Dockerfile unchanged."""
    return all(_PLAIN.fullmatch(part) and not _RESERVED.fullmatch(part) for part in path.split("/"))


def folded(name: str) -> str:
    """A name as on a case-folding file system."""
    return unicodedata.normalize("NFC", name).casefold()


class Names:
    """Assigns a path to each source."""

    def __init__(self, digits: int) -> None:
        self._digits = digits
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._parents: set[str] = set()

    def label(self, number: int, layer: int) -> str:
        """`step-07`, or `layer-07` for a layer without a step."""
        return f"step-{number:0{self._digits}}" if number else f"layer-{layer + 1:0{self._digits}}"

    def take(self, wished: str, label: str, folder: bool) -> str:
        """A path for a file, or a directory that is copied as a whole: the preferred one if it is free, else below the step's own."""
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
