"""`reconstruct cat`: one file of an image."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.cli import declare, options, sweep
from reconstruct.typed import Any


@declare.command("cat")
@declare.argument("paths", metavar="IMAGE... PATH", nargs=-1, required=True, type=options.PATH)
@options.source_options
@declare.option("--step", type=declare.Whole(1), metavar="N", help="The file as step N left it.")
@options.output_option
@declare.option(
    "--output-dir", metavar="DIR", help="The file of every IMAGE, each in a directory in DIR; - lists paths."
)
@sweep.jobs_option
def command(paths: tuple[str, ...], output: str | None, output_dir: str | None, jobs: int, **given: Any) -> None:
    """Print the file PATH of IMAGE unchanged; standard error says which step it comes from.

    Links are followed inside the image. With --output-dir, the file is taken from any number of images.
    """
    *images, path = paths
    # PATH is none of the inputs: a file of its name may be here from the last time.
    options.refuse_inputs(output, images)
    if output_dir is not None and images:
        from reconstruct.cli import many
        from reconstruct.cli.putting import Folders

        given |= {"output": output, "output_dir": output_dir, "path": path}
        many.run("cat", images, given, None, "", jobs, layers=True, target=Folders(output_dir))
    elif len(images) == 1:
        _print(images, path, output, **given)
    else:
        import click

        raise click.UsageError("IMAGE and PATH are required, or --output-dir for many images")


def _in_folder(name: str, image: Sequence[Any], output: None, output_dir: str, path: str, **given: Any) -> None:
    """Writes the file of one of many images, into the directory of its name."""
    import os

    from reconstruct.cli.folder import place

    target = os.path.join(output_dir, place(name), place(path))
    os.makedirs(os.path.dirname(target), exist_ok=True)
    _print(image, path, target, **given)


command.callback.single = _in_folder  # type: ignore[attr-defined]
command.callback.named = True  # type: ignore[attr-defined]


def _print(
    image: Sequence[Any],
    path: str,
    output: str | None,
    manifest: str | None,
    platform: str | None,
    tag: str | None,
    strict: bool,
    step: int | None,
) -> None:
    from reconstruct import api
    from reconstruct.cli import output as outputs
    from reconstruct.files.find import find, until
    from reconstruct.files.reading import read

    with options.opened(image, manifest, platform, tag, strict) as opened:
        contents = read(opened, until=until(opened, step))
        contents.steps = api.masked(contents.steps, (contents.image, contents.steps))
        found = find(contents, path)
        options.say(found.told())
        outputs.write_pieces(found.content(), output)
