"""Which paths a step brings into the image, which it removes, and whose owner or mode it changes as a whole."""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from reconstruct.audit.downloads import downloads
from reconstruct.audit.packages import APT, YUM, installed, is_install, operands, verb
from reconstruct.syntax import Copy, Run

if TYPE_CHECKING:
    from reconstruct.audit.context import Context

# Folders that every image has: deleting or changing something in them says nothing of who brought them.
_SHARED = frozenset(
    [
        "/",
        "/tmp",
        "/etc",
        "/usr",
        "/usr/local",
        "/usr/local/bin",
        "/usr/bin",
        "/usr/lib",
        "/bin",
        "/sbin",
        "/lib",
        "/opt",
        "/var",
        "/var/lib",
        "/var/log",
        "/var/cache",
        "/root",
        "/home",
        "/run",
        "/dev",
        "/proc",
        "/sys",
        "/usr/local/lib",
        "/usr/share",
        "/usr/src",
        "/var/tmp",
        "/usr/sbin",
        "/var/lib/apt",
        "/var/lib/apt/lists",
        "/var/cache/apt",
        "/boot",
        "/lib64",
    ]
)


# Stands for a name that history does not tell.
UNNAMED = "?"
# Folders that are a file's way into the image rather than its place.
_PASSING = frozenset({"/tmp", "/var/tmp", "/root"})


class Brought:
    """The paths that earlier steps brought in, with the step that did so last."""

    def __init__(self) -> None:
        self._steps: dict[str, int] = {}
        self._inside: dict[str, int] = {}
        self._names: dict[str, dict[str, int]] = {}

    def add(self, path: str, step: int) -> None:
        path = path.rstrip("/")
        self._steps[path] = step
        folder, _, name = path.rpartition("/")
        self._names.setdefault(folder, {})[name] = step
        while folder:
            self._inside[folder] = step
            folder = folder.rpartition("/")[0]

    def holding(self, path: str) -> int | None:
        """The step that brought the path itself or something in it; None if none did."""
        path = path.rstrip("/")
        return self._steps.get(path, self._inside.get(path))

    def bringer(self, path: str) -> int | None:
        """The step that brought what deleting `path` (which may hold a pattern) removes; None if none did."""
        path = path.removesuffix("/*").rstrip("/")
        folder, _, name = path.rpartition("/")
        if "*" in name or "?" in name:
            return max(
                (
                    step
                    for known, step in self._names.get(folder, {}).items()
                    if fnmatchcase(known, name) or (known == UNNAMED and (folder in _PASSING or folder not in _SHARED))
                ),
                default=None,
            )
        found = self.holding(path)
        if found is None and (folder in _PASSING or folder not in _SHARED):
            found = self._names.get(folder, {}).get(UNNAMED)
        # A file in a folder that a step brought whole is most likely its; the uppermost folders are everyone's.
        while found is None and folder.count("/") > 1:
            found = self._steps.get(folder)
            folder = folder.rpartition("/")[0]
        return found


def brought_by(context: Context, position: int) -> Iterator[str]:
    """The paths that a step brings in, absolute, as far as its text names them."""
    instruction = context.steps[position].instruction
    if isinstance(instruction, Copy):
        yield from _copied(context, position, instruction)
    elif isinstance(instruction, Run) and context.steps[position].layer_known is not None:
        yield from _made(context, position)


def _copied(context: Context, position: int, copy: Copy) -> Iterator[str]:
    destination = context.destination(position, copy)
    folder = destination.endswith("/") or destination in _SHARED or len(copy.sources) > 1
    named = False
    for source in copy.sources:
        name = posixpath.basename(source.rstrip("/").replace("\\", "/").split("?")[0])
        if name and name not in (".", "..") and "*" not in name:
            named = True
            yield posixpath.join(destination.rstrip("/") or "/", name)
    target = destination.rstrip("/") or "/"
    if (copy.checksum or "").startswith("file:") and (folder or target == context.path(".", position)):
        # One file, whose name the builder did not keep, in this folder.
        yield target.rstrip("/") + "/" + UNNAMED
    if target not in _SHARED and (not folder or not named or len(copy.sources) <= 1):
        yield target


