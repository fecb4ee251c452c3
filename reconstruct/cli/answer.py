"""Writes the result of a query to standard output or a file."""

from __future__ import annotations

from reconstruct.cli import options
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.fleet.query import Answer


def write(answer: Answer, format_: str, output: str | None = None) -> None:
    """Writes the rows as they arrive; a file appears when it is complete."""
    from reconstruct.fleet.answers import rendered
    from reconstruct.show import terminal

    pieces = rendered(answer, format_, width=terminal.width() if output is None else None)
    if output is not None:
        options.write("".join(pieces), output)
        return
    import click

    for piece in pieces:
        click.echo(piece, nl=False)
