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

from reconstruct.cli import folder, sweep
from reconstruct.errors import ReconstructError

if TYPE_CHECKING:
    from reconstruct.fleet.inputs import Item

F = TypeVar("F", bound=Callable[..., Any])


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
            output_dir, jobs = given.pop("output_dir"), given.pop("jobs")
            sources = (given["image"],) if isinstance(given["image"], str) else given["image"]
            if output_dir is None and not any(map(is_many, sources)):
                function(**given)
                return
            kind = ending or folder.ending(given.get("format_"))
            _run(command, sources, given, output_dir, kind, jobs)

        take = folder.option(sweep.jobs_option(take))
        take.single = function  # type: ignore[attr-defined]
        return take  # type: ignore[return-value]

    return decorate


def is_many(source: str) -> bool:
    """Whether an input stands for many images; a file with a usual name is told without an import."""
    if source != "-" and not source.lower().endswith((".jsonl", ".ndjson")) and not os.path.isdir(source):
        return False
    from reconstruct.fleet import inputs

    return inputs.is_many(source)


def _run(
    command: str, sources: Sequence[str], given: dict[str, Any], output_dir: str | None, ending: str, jobs: int
) -> None:
    import click

    from reconstruct.cli import options
    from reconstruct.fleet import inputs

    if given.pop("output", None) is not None:
        raise click.UsageError("--output is one file; --output-dir takes a file an image")
    if given.get("manifest") is not None:
        raise click.UsageError("--manifest goes with one IMAGE")
    target = folder.Folder(output_dir, ending) if output_dir is not None else None
    given = {key: value for key, value in given.items() if key != "image"}
    images = failed = worst = 0
    lists = "-" in sources and inputs.lists_paths(default=target is not None)
    work = partial(_work, command)
    for result in sweep.over(command, sources, work, given, jobs=jobs, lost=_lost, streams=target is None, lists=lists):
        failed += bool(result.error)
        images += not result.error
        worst = max(worst, result.status)
        _put(result, target, as_json=ending == "json", first=images == 1)
    if target is not None:
        target.tell()
    if failed:
        options.say(f"{failed:,} of {images + failed:,} could not be read")
        sys.exit(2)
    if not images:
        raise ReconstructError(f"{sources[0]}: no image here")
    if worst:
        sys.exit(worst)


def _work(command: str, batch: Sequence[Item], given: dict[str, Any]) -> Iterator[Result | sweep.NoImage]:
    """The results for every image of a batch; runs in a process of its own where there are several."""
    from importlib import import_module

    from reconstruct.cli.main import COMMANDS
    from reconstruct.fleet.reading import images, worth_telling

    function = import_module(f"reconstruct.cli.{COMMANDS[command][0]}").command.callback.single
    choice = {key: given.get(key) for key in ("platform", "tag")}
    for item in batch:
        for name, image in images(item, **choice, strict=bool(given.get("strict"))):
            if not isinstance(image, ReconstructError):
                yield _one(function, name, image, given)
            elif worth_telling(item):
                yield Result(name, error=str(image), status=2)
            else:
                yield sweep.NoImage(item.path)


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
        except Exception as error:
            # A fault of ours in one image is not to cost the others: it is listed, for a report to us.
            return Result(name, error=f"internal error: {type(error).__name__}: {error}", status=2, notes=tuple(notes))
    return Result(name, b"".join(pieces), tuple(notes), status)


def _lost(item: Item) -> Result:
    return Result(item.label, error=f"{item.label}: {sweep.LOST}", status=2)


def _put(result: Result, target: folder.Folder | None, *, as_json: bool, first: bool) -> None:
    from reconstruct.cli import options, output
    from reconstruct.show.text import one_line

    for note in result.notes:
        options.say(f"{result.name}: {note}")
    if result.error:
        text = result.error if result.name in result.error else f"{result.name}: {result.error}"
        options.fail(text)
    elif target is not None:
        target.write(result.name, result.text)
    elif as_json:
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