def _made(context: Context, position: int) -> Iterator[str]:
    here = _folder_walk(context, position)
    for index, command in enumerate(context.commands(position)):
        folder = here[index]
        if command.name == "git" and "clone" in command.words:
            operands = command.operands()
            last = operands[-1] if operands else ""
            if "://" in last or last.startswith("git@"):
                last = posixpath.basename(last.rstrip("/")).removesuffix(".git")
            yield from _path(context, position, folder, last)
        elif command.name in ("touch", "dd", "fallocate", "truncate"):
            for word in command.arguments:
                target = word.removeprefix("of=")
                if not word.startswith(("-", "if=", "bs=", "count=", "seek=", "status=")):
                    yield from _path(context, position, folder, target)
        elif (
            command.name in ("cp", "mv", "ln", "install", "copy-item", "move-item", "copy", "xcopy", "move")
            and len(command.operands()) >= 2
        ):
            yield from _path(context, position, folder, command.operands()[-1])
        elif is_install(command):
            # Packages are brought under a name of their own, which no path has.
            yield from (f"package {name}" for name in installed(command) if "$" not in name and name)
        elif command.name in APT and verb(command) == "update":
            if not cleaned(context, position, "/var/lib/apt"):
                yield "/var/lib/apt/lists"
        elif command.name in ("tar", "unzip"):
            words = command.arguments
            for option, value in itertools.pairwise(words):
                if option in ("-C", "--directory", "-d"):
                    yield from _path(context, position, folder, value)
    for download in downloads(context, position):
        outputs = download.outputs or tuple(
            posixpath.basename(url.split("?")[0]) for url in download.urls if not download.asks
        )
        for output in outputs:
            yield from _path(context, position, here[download.index], output)


def _path(context: Context, position: int, folder: str, word: str) -> Iterator[str]:
    path = context.path(posixpath.join(folder, word), position)
    if word and "$" not in path and "*" not in path and path not in _SHARED and not path.startswith("/dev/"):
        yield path


def _folder_walk(context: Context, position: int) -> list[str]:
    """The working directory of each command: `cd` moves it, the step's own is the empty text."""
    here, found = "", []
    for command in context.commands(position):
        found.append(here)
        if command.name in ("cd", "pushd") and command.operands():
            here = posixpath.join(here, command.operands()[0])
    return found


def removed(context: Context, position: int) -> Iterator[str]:
    """The paths that a RUN deletes, absolute; patterns as they are."""
    if not isinstance(context.steps[position].instruction, Run):
        return
    here = _folder_walk(context, position)
    own = set(_made(context, position))
    for index, command in enumerate(context.commands(position)):
        if verb(command) in ("remove", "purge", "autoremove", "erase", "del") and command.name in APT | YUM | {"apk"}:
            yield from (name for word in operands(command)[1:] if (name := f"package {word}") not in own)
            continue
        if command.name not in ("rm", "rmdir", "unlink", "shred", "remove-item", "del", "rd"):
            continue
        for word in command.operands():
            path = context.path(posixpath.join(here[index], word), position)
            shared = (path.rstrip("/*") or "/") in _SHARED - {"/var/lib/apt/lists"}
            if "$" not in path and not shared and path not in own:
                yield path


def changed_whole(context: Context, position: int) -> Iterator[tuple[str, str]]:
    """(command, path) of each `chown -R`, `chmod -R` and `chgrp -R` of a RUN."""
    if not isinstance(context.steps[position].instruction, Run):
        return
    here = _folder_walk(context, position)
    for index, command in enumerate(context.commands(position)):
        if command.name not in ("chown", "chmod", "chgrp"):
            continue
        if command.via == "-exec" and command.parent is not None:
            finder = context.commands(position)[command.parent]
            # The folders stand before the first test.
            for word in itertools.takewhile(lambda word: not word.startswith(("-", "(", "!")), finder.arguments):
                path = context.path(posixpath.join(here[index], word), position)
                if "$" not in path:
                    yield command.name, path
            continue
        if not any(re.fullmatch(r"-[a-zA-Z]*R[a-zA-Z]*|--recursive", word) for word in command.arguments):
            continue
        operands = [word for word in command.arguments if not re.fullmatch(r"-[RvcfhHLP]+|--[\w-]+(?:=.*)?", word)]
        for word in operands[1:]:
            path = context.path(posixpath.join(here[index], word), position)
            if "$" not in path:
                yield command.name, path


def cleaned(context: Context, position: int, pattern: str) -> bool:
    """Whether a step removes paths that `pattern` finds: with rm, find -delete, or a cache that was never kept."""
    for command in context.commands(position):
        if command.name in APT and verb(command) in ("dist-clean", "distclean") and "apt" in pattern:
            return True
        if command.name in ("rm", "find", "rmdir", "cleanup", "apt-clean", "del", "remove-item", "truncate"):
            text = " ".join(context.resolve(word, position) for word in command.arguments)
            if re.search(pattern, text):
                return True
    return False
