"""Puts the sources of COPY and ADD back, under the names that a reconstructed Dockerfile gives them.

The original Dockerfile's copies, in the order they ran, are set beside the new one's: the n-th gets what the n-th had. Files
that came from another stage or image are taken out of it.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import dockerfile

_CHECKSUM_NAME = re.compile(r"(?:file|dir|multi)-[0-9a-f]{12}")
_VARIABLE = re.compile(r"\\(.)|\$(?:\{(\w+)\}|(\w+))", re.DOTALL)


@dataclass(frozen=True)
class CopyStep:
    """One COPY or ADD: its sources with variables expanded, and the stage or image they come from, if any."""

    sources: tuple[str, ...]
    stage: str | None
    archives: bool


@dataclass(frozen=True)
class Stage:
    name: str
    parent: str
    commands: tuple[dockerfile.Command, ...]


def stages(text: str) -> list[Stage]:
    """The stages of a Dockerfile; those without a name are called by their number."""
    found: list[Stage] = []
    for command in dockerfile.parse_string(text):
        if command.cmd.upper() == "FROM":
            words = command.value
            name = words[2] if len(words) == 3 else str(len(found))
            found.append(Stage(name.lower(), words[0], ()))
        elif found:
            last = found[-1]
            found[-1] = Stage(last.name, last.parent, (*last.commands, command))
    return found


def chain(text: str, target: str | None = None) -> list[dockerfile.Command]:
    """The commands behind the image: those of the stages it is built on, then those of the last (or named) stage."""
    known = stages(text)
    position = next((i for i, stage in enumerate(known) if stage.name == (target or "").lower()), len(known) - 1)
    commands: list[dockerfile.Command] = []
    while True:
        stage = known[position]
        commands = [*stage.commands, *commands]
        before = [i for i in range(position) if known[i].name == stage.parent.lower()]
        if not before:
            return commands
        position = before[-1]


def copies(text: str, args: dict[str, str], target: str | None = None) -> list[CopyStep]:
    """The COPY and ADD steps that made the image, in order."""
    names = [stage.name for stage in stages(text)]
    variables: dict[str, str] = {}
    found: list[CopyStep] = []
    for command in chain(text, target):
        keyword = command.cmd.upper()
        if keyword == "ARG":
            for word in command.value:
                key, _, default = word.partition("=")
                variables.setdefault(key, args.get(key, default.strip("\"'")))
        elif keyword == "ENV":
            for key, value in zip(command.value[::2], command.value[1::2], strict=False):
                variables[key] = _expand(value.strip("\"'"), variables)
        elif keyword in ("COPY", "ADD"):
            flags = dict(flag.removeprefix("--").partition("=")[::2] for flag in command.flags)
            stage = flags.get("from")
            if stage is not None and stage.isdigit() and int(stage) < len(names):
                stage = names[int(stage)]
            sources = tuple(_expand(word, variables) for word in command.value[:-1] if not _heredoc(word))
            found.append(CopyStep(sources, stage, keyword == "ADD"))
    return found


def _heredoc(word: str) -> bool:
    return word.startswith("<<")


def _expand(word: str, variables: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda match: match[1] or variables.get(match[2] or match[3], ""), word)


def put_back(
    original: list[CopyStep],
    rebuilt: list[CopyStep],
    context: Path,
    folder: Path,
    extract: Callable[[str, str], Path],
) -> None:
    """Fills `folder` so that every step of `rebuilt` finds under its own names what `original`'s step had copied.

    `extract(stage, path)` takes a path out of another stage or image. Raises ValueError if the steps do not correspond.
    """
    if len(original) != len(rebuilt):
        raise ValueError(f"{len(original)} copying steps became {len(rebuilt)}")
    for before, after in zip(original, rebuilt, strict=True):
        if after.stage is not None:
            continue
        contents = [path for source in before.sources for path in _contents(source, before.stage, context, extract)]
        if any(_CHECKSUM_NAME.match(name) for name in after.sources):
            _place_parts(after.sources, contents, folder)
        else:
            # Names that history kept: the files lie where they lay, beneath the context or the stage's root.
            for name, source in zip(after.sources, before.sources, strict=False):
                for path in _contents(source, before.stage, context, extract):
                    relative = path.relative_to(context) if before.stage is None else _plain(name)
                    _place(path, folder / relative)
            _place_words(after.sources, contents, folder)


def _contents(source: str, stage: str | None, context: Path, extract: Callable[[str, str], Path]) -> Iterator[Path]:
    if stage is not None:
        yield extract(stage, source)
        return
    pattern = _plain(source)
    if (context / pattern).exists():
        yield context / pattern
        return
    parts = pattern.count("/")
    for path in sorted(context.rglob("*")):
        name = path.relative_to(context).as_posix()
        if name.count("/") == parts and fnmatch.fnmatchcase(name, pattern):
            yield path


def _plain(name: str) -> str:
    return posixpath.normpath("/" + name).lstrip("/") or "."


def _place_parts(names: tuple[str, ...], contents: list[Path], folder: Path) -> None:
    """One content per name; the last name becomes a directory with the rest."""
    last = len(names) - 1
    for name, path in zip(names[:last], contents, strict=False):
        _place(path, folder / name)
    rest = contents[last:]
    if len(rest) == 1:
        _place(rest[0], folder / names[last])
    for path in rest if len(rest) > 1 else ():
        _place(path, folder / names[last] / ("" if path.is_dir() else path.name))


def _place_words(names: tuple[str, ...], contents: list[Path], folder: Path) -> None:
    """History joins names with blanks; a name that was split at one finds something too, and the history stays the same."""
    for name in map(_plain, names):
        if not any(mark in name for mark in "*?[") and not (folder / name).exists():
            _place(contents[0], folder / name)


def _place(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, target, dirs_exist_ok=True, symlinks=True)
    elif not target.is_dir():
        shutil.copy2(path, target)
