"""Work in several processes: in order, with a bounded number in flight; an input that kills its process only affects itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from typing import Any, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
# What does the work: called as `run` is, without `jobs`.
Runner = Callable[..., Iterator[tuple[Sequence[Any], Any, int]]]

# Inputs that one process takes at a time, and the bytes of the lines among them: enough that handing over costs
# little, few enough that a progress bar moves.
BATCH = 32
BATCH_BYTES = 4 << 20
# Batches queued beyond those being processed, so that no process waits.
_AHEAD = 2

# So many results of a batch are handed over at once.
_HELD = 100

_state: dict[str, Any] = {}


def batches(inputs: Iterable[Task], most: int = BATCH) -> Iterator[list[Task]]:
    """The inputs in batches, bounded in number and in bytes."""
    rest = iter(inputs)
    while first := list(islice(rest, 1)):
        batch, size = first, _weight(first[0])
        while len(batch) < most and size < BATCH_BYTES and (more := next(rest, None)) is not None:
            batch.append(more)
            size += _weight(more)
        yield batch


def _weight(task: Any) -> int:
    return len(getattr(task, "data", None) or b"")


def each(
    work: Callable[[Sequence[Task], Any], Iterable[Result]],
    batches: Iterable[Sequence[Task]],
    shared: Any,
    *,
    jobs: int,
    lost: Callable[[Task], Result],
    done: Callable[[int], None] = lambda tasks: None,
    died: Callable[[], None] = lambda: None,
) -> Iterator[Result]:
    """Every result of `work(batch, shared)` for every batch, in order; with `jobs` 1 each as soon as it is there.

    `done` hears how many tasks were finished; the rest is that of `run`.
    """
    if jobs <= 1:
        for batch in batches:
            yield from work(batch, shared)
            done(len(batch))
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="reconstruct-") as folder:
        gathered: Any = partial(_gathered, work, folder)
        for batch, results, _ in run(gathered, batches, shared, jobs=jobs, lost=partial(_lost, lost), died=died):
            yield from results
            done(len(batch))


def _gathered(work: Any, folder: str, batch: Sequence[Any], shared: Any) -> tuple[_Results, int]:
    results = _Results(folder)
    for result in work(batch, shared):
        results.add(result)
    return results, 0


def _lost(lost: Any, task: Any) -> tuple[list[Any], int]:
    return [lost(task)], 1


class _Results:
    """The results of a batch, on their way from one process to another; an archive may give thousands, so that what is
    beyond a few goes into a file."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._file = ""
        self._held: list[Any] = []

    def add(self, result: Any) -> None:
        """Takes one more."""
        self._held.append(result)
        if len(self._held) >= _HELD:
            self._write()

    def _write(self) -> None:
        import os
        import pickle

        self._file = self._file or os.path.join(self._folder, os.urandom(8).hex())
        with open(self._file, "ab") as file:
            pickle.dump(self._held, file)
        self._held = []

    def __iter__(self) -> Iterator[Any]:
        """All of them, once."""
        import os
        import pickle

        if self._file:
            with open(self._file, "rb") as file:
                size = os.path.getsize(self._file)
                while file.tell() < size:
                    yield from pickle.load(file)
            os.unlink(self._file)
        yield from self._held


def run(
    work: Callable[[Sequence[Task], Any], tuple[Result, int]],
    batches: Iterable[Sequence[Task]],
    shared: Any,
    *,
    jobs: int,
    lost: Callable[[Task], tuple[Result, int]],
    died: Callable[[], None] = lambda: None,
) -> Iterator[tuple[Sequence[Task], Result, int]]:
    """(batch, result, count) of `work(batch, shared)` for every batch, in order.

    `shared` is handed to each process once. With `jobs` 1 all happens in this process. Where a process dies, `died` hears
    it, and the batches under way are done again, one task at a time in a process of its own; a task whose process dies
    again gives `lost(task)`. Whatever ends the run early (Ctrl-C, a closed pipe) ends the processes too.
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
                under_way.append((batch, _submitted(executor, batch)))
            if not under_way:
                executor.shutdown()
                return
            batch, future = under_way[0]
            try:
                result, count = future.result()
            except BrokenProcessPool:
                died()
                _end(executor)
                yield from _alone(work, [task for again, _ in under_way for task in again], shared, lost)
                under_way.clear()
                executor = _executor(work, shared, jobs)
                continue
            under_way.popleft()
            yield batch, result, count
    finally:
        _end(executor)


def _alone(work: Any, tasks: Sequence[Any], shared: Any, lost: Any) -> Iterator[tuple[Sequence[Any], Any, int]]:
    from concurrent.futures.process import BrokenProcessPool

    executor = _executor(work, shared, 1)
    try:
        for task in tasks:
            try:
                result, count = _submitted(executor, [task]).result()
            except BrokenProcessPool:
                _end(executor)
                executor = _executor(work, shared, 1)
                result, count = lost(task)
            yield [task], result, count
        executor.shutdown()
    finally:
        _end(executor)


def _executor(work: Any, shared: Any, jobs: int) -> Any:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Spawned, not forked, because Arrow's threads don't survive a fork.
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_start, initargs=(work, shared))


def _submitted(executor: Any, batch: Sequence[Any]) -> Any:
    """The future of a batch. A broken pool accepts none; the future then has the error, like those before it."""
    from concurrent.futures import Future
    from concurrent.futures.process import BrokenProcessPool

    with _no_interrupts():
        try:
            return executor.submit(_call, batch)
        except BrokenProcessPool as error:
            future: Future[Any] = Future()
            future.set_exception(error)
            return future


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """While processes are started: Ctrl-C is this process's to handle, and they have it blocked from their first moment."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end(executor: Any) -> None:
    """Ends the processes at once, including busy ones. After `shutdown` there are none."""
    processes = list((executor._processes or {}).values())
    executor.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        with suppress(OSError, ValueError):
            process.kill()
    for process in processes:
        with suppress(OSError, ValueError, AssertionError):
            process.join()


def _start(work: Any, shared: Any) -> None:
    import signal
    import threading

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _state["work"], _state["shared"] = work, shared


def _end_with_parent() -> None:
    """Ends with the parent, because a process whose parent was killed would wait for work forever."""
    import os
    from multiprocessing import parent_process

    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)


def _call(batch: Sequence[Any]) -> Any:
    return _state["work"](batch, _state["shared"])
