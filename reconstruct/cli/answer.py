"""An index's answer on standard output or in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconstruct.cli import options

if TYPE_CHECKING:
    from reconstruct.fleet.query import Answer


def write(answer: Answer, format_: str, output: str | None = None) -> None:
    """Writes the answer as its rows come; to a file, whole."""
    from reconstruct.fleet.answers import rendered
    from reconstruct.show import terminal

    pieces = rendered(answer, format_, width=terminal.width() if output is None else None)
    if output is not None:
        options.write("".join(pieces), output)
        return
    import click

    for piece in pieces:
        click.echo(piece, nl=False)
