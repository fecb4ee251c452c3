"""`reconstruct diff`: what changed between two builds."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from reconstruct.cli import declare, many, options, sweep
from reconstruct.diff.render import FORMATS
from reconstruct.diff.select import NAMES
from reconstruct.errors import ReconstructError
from reconstruct.show import terminal
from reconstruct.typed import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from reconstruct.image import Image


def _schema() -> str:
    from reconstruct.diff.render.as_json import schema

    return schema()


def _names(value: tuple[str, ...]) -> frozenset[str]:
    """`env,label` and repeated options as one set; an unknown name is a usage error."""
    found = [name.strip().lower() for each in value for name in each.split(",")]
    for name in found:
        if name not in NAMES:
            raise ValueError(f"{name!r} is not one of {', '.join(NAMES)}")
    return frozenset(found)


@declare.command()
@declare.argument("old", metavar="OLD", type=options.PATH)
@declare.argument("new", metavar="[NEW]", required=False, type=options.PATH)
@declare.option("--platform", metavar="OS/ARCH", help="The platform of both images, e.g. linux/arm64.")
@declare.option("--platform-old", metavar="OS/ARCH", help="… of the old image.")
@declare.option("--platform-new", metavar="OS/ARCH", help="… of the new image.")
@declare.option("--tag", metavar="NAME", help="The name and tag of both images, if several were saved.")
@declare.option("--tag-old", metavar="NAME", help="… of the old image.")
@declare.option("--tag-new", metavar="NAME", help="… of the new image.")
@declare.option("--manifest-old", metavar="FILE", help="The old image's manifest, if OLD is only a config.")
@declare.option("--manifest-new", metavar="FILE", help="The new image's manifest, if NEW is only a config.")
@declare.option(
    "--ignore",
    metavar="NAMES",
    multiple=True,
    convert=_names,
    help=f"Ignore these, for the exit status too; comma-separated: {', '.join(NAMES)}.",
)
@declare.option("--only", metavar="NAMES", multiple=True, convert=_names, help="Ignore everything else.")
@declare.option("--sizes", is_flag=True, help="Show unchanged steps too, each with its size.")
@declare.option("--base-old", metavar="IMAGE|NAME", help="The old image's base: a saved form, or its name.")
@declare.option("--base-new", metavar="IMAGE|NAME", help="The new image's base.")
@options.catalogue_option
@options.strict_option
@options.secrets_option
@options.format_option(*FORMATS)
@options.schema_option(_schema)
@options.output_option
@declare.option(
    "--each", is_flag=True, help="Compare every image of OLD with its counterpart in NEW (default for two directories)."
)
@declare.option("--output-dir", metavar="DIR", help="Write a file for each changed image into DIR.")
@sweep.jobs_option
@options.color_option
def command(
    old: str,
    new: str | None,
    platform: str | None,
    platform_old: str | None,
    platform_new: str | None,
    tag: str | None,
    tag_old: str | None,
    tag_new: str | None,
    manifest_old: str | None,
    manifest_new: str | None,
    base_old: str | None,
    base_new: str | None,
    strict: bool,
    output: str | None,
    each: bool,
    output_dir: str | None,
    jobs: int,
    **given: Any,
) -> None:
    """Show what changed from OLD to NEW, two saved images in any form.

        Builds are compared step by step, by what both builders recorded, so the same Dockerfile built by two builders has
        no differences. Times, image IDs, sizes and the builder are shown but don't count as differences.

        Without NEW, two images of one archive are compared; choose them with `--platform-old` and `--platform-new`, or
        `--tag-old` and `--tag-new`.

    Two directories of images (or JSON lines files; with `--each` archives of many) are compared image by image, paired by path
    in the directory, else by name and platform.

    Exits 0 if the builds are the same, 1 if they differ, 2 if an image can't be read or has no history to compare.
    """
    choices = [
        {"platform": platform_old or platform, "tag": tag_old or tag, "manifest": manifest_old},
        {"platform": platform_new or platform, "tag": tag_new or tag, "manifest": manifest_new},
    ]
    if new is None:
        if choices[0]["platform"] == choices[1]["platform"] and choices[0]["tag"] == choices[1]["tag"]:
            import click

            raise click.UsageError("NEW is required, or --platform-old and --platform-new, or --tag-old and --tag-new")
        new = old
    if each or output_dir is not None or (many.is_many(old) and many.is_many(new)):
        _refuse(base_old, base_new, manifest_old, manifest_new, output, given["format_"], output_dir)
        _compare_all((old, new), choices, strict, given, output_dir, jobs)
    if old == new == "-":
        raise ReconstructError("-: standard input can hold only one image; save the other to a file")
    before, after = (
        options.load(name, **choice, strict=strict) for name, choice in zip((old, new), choices, strict=True)
    )
    bases = options.load_base(base_old, strict), options.load_base(base_new, strict)
    compare(before, after, _shown_names(old, new, choices), output=output, bases=bases, **given)


def _refuse(*options_of_one: str | None) -> None:
    """Raises if an option was given that needs one image on either side."""
    import click

    base_old, base_new, manifest_old, manifest_new, output, format_, output_dir = options_of_one
    if any((base_old, base_new, manifest_old, manifest_new)):
        raise click.UsageError("--base-old, --base-new, --manifest-old and --manifest-new take a single image each")
    if output is not None:
        raise click.UsageError("--output is a single file; --output-dir writes one per changed image")
    if format_ == "html" and output_dir is None:
        raise click.UsageError("a page shows one image; --output-dir writes one per changed image")


def _compare_all(
    roots: tuple[str, str],
    choices: Sequence[Mapping[str, str | None]],
    strict: bool,
    given: dict[str, Any],
    output_dir: str | None,
    jobs: int,
) -> NoReturn:
    from reconstruct.cli import comparing

    old, new = (
        comparing.Choice(root, choice["platform"], choice["tag"], strict)
        for root, choice in zip(roots, choices, strict=True)
    )
    comparing.compare_all(comparing.Asked(compare, (old, new), given), given["format_"], output_dir, jobs)


def compare(
    before: Image,
    after: Image,
    names: Sequence[str],
    *,
    ignore: frozenset[str],
    only: frozenset[str],
    sizes: bool,
    catalogue: str | None,
    show_secrets: bool,
    format_: str,
    output: str | None,
    color: bool | None,
    bases: tuple[Image | str | None, Image | str | None] = (None, None),
) -> None:
    """Shows what changed between two images; exits with 1 if something did, 2 if unknown."""
    from reconstruct import api
    from reconstruct.base.catalogue import opened
    from reconstruct.diff.compare import diff
    from reconstruct.diff.render import render
    from reconstruct.diff.select import select

    with opened(catalogue) as known:
        compared = diff(before, after, old_name=names[0], new_name=names[1], bases=bases, catalogue=known)
    found = select(compared, ignore, only)
    if not show_secrets:
        found = api.masked(found, *((side.image, side.steps) for side in (found.old, found.new)))
    shown = output is None
    text = render(
        found,
        format_,
        color=terminal.use_color(color) if shown or color else False,
        width=terminal.width() if shown else None,
        all_steps=sizes,
    )
    if text:
        (options.show if format_ in ("text", "side-by-side", "table") else options.write)(text, output)
    if found.different:
        sys.exit(1)
    if not found.steps and found.untold and not found.partial:
        # The rest may be the same, but no steps were compared.
        sys.exit(2)


def _shown_names(old: str, new: str, choices: list[dict[str, str | None]]) -> list[str]:
    """Names for the two: as given, with what was selected if the same file is given twice."""
    if old != new:
        return [old, new]
    return [
        " ".join(part for part in (name, choice["tag"], choice["platform"]) if part)
        for name, choice in zip((old, new), choices, strict=True)
    ]
