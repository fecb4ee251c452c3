"""`reconstruct export`: a directory that rebuilds the image."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.cli import declare, options, sweep
from reconstruct.typed import Any


@declare.command("export")
@declare.argument("image", metavar="IMAGE... [DIR]", nargs=-1, required=True, type=options.PATH)
@options.source_options
@options.base_option
@declare.option(
    "--frozen",
    is_flag=True,
    help="Run nothing: add the files that each RUN made, which gives the same files.",
)
@declare.option("--step", type=declare.Whole(1), metavar="N", help="Only the files of step N.")
@declare.option("--single", metavar="FILE", help="Only this file of the image.")
@declare.option("--dry-run", is_flag=True, help="Show what would be written, without writing it.")
@declare.option("--output-dir", metavar="DIR", help="Export many IMAGEs, one directory each in DIR; - lists paths.")
@sweep.jobs_option
def command(image: tuple[str, ...], output_dir: str | None, jobs: int, **given: Any) -> None:
    """Write DIR, from which `docker build DIR`, `buildah bud DIR` and `buildctl` rebuild IMAGE.

    DIR gets a Dockerfile, `context/` with the sources of COPY and ADD, and NOTES.md, which lists what can't be recovered.
    DIR must be new or empty; it appears whole or not at all. With --frozen nothing runs, and the base's layers are
    included unless --base names it. With --output-dir, any number of images, directories and archives are exported.
    """
    if output_dir is not None:
        from reconstruct.cli import many
        from reconstruct.cli.putting import Folders

        target = Folders(output_dir)
        many.run("export", image, {**given, "output_dir": output_dir}, None, "", jobs, layers=True, target=target)
    elif len(image) == 2:
        export(image[:1], image[1], **given)
    else:
        import click

        raise click.UsageError("IMAGE and DIR are required, or --output-dir for many images")


def _in_folder(name: str, image: Sequence[Any], output: None, output_dir: str, **given: Any) -> None:
    """Exports one of many images, into the directory of its name."""
    import os

    from reconstruct.cli.folder import place

    folder = os.path.join(output_dir, place(name))
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    export(image, folder, **given)


command.callback.single = _in_folder  # type: ignore[attr-defined]
command.callback.named = True  # type: ignore[attr-defined]


def export(
    image: Sequence[Any],
    folder: str,
    manifest: str | None,
    platform: str | None,
    tag: str | None,
    strict: bool,
    base: str | None,
    base_steps: int | None,
    catalogue: str | None,
    frozen: bool,
    step: int | None,
    single: str | None,
    dry_run: bool,
) -> None:
    """Writes the directory for one image."""
    from reconstruct.audit.secrets.masker import masker_of
    from reconstruct.base import Base
    from reconstruct.cli import below, progress
    from reconstruct.files import export as exporting
    from reconstruct.files.export import folder as folders
    from reconstruct.files.export import parts
    from reconstruct.files.names import named
    from reconstruct.files.reading import read

    if not dry_run:
        folders.check_target(folder)
    with options.opened(image, manifest, platform, tag, strict) as opened:
        contents = read(opened)
        contents.steps = named(contents)
        if step is not None or single is not None:
            made = parts.plan(contents, step, single)
        else:
            if frozen and base is None and base_steps is None and catalogue is None:
                # The image that FROM named might be unavailable, or have changed.
                below_it = Base()
            else:
                below_it = below.find(contents.image, contents.steps, base, base_steps, catalogue, strict=strict).base
            made = exporting.plan(contents, below_it, frozen)
        if dry_run:
            shown = exporting.preview(contents, made)
            options.write_lines([f"{size:>12,}  {folder.rstrip('/')}/{path}" for path, size in shown.files])
            return
        with progress.shown("bytes written", sum(size for _, size in exporting.files_of(contents, made))) as advance:
            done = exporting.export(contents, made, folder, advance)
    for note in done.notes:
        options.say(note)
    if masker_of((contents.image, contents.steps))(done.dockerfile) != done.dockerfile:
        options.say("the Dockerfile contains secrets that the build needs")
