"""`reconstruct cat`: one file of an image."""

from __future__ import annotations

from reconstruct.cli import declare, options


@declare.command("cat")
@options.image_argument
@declare.argument("path", metavar="PATH")
@options.source_options
@declare.option("--step", type=declare.Whole(1), metavar="N", help="The file as step N left it.")
@options.output_option
def command(
    image: str,
    path: str,
    manifest: str | None,
    platform: str | None,
    tag: str | None,
    strict: bool,
    step: int | None,
    output: str | None,
) -> None:
    """Print the file PATH of IMAGE unchanged; standard error says which step it comes from.

    Links are followed inside the image.
    """
    from reconstruct import api
    from reconstruct.cli import output as outputs
    from reconstruct.files.find import find, until
    from reconstruct.files.reading import read

    with options.opened((image,), manifest, platform, tag, strict) as opened:
        contents = read(opened, until=until(opened, step))
        contents.steps = api.masked(contents.steps, (contents.image, contents.steps))
        found = find(contents, path)
        options.say(found.told())
        outputs.write_pieces(found.content(), output)
