"""click's view of the command line, made from the declarations in `cli.declare`: for help, errors, completion and
command lines that aren't plain."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Sequence

import click

from reconstruct import __version__
from reconstruct.cli import declare, examples, verbosity
from reconstruct.cli.main import COMMANDS, OVERVIEW
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called. An image in place of a command is shown on one screen."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of `--help`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        command = _imported(COMMANDS[cmd_name][0])
        command.epilog = command.epilog or examples.epilog(cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command for the arguments: a named one, `help`, or an image's overview. Raises click.UsageError."""
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
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise click.UsageError(f"No such command or file: {name!r}.{hint}", ctx)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands by name, without importing them; then files, because an image can replace the command."""
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
    return verbosity.add(made(importlib.import_module(f"reconstruct.cli.{module}").command))


def made(declared: declare.Command | declare.Group | click.Command) -> click.Command:
    """click's command of a declaration."""
    if isinstance(declared, click.Command):
        return declared
    if isinstance(declared, declare.Group):
        group = click.group(declared.name)(declared.callback)
        for inner in declared.commands:
            group.add_command(made(inner))
        return group
    function: Callable[..., Any] = declared.callback
    function.__dict__["__click_params__"] = [_parameter(each) for each in reversed(declared.parameters)]
    return click.command(declared.name)(function)


def _parameter(declared: declare.Parameter | click.Parameter) -> click.Parameter:
    if isinstance(declared, click.Parameter):
        return declared
    told = dict(declared.told)
    told["type"] = _type(told.get("type"))
    convert = told.pop("convert", None)
    if convert is not None:
        told["callback"] = _callback(convert)
    return (click.Option if declared.is_option else click.Argument)(list(declared.names), **told)


def _type(declared: Any) -> Any:
    match declared:
        case declare.Choice():
            return click.Choice(declared.values)
        case declare.Whole():
            return click.IntRange(min=declared.least)
        case declare.File():
            return _Named()
    return declared


# Shells complete it as a file; whether it exists is checked when it is opened.
class _Named(click.Path):
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value


def _callback(convert: Callable[[Any], Any]) -> Callable[[click.Context, click.Parameter, Any], Any]:
    def called(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
        try:
            return convert(value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None

    return called


def context(words: Sequence[str]) -> click.Context:
    """The click context of a plain command line, for errors that show its usage."""
    outer = click.Context(cli, info_name="reconstruct", **cli.context_settings)
    name, command, rest = cli.resolve_command(outer, list(words))
    assert command is not None
    return command.make_context(name, rest, parent=outer)


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`reconstruct IMAGE` shows an image on one screen. `reconstruct COMMAND --help` has examples.",
)
@click.version_option(__version__, "--version", "-V", prog_name="reconstruct")
def cli() -> None:
    """Show how a saved container image was built, offline.

    IMAGE is any saved form: an image config JSON, a `docker save` archive, an OCI layout (directory or tar), the output
    of `docker history` or `skopeo inspect` … or `-` for standard input.
    """


verbosity.add(cli)
