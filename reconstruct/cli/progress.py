"""How far a run over many inputs is, on standard error, where that is a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def shown(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A line with the inputs done, the rate and, where the `total` is known, the time that remains (seconds).

    Gives a function to call with the number of inputs just done; silent where standard error is no terminal.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda inputs: None
        return
    started = last = time.monotonic()
    count = 0

    def advance(inputs: int) -> None:
        nonlocal count, last
        count += inputs
        now = time.monotonic()
        if now - last < 0.2:
            return
        last = now
        rate = count / (now - started)
        of = f" of {total:,}" if total else ""
        left = f", {max(total - count, 0) / rate:,.0f} s left" if total and rate else ""
        click.echo(f"\r{label}: {count:,}{of}, {rate:,.0f}/s{left}  ", err=True, nl=False)

    try:
        yield advance
    finally:
        click.echo("\r" + " " * 70 + "\r", err=True, nl=False)
