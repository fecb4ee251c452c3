"""Facts that the text of a history entry shows by itself, before a builder's module reads it.

Printed forms don't show which entries have a layer, on which system an image was built, or whether a text ended in a
blank; the text and the sizes decide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from reconstruct import pattern
from reconstruct.image import HistoryEntry
from reconstruct.record import replace

# The end of BuildKit's commands, and the start of its comment.
BUILDKIT_MARK = " # buildkit"
_BUILDKIT_COMMENT = "buildkit."
_BUILDAH_COMMENT = pattern.compile(r"FROM (\S+)$")
_NOP = pattern.compile(r".{0,4000}?#\(nop\)\s+", re.DOTALL)
_MAKES_FILES = pattern.compile(r"(?:COPY|ADD|WORKDIR)\b")
_SETTINGS = "ARG|CMD|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME"
_SETTING = pattern.compile(rf"(?:{_SETTINGS})\b")
# What an entry may begin with, as alternatives of a pattern.
KEYWORDS = f"ADD|COPY|RUN|WORKDIR|{_SETTINGS}"
_WINDOWS = pattern.compile(r"(?:RUN )?(?:cmd /[Ss] /[Cc] |powershell |Apply image |Install update )")
_HUB_COPY = pattern.compile(r"(?:COPY|ADD) (?:--chown=\S*?)?(?:file|dir|multi):[0-9a-f]+ in ")


def os_of(entries: Sequence[HistoryEntry]) -> str:
    """The operating system of a history without a platform: Windows' shells and base layers reveal it."""
    return "windows" if any(_WINDOWS.match(entry.created_by) for entry in entries) else "linux"


def with_last_blank(command: str) -> str:
    """A table's text with the classic builder's trailing blank, which looks the same as the column's padding."""
    head, found, destination = command.rpartition(" in ")
    copied = "#(nop) COPY " in head or "#(nop) ADD " in head
    return command + " " if copied and found and destination and not re.search(r"\s", destination) else command


def with_frame(instruction: str) -> str:
    """The created_by from Docker Hub's text: it removes `/bin/sh -c #(nop) `, leaving a blank at the front."""
    if instruction.startswith(" ") or _HUB_COPY.match(instruction):
        return f"/bin/sh -c #(nop) {instruction}"
    return instruction


def mark(history: Sequence[HistoryEntry], count: int | None) -> tuple[HistoryEntry, ...]:
    """The entries, with those without a layer marked; `count` is the number of layers, if known and possible."""
    choices = [set(range(len(history)))] if count == len(history) else _choices(history)
    chosen = next((choice for choice in choices if len(choice) == count), choices[0])
    return tuple(replace(entry, empty_layer=number not in chosen) for number, entry in enumerate(history))


def _choices(history: Sequence[HistoryEntry]) -> list[set[int]]:
    """Which entries may have made the layers, the likeliest first."""
    buildah = any(buildah_base(entry) for entry in history)
    sized = {number for number, entry in enumerate(history) if entry.size}
    copies: set[int] = set()
    runs: set[int] = set()
    workdirs: set[int] = set()
    for number, entry in enumerate(history):
        text = entry.created_by
        nop = _NOP.match(text)
        body = text[nop.end() :] if nop else text
        if _MAKES_FILES.match(body):
            (workdirs if body.startswith("WORKDIR") else copies).add(number)
        elif not nop and not _SETTING.match(body) and body.strip():
            runs.add(number)
    buildkit = {
        number for number in runs if commented_by_buildkit(history[number]) or marked_by_buildkit(history[number])
    }
    likely = sized | copies | buildkit | (set() if buildah else workdirs)
    unsized = all(entry.size is None for entry in history)
    choices = [likely, likely | runs, likely - workdirs | sized, sized | copies | runs, sized | copies, sized]
    return [likely | runs, *choices] if unsized else choices


def commented_by_buildkit(entry: HistoryEntry) -> bool:
    """Whether the entry has BuildKit's comment."""
    return entry.comment.startswith(_BUILDKIT_COMMENT)


def marked_by_buildkit(entry: HistoryEntry) -> bool:
    """Whether the entry ends like BuildKit's RUN, COPY and ADD."""
    return entry.created_by.endswith(BUILDKIT_MARK)


def buildah_base(entry: HistoryEntry) -> str | None:
    """The image in buildah's comment: the base on a build's first step, the previous step's ID on others."""
    match = _BUILDAH_COMMENT.match(entry.comment) if entry.comment.startswith("FROM ") else None
    return match[1] if match else None
