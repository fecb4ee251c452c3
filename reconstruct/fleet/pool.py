"""Work in several processes: in order, with a bounded number in flight; an input that kills its process only affects itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice

from reconstruct.typed import Any, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
# The function that does the work: called like `run`, without `jobs`.
Runner = Callable[..., Iterator[tuple[Sequence[Any], Any, int]]]

# Inputs per batch, and bytes of lines per batch: enough to make the overhead small, few enough for progress to show.
BATCH = 32
BATCH_BYTES = 4 << 20
# Batches that each process has, including the one it is working on, so it never waits for the next.
_AHEAD = 2

# The number of results of a batch sent at once.
_HELD = 100


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
    """Every result of `work(batch, shared)` for every batch, in order; with `jobs` 1 each as soon as it is available.

    `done` is called with the number of finished tasks; the other parameters are those of `run`.
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
    """The results of a batch, sent from one process to another; an archive may give thousands, so all but a few go into a
    file."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._file = ""
        self._held: list[Any] = []

    def add(self, result: Any) -> None:
        """Adds a result."""
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
        """All results; can be read only once."""
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

    `shared` is sent to each process once. With `jobs` 1 everything happens in this process. If a process dies, `died` is
    called, and its batch is repeated, one task at a time in a separate process; a task whose process
    dies again gives `lost(task)`. If the run ends early (Ctrl-C, a closed pipe), so do the processes.
    """
    if jobs <= 1:
        for batch in batches:
            yield batch, *work(batch, shared)
        return
    crew = _Crew(work, shared, jobs, lost, died)
    try:
        yield from crew.results(batches)
    finally:
        crew.end()


class _Worker:
    """A process with its own pipe, so that its death is noticed even in the middle of an answer."""

    def __init__(self, work: Any, shared: Any) -> None:
        from multiprocessing import get_context

        # Spawned, not forked, because Arrow's threads don't survive a fork.
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.under_way: deque[tuple[int, Sequence[Any]]] = deque()
        self._process = context.Process(target=_serve, args=(theirs, work, shared), daemon=True)
        try:
            with _no_interrupts():
                self._process.start()
        except BaseException:
            # Whoever asked for it never gets it.
            if self._process.pid is not None:
                self.end()
            raise
        finally:
            theirs.close()

    def give(self, number: int, batch: Sequence[Any]) -> None:
        """Sends it a batch. If it is dead, the next `take` returns None."""
        self.under_way.append((number, batch))
        with suppress(OSError):
            self.pipe.send(batch)

    def take(self) -> Any:
        """Receives the answer to its first batch; None if the process died. Raises what the work raised."""
        try:
            good, answer = self.pipe.recv()
        except (EOFError, OSError):
            return None
        self.under_way.popleft()
        if not good:
            raise answer
        return answer

    def end(self) -> None:
        """Ends the process, even if it is busy."""
        self._process.kill()
        self._process.join()
        self.pipe.close()


