"""What a COPY's sources tell of the checksum that the classic builder and buildah write."""

from __future__ import annotations

import re

from reconstruct.builders.prediction import Checksum
from reconstruct.dockerfile.unknown import is_unknown

_WILDCARD = re.compile(r"(?<!\\)(?:\\\\)*[*?\[]")
_URL = re.compile(r"https?://")


def copied_kinds(sources: list[str]) -> Checksum:
    """The kinds of checksum that can come of copying `sources`: of one file, one folder, or several of either."""
    if any(is_unknown(source) or _WILDCARD.search(source) for source in sources):
        # What matches one file makes one, whatever the number of patterns.
        return Checksum()
    if len(sources) > 1:
        return Checksum(frozenset({"multi"}))
    source = sources[0]
    if _URL.match(source):
        return Checksum(frozenset({"file"}))
    if source in (".", "..", "/", "./") or source.endswith(("/", "/.", "/..")):
        return Checksum(frozenset({"dir"}))
    return Checksum(frozenset({"file", "dir"}))
