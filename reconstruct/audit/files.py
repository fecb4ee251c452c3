"""The paths that a step adds to the image, that it removes, and whose owner or mode it changes as a whole."""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from reconstruct.audit.context import MAX_PATH
from reconstruct.audit.downloads import downloads
from reconstruct.audit.packages import APT, NPM, YUM, installed, is_install, is_pip, is_update, operands, verb
from reconstruct.audit.shell import Command
from reconstruct.named import NamedTuple
from reconstruct.syntax import Copy, Run
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.audit.context import Context

# Directories that every image has: deleting or changing something in them doesn't show which step added it.
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


# A placeholder for a name that history doesn't have.
UNNAMED = "?"
# Temporary directories for files on their way into the image.
_PASSING = frozenset({"/tmp", "/var/tmp", "/root"})


# The number of names in a directory that a pattern is compared with.
_MAX_NAMES = 1_000


class Brought:
    """The paths and packages that earlier steps added, each with the last step that did so."""

    def __init__(self) -> None:
        self._steps: dict[str, int] = {}
        self._inside: dict[str, int] = {}
        self._names: dict[str, dict[str, int]] = {}
        self._packages: dict[str, int] = {}

    def add(self, what: File | Package, step: int) -> None:
        """Records that a step (from 0) added a path or package; a later step replaces an earlier one."""
        if isinstance(what, Package):
            self._packages[what.name] = step
            return
        path = what.rstrip("/")
        self._steps[path] = step
        folder, _, name = path.rpartition("/")
        self._names.setdefault(folder, {})[name] = step
        while folder and self._inside.get(folder) != step:
            self._inside[folder] = step
            folder = folder.rpartition("/")[0]

    def holding(self, path: str) -> int | None:
        """The step that added the path itself or something in it; None if none did."""
        path = path.rstrip("/")
        return self._steps.get(path, self._inside.get(path))

    def file(self, path: str) -> int | None:
        """The step that added a path that looks like a file's; None if none did."""
        return self._steps.get(path) if "." in path.rpartition("/")[2][1:] else None

    def bringer(self, what: File | Package) -> int | None:
        """The step that added what deleting `what` (which may contain a pattern) removes; None if none did."""
        if isinstance(what, Package):
            return self._packages.get(what.name)
        path = what.removesuffix("/*").rstrip("/")
        folder, _, name = path.rpartition("/")
        unnamed = folder in _PASSING or (folder not in _SHARED and folder != "")
        if "*" in name or "?" in name:
            known = itertools.islice(reversed(self._names.get(folder, {}).items()), _MAX_NAMES)
            return max(
                (step for one, step in known if (one == UNNAMED and unnamed) or fnmatchcase(one, name)), default=None
            )
        found = self.holding(path)
        if found is None and unnamed:
            found = self._names.get(folder, {}).get(UNNAMED)
        # A file in a directory that a step added as a whole is probably from it; the topmost directories are shared.
        while found is None and folder.count("/") > 1:
            found = self._steps.get(folder)
            folder = folder.rpartition("/")[0]
        return found


File = str


class Package(NamedTuple):
    """A package that a package manager installed, by its name."""

    name: str


def brought_by(context: Context, position: int) -> tuple[File | Package, ...]:
    """What a step adds according to its text, with absolute paths; computed once per step."""
    key = ("brought", position)
    if key not in context.memo:
        context.memo[key] = tuple(_brought_by(context, position))
    found: tuple[File | Package, ...] = context.memo[key]
    return found


def _brought_by(context: Context, position: int) -> Iterator[File | Package]:
    instruction = context.steps[position].instruction
    if isinstance(instruction, Copy):
        yield from _copied(context, position, instruction)
    elif isinstance(instruction, Run) and context.steps[position].layer_known is not None:
        yield from _made(context, position)


def _copied(context: Context, position: int, copy: Copy) -> Iterator[str]:
    destination = context.destination(position, copy)
    if len(destination) > MAX_PATH:
        return
    folder = destination.endswith("/") or destination in _SHARED or len(copy.sources) > 1
    named = False
    for source in copy.sources:
        name = posixpath.basename(source.rstrip("/").replace("\\", "/").split("?")[0])
        if name and name not in (".", "..") and "*" not in name:
            named = True
            yield posixpath.join(destination.rstrip("/") or "/", name)
    target = destination.rstrip("/") or "/"
    one_file = (copy.checksum or "").startswith("file:")
    if one_file and target != "/" and (folder or target == context.path(".", position)):
        # One file in this directory, whose name the builder didn't keep.
        yield target.rstrip("/") + "/" + UNNAMED
    if target not in _SHARED and (not folder or not named or len(copy.sources) <= 1):
        yield target


