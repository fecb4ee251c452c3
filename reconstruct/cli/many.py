"""Commands over many images: the same command, image by image, streamed, over processes.

Besides one IMAGE, a command decorated with `over` takes a directory of images, a JSON lines file, a list of paths and, with
`--output-dir`, any number of inputs; the command gets each image as if it were the only one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial, wraps

from reconstruct.cli import folder, sweep
from reconstruct.errors import ReconstructError
from reconstruct.record import dataclass
from reconstruct.typed import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from reconstruct.cli.putting import Sink
    from reconstruct.fleet.inputs import Item

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Result:
    """The command's result for one image: its output, its notes (lines), its exit status, its error."""

    name: str
    text: bytes = b""
    notes: tuple[str, ...] = ()
    status: int = 0
    error: str = ""


def over(command: str, ending: str | None = None, *, layers: bool = False) -> Callable[[F], F]:
    """Makes `reconstruct COMMAND` take many images; the innermost decorator of its function, which has `image` and `output`.

    `ending`: the ending of the files in `--output-dir`, if it doesn't depend on `--format`. `layers`: the command opens them,
    with or without `--files`.
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
            run(command, sources, given, output_dir, kind, jobs, layers=layers or bool(given.get("files")))

        take = folder.option(sweep.jobs_option(take))
        take.single = function  # type: ignore[attr-defined]
        take.named = False  # type: ignore[attr-defined]
        return take  # type: ignore[return-value]

    return decorate


def is_many(source: str) -> bool:
    """Whether an input means many images; files with a usual name are recognised without an import."""
    if source != "-" and not source.lower().endswith((".jsonl", ".ndjson")) and not os.path.isdir(source):
        return False
    from reconstruct.fleet import inputs

    return inputs.is_many(source)


def run(
    command: str,
    sources: Sequence[str],
    given: dict[str, Any],
    output_dir: str | None,
    ending: str,
    jobs: int,
    *,
    layers: bool,
    target: Sink | None = None,
    items: Sequence[Item] | None = None,
) -> None:
    """Runs the command on every image in the sources, with the `given` options; exits with the worst exit status,
    2 if an image couldn't be read. With `layers`, each image's layers are available. `target` takes
    unusual results; `items` are the inputs, if already known."""
    import click

    from reconstruct.cli import options
    from reconstruct.cli.putting import sink
    from reconstruct.fleet import inputs

    if given.pop("output", None) is not None:
        raise click.UsageError("--output is a single file; --output-dir writes one per image")
    if given.get("manifest") is not None:
        raise click.UsageError("--manifest takes a single IMAGE")
    target = target or sink(output_dir, ending, given.get("format_"))
    given = {key: value for key, value in given.items() if key != "image"}
    if given.get("base") is not None:
        # Read once, not for every image.
        given["base"] = options.load_base(given["base"], bool(given.get("strict")))
    images = failed = worst = 0
    into = output_dir is not None
    lists = "-" in sources and inputs.lists_paths(default=into)
    # Layers take long, so each input is a task of its own, and its notes don't wait for others.
    batch = 1 if layers else sweep.BATCH
    work: Any = partial(_work, command, layers)
    found: Iterator[Any] = (
        sweep.over(command, sources, work, given, jobs=jobs, lost=_lost, streams=not into, lists=lists, batch=batch)
        if items is None
        else sweep.each(command, items, lambda: len(items), work, given, jobs=jobs, lost=_lost, streams=not into)
    )
    for result in found:
        for note in result.notes:
            options.say(f"{result.name}: {note}")
        failed += bool(result.error)
        images += not result.error
        worst = max(worst, result.status)
        if result.error:
            options.fail(result.error if result.name in result.error else f"{result.name}: {result.error}")
        else:
            target.put(result.name, result.text, result.status)
    target.end(failed)
    if failed:
        options.say(f"{failed:,} of {images + failed:,} could not be read")
        sys.exit(2)
    if not images:
        raise ReconstructError(f"{sources[0]}: no image found")
    if worst:
        sys.exit(worst)


def _work(
    command: str, opens_layers: bool, batch: Sequence[Item], given: dict[str, Any]
) -> Iterator[Result | sweep.NoImage]:
    """The results for every image of a batch; runs in a process of its own if there are several."""
    from importlib import import_module

    from reconstruct.cli.main import COMMANDS
    from reconstruct.fleet.reading import images, opened, worth_telling

    callback = import_module(f"reconstruct.cli.{COMMANDS[command][0]}").command.callback
    read: Any = opened if opens_layers else images
    choice = {key: given.get(key) for key in ("platform", "tag")}
    for item in batch:
        own = {**given, **(item.given or {})}
        for name, image in read(item, **choice, strict=bool(given.get("strict"))):
            if not isinstance(image, ReconstructError):
                yield _one(partial(callback.single, name) if callback.named else callback.single, name, image, own)
            elif worth_telling(item):
                yield Result(name, error=str(image), status=2)
            else:
                yield sweep.NoImage(item.path)


def _one(function: Callable[..., None], name: str, image: Any, given: dict[str, Any]) -> Result:
    from reconstruct.cli import options

    with options.captured() as (pieces, notes):
        status = 0
        # The single command says what was noted on reading the image; here it is read already.
        notes.extend(getattr(image, "image", image).notes)
        try:
            function(image=(image,), output=None, **given)
        except ReconstructError as error:
            return Result(name, error=str(error), status=2, notes=tuple(notes))
        except SystemExit as exit_:
            status = exit_.code if isinstance(exit_.code, int) else 2
        except Exception as error:
            if type(error).__module__.startswith("click"):
                # Bad usage: no image is to blame.
                raise
            # A bug of ours in one image must not affect the others: it is listed, so that it can be reported.
            return Result(name, error=f"internal error: {type(error).__name__}: {error}", status=2, notes=tuple(notes))
    return Result(name, b"".join(pieces), tuple(notes), status)


def _lost(item: Item) -> Result:
    return Result(item.label, error=f"{item.label}: {sweep.LOST}", status=2)
