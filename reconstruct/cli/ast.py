"""`reconstruct ast`: the build steps as JSON."""

from __future__ import annotations

import click

from reconstruct.cli import options


def _print_schema(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        from reconstruct.report.json import schema

        options.write(schema("ast"))
        context.exit()


@click.command()
@options.images_argument
@options.source_options
@click.option(
    "--schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_schema,
    help="Print the JSON Schema of the result and stop.",
)
@options.output_option
def command(
    image: tuple[str, ...], manifest: str | None, platform: str | None, tag: str | None, output: str | None
) -> None:
    """Print the build steps of IMAGE as JSON: each instruction with its fields, how sure the reading is and
    why, the history entry it was read from, and its layer.
    """
    from reconstruct import steps
    from reconstruct.report import ast, json

    found = options.load(image, manifest=manifest, platform=platform, tag=tag)
    options.write(json.dump(ast.document(found, steps(found))), output)
