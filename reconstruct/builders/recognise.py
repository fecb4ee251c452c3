"""Which builder wrote each entry. Most entries say so themselves; the rest go by their neighbours."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct import pattern
from reconstruct.image import HistoryEntry, Image
from reconstruct.syntax import Dialect

MARK = " # buildkit"
KEYWORDS = frozenset(
    {"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER"}
    | {"ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
)

_NOP = pattern.compile(r"#\(nop\) ( *)([A-Za-z]+)")
_BUILDAH_COMMENT = pattern.compile(r"FROM \S+$")
_SINGLE_BLANK = frozenset({"COPY", "ADD", "WORKDIR"})


def _bare_instruction(text: str) -> bool:
    keyword, separator, _ = text.partition(" ")
    return bool(separator) and keyword in KEYWORDS


def _certain(entry: HistoryEntry, buildah: bool) -> Dialect | None:
    text = entry.created_by
    if entry.author == "kaniko":
        return Dialect.KANIKO
    if entry.comment.startswith("buildkit.") or text.endswith(MARK):
        return Dialect.BUILDKIT
    if _BUILDAH_COMMENT.match(entry.comment):
        return Dialect.BUILDAH
    match = _NOP.search(text)
    if match is None:
        return Dialect.BUILDKIT if _bare_instruction(text) else None
    if match.group(1) or not text.startswith("/bin/sh -c #(nop)"):
        return Dialect.CLASSIC
    if match.group(2).upper() not in _SINGLE_BLANK:
        # One blank: buildah, or Docker before 1.11. Only an image that buildah signed is buildah's.
        return Dialect.BUILDAH if buildah else Dialect.CLASSIC
    return None


def _signed_by_buildah(image: Image) -> bool:
    labels = image.config.get("Labels")
    if isinstance(labels, dict) and "io.buildah.version" in labels:
        return True
    return any(_BUILDAH_COMMENT.match(entry.comment) for entry in image.history)


def dialects(image: Image) -> tuple[Dialect, ...]:
    """The dialect of every history entry, in order.

    An entry that could be the classic builder's or buildah's (RUN, COPY, ADD, WORKDIR) goes with its neighbours: with
    both where they agree, else with the one after it, since a build starts with a line that says who writes it.
    """
    buildah = _signed_by_buildah(image)
    found = [_certain(entry, buildah) for entry in image.history]
    fallback = Dialect.BUILDAH if buildah else Dialect.CLASSIC
    following = _spread(found[::-1], (Dialect.CLASSIC, Dialect.BUILDAH))[::-1]
    before = _spread(found, (Dialect.CLASSIC, Dialect.BUILDAH))
    return tuple(
        dialect or after or earlier or fallback
        for dialect, after, earlier in zip(found, following, before, strict=True)
    )


def _spread(found: Sequence[Dialect | None], kinds: Sequence[Dialect]) -> list[Dialect | None]:
    """For each place the last certain dialect of `kinds` up to there."""
    result: list[Dialect | None] = []
    last: Dialect | None = None
    for dialect in found:
        last = dialect if dialect in kinds else last
        result.append(last)
    return result
