"""`reconstruct ast`: the build steps as JSON."""

from __future__ import annotations

from reconstruct.cli import declare, many, options


def _schema() -> str:
    from reconstruct.report.json import schema

    return schema("ast")


@declare.command()
@options.images_argument
@options.source_options
@options.schema_option(_schema, of="the result")
@options.output_option
@many.over("ast", "json")
def command(
    image: tuple[str, ...],
    manifest: str | None,
    platform: str | None,
    tag: str | None,
    strict: bool,
    output: str | None,
) -> None:
    """Print the build steps of IMAGE as JSON: each instruction with its fields, the certainty of the reading and
    why, the original history entry, and its layer.
    """
    from reconstruct import steps
    from reconstruct.report import ast
    from reconstruct.show.text import json_text

    found = options.load(image, manifest=manifest, platform=platform, tag=tag, strict=strict)
    options.write(json_text(ast.document(found, steps(found))), output)
