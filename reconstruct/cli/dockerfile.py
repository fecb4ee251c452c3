"""`reconstruct dockerfile`: the Dockerfile that builds back."""

from __future__ import annotations

import click

from reconstruct.cli import options


@click.command("dockerfile")
@options.images_argument
@options.source_options
@options.base_option
@click.option("--comments/--no-comments", default=True, help="Say in comments what was inferred or lost.")
@click.option(
    "--layout",
    type=click.Choice(["original", "pretty", "flat"]),
    default="original",
    show_default=True,
    help="Line breaks: the author's, a clean layout of our own, or one line an instruction.",
)
@click.option("--from-history", is_flag=True, help="Reconstruct even where the original stands in the provenance.")
@options.output_option
def command(
    image: tuple[str, ...],
    manifest: str | None,
    platform: str | None,
    tag: str | None,
    strict: bool,
    base: str | None,
    base_steps: int | None,
    catalogue: str | None,
    comments: bool,
    layout: str,
    from_history: bool,
    output: str | None,
) -> None:
    """Write the Dockerfile that IMAGE was built from.

    FROM names the deepest image below that has a name, and what follows are IMAGE's own steps. Where the image carries BuildKit provenance with the Dockerfile in it, that is printed, to the byte.
    """
    import reconstruct
    from reconstruct.cli import below
    from reconstruct.writer import write

    loaded = options.load(image, manifest=manifest, platform=platform, tag=tag, strict=strict)
    if loaded.provenance is not None and loaded.provenance.dockerfile is not None and not from_history:
        options.say("this is the original Dockerfile, from the image's provenance (--from-history reconstructs)")
        options.write_exact(loaded.provenance.dockerfile_data or loaded.provenance.dockerfile, output)
        return
    steps = reconstruct.steps(loaded)
    found = below.find(loaded, steps, base, base_steps, catalogue, strict=strict).base
    if base is None and base_steps is None and found.entries:
        options.say(
            f"FROM {found.name} stands for the first {found.entries} history entries (--base none prints all steps)"
        )
    written = write(loaded, steps, base=found, comments=comments, layout=layout)
    options.write(written.text, output)
