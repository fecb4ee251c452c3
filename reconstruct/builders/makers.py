"""Tools that build images without a Dockerfile, and root file systems: recognised by author, comment and wording.

Each gives a root-file-system step or an honest comment, never an invented RUN.
"""

from __future__ import annotations

import re

from reconstruct import pattern
from reconstruct.builders.base import KEYWORDS
from reconstruct.builders.state import Reading
from reconstruct.image import HistoryEntry
from reconstruct.syntax import Foreign, RootFilesystem

_APPLY = pattern.compile(r"(?:RUN )?Apply image (?P<version>\S+)(?: # buildkit)?")
_UPDATE = pattern.compile(r"(?:RUN )?Install update (?P<version>\S+)(?: # buildkit)?")
_DEBIAN = pattern.compile(r"# debian\.sh (?P<arguments>.*)")
_SUITE = pattern.compile(r"'(?P<suite>[a-z][a-z0-9.-]*)' '@(?P<epoch>\d{1,11})'")
_IMPORT = pattern.compile(r"Imported from (?P<source>.*)", re.DOTALL)
_SHELLS = pattern.compile(
    r"(?:/(?:usr/)?(?:local/)?bin/)?(?:ba|da|a|z|k|fi|c|tc)?sh(?: -[li]+)?|cmd(?:\.exe)?|powershell(?:\.exe)?|pwsh"
)

# -- who merged layers ------------------------------------------------------------------------------------------------
_HEX = "[0-9a-f]{6,64}"
_MERGE = pattern.compile(rf"(?:merge sha256:{_HEX} to(?: sha256:{_HEX}| scratch)?|create new from sha256:{_HEX})\s*")
_SQUASH_TEXT = pattern.compile(r"/bin/sh -c #\(squash\) from (?P<id>[0-9a-f]+)")
_SQUASH_COMMENT = pattern.compile(r"(?i)docker-squash|\bsquashed\b")

# -- root file systems by their tools' own text ------------------------------------------------------------------------
_ROOT = pattern.compile(r"BusyBox \d.*|KIWI \d\S*|(?:https?|git)://\S+")

# -- tools by their created_by: the pattern of the whole text, the tool, what it did ---------------------------------
_TEXTS = (
    (pattern.compile(r"bazel build .*"), "Bazel", "a rule added this layer"),
    (pattern.compile(r"ko (?:build|publish) .*"), "ko", "added this layer"),
    (pattern.compile(r"apko"), "apko", "built this layer from packages"),
    (pattern.compile(r"jib|jib-(?:maven|gradle|core|cli|\w+)[\w-]*(?::\S+)?"), "Jib", "added this layer"),
    (
        pattern.compile(
            r"Layer: '.*', Created by buildpack: .*|Application (?:Layer|Slice: \d+)|"
            r"Buildpacks (?:Launcher|Application Launcher) Config|Buildpacks Process Types|"
            r"Software Bill-of-Materials|Build Metadata|Launcher.*|Process Types|"
            # `pack builder create`
            r"Buildpacks Lifecycle|(?:Buildpack|Extension): \S+@\S+|Order Definitions"
        ),
        "Buildpacks",
        "a buildpack added this layer",
    ),
    (
        pattern.compile(r"(?:\S*/)?(?:crane|gcrane)(?:\.exe)? flatten \S+"),
        "crane",
        "all layers were flattened into one",
    ),
    (
        pattern.compile(r"(?:\S*/)?(?:crane|gcrane|krane)(?:\.exe)? (?:append|edit|mutate|rebase)\b.*"),
        "crane",
        "added this layer",
    ),
    (pattern.compile(r"umoci (?:repack|insert|raw add-layer)\b.*"), "umoci", "added this layer"),
    (pattern.compile(r"umoci config\b.*"), "umoci", "changed the config"),
    (pattern.compile(r"stacker (?:build|overlay dir|layer-type mismatch repack)\b.*"), "stacker", "added this layer"),
    (
        pattern.compile(r": convert \".*\" for use with \".*\""),
        "buildah",
        "converted the image to a confidential workload",
    ),
)

# author → (maker, what it did)
_AUTHORS = {
    "Bazel": ("Bazel", "a rule added this layer"),
    "ko": ("ko", "added this layer"),
    "apko": ("apko", "built this layer from packages"),
    "Jib": ("Jib", "added this layer"),
    "github.com/chainguard-dev/apko": ("apko", "built this layer from packages"),
    "crane": ("crane", "added this layer"),
}
_EXPORTED = "buildkit.exporter.image.v0"
# the start of a comment → (maker, what it did)
_COMMENTS = {
    # BuildKit's exporter describes layers so that have no history: its other frontends' (Dagger's, Earthly's, hlb's), and a
    # base's that came without (`exporter/containerimage/writer.go`, `normalizeLayersAndHistory`).
    _EXPORTED: ("BuildKit", "added this layer without a Dockerfile"),
    "This is an apko ": ("apko", "built this layer from packages"),
    "store paths: ": ("Nix dockerTools", "added these store paths"),
}
_COMMENT_FRONTS = tuple(_COMMENTS)
_LONGEST = 4096
_BUILDERS = pattern.compile(r"/bin/sh -c |RUN |COPY |ENV |\||[A-Z]{3,11} ")
# Maximum length of a comment in a remark: `crane flatten` puts the whole history there.
_MOST_SHOWN = 300


def _foreign(maker: str, entry: HistoryEntry, remark: str = "") -> Reading:
    comment = entry.comment if len(entry.comment) <= _MOST_SHOWN else f"{entry.comment[:_MOST_SHOWN]}…"
    said = ": ".join(part for part in (entry.created_by, comment) if part)
    return Reading(
        Foreign(maker=maker, text=said or remark),
        lost=(f"{maker}: {remark or 'not made from a Dockerfile'}",),
    )


