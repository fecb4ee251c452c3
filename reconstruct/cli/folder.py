"""`--output-dir`: a file an image, named after it, in a folder that nothing leaves."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

from reconstruct.cli import declare

F = TypeVar("F", bound=Callable[..., Any])
# What a format's files are called, where that is not its own name.
_ENDINGS = {
    "checkstyle": "xml",
    "junit": "xml",
    "codeclimate": "json",
    "table": "txt",
    "wide": "txt",
    "text": "txt",
    "side-by-side": "txt",
    "tree": "txt",
    "github": "txt",
    "gnu": "txt",
    "markdown": "md",
    "repo-info": "md",
    "patch": "diff",
}


def option(function: F) -> F:
    """`--output-dir`, handed over as `output_dir`."""
    return declare.option(
        "--output-dir", metavar="DIR", help="Every IMAGE on its own, a file each in DIR; - lists paths."
    )(function)


def ending(format_: str | None) -> str:
    """What the files of a format end with."""
    return _ENDINGS.get(format_ or "", format_ or "") or "txt"


class Folder:
    """Files in a folder, made where it is not there, each named after what it tells of; none is written twice."""

    def __init__(self, path: str, ending: str) -> None:
        self.path = path
        self.written = 0
        self._ending = f".{ending}" if ending else ""
        self._names: set[str] = set()
        os.makedirs(path, exist_ok=True)

    def write(self, name: str, data: bytes) -> None:
        """Writes what was found of the image of that name."""
        from reconstruct.cli import output

        path = self.place(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        output.write(data, path)
        self.written += 1

    def place(self, name: str) -> str:
        """The path for an image of that name: its own, without what leads out of the folder; never one twice."""
        stem = place(name)
        number = 1
        while (path := f"{stem}{f'-{number}' if number > 1 else ''}{self._ending}").casefold() in self._names:
            number += 1
        self._names.add(path.casefold())
        return os.path.join(self.path, path)

    def tell(self) -> None:
        """Says how many files were written."""
        import click

        click.echo(f"{self.path}: {self.written:,} written")


def place(name: str) -> str:
    """A path below a folder for an image of that name: its own, without what leads out."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join(_safe(part) for part in parts) or "image"


def _safe(part: str) -> str:
    return "".join(char if char.isalnum() or char in "._-+@ ()=," else "_" for char in part)[:120]
