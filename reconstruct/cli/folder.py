"""`--output-dir`: one file per image, named after it; no name leads out of the directory."""

from __future__ import annotations

import os
from collections.abc import Callable

from reconstruct.cli import declare
from reconstruct.typed import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
# File name endings, if they differ from the format's name.
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
    """`--output-dir`, passed as `output_dir`."""
    return declare.option("--output-dir", metavar="DIR", help="Write one file per IMAGE into DIR; - lists paths.")(
        function
    )


def ending(format_: str | None) -> str:
    """The file name ending of a format."""
    return _ENDINGS.get(format_ or "", format_ or "") or "txt"


class Folder:
    """Files in a directory (created if missing), each named after its image; none is written twice."""

    def __init__(self, path: str, ending: str) -> None:
        self.path = path
        self.written = 0
        self._ending = f".{ending}" if ending else ""
        self._names: set[str] = set()
        os.makedirs(path, exist_ok=True)

    def write(self, name: str, data: bytes) -> None:
        """Writes the result for the image of that name."""
        from reconstruct.cli import output

        path = self.place(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        output.write(data, path)
        self.written += 1

    def place(self, name: str) -> str:
        """The path for an image of that name, without parts that lead out of the directory; unique."""
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
    """A path below a directory for an image of that name, without parts that lead out."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join(_safe(part) for part in parts) or "image"


def _safe(part: str) -> str:
    return "".join(char if char.isalnum() or char in "._-+@ ()=," else "_" for char in part)[:120]