def _made(context: Context, position: int) -> Iterator[File | Package]:
    here = _folder_walk(context, position)
    for index, command in enumerate(context.commands(position)):
        folder, name = here[index], command.name
        if name == "git" and "clone" in command.words:
            last = (command.operands() or ("",))[-1]
            if "://" in last or last.startswith("git@"):
                last = posixpath.basename(last.rstrip("/")).removesuffix(".git")
            yield from _path(context, position, folder, last)
        elif name in _MAKERS:
            for word in command.arguments:
                target = word.removeprefix("of=")
                if not word.startswith(("-", "if=", "bs=", "count=", "seek=", "status=")):
                    yield from _path(context, position, folder, target)
        elif name in _COPIERS and len(operands_ := command.operands()) >= 2:
            yield from _path(context, position, folder, operands_[-1])
        elif is_install(command):
            yield from (
                Package(name) for word in installed(command) for name in context.resolve(word, position).split()
            )
            if name in NPM and not command.has("-g", "--global", "global"):
                yield from _path(context, position, folder, "node_modules")
        elif name in APT and verb(command) == "update":
            if not cleaned(context, position, "/var/lib/apt"):
                yield "/var/lib/apt/lists"
        elif name in ("tar", "unzip"):
            for option, value in itertools.pairwise(command.arguments):
                if option in ("-C", "--directory", "-d"):
                    yield from _path(context, position, folder, value)
    yield from _caches(context, position)
    for download in downloads(context, position):
        outputs = download.outputs or tuple(
            posixpath.basename(url.split("?")[0]) for url in download.urls if not download.asks
        )
        for output in outputs:
            yield from _path(context, position, here[download.index], output)


def _caches(context: Context, position: int) -> Iterator[str]:
    """The package manager caches that a step leaves behind because it neither cleans nor removes them."""
    commands = context.commands(position)
    programs = {command.name for command in commands}
    for managers, folders in _CACHES:
        if managers.isdisjoint(programs):
            continue
        own = [command for command in commands if command.name in managers]
        emptied = any(verb(command) in ("clean", "cc") or command.has("--no-cache") for command in own)
        if not emptied and any(is_install(command) or is_update(command) for command in own):
            yield from (folder for folder in folders if not cleaned(context, position, folder))
    pips = [command for command in commands if command.name in context.pips and is_pip(command) and is_install(command)]
    if pips and not any(command.has("--no-cache-dir") for command in pips):
        yield "/root/.cache/pip"


# Package managers and their cache directories.
_CACHES = (
    (frozenset({"yum"}), ("/var/cache/yum",)),
    (frozenset({"dnf", "microdnf", "dnf5", "tdnf"}), ("/var/cache/dnf", "/var/cache/yum")),
    (frozenset({"zypper"}), ("/var/cache/zypp",)),
    (frozenset({"apk"}), ("/var/cache/apk",)),
)
_CLEANING = {name: folders for names, folders in _CACHES for name in names}
_MAKERS = frozenset({"touch", "dd", "fallocate", "truncate"})
_COPIERS = frozenset({"cp", "mv", "ln", "install", "copy-item", "move-item", "copy", "xcopy", "move"})


def _path(context: Context, position: int, folder: str, word: str) -> Iterator[str]:
    if not word or len(word) + len(folder) > MAX_PATH:
        return
    path = context.path(posixpath.join(folder, word), position)
    if "$" not in path and "*" not in path and path not in _SHARED and not path.startswith("/dev/"):
        yield path


def _folder_walk(context: Context, position: int) -> list[str]:
    """The working directory of each command: `cd` changes it; the step's own is the empty text."""
    here, found = "", []
    for command in context.commands(position):
        found.append(here)
        if command.name in ("cd", "pushd", "set-location") and (operands_ := command.operands()):
            inside = posixpath.normpath(posixpath.join(here, operands_[0]))
            here = inside if len(inside) <= MAX_PATH else here
    return found


