"""`reconstruct files`: what each step added, changed and removed."""

from __future__ import annotations

from reconstruct.cli import declare, many, options

FORMATS = ("table", "tree", "json", "jsonl", "csv", "mtree")


@declare.command("files")
@options.images_argument
@options.source_options
@declare.option(
    "--step", type=declare.Whole(1), metavar="N", help="Only the changes of step N (numbered as in `report`)."
)
@declare.option("--path", metavar="GLOB", help="Only matching paths; `*` matches `/` too.")
@declare.option("--top", type=declare.Whole(1), metavar="N", help="Only the N largest files.")
@options.secrets_option
@options.format_option(*FORMATS)
@options.output_option
@many.over("files", layers=True)
def command(
    image: tuple[str, ...],
    manifest: str | None,
    platform: str | None,
    tag: str | None,
    strict: bool,
    step: int | None,
    path: str | None,
    top: int | None,
    show_secrets: bool,
    format_: str,
    output: str | None,
) -> None:
    """List what each step of IMAGE added, changed (content, mode, owner) and removed, with sizes and wasted space.

    IMAGE must include its layers: an archive, a layout, an engine's store. `mtree` is the whole file system as left by
        step N, or by the last step. With several images, each line of `jsonl` and `csv` names its image.
    """
    from reconstruct import api
    from reconstruct.files.changes import rewritten
    from reconstruct.files.find import until
    from reconstruct.files.listing import Choice, Listing, render
    from reconstruct.files.reading import read

    with options.opened(image, manifest, platform, tag, strict) as opened:
        last = until(opened, step)
        contents = read(opened, until=last if format_ == "mtree" else None)
        if not show_secrets:
            contents.steps = api.masked(contents.steps, (contents.image, contents.steps))
        changed = rewritten(contents) if format_ != "mtree" else frozenset()
        options.write_lines(render(Listing(contents, Choice(step, path, top), changed), format_), output)
