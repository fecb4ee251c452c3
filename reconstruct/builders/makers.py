"""Makers of images that use no Dockerfile, and root file systems: told by author, comment and wording.

Each gives a root-file-system step or an honest remark, never a made-up RUN.
"""

from __future__ import annotations

import re

from reconstruct import pattern
from reconstruct.builders.state import Reading
from reconstruct.image import HistoryEntry
from reconstruct.syntax import Foreign, RootFilesystem

_APPLY = pattern.compile(r"(?:RUN )?Apply image (?P<version>\S+)(?: # buildkit)?")
_UPDATE = pattern.compile(r"(?:RUN )?Install update (?P<version>\S+)(?: # buildkit)?")
_DEBIAN = pattern.compile(r"# debian\.sh (?P<arguments>.*)")
_SUITE = pattern.compile(r"'(?P<suite>[a-z][a-z0-9.-]*)' '@(?P<epoch>\d{1,11})'")
_IMPORT = pattern.compile(r"Imported from (?P<source>.*)", re.DOTALL)
_SQUASH = pattern.compile(r"merge sha256:[0-9a-f]+ to (?:sha256:[0-9a-f]*)?")
_BUILDPACK = pattern.compile(
    r"Layer: '.*', Created by buildpack: .*|Application (?:Layer|Slice: \d+)|"
    r"Buildpacks (?:Launcher|Application Launcher) Config|Buildpacks Process Types|Software Bill-of-Materials|"
    r"Build Metadata|Launcher.*"
)
_SHELLS = pattern.compile(
    r"(?:/(?:usr/)?(?:local/)?bin/)?(?:ba|da|a|z|k|fi|c|tc)?sh(?: -[li]+)?|cmd(?:\.exe)?|powershell(?:\.exe)?|pwsh"
)

# author → (maker, what it is)
_AUTHORS = {
    "Bazel": ("Bazel", "a Bazel rule put this layer in"),
    "ko": ("ko", "ko put this layer in"),
    "apko": ("apko", "apko built this layer from packages"),
    "Jib": ("Jib", "Jib put this layer in"),
    "github.com/chainguard-dev/apko": ("apko", "apko built this layer from packages"),
}


def _foreign(maker: str, entry: HistoryEntry, remark: str = "") -> Reading:
    said = ": ".join(part for part in (entry.created_by, entry.comment) if part)
    return Reading(
        Foreign(maker=maker, text=said or remark),
        lost=(f"{maker}: {remark or 'no Dockerfile behind this step'}",),
    )


def _root(kind: str, detail: str = "") -> Reading:
    return Reading(RootFilesystem(kind=kind, detail=detail), lost=("the root file system's content",))


def debian_stamp(arguments: str) -> str:
    """`bookworm 2025-01-01` of a debuerreotype line; empty if it has none."""
    match = _SUITE.search(arguments)
    if match is None:
        return ""
    from datetime import UTC, datetime

    day = datetime.fromtimestamp(int(match["epoch"]), UTC).date().isoformat()
    return f"{match['suite']} {day}"


def root_filesystem(entry: HistoryEntry) -> Reading | None:
    """A step that brought a root file system in: Windows' image and update, debuerreotype, `docker import`."""
    text = entry.created_by
    if match := _APPLY.fullmatch(text):
        return _root("windows-apply", match["version"])
    if match := _UPDATE.fullmatch(text):
        return _root("windows-update", match["version"])
    if match := _DEBIAN.fullmatch(text):
        return _root("debuerreotype", debian_stamp(match["arguments"]))
    if not text and (match := _IMPORT.fullmatch(entry.comment)):
        return _root("import", match["source"])
    if not text and entry.comment.startswith("Created by Image Factory"):
        return _root("image-factory", entry.comment)
    return None


def made(entry: HistoryEntry) -> Reading | None:
    """A step that no Dockerfile made, told by its own marks; None for all others. An entry without text is one."""
    reading = root_filesystem(entry) or recognised(entry)
    return unknown(entry) if reading is None and not entry.created_by else reading


def leftover(entry: HistoryEntry, *, first: bool) -> Reading:
    """A text that no builder writes: a container's command that was committed, or an unknown maker's."""
    return committed(entry, first=first) if is_commit(entry) else unknown(entry)


def is_commit(entry: HistoryEntry) -> bool:
    """Whether the entry looks like `docker commit`'s: a shell without a command, or a command and what -m said."""
    if "#(nop) " in entry.created_by or entry.comment.startswith(("FROM ", "buildkit.")):
        return is_bare_shell(entry.created_by)
    return bool(entry.created_by) and (is_bare_shell(entry.created_by) or bool(entry.comment))


def recognised(entry: HistoryEntry) -> Reading | None:
    """A step of a maker that signs its work; None for all others."""
    text, comment = entry.created_by, entry.comment
    if _SQUASH.match(comment) and not text:
        return _foreign("docker build --squash", entry, "the layers of the steps above were merged into this one")
    if entry.author in _AUTHORS:
        maker, remark = _AUTHORS[entry.author]
        return _foreign(maker, entry, remark)
    if text.startswith("bazel build "):
        return _foreign("Bazel", entry, "a Bazel rule put this layer in")
    if text.startswith("ko build ") or text.startswith("ko publish "):
        return _foreign("ko", entry, "ko put this layer in")
    if text == "apko" or comment.startswith("This is an apko "):
        return _foreign("apko", entry, "apko built this layer from packages")
    if re.fullmatch(r"jib-(?:maven|gradle|core|cli|\w+)[\w-]*:\S+", text):
        return _foreign("Jib", entry, "Jib put this layer in")
    if _BUILDPACK.fullmatch(text):
        return _foreign("Buildpacks", entry, "a buildpack put this layer in")
    if comment.startswith("store paths: "):
        return _foreign("Nix dockerTools", entry, "Nix put these store paths in")
    return None


def is_bare_shell(text: str) -> bool:
    """Whether the text is a shell without a command: what `docker commit` of an interactive container leaves."""
    return bool(_SHELLS.fullmatch(text))


def committed(entry: HistoryEntry, *, first: bool) -> Reading:
    """`docker commit` (or `buildah commit`): the entry holds the container's command, the comment what -m said."""
    if first:
        return _root("commit", entry.created_by)
    return _foreign("docker commit", entry, "changed by hand in a container that ran this command")


def unknown(entry: HistoryEntry) -> Reading:
    """A text that no known maker writes."""
    if not entry.created_by:
        return _foreign("unknown", entry, "the entry does not say what it did")
    return _foreign("unknown", entry, "no known builder writes this")