_REMOVERS = frozenset({"rm", "rmdir", "unlink", "shred", "remove-item", "del", "rd"})
_PACKAGE_MANAGERS = APT | YUM | {"apk"}
# The programs that `removed` examines.
REMOVERS = _REMOVERS | _PACKAGE_MANAGERS


def removed(context: Context, position: int) -> Iterator[File | Package]:
    """What a RUN deletes but didn't add itself: absolute paths, patterns as written, and packages."""
    commands = context.commands(position) if isinstance(context.steps[position].instruction, Run) else ()
    if not any(command.name in REMOVERS for command in commands):
        return
    here = _folder_walk(context, position)
    own = set(brought_by(context, position))
    for index, command in enumerate(commands):
        if command.name in _PACKAGE_MANAGERS:
            if verb(command) == "clean":
                yield from (folder for folder in _CLEANING.get(command.name, ()) if folder not in own)
            elif verb(command) in ("remove", "purge", "autoremove", "erase", "del"):
                for word in operands(command)[1:]:
                    for name in context.resolve(word, position).split():
                        if "$" not in name and Package(name) not in own:
                            yield Package(name)
        elif command.name in _REMOVERS:
            for word in command.operands():
                word = "/root" + word[1:] if word.startswith("~/") else word
                path = context.path(posixpath.join(here[index], word), position)
                shared = (path.rstrip("/*") or "/") in _SHARED - {"/var/lib/apt/lists"}
                if "$" not in path and not shared and path not in own and len(path) <= MAX_PATH:
                    yield path


# The number of a `find`'s directories followed to what its `-exec` changes.
_MAX_FOLDERS = 20


def _changed_files(context: Context, position: int, folder: str, command: Command) -> Iterator[tuple[str, str, bool]]:
    """(command, path, whole) of the single files that a command stores again by changing their mode or moving them."""
    words = [word for word in command.operands() if not word.startswith("+")]
    moved = words[:-1] if command.name == "mv" else words[1:]
    for word in moved[:_MAX_NAMES]:
        path = context.path(posixpath.join(folder, word), position)
        if "$" not in path and "*" not in path and path not in _SHARED and len(path) <= MAX_PATH:
            yield command.name, path, command.name == "mv"


def changed_whole(context: Context, position: int) -> Iterator[tuple[str, str, bool]]:
    """(command, path, whole) of what each `chown`, `chmod`, `chgrp` and `mv` of a RUN changes: a whole directory, or one file."""
    here = _folder_walk(context, position)
    for index, command in enumerate(context.commands(position)):
        if command.name == "mv":
            yield from _changed_files(context, position, here[index], command)
            continue
        if command.name not in ("chown", "chmod", "chgrp"):
            continue
        if command.via == "-exec" and command.parent is not None:
            finder = context.commands(position)[command.parent]
            # The directories come before the first test.
            folders = itertools.islice(finder.arguments, _MAX_FOLDERS)
            for word in itertools.takewhile(lambda word: not word.startswith(("-", "(", "!")), folders):
                path = context.path(posixpath.join(here[index], word), position)
                if "$" not in path:
                    yield command.name, path, True
            continue
        recursive = any(re.fullmatch(r"-[a-zA-Z]*R[a-zA-Z]*|--recursive", word) for word in command.arguments)
        if not recursive:
            yield from _changed_files(context, position, here[index], command)
            continue
        operands = [word for word in command.arguments if not re.fullmatch(r"-[RvcfhHLP]+|--[\w-]+(?:=.*)?", word)]
        for word in operands[1:]:
            path = context.path(posixpath.join(here[index], word), position)
            if "$" not in path:
                yield command.name, path, True


_CLEANERS = frozenset({"rm", "find", "rmdir", "cleanup", "apt-clean", "del", "remove-item", "truncate"})


def cleaned(context: Context, position: int, pattern: str) -> bool:
    """Whether a step removes paths that match `pattern`: with rm, find -delete, or a cache that is never kept."""
    key = ("cleaned", position)
    if key not in context.memo:
        commands = context.commands(position)
        wiped = any(command.name in APT and verb(command) in ("dist-clean", "distclean") for command in commands)
        text = "\n".join(
            " ".join([context.resolve(word, position) for word in command.arguments])
            for command in commands
            if command.name in _CLEANERS
        )
        context.memo[key] = (wiped, text)
    wiped, text = context.memo[key]
    return (wiped and "apt" in pattern) or bool(text and re.search(pattern, text))
