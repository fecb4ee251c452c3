"""`reconstruct base`: the images that an image was built on."""

from __future__ import annotations

from reconstruct.cli import declare, many, options


def _schema() -> str:
    from pathlib import Path

    import reconstruct.base.model as model

    return (Path(model.__file__).parent / "schema" / "base.schema.json").read_text(encoding="utf-8")


@declare.command("base")
@options.images_argument
@options.source_options
@options.base_option
@options.format_option("table", "json")
@options.schema_option(_schema)
@options.output_option
@options.color_option
@many.over("base")
def command(
    image: tuple[str, ...],
    manifest: str | None,
    platform: str | None,
    tag: str | None,
    strict: bool,
    base: str | None,
    base_steps: int | None,
    catalogue: str | None,
    format_: str,
    output: str | None,
    color: bool | None,
) -> None:
    """List the images that IMAGE was built on, distribution first, and where each ends.

    Each is shown with its history entries, layers, size, time and names, the certainty, and why. `reconstruct dockerfile`
    writes the nearest one that has a name in FROM.
    """
    import reconstruct
    from reconstruct.cli import below
    from reconstruct.show import terminal

    loaded = options.load(image, manifest=manifest, platform=platform, tag=tag, strict=strict)
    chain = below.find(loaded, reconstruct.steps(loaded), base, base_steps, catalogue, strict=strict)
    if format_ == "json":
        from reconstruct.show.text import json_text

        options.write(json_text(chain.to_dict()), output)
        return
    from reconstruct.base.table import render

    shown = output is None
    options.show(
        render(
            chain,
            width=terminal.width() if shown else None,
            color=terminal.use_color(color) if shown or color else False,
        ),
        output,
    )
