"""The same work on a Dask cluster: inputs by any fsspec URL, the workers' rows gathered in order into the same parts.

A worker's task is `build.work` on a batch, a pure function of its inputs. If a worker dies, the scheduler gives its
tasks to another, and the client gets exactly the rows that one machine would have made.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from reconstruct.errors import ReconstructError, UnreadableError
from reconstruct.fleet.inputs import Item, lines, lines_ahead
from reconstruct.fleet.needs import package
from reconstruct.fleet.pool import Runner
from reconstruct.typed import Any

# A remote input is read into memory as a whole, unless it is a line of a file.
MAX_INPUT = 256 << 20
# Queued tasks for each thread of the cluster, beyond the running one.
_AHEAD = 4
_PATIENCE = "10s"
# How long a scheduler without workers is waited for, in seconds: one that asks for machines gets them in minutes.
_WORKERS_PATIENCE = 300
# The number of workers that a task may kill before it is given up.
_DEATHS = 3


def runner(scheduler: str) -> Runner:
    """A runner for `build.build` that works on the cluster at `scheduler` (`tcp://host:8786`).

    Raises ReconstructError, when run, if no scheduler answers, or it has no workers and gets none.
    """

    def run(
        work: Callable[..., Any], batches: Iterable[list[Any]], shared: Any, *, lost: Callable[[Any], tuple[Any, int]]
    ) -> Iterator[tuple[Sequence[Any], Any, int]]:
        distributed = package("distributed", "cluster")
        try:
            client = distributed.Client(scheduler, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise ReconstructError(f"--scheduler {scheduler}: no scheduler there ({error})") from None
        with client:
            try:
                client.wait_for_workers(1, timeout=_WORKERS_PATIENCE)
            except TimeoutError:
                raise ReconstructError(f"--scheduler {scheduler}: no worker within {_WORKERS_PATIENCE} s") from None
            yield from _gathered(distributed, client, work, batches, _given_to_all(client, shared), lost)

    return run


def _given_to_all(client: Any, shared: Any) -> Any:
    """`shared` as the result of a task. What is scattered instead is gone with the workers that have it, and so is all that
    needs it; the result of a task is computed again.
    """
    import dask

    # A large index has many keys, which dask would warn of.
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TiB"}):
        return client.submit(_same, shared, pure=False, retries=_DEATHS)


def _same(shared: Any) -> Any:
    return shared


def _gathered(distributed: Any, client: Any, work: Any, batches: Any, shared: Any, lost: Any) -> Iterator[Any]:
    """Results in the order of the batches, with a bounded number in flight."""
    threads = max(sum(client.nthreads().values()), 1)
    waiting = iter(batches)
    under_way: deque[tuple[list[Any], Any]] = deque()
    while True:
        for batch in islice(waiting, threads * _AHEAD - len(under_way)):
            under_way.append((batch, client.submit(work, batch, shared, pure=False, retries=_DEATHS)))
        if not under_way:
            return
        batch, future = under_way.popleft()
        try:
            result, count = future.result()
        except distributed.scheduler.KilledWorker:
            for task in batch:
                yield [task], *_alone(distributed, client, work, task, shared, lost)
            continue
        yield batch, result, count


def _alone(distributed: Any, client: Any, work: Any, task: Any, shared: Any, lost: Any) -> Any:
    try:
        return client.submit(work, [task], shared, pure=False, retries=_DEATHS).result()
    except distributed.scheduler.KilledWorker:
        return lost(task)


def items(sources: Iterable[str]) -> Iterator[Item]:
    """Every input in the sources: fsspec URLs (`s3://bucket/configs/*.json`, `file:///…`), directories and globs.

    Anything but local files is read here and sent to the workers. Raises UnreadableError if there is nothing at a URL, or
    its file system can't be reached.
    """
    fsspec = package("fsspec", "cluster")
    for source in sources:
        try:
            files, path = fsspec.core.url_to_fs(source)
            found = _found(files, path)
        except (OSError, ValueError, ImportError) as error:
            raise UnreadableError(f"{source}: {error}") from None
        if not found:
            raise UnreadableError(f"{source}: nothing found")
        for each in found:
            yield from _file(files, each, named=found == [path])


def _found(files: Any, path: str) -> list[str]:
    if any(mark in path for mark in "*?["):
        return [each for each in sorted(files.glob(path)) if files.isfile(each)]
    if files.isdir(path):
        return sorted(files.find(path))
    return [path] if files.exists(path) else []


def _file(files: Any, path: str, *, named: bool) -> Iterator[Item]:
    label = files.unstrip_protocol(path)
    if lines_ahead(path, lambda: files.open(path, "rb")):
        with files.open(path, "rb") as file:
            yield from lines(label, file)
    elif label.startswith("file://"):
        yield Item(path, path, named=named)
    elif (size := files.size(path)) is not None and size > MAX_INPUT:
        yield Item(label, error=f"{label}: {size:,} bytes: more than {MAX_INPUT:,}; fetch it first")
    else:
        yield Item(label, data=files.cat_file(path), named=named)
