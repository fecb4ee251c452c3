"""Folders of Dockerfiles as a corpus: each instruction in the lines its author wrote, as the builder's parser takes them.

A corpus is a folder with a folder for each repository, or with files alone, each then a repository of its own. Any files will
do; to make one, clone repositories and copy what is called `Dockerfile` into `CORPUS/OWNER+NAME/`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reconstruct.dockerfile.dialect import BUILDKIT
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.lines import Lines
from reconstruct.layout.house import House
from reconstruct.layout.house import of as house

# A generated Dockerfile doesn't have its author's layout, and a template isn't a Dockerfile.
_NAME = re.compile(
    r"(?:^|[._-])(?:dockerfile|containerfile)(?:$|[._-])(?!.*(?:ignore|templ|tmpl|tpl|\.(?:j2|erb|in|md|sh)$))", re.I
)
_WINDOWS = re.compile(r"^\s*FROM\s.*(?:windows|nanoserver|servercore)", re.IGNORECASE | re.MULTILINE)
_FLAG = re.compile(r"--[a-z][a-z-]*(?:=\S*)?(?:\s+|$)")
_HEAD = re.compile(r"(\S*)[ \t]*")


@dataclass(frozen=True)
class Written:
    """An instruction: its keyword, and its lines without continuation characters, comments, flags and the keyword.

    `head` tells that nothing stood behind the keyword on its line (`RUN \\`), which no builder records; `flags` that flags
    did. `stage` counts the file's FROMs.
    """

    repository: str
    file: str
    stage: int
    keyword: str
    lines: tuple[str, ...]
    shell: tuple[str, ...]
    escape: str
    head: bool
    flags: bool

    @property
    def text(self) -> str:
        """What a builder makes of the lines, and history keeps of a RUN."""
        return "".join(self.lines)


def corpus(folder: Path) -> Iterator[Written]:
    """The instructions of every Dockerfile below `folder`, without here-documents; of a file that is none, what comes before
    the mistake."""
    for path in sorted(p for p in folder.rglob("*") if _NAME.search(p.name) and p.is_file()):
        inside = path.relative_to(folder)
        yield from instructions(path.read_text(encoding="utf-8", errors="replace"), inside.parts[0], str(inside))


def instructions(source: str, repository: str = "", file: str = "") -> Iterator[Written]:
    """The instructions of one Dockerfile."""
    source = source.replace("\r\n", "\n")
    default = ("cmd", "/S", "/C") if _WINDOWS.search(source) else ("/bin/sh", "-c")
    shell, stage = default, 0
    physical: list[str] = []
    reader = Lines(source, BUILDKIT)
    try:
        for line in reader:
            if line.kind in ("CONTINUED", "LAST"):
                physical.append(line.text)
            if line.instruction is None:
                continue
            keyword = line.instruction.keyword
            if keyword == "FROM":
                shell, stage = default, stage + 1
            elif keyword == "SHELL":
                shell = _words(line.instruction.args) or shell
            lines, head, flags = _argument(physical)
            if not line.instruction.heredocs:
                yield Written(repository, file, stage, keyword, lines, shell, reader.escape, head, flags)
            physical = []
    except DockerfileError:
        return


def distinct(written: Iterator[Written]) -> Iterator[Written]:
    """Each text of a repository once: versions of an image repeat theirs."""
    seen = set()
    for one in written:
        case = (one.repository, one.keyword, one.lines)
        if case not in seen:
            seen.add(case)
            yield one


def houses(written: Iterable[Written]) -> dict[tuple[str, int], House]:
    """What the RUNs of each stage do, by file and stage: an image keeps the RUNs of one."""
    texts: dict[tuple[str, int], list[str]] = {}
    for one in written:
        if is_script(one):
            texts.setdefault((one.file, one.stage), []).append(one.text)
    return {stage: house(own) for stage, own in texts.items()}


def is_script(written: Written) -> bool:
    """Whether this is a RUN that a shell reads."""
    return written.keyword == "RUN" and not written.lines[0].startswith("[")


def visible(lines: tuple[str, ...] | list[str]) -> list[str]:
    """Lines without the blanks at their ends, which no one sees."""
    return [line.rstrip() for line in lines]


def _words(args: tuple[str, ...]) -> tuple[str, ...]:
    if len(args) != 1:
        return args
    try:
        return tuple(map(str, json.loads(args[0])))
    except ValueError:
        return ()


def _argument(physical: list[str]) -> tuple[tuple[str, ...], bool, bool]:
    """The lines behind keyword and flags, whether the first line had nothing else, whether there were flags."""
    lines = list(physical)
    lines[0] = lines[0][_HEAD.match(lines[0]).end() :]  # type: ignore[union-attr]
    head = flags = False
    while len(lines) > 1 or _FLAG.match(lines[0]):
        bare = lines[0].lstrip()
        match = _FLAG.match(bare)
        if match:
            flags, bare = True, bare[match.end() :]
        elif bare:
            break
        head = head or (not bare and not flags)
        lines[0] = bare
        if not bare and len(lines) > 1:
            lines.pop(0)
    while len(lines) > 1 and not lines[-1].strip():
        lines.pop()
    lines[0] = lines[0].lstrip()
    lines[-1] = lines[-1].rstrip()
    return tuple(lines), head, flags
