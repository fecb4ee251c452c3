"""The progress of a run over many inputs, on standard error if it is a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_WIDTH = 20
_EVERY = 0.2


@contextmanager
def shown(
    label: str, total: int | Callable[[], int | None] | None = None, *, streams: bool = False
) -> Iterator[Callable[[int], None]]:
    """A progress bar with the inputs done, the rate and, if the `total` is known, the time left.

    Yields a function to call with the number of inputs just done. Nothing is shown if standard error isn't a terminal, or if
    the results stream to a terminal (`streams`) and so show the progress themselves. A callable `total` is only called if shown.
    """
    if not _visible(streams):
        yield lambda inputs: None
        return
    import click

    known = total() if callable(total) else total
    started = last = time.monotonic()
    count = widest = 0

    def advance(inputs: int) -> None:
        nonlocal count, last, widest
        count += inputs
        now = time.monotonic()
        if now - last < _EVERY:
            return
        last = now
        line = told(label, count, known, now - started)
        widest = max(widest, len(line))
        click.echo(f"\r{line:{widest}}", err=True, nl=False)

    try:
        yield advance
    finally:
        click.echo(f"\r{' ' * widest}\r", err=True, nl=False)


def _visible(streams: bool) -> bool:
    from reconstruct.cli import options, verbosity

    if sys.stderr is None or not sys.stderr.isatty() or verbosity.quiet() or options.is_captured():
        return False
    return not (streams and sys.stdout is not None and sys.stdout.isatty())


def told(label: str, count: int, total: int | None, seconds: float) -> str:
    """The line: `auditing [######..............] 3,000 of 10,000, 120/s, 58 s left`."""
    rate = count / seconds if seconds else 0.0
    if not total:
        return f"{label} {count:,}, {rate:,.0f}/s"
    part = min(count / total, 1.0)
    bar = f"{'#' * int(part * _WIDTH):.<{_WIDTH}}"
    left = f", {_time(max(total - count, 0) / rate)} left" if rate else ""
    return f"{label} [{bar}] {count:,} of {total:,}, {rate:,.0f}/s{left}"


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:,.0f} s"
    minutes = seconds / 60
    return f"{minutes:,.0f} min" if minutes < 100 else f"{minutes / 60:,.1f} h"