class _Crew:
    """The processes and the batches assigned to them."""

    def __init__(self, work: Any, shared: Any, jobs: int, lost: Any, died: Callable[[], None]) -> None:
        self._start = partial(_Worker, work, shared)
        self._lost, self._died = lost, died
        self._workers: list[_Worker] = []
        self._jobs = jobs
        # Answers by batch number, until it is their turn; batches to assign again.
        self._ready: dict[int, list[tuple[Sequence[Any], Any, int]]] = {}
        self._again: deque[tuple[int, Sequence[Any]]] = deque()

    def results(self, batches: Iterable[Sequence[Any]]) -> Iterator[tuple[Sequence[Any], Any, int]]:
        """Yields the answers in the order of the batches."""
        waiting = enumerate(batches)
        turn = 0
        while True:
            self._hand_out(waiting)
            if turn in self._ready:
                yield from self._ready.pop(turn)
                turn += 1
            elif any(worker.under_way for worker in self._workers):
                self._listen()
            else:
                return

    def end(self) -> None:
        """Ends all processes."""
        for worker in self._workers:
            worker.end()

    def _hand_out(self, waiting: Iterator[tuple[int, Sequence[Any]]]) -> None:
        """Assigns batches until each process has `_AHEAD`, or the number in flight reaches its bound."""
        for depth in range(_AHEAD):
            for place in range(self._jobs):
                if place < len(self._workers) and len(self._workers[place].under_way) > depth:
                    continue
                batch = self._next(waiting)
                if batch is None:
                    return
                if place == len(self._workers):
                    self._workers.append(self._start())
                self._workers[place].give(*batch)

    def _next(self, waiting: Iterator[tuple[int, Sequence[Any]]]) -> tuple[int, Sequence[Any]] | None:
        if self._again:
            return self._again.popleft()
        held = len(self._ready) + sum(len(worker.under_way) for worker in self._workers)
        return next(waiting, None) if held < self._jobs * (1 + _AHEAD) else None

    def _listen(self) -> None:
        """Waits until a process answers or dies."""
        from multiprocessing.connection import wait

        busy = {worker.pipe: worker for worker in self._workers if worker.under_way}
        for pipe in wait(list(busy)):
            worker = busy[pipe]  # type: ignore[index]
            number, batch = worker.under_way[0]
            if (answer := worker.take()) is None:
                self._bury(worker)
            else:
                self._ready[number] = [(batch, *answer)]

    def _bury(self, worker: _Worker) -> None:
        """Repeats the batch that a dead process was working on, task by task; its next batch is assigned again."""
        self._died()
        worker.end()
        number, batch = worker.under_way.popleft()
        self._again.extend(worker.under_way)
        place = self._workers.index(worker)
        self._workers[place] = self._start()
        self._ready[number] = list(self._one_by_one(batch))

    def _one_by_one(self, batch: Sequence[Any]) -> Iterator[tuple[Sequence[Any], Any, int]]:
        worker = self._start()
        try:
            for task in batch:
                worker.give(0, [task])
                if (answer := worker.take()) is None:
                    worker.end()
                    worker = self._start()
                    answer = self._lost(task)
                yield [task], *answer
        finally:
            worker.end()


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Blocks Ctrl-C while a process starts, so that the new process ignores it from the first moment: this one handles it, once
    the other has all that it is started with."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    with _later(signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # The first process that is spawned starts the tracker too, and starting that one unblocks Ctrl-C (CPython's
        # ResourceTracker.ensure_running): done before, it can't undo what follows.
        resource_tracker.ensure_running()
        # Ctrl-C alone: a process that blocks SIGTERM would not end by it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _later(*numbers: int) -> Iterator[None]:
    """Signals that come in the body are handled after it.

    To block them doesn't do: Python's handlers run in the main thread, whichever thread the signal goes to, and Arrow's
    threads block none.
    """
    import signal
    import threading

    heard: dict[int, Any] = {}
    handlers: dict[int, Any] = {}
    try:
        if threading.current_thread() is threading.main_thread():
            for number in numbers:
                if callable(handler := signal.getsignal(number)):
                    handlers[number] = handler
                    signal.signal(number, heard.__setitem__)
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number, frame in heard.items():
            handlers[number](number, frame)


def _serve(pipe: Any, work: Any, shared: Any) -> None:
    """The loop of a worker process: answers batches until its pipe is closed."""
    import signal
    from queue import SimpleQueue
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    batches: SimpleQueue[Any] = SimpleQueue()
    Thread(target=_receive, args=(pipe, batches), daemon=True).start()
    while True:
        batch = batches.get()
        try:
            answer: tuple[bool, Any] = (True, work(batch, shared))
        except Exception as error:
            answer = (False, error)
        _send(pipe, answer)


def _receive(pipe: Any, batches: Any) -> None:
    """Receives batches as they come, so that the pipe never fills, and ends the process when the parent ends."""
    import os

    with suppress(EOFError, OSError):
        while True:
            batches.put(pipe.recv())
    os._exit(0)


def _send(pipe: Any, answer: tuple[bool, Any]) -> None:
    try:
        pipe.send(answer)
    except OSError:
        # The parent no longer listens.
        return
    except Exception as error:
        # An answer that can't be pickled (such as an unusual exception) is sent as text.
        pipe.send((False, RuntimeError(f"{type(error).__name__}: {error}; of {answer[1]!r}"[:2000])))
