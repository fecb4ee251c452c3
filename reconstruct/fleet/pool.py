"""Work over processes: in order, a bounded amount under way, and an input that kills its process costs itself alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
# What does the work: called as `run` is, without `jobs`.
Runner = Callable[..., Iterator[tuple[Sequence[Any], Any, int]]]

# Batches handed out beyond those being worked on, so that no process waits.
_AHEAD = 2

_state: dict[str, Any] = {}


def run(
    work: Callable[[Sequence[Task], Any], tuple[Result, int]],
    batches: Iterable[Sequence[Task]],
    shared: Any,
    *,
    jobs: int,
    lost: Callable[[Task], tuple[Result, int]],
) -> Iterator[tuple[Sequence[Task], Result, int]]:
    """(batch, result, count) of `work(batch, shared)` for every batch, in order.

    `shared` is handed to each process once. With `jobs` 1 all happens in this process. Where a process dies, the
    batches under way are done again, one task at a time in a process of its own; a task whose process dies again
    gives `lost(task)`.
    """
    if jobs <= 1:
        for batch in batches:
            yield batch, *work(batch, shared)
        return
    from concurrent.futures.process import BrokenProcessPool

    waiting = iter(batches)
    under_way: deque[tuple[Sequence[Task], Any]] = deque()
    executor = _executor(work, shared, jobs)
    try:
        while True:
            for batch in islice(waiting, jobs * (1 + _AHEAD) - len(under_way)):
                under_way.append((batch, executor.submit(_call, batch)))
            if not under_way:
                return
            batch, future = under_way[0]
            try:
                result, count = future.result()
            except BrokenProcessPool:
                executor.shutdown(wait=False, cancel_futures=True)
                for again, _ in under_way:
                    yield from _alone(work, again, shared, lost)
                under_way.clear()
                executor = _executor(work, shared, jobs)
                continue
            under_way.popleft()
            yield batch, result, count
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _alone(work: Any, batch: Sequence[Any], shared: Any, lost: Any) -> Iterator[tuple[Sequence[Any], Any, int]]:
    from concurrent.futures.process import BrokenProcessPool

    executor = _executor(work, shared, 1)
    for task in batch:
        try:
            result, count = executor.submit(_call, [task]).result()
        except BrokenProcessPool:
            executor = _executor(work, shared, 1)
            result, count = lost(task)
        yield [task], result, count
    executor.shutdown()


def _executor(work: Any, shared: Any, jobs: int) -> Any:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Spawned, not forked: Arrow's threads do not survive a fork.
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_start, initargs=(work, shared))


def _start(work: Any, shared: Any) -> None:
    import signal

    # Ctrl-C is the parent's to handle: it ends the processes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _state["work"], _state["shared"] = work, shared


def _call(batch: Sequence[Any]) -> Any:
    return _state["work"](batch, _state["shared"])
