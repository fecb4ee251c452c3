"""`reconstruct`: finds the command, imports its module alone, and turns errors into one line and exit status 2."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from reconstruct import __version__
from reconstruct.cli import examples
from reconstruct.errors import ReconstructError
from reconstruct.stopping import Terminated

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# Command → (the module under reconstruct.cli that defines it, its line in `--help`). The line stands here so that
# `--help` imports no command.
COMMANDS = {
    "dockerfile": ("dockerfile", "Write the Dockerfile that an image was built from."),
    "base": ("base", "Name the images that an image was built on."),
    "report": ("report", "Pair each build step with its layer and size."),
    "ast": ("ast", "Print the build steps as JSON."),
    "list": ("list", "List the images that an input holds."),
    "diff": ("diff", "Tell what changed between two builds."),
    "verify": ("verify", "Tell whether an image was built from a Dockerfile."),
    "audit": ("audit", "Audit how an image was built: secrets, origins, rights, weight, the record itself."),
    "catalogue": ("catalogue", "Keep a catalogue of your own images, to find them below others."),
    "files": ("files", "List what each step added, changed and removed."),
    "export": ("export", "Write a folder that builds the image again."),
    "cat": ("cat", "Print one file of an image, and say which step it is of."),
    "index": ("index", "Index many images in Parquet."),
    "query": ("query", "Ask an index in SQL."),
    "find": ("find", "Ask an index what is asked most."),
    "rules": ("rules", "List the audit's rules."),
    "explain": ("explain", "Explain one rule of the audit."),
}


# What `reconstruct IMAGE` runs.
OVERVIEW = "overview"


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called. An image in a command's place is shown on one screen."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order in which help shows them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, imported now; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        command = _imported(COMMANDS[cmd_name][0])
        command.epilog = command.epilog or examples.epilog(cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments call: one by name, `help`, or an image's overview. Raises click.UsageError."""
        name = args[0]
        if name in COMMANDS:
            return super().resolve_command(ctx, args)
        if name == "help":
            asked = args[1] if len(args) > 1 else ""
            command = self.get_command(ctx, asked)
            if command is not None:
                return asked, command, ["--help"]
            click.echo(ctx.get_help())
            ctx.exit()
        if os.path.exists(name) or name == "-" or any(char in name for char in "./:@"):
            return OVERVIEW, _imported(OVERVIEW), args
        from difflib import get_close_matches

        near = get_close_matches(name.lower(), COMMANDS, 2, 0.5)
        hint = f" Do you mean {' or '.join(near)}?" if near else ""
        raise click.UsageError(f"There is no command and no file {name!r}.{hint}", ctx)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands by their names, without importing them; then files, since an image can stand in a command's place."""
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name, help=line) for name, (_, line) in COMMANDS.items() if name.startswith(incomplete)]
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return found or [CompletionItem(incomplete, type="file")]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the list of commands for `--help` without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def _imported(module: str) -> click.Command:
    from reconstruct.cli import verbosity

    command: click.Command = importlib.import_module(f"reconstruct.cli.{module}").command
    return verbosity.add(command)


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`reconstruct IMAGE` shows an image on one screen. `reconstruct COMMAND --help` has examples.",
)
@click.version_option(__version__, "--version", "-V", prog_name="reconstruct")
def cli() -> None:
    """Given a saved container image, offline, say how it was built.

    IMAGE is any saved form: an image config JSON, a `docker save` archive, an OCI layout (folder or tar), what
    `docker history` or `skopeo inspect` printed … or `-` for standard input.
    """


def main(args: list[str] | None = None) -> Any:
    """The console entry point. Exits 0 when done, 1 on a finding or a difference, 2 on bad usage or input, 130 on Ctrl-C,
    143 on SIGTERM.
    """
    from reconstruct.cli import verbosity

    verbosity.begin()
    verbosity.add(cli)
    try:
        status = cli.main(args=args, prog_name="reconstruct", standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("reconstruct: interrupted", err=True)
        _drop_output()
        sys.exit(130)
    except Terminated as stop:
        click.echo("reconstruct: terminated", err=True)
        _drop_output()
        sys.exit(128 + stop.number)
    except ReconstructError as error:
        from reconstruct.show.text import one_line

        for note in getattr(error, "__notes__", ()):
            click.echo(f"note: {one_line(note)}", err=True)
        click.echo(f"reconstruct: {one_line(str(error))}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        # The reader (`head`, a pager) has left: that is no error of ours.
        _drop_output()
        sys.exit(0)
    except OSError as error:
        # What can't be read is told where it is read; what is left is standard output on a full disk and the like.
        click.echo(f"reconstruct: {error.strerror or error}", err=True)
        _drop_output()
        sys.exit(2)
    except (RecursionError, MemoryError) as error:
        click.echo(f"reconstruct: the input is nested too deeply or too large ({type(error).__name__})", err=True)
        sys.exit(2)
    finally:
        if verbosity.verbose():
            click.echo(f"note: {verbosity.told()}", err=True)


def _drop_output() -> None:
    """Has what is still buffered go nowhere, so that the interpreter does not fail on it when it ends."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
