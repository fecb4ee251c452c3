"""SIZ011: A downloaded archive or package is left after unpacking."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.downloads import downloads
from reconstruct.audit.files import cleaned
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, docker
from reconstruct.audit.shell import Command

_ARCHIVE = lazy.compile(r"(?i)\.(?:tar(?:\.\w+)?|t[gbx]z|tbz2|zip|gz|bz2|xz|zst|7z|deb|rpm|apk|run|msi|exe|whl)$")
_USERS = frozenset(
    {"tar", "bsdtar", "unzip", "gunzip", "bunzip2", "unxz", "7z", "dpkg", "apt", "apt-get", "rpm", "yum", "dnf", "zypper", "apk", "sh", "bash", "gdebi", "pip", "pip3",
     "expand-archive", "start-process", "msiexec", "cpio", "ar"}
)  # fmt: skip
# These replace the file by its contents.
_REPLACES = frozenset({"gunzip", "bunzip2", "unxz", "gzip", "mv", "xz"})


def check(context: Context) -> Iterator[Hit]:
    """Fires if a step downloads an archive or package, unpacks or installs it, and doesn't delete the file."""
    if _USERS.isdisjoint(context.programs):
        return
    for position, commands in context.runs():
        names = _fetched(context, position)
        if not names:
            continue
        used = {name for command in commands if command.name in _USERS for name in names & _words(command)}
        gone = {name for command in commands if command.name in _REPLACES for name in names & _words(command)}
        left = [name for name in sorted(used - gone) if not cleaned(context, position, _deletion(name))]
        if left:
            yield Hit(
                position,
                f"{context.show(left[0], 80)} is unpacked but not deleted",
                bytes=context.layer_bytes(position),
                subject=(left[0],),
            )


def _fetched(context: Context, position: int) -> set[str]:
    """The names of the archives that a step downloads to files."""
    found = set()
    for download in downloads(context, position):
        if not download.asks and not (set(download.outputs) & {"-", "/dev/stdout"}):
            for path in download.outputs or download.urls:
                name = _base(path)
                if _ARCHIVE.search(name) and "$" not in name and len(name) > 4:
                    found.add(name)
    return found


def _base(path: str) -> str:
    return path.partition("?")[0].rstrip("/").replace("\\", "/").rpartition("/")[2]


def _words(command: Command) -> set[str]:
    return {_base(word) for word in command.words}


def _deletion(name: str) -> str:
    """The argument of an `rm` that deletes a file of this name: the name, a pattern, or a temporary directory."""
    ending = re.escape(name[name.rfind(".") :])
    return rf"{re.escape(name)}|\*{ending}|\*(?:\s|$|[\"'])|\$|/tmp/?(?:\s|$)|/[\w.-]+/?(?:\s|$)"


rule = Rule(
    id="SIZ011",
    name="archive-left",
    family=Family.WEIGHT,
    severity=Severity.LOW,
    summary="A downloaded archive or package is left after unpacking",
    why=(
        "The step downloads an archive, unpacks or installs it, and leaves it in place: the layer holds the same "
        "files twice."
    ),
    fix=(
        "Delete the archive at the end of the same RUN, or pipe it into the program that unpacks it (after "
        "verification, from a file that is then deleted)."
    ),
    references=(
        docker("minimise layers and clean up", BEST_PRACTICES + "#apt-get"),
        docker(
            "understanding the image layers", "get-started/docker-concepts/building-images/understanding-image-layers/"
        ),
    ),
    check=check,
)
