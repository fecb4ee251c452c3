"""`reconstruct`: finds the command, imports only its module, and turns errors into one line and exit status 2.

A plain command line is parsed without click (see `cli.declare`); click handles all others.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Callable, Sequence

from reconstruct.cli import declare, verbosity
from reconstruct.errors import ReconstructError
from reconstruct.stopping import Terminated
from reconstruct.typed import Any

# Command → (the module under reconstruct.cli that defines it, its line in `--help`). The line is here so that
# `--help` imports no command.
COMMANDS = {
    "dockerfile": ("dockerfile", "Write the Dockerfile that an image was built from."),
    "base": ("base", "List the images that an image was built on."),
    "report": ("report", "Pair each build step with its layer and size."),
    "ast": ("ast", "Print the build steps as JSON."),
    "list": ("list", "List the images in an input."),
    "diff": ("diff", "Show what changed between two builds."),
    "verify": ("verify", "Check whether an image was built from a Dockerfile."),
    "audit": ("audit", "Audit how an image was built: secrets, origins, privileges, size, the record itself."),
    "catalogue": ("catalogue", "Keep a catalogue of your own base images."),
    "files": ("files", "List what each step added, changed and removed."),
    "export": ("export", "Write a directory that rebuilds the image."),
    "cat": ("cat", "Print one file of an image."),
    "index": ("index", "Index many images in Parquet."),
    "query": ("query", "Query an index in SQL."),
    "find": ("find", "Run common queries on an index."),
    "rules": ("rules", "List the audit's rules."),
    "explain": ("explain", "Explain one rule of the audit."),
}


# What `reconstruct IMAGE` runs.
OVERVIEW = "overview"


def main(args: list[str] | None = None) -> Any:
    """The console entry point. Exits 0 when done, 1 on a finding or a difference, 2 on bad usage or input, 130 on Ctrl-C,
    143 on SIGTERM.
    """
    words = sys.argv[1:] if args is None else args
    verbosity.begin()
    try:
        call = _plain(words)
        status = call() if call is not None else _by_click(args)
        sys.exit(status if isinstance(status, int) else 0)
    except ReconstructError as error:
        from reconstruct.show.text import one_line

        for note in getattr(error, "__notes__", ()):
            verbosity.tell(f"note: {one_line(note)}")
        verbosity.tell(f"reconstruct: {one_line(str(error))}")
        sys.exit(2)
    except BrokenPipeError:
        # The reader (`head`, a pager) has gone; that isn't an error.
        _drop_output()
        sys.exit(0)
    except OSError as error:
        # Read errors are reported at their source; what is left is standard output on a full disk and the like.
        verbosity.tell(f"reconstruct: {error.strerror or error}")
        _drop_output()
        sys.exit(2)
    except (RecursionError, MemoryError) as error:
        verbosity.tell(f"reconstruct: the input is nested too deeply or too large ({type(error).__name__})")
        sys.exit(2)
    except KeyboardInterrupt:
        # The terminal has already printed ^C on this line.
        verbosity.tell("\nreconstruct: interrupted")
        _drop_output()
        sys.exit(130)
    except Terminated as stop:
        verbosity.tell("reconstruct: terminated")
        _drop_output()
        sys.exit(128 + stop.number)
    except Exception as error:
        _as_usage(error, words)
        raise
    finally:
        if verbosity.verbose():
            verbosity.tell(f"note: {verbosity.told()}")


def _plain(words: Sequence[str]) -> Callable[[], Any] | None:
    """The call that a plain command line makes; None if click has to parse it."""
    if not words or os.name == "nt" or "_RECONSTRUCT_COMPLETE" in os.environ:
        return None
    name, *rest = words
    if name in COMMANDS:
        module = COMMANDS[name][0]
    elif name != "help" and not name.startswith("-") and os.path.exists(name):
        module, rest = OVERVIEW, [*words]
    else:
        return None
    command = importlib.import_module(f"reconstruct.cli.{module}").command
    if not isinstance(command, declare.Command):
        return None
    values = command.read(rest)
    return None if values is None else lambda: command.callback(**values)


def _by_click(args: list[str] | None) -> Any:
    import click

    from reconstruct.cli.group import cli

    try:
        return cli.main(args=args, prog_name="reconstruct", standalone_mode=False)
    except click.Abort:
        verbosity.tell("reconstruct: interrupted")
        _drop_output()
        sys.exit(130)


def _as_usage(error: Exception, words: Sequence[str]) -> None:
    """Shows a click error and exits. An error raised by a command has no context of the command line yet."""
    import click

    if not isinstance(error, click.ClickException):
        return
    if isinstance(error, click.UsageError) and error.ctx is None:
        from reconstruct.cli.group import context

        error.ctx = context(words)
    error.show()
    sys.exit(error.exit_code)


def _drop_output() -> None:
    """Sends what is still buffered to the null device, so that the interpreter doesn't fail on it at exit."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def __getattr__(name: str) -> object:
    """`cli`, click's group of all commands, for callers that use click; made on first access."""
    if name != "cli":
        raise AttributeError(name)
    from reconstruct.cli.group import cli

    return cli


if __name__ == "__main__":
    main()
