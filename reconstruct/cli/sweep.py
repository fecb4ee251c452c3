"""A command's work over many inputs: over processes, in order, with progress, and whatever was left out said at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from reconstruct import pattern
from reconstruct.cli import declare

if TYPE_CHECKING:
    from reconstruct.fleet.inputs import Item

R = TypeVar("R")
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

# Inputs that a process takes at a time.
BATCH = 32
LOST = "the process that read it died (out of memory?)"
# What only the process that was given it can read.
_OWN_STREAM = pattern.compile(r"-|fd:.*|/dev/stdin|(?:/dev|/proc/self)/fd/\d+")


class NoImage(NamedTuple):
    """What `work` gives for a file of a folder that is no image and does not claim to be one."""

    path: str


def jobs_option(function: F) -> F:
    """`--jobs`: how many processes share the work."""
    return declare.option(
        "--jobs",
        "-j",
        type=declare.Whole(1),
        default=1,
        show_default=True,
        metavar="N",
        help="Processes, for many images.",
    )(function)


def over(
    label: str,
    sources: Sequence[str],
    work: Callable[[Sequence[Item], Any], Iterable[R | NoImage]],
    shared: Any,
    *,
    jobs: int,
    lost: Callable[[Item], R],
    streams: bool,
    lists: bool,
    batch: int = BATCH,
) -> Iterator[R]:
    """The results of `work` for every input behind the sources, in their order, as they come.

    `lost` gives the result for an input whose process died; `streams` says that results are shown as they come; `lists`
    whether `-` is a list of paths. Raises NotFoundError, before any work, for a source that is not there.
    """
    from reconstruct.cli import options
    from reconstruct.fleet import inputs

    inputs.require(sources)
    passed_over = inputs.PassedOver()
    found = inputs.items(sources, passed_over, lists=lists)
    if any(_OWN_STREAM.fullmatch(source) and not (source == "-" and lists) for source in sources):
        jobs = 1
    total = partial(inputs.count, sources)
    for result in each(label, found, total, work, shared, jobs=jobs, lost=lost, streams=streams, batch=batch):
        if isinstance(result, NoImage):
            passed_over.add(result.path, "no image", "no images")
        else:
            yield result
    for note in passed_over.notes():
        options.say(note)


def each(
    label: str,
    tasks: Iterable[T],
    total: Callable[[], int | None],
    work: Callable[[Sequence[T], Any], Iterable[R]],
    shared: Any,
    *,
    jobs: int,
    lost: Callable[[T], R],
    streams: bool,
    batch: int = BATCH,
) -> Iterator[R]:
    """The same for tasks that are known; `total` tells how many, where that is asked for."""
    from reconstruct.cli import progress
    from reconstruct.fleet import pool
    from reconstruct.fleet.build import batches

    with progress.shown(label, total, streams=streams) as advance:
        found = batches(tasks, batch)
        yield from pool.each(work, found, shared, jobs=jobs, lost=lost, done=advance, died=say_died)


def say_died() -> None:
    """Says that a process was killed from outside, or took more memory than there is."""
    from reconstruct.cli import options

    options.say("a process died (killed, or out of memory): what it was reading is read again, one input at a time")
