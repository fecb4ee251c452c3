"""Commands over many images: the same command, image by image, streamed, over processes.

A command that is decorated with `over` takes, besides one IMAGE, a folder of images, a file of JSON lines and, with
`--output-dir`, any number of inputs (`-`: a path a line on standard input); each image is given to the command as if it were alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from reconstruct.errors import ReconstructError

if TYPE_CHECKING:
    from reconstruct.fleet.inputs import Item

F = TypeVar("F", bound=Callable[..., Any])
# What a format's files are called, where that is not its own name.
_ENDINGS = {
    "checkstyle": "xml",
    "junit": "xml",
    "codeclimate": "json",
    "sarif": "sarif",
    "table": "txt",
    "wide": "txt",
    "text": "txt",
    "markdown": "md",
    "repo-info": "md",
}


class Result(NamedTuple):
    """What the command made of one image: its output, its notes (lines), its exit status, its error."""

    name: str
    text: bytes = b""
    notes: tuple[str, ...] = ()
    status: int = 0
    error: str = ""


def over(command: str, ending: str | None = None) -> Callable[[F], F]:
    """Makes `reconstruct COMMAND` take many; the innermost decorator of its function, which has `image` and `output`.

    `ending`: of the files in `--output-dir`, where it does not go by `--format`.
    """

    def decorate(function: F) -> F:
        @wraps(function)
        def take(**given: Any) -> None:
            folder, jobs = given.pop("output_dir"), given.pop("jobs")
            sources = (given["image"],) if isinstance(given["image"], str) else given["image"]
            if folder is None and not any(map(is_many, sources)):
                function(**given)
                return
            kind = given.get("format_") or ""
            _run(command, sources, given, folder, ending or _ENDINGS.get(kind, kind) or "txt", jobs)

        for option in (
            click.option(
                "--jobs", "-j", type=click.IntRange(min=1), default=1, metavar="N", help="Processes, for many images."
            ),
            click.option(
                "--output-dir", metavar="DIR", help="Every IMAGE on its own, a file each in DIR; - lists paths."
            ),
        ):
            take = option(take)
        take.single = function  # type: ignore[attr-defined]
        return take  # type: ignore[return-value]

    return decorate


def is_many(source: str) -> bool:
    """Whether an input stands for many images: a folder that is no saved form itself, a file of JSON lines."""
    if source.lower().endswith((".jsonl", ".ndjson")):
        return os.path.isfile(source)
    if not os.path.isdir(source):
        return False
    from reconstruct.fleet.inputs import is_form

    return not is_form(source)


def _run(
    command: str, sources: Sequence[str], given: dict[str, Any], folder: str | None, ending: str, jobs: int
) -> None:
    from reconstruct.cli import options, progress
    from reconstruct.fleet import inputs, pool
    from reconstruct.fleet.build import batches

    if given.pop("output", None) is not None:
        raise click.UsageError("--output is one file; --output-dir takes a file an image")
    if given.get("manifest") is not None:
        raise click.UsageError("--manifest goes with one IMAGE")
    if folder is not None:
        os.makedirs(folder, exist_ok=True)
    given = {key: value for key, value in given.items() if key != "image"}
    images = failed = worst = 0
    names: set[str] = set()
    with progress.shown(command) as advance:
        work = partial(_work, command)
        found = batches(inputs.items(sources, options.say))
        for batch, results, _ in pool.run(work, found, given, jobs=jobs, lost=_lost):
            for result in results:
                failed += bool(result.error)
                images += not result.error
                worst = max(worst, result.status)
                _put(result, folder, ending, names, first=images == 1)
            advance(len(batch))
    if folder is not None:
        click.echo(f"{folder}: {images:,} written")
    if failed:
        options.say(f"{failed:,} of {images + failed:,} could not be read")
        sys.exit(2)
    if not images:
        raise ReconstructError(f"{sources[0]}: no image here")
    if worst:
        sys.exit(worst)


def _work(command: str, batch: Sequence[Item], given: dict[str, Any]) -> tuple[list[Result], int]:
    """The results for every image of a batch; runs in a process of its own where there are several."""
    from importlib import import_module

    from reconstruct.cli.main import COMMANDS
    from reconstruct.fleet.reading import images

    function = import_module(f"reconstruct.cli.{COMMANDS[command][0]}").command.callback.single
    results = []
    for item in batch:
        for name, image in images(item, strict=bool(given.get("strict"))):
            if not isinstance(image, ReconstructError):
                results.append(_one(function, name, image, given))
            elif item.named or not item.path.lower().endswith((".md", ".txt")):
                results.append(Result(name, error=str(image), status=2))
    return results, len(results)


def _one(function: Callable[..., None], name: str, image: Any, given: dict[str, Any]) -> Result:
    from reconstruct.cli import options

    with options.captured() as (pieces, notes):
        status = 0
        try:
            function(image=(image,), output=None, **given)
        except ReconstructError as error:
            return Result(name, error=str(error), status=2, notes=tuple(notes))
        except SystemExit as exit_:
            status = exit_.code if isinstance(exit_.code, int) else 2
    return Result(name, b"".join(pieces), tuple(notes), status)


def _lost(item: Item) -> tuple[list[Result], int]:
    return [Result(item.label, error=f"{item.label}: the process that read it died (out of memory?)", status=2)], 1


def _put(result: Result, folder: str | None, ending: str, names: set[str], *, first: bool) -> None:
    from reconstruct.cli import options, output
    from reconstruct.show.text import one_line

    for note in result.notes:
        options.say(f"{result.name}: {note}")
    if result.error:
        text = result.error if result.name in result.error else f"{result.name}: {result.error}"
        click.echo(f"reconstruct: {one_line(text)}", err=True)
    elif folder is not None:
        path = os.path.join(folder, _file(result.name, ending, names))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        output.write(result.text, path)
    elif ending == "json":
        # One document a line, so that what reads them need not wait for the last.
        output.write(b"".join(_joined(result.text)), None)
    else:
        head = f"{'' if first else chr(10)}==> {one_line(result.name)} <==\n"
        output.write(head.encode("utf-8", "backslashreplace") + result.text, None)


def _joined(document: bytes) -> Iterator[bytes]:
    """A JSON document on one line: its indentation holds no newline that counts."""
    for line in document.splitlines():
        yield line.strip()
    yield b"\n"


def _file(name: str, ending: str, names: set[str]) -> str:
    """A file's path below the folder for an image of that name: its own path, without what leads out; never one twice."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    safe = ["".join(char if char.isalnum() or char in "._-+@ ()=," else "_" for char in part)[:120] for part in parts]
    stem = "/".join(safe) or "image"
    number = 1
    while (path := f"{stem}{f'-{number}' if number > 1 else ''}.{ending}").casefold() in names:
        number += 1
    names.add(path.casefold())
    return path
