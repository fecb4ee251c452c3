"""A command's work over many inputs: over processes, in order, with progress, and whatever was left out said at the end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from reconstruct.cli import declare

if TYPE_CHECKING:
    from reconstruct.fleet.inputs import Item

R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])

# Inputs that a process takes at a time.
BATCH = 32
LOST = "the process that read it died (out of memory?)"
# What only the process that was given it can read.
_OWN_STREAM = re.compile(r"-|fd:.*|/dev/stdin|(?:/dev|/proc/self)/fd/\d+")


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
    from reconstruct.cli import options, progress
    from reconstruct.fleet import inputs, pool
    from reconstruct.fleet.build import batches

    inputs.require(sources)
    passed_over = inputs.PassedOver()
    found = batches(inputs.items(sources, passed_over, lists=lists), batch)
    if any(_OWN_STREAM.fullmatch(source) and not (source == "-" and lists) for source in sources):
        jobs = 1
    with progress.shown(label, lambda: inputs.count(sources), streams=streams) as advance:
        for result in pool.each(work, found, shared, jobs=jobs, lost=lost, done=advance, died=say_died):
            if isinstance(result, NoImage):
                passed_over.add(result.path, "no image", "no images")
            else:
                yield result
    for note in passed_over.notes():
        options.say(note)


def say_died() -> None:
    """Says that a process was killed from outside, or took more memory than there is."""
    from reconstruct.cli import options

    options.say("a process died (killed, or out of memory): what it was reading is read again, one input at a time")
