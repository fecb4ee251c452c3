"""`-q` and `-v`, which every command takes: no notes on standard error, or more of them."""

from __future__ import annotations

import sys
import time

from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    import click

# Verbosity of standard error: -1 only errors, 0 notes, 1 also what was read and time and memory. One process runs one command.
_level = 0
_start = 0.0


def begin() -> None:
    """Starts a command: resets the verbosity and starts the clock."""
    global _level, _start
    _level, _start = 0, time.perf_counter()


def quiet() -> bool:
    """Whether `-q` was given: only errors go to standard error."""
    return _level < 0


def verbose() -> bool:
    """Whether `-v` was given: standard error also shows what was read, and time and memory."""
    return _level > 0


def tell(text: str) -> None:
    """Prints a line on standard error, as click does."""
    stream = sys.stderr
    if stream is None:
        return
    if "\x1b" in text or (stream.encoding or "").lower().replace("-", "") != "utf8":
        # click strips escape sequences if this isn't a terminal, and handles other encodings.
        import click

        click.echo(text, err=True)
        return
    stream.write(f"{text}\n")
    stream.flush()


def told() -> str:
    """`done in 0.21 s, 43 MB at most`: time and memory used so far."""
    took = f"{time.perf_counter() - _start:.2f} s"
    try:
        import resource
    except ImportError:  # not on Windows
        return f"done in {took}"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return f"done in {took}, {peak / 1e6:.0f} MB at most"


def _set(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    global _level
    if value:
        _level = -1 if parameter.name == "quiet" else 1


def add(command: click.Command) -> click.Command:
    """Adds `-q` and `-v` to the command and its subcommands; flags that it already has keep their meaning."""
    import click

    taken = {flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)}
    for flags, text in (
        (["-q", "--quiet"], "Print only errors on standard error, no notes."),
        (["-v", "--verbose"], "Show what was read, and the time and memory used."),
    ):
        free = [flag for flag in flags if flag not in taken]
        if f"--{flags[1][2:]}" in free:
            command.params.append(
                click.Option(free, is_flag=True, expose_value=False, callback=_set, help=text, is_eager=True)
            )
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            add(inner)
    return command