def _root(kind: str, detail: str = "") -> Reading:
    return Reading(RootFilesystem(kind=kind, detail=detail), lost=("the root file system's contents",))


def debian_stamp(arguments: str) -> str:
    """`bookworm 2025-01-01` of a debuerreotype line; empty if it has none."""
    match = _SUITE.search(arguments)
    if match is None:
        return ""
    from datetime import UTC, datetime

    day = datetime.fromtimestamp(int(match["epoch"]), UTC).date().isoformat()
    return f"{match['suite']} {day}"


def root_filesystem(entry: HistoryEntry) -> Reading | None:
    """A step that added a root file system: Windows' image and update, debuerreotype, `docker import`."""
    text = entry.created_by
    bare = text.removeprefix("RUN ")
    if bare.startswith("Apply image ") and (match := _APPLY.fullmatch(text)):
        return _root("windows-apply", match["version"])
    if bare.startswith("Install update ") and (match := _UPDATE.fullmatch(text)):
        return _root("windows-update", match["version"])
    if text.startswith("# debian") and (match := _DEBIAN.fullmatch(text)):
        return _root("debuerreotype", debian_stamp(match["arguments"]))
    if not text and (match := _IMPORT.fullmatch(entry.comment)):
        return _root("import", match["source"])
    if not text and entry.comment.startswith("Created by Image Factory"):
        return _root("image-factory", entry.comment)
    if text.startswith("pulled from ") and entry.comment == _EXPORTED:
        return _root("maker", text)
    named = text.startswith(("BusyBox ", "KIWI ", "http", "git://"))
    return _root("maker", text) if named and _ROOT.fullmatch(text) else None


def squashed_by(entry: HistoryEntry) -> str | None:
    """The tool that merged the earlier steps' layers into this entry's: `docker build --squash`, `docker-squash`; else None."""
    if not entry.created_by and _MERGE.fullmatch(entry.comment.strip()):
        return "docker build --squash"
    squashed = entry.created_by.startswith("/bin/sh -c #(squash)") and _SQUASH_TEXT.fullmatch(entry.created_by)
    if squashed or (not entry.created_by and _SQUASH_COMMENT.search(entry.comment)):
        return "docker-squash"
    return None


def made(entry: HistoryEntry, *, first: bool = False) -> Reading | None:
    """A step made without a Dockerfile, recognised by its marks; None for all others. An entry without text is one.

    `first`: it is the image's first entry, so a layer without any information is an imported root file system.
    """
    text = entry.created_by
    if text.startswith(_USUAL) and not (
        text.startswith(_UNUSUAL)
        or entry.author in _AUTHORS
        or (entry.comment and entry.comment.startswith(_COMMENT_FRONTS))
    ):
        return None
    reading = root_filesystem(entry) or recognised(entry)
    if reading is not None or entry.created_by:
        return reading
    if first and not entry.empty_layer and entry.comment:
        return _root("import", f"an archive ({entry.comment})")
    return unknown(entry)


# What nearly all entries begin with, and what of that is none of a builder's.
_USUAL = (
    "/bin/sh -c ",
    "RUN ",
    "COPY ",
    "ENV ",
    "|",
    *(f"{word} " for word in sorted(KEYWORDS - {"RUN", "COPY", "ENV"})),
)
_UNUSUAL = ("/bin/sh -c #(squash)", "RUN Apply image ", "RUN Install update ")


def leftover(entry: HistoryEntry, *, first: bool) -> Reading:
    """A text that no builder writes: a committed container's command, or an unknown tool's text."""
    if is_commit(entry):
        return committed(entry, first=first)
    if first and not entry.empty_layer and "#(nop) " not in entry.created_by:
        return _root("maker", entry.created_by)
    return unknown(entry)


def is_commit(entry: HistoryEntry) -> bool:
    """Whether the entry looks like `docker commit`'s: a shell without a command, or a command and the text of -m."""
    if "#(nop) " in entry.created_by or entry.comment.startswith(("FROM ", "buildkit.")):
        return is_bare_shell(entry.created_by)
    return bool(entry.created_by) and (is_bare_shell(entry.created_by) or bool(entry.comment))


def recognised(entry: HistoryEntry) -> Reading | None:
    """A step of a tool that signs its work; None for all others."""
    tool = squashed_by(entry)
    if tool is not None:
        return _foreign(tool, entry, "the layers of the steps above were squashed into this one")
    if entry.author in _AUTHORS:
        return _foreign(_AUTHORS[entry.author][0], entry, _AUTHORS[entry.author][1])
    for front, (maker, remark) in _COMMENTS.items():
        if entry.comment.startswith(front):
            return _foreign(maker, entry, remark)
    # All tools' texts are short, and none has a builder's mark.
    if entry.created_by and len(entry.created_by) < _LONGEST and not _BUILDERS.match(entry.created_by):
        for form, maker, remark in _TEXTS:
            if form.fullmatch(entry.created_by):
                return _foreign(maker, entry, remark)
    return None


def is_bare_shell(text: str) -> bool:
    """Whether the text is a shell without a command, as left by `docker commit` of an interactive container."""
    return bool(_SHELLS.fullmatch(text))


def committed(entry: HistoryEntry, *, first: bool) -> Reading:
    """`docker commit` (or `buildah commit`): the entry has the container's command, the comment the text of -m."""
    if first:
        return _root("commit", entry.created_by)
    return _foreign("docker commit", entry, "changed in a container that ran this command")


def unknown(entry: HistoryEntry) -> Reading:
    """A text that no known tool writes."""
    if not entry.created_by:
        return _foreign("unknown", entry, "the entry doesn't say what it did")
    return _foreign("unknown", entry, "no known builder writes this")
