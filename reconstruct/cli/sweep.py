"""A command's work on many inputs: in several processes, in order, with progress; skipped inputs are reported at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from reconstruct import pattern
from reconstruct.cli import declare
from reconstruct.record import dataclass
from reconstruct.typed import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from reconstruct.fleet.inputs import Item

R = TypeVar("R")
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

# The number of inputs that a process takes at a time.
BATCH = 32
LOST = "the process reading it died (out of memory?)"
# Inputs that only the process they were given to can read.
_OWN_STREAM = pattern.compile(r"-|fd:.*|/dev/stdin|(?:/dev|/proc/self)/fd/\d+")


@dataclass(frozen=True)
class NoImage:
    """The result of `work` for a file of a directory that isn't an image and doesn't claim to be one."""

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
        help="Number of processes, for many images.",
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
    """The results of `work` for every input in the sources, in order, as they come.

    `lost` gives the result for an input whose process died; `streams`: results are shown as they come; `lists`: `-` is a
    list of paths. A source that doesn't exist is an input that can't be read.
    """
    from reconstruct.cli import options
    from reconstruct.fleet import inputs

    passed_over = inputs.PassedOver()
    found = inputs.items(sources, passed_over, lists=lists)
    if any(_OWN_STREAM.fullmatch(source) and not (source == "-" and lists) for source in sources):
        jobs = 1
    total = partial(inputs.count, sources)
    for result in each(label, found, total, work, shared, jobs=jobs, lost=lost, streams=streams, batch=batch):
        if isinstance(result, NoImage):
            passed_over.add(result.path, "not an image", "not images")
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
    """The same for given tasks; `total` returns their number if needed."""
    from reconstruct.cli import progress
    from reconstruct.fleet import pool

    with progress.shown(label, total, streams=streams) as advance:
        found = pool.batches(tasks, batch)
        yield from pool.each(work, found, shared, jobs=jobs, lost=lost, done=advance, died=say_died)


def say_died() -> None:
    """Notes that a process was killed, or ran out of memory."""
    from reconstruct.cli import options

    options.say("a worker process died (killed, or out of memory): reading its inputs again, one at a time")
