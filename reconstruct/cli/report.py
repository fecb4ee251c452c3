"""`reconstruct report`: each build step with its layer and size."""

from __future__ import annotations

from reconstruct.cli import declare, many, options
from reconstruct.report import FORMATS
from reconstruct.show import terminal
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconstruct.image import Image
    from reconstruct.report.model import LargeFile
    from reconstruct.sources.interface import Candidate, Reading


# Limit for the history entries and layers of all images on one page, which are in memory together.
_MAX_STEPS = 100_000


def _schema() -> str:
    from reconstruct.report.json import schema

    return schema("report")


@declare.command()
@options.images_argument
@options.source_options
@options.base_option
@declare.option("--all", "all_", is_flag=True, help="Show each step without a layer on its own line (tables).")
@declare.option(
    "--sort", type=declare.Choice(["step", "size"]), default="step", help="Sort order of the rows (tables)."
)
@declare.option("--top", type=declare.Whole(1), metavar="N", help="Show only the N largest steps (tables).")
@options.files_option("Open the layers: the three largest files of each step.")
@options.secrets_option
@options.format_option(*FORMATS)
@options.schema_option(_schema)
@options.output_option
@options.color_option
@many.over("report")
def command(
    image: tuple[str, ...],
    manifest: str | None,
    platform: str | None,
    tag: str | None,
    strict: bool,
    base: str | None,
    base_steps: int | None,
    catalogue: str | None,
    all_: bool,
    sort: str,
    top: int | None,
    files: bool,
    show_secrets: bool,
    format_: str,
    output: str | None,
    color: bool | None,
) -> None:
    """Pair each build step of IMAGE with its layer: size, share of the total, time, and what is uncertain.

    Transfer sizes (compressed blobs) and uncompressed sizes are never added up; a size missing from the saved
    form is `unknown`. `repo-info` is the page published for Docker's official images, for every platform in
    IMAGE unless --platform names one.
    """
    if (all_ or sort != "step" or top is not None) and format_ not in ("table", "wide"):
        import click

        raise click.UsageError(f"--all, --sort and --top are for --format table and wide, not {format_}")
    if format_ == "repo-info":
        options.write(_page(image, manifest, platform, tag, strict, show_secrets), output)
        return
    from reconstruct import api
    from reconstruct.cli import below
    from reconstruct.report import render
    from reconstruct.report.model import build, with_files
    from reconstruct.report.view import View

    largest: Mapping[int, tuple[LargeFile, ...]] = {}
    if files:
        from reconstruct.files.largest import largest_files

        with options.opened(image, manifest, platform, tag, strict) as opened:
            loaded, largest = opened.image, largest_files(opened)
    else:
        loaded = options.load(image, manifest=manifest, platform=platform, tag=tag, strict=strict)
    steps = api.steps(loaded)
    found = build(loaded, steps, below.find(loaded, steps, base, base_steps, catalogue, strict=strict).base)
    if largest:
        found = with_files(found, largest)
    if not show_secrets:
        found = api.masked(found, (loaded, steps))
    shown = output is None
    width = terminal.width() if shown else None
    text = render(
        found,
        format_,
        width=width,
        color=terminal.use_color(color) if shown or color else False,
        view=View(fold=width is not None and not all_, sort=sort, top=top),
    )
    (options.show if format_ in ("table", "wide") else options.write)(text, output)


def _page(
    source: tuple[str, ...], manifest: str | None, platform: str | None, tag: str | None, strict: bool, secrets: bool
) -> str:
    """The repo-info page of all images of that name, or of the one that `platform` or `manifest` selects."""
    from reconstruct.image import Image as Loaded
    from reconstruct.report import repo_info

    page: str | None = None
    if platform is not None or manifest is not None or len(source) > 1:
        found = [options.load(source, manifest=manifest, platform=platform, tag=tag, strict=strict)]
    elif isinstance(source[0], Loaded):
        # One of many, which `cli.many` has read.
        found = [source[0]]
    else:
        found, page = _all(source[0], tag, strict)
    # Such pages are public, so there is nothing to mask in one that is reproduced.
    if page is not None and (same := repo_info.given_back(page)) is not None:
        return same
    shown = found if secrets else [_masked(image) for image in found]
    return repo_info.render(shown)


def _masked(image: Image) -> Image:
    """The image without its secrets."""
    from reconstruct import api

    return api.masked(image, (image, api.steps(image)))


def _beside(candidates: Sequence[Candidate], reading: Reading) -> list[Candidate]:
    """What the images' indexes list next to them, under the images' names: the two may be spelt differently in a layout and
    in its `manifest.json`.
    """
    names = {candidate.tags for candidate in candidates}
    by_index = {candidate.index_digest: candidate.tags for candidate in candidates if candidate.index_digest}
    found = [other for other in reading.attached if other.index_digest in by_index]
    for other in found:
        if other.tags not in names:
            other.tags = by_index[other.index_digest or ""]
    return found


def _all(source: str, tag: str | None, strict: bool) -> tuple[list[Image], str | None]:
    """Every image of the input that has the tag, and what else its index lists, in order; their notes go to standard
    error. Also the input's own text if it is such a page and is used whole.
    """
    from reconstruct.errors import NotFoundError, UnreadableError
    from reconstruct.sources import read
    from reconstruct.sources.selection import by_tag

    candidates, reading, _ = read(source, strict=strict)
    if tag is not None:
        candidates = by_tag(candidates, tag)
    if not candidates:
        raise NotFoundError(f"{reading.label}: no image {tag!r}")
    candidates = sorted([*candidates, *_beside(candidates, reading)], key=lambda candidate: candidate.order)
    images: list[Image] = []
    steps = 0
    for candidate in candidates:
        images.append(candidate.image)
        if strict:
            from reconstruct.audit.agreement import require_agreement

            require_agreement(images[-1], reading.label)
        steps += len(images[-1].history) + len(images[-1].layers)
        if steps > _MAX_STEPS:
            raise UnreadableError(
                f"{reading.label}: more than {_MAX_STEPS:,} steps, too many for one page; choose an image with --tag"
            )
    for note in dict.fromkeys((*reading.notes, *(note for image in images for note in image.notes))):
        options.say(note)
    return images, reading.page if tag is None else None
