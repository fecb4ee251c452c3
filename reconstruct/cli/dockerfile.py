"""`reconstruct dockerfile`: the Dockerfile that builds back."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.cli import declare, many, options
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.image import Image
    from reconstruct.syntax import Step


@declare.command("dockerfile")
@options.images_argument
@options.source_options
@options.base_option
@declare.option("--comments/--no-comments", default=True, help="Mark in comments what was inferred or lost.")
@declare.option(
    "--layout",
    type=declare.Choice(["original", "pretty", "flat"]),
    default="original",
    show_default=True,
    help="Line breaks: the author's, a clean layout of our own, or one line per instruction.",
)
@declare.option(
    "--from-history", is_flag=True, help="Reconstruct from history even if the provenance holds the original."
)
@options.files_option("Read the layers to restore the names of the files that COPY and ADD copied.")
@declare.option("--mask", is_flag=True, help="Mask secrets; the Dockerfile may then not build.")
@options.output_option
@many.over("dockerfile", "Dockerfile")
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
    files: bool,
    mask: bool,
    output: str | None,
) -> None:
    """Write the Dockerfile that IMAGE was built from.

    FROM names the nearest base image that has a name; IMAGE's own steps follow. If the image carries BuildKit provenance
    that includes the Dockerfile, it is printed unchanged.
    """
    from reconstruct.cli import below

    loaded, steps = _loaded(image, manifest, platform, tag, strict, files)
    text: str | bytes
    if loaded.provenance is not None and loaded.provenance.dockerfile is not None and not from_history:
        options.say("the original Dockerfile, from the image's provenance (--from-history reconstructs it instead)")
        text = loaded.provenance.dockerfile_data or loaded.provenance.dockerfile
    else:
        from reconstruct.writer import write

        found = below.find(loaded, steps, base, base_steps, catalogue, strict=strict).base
        if base is None and base_steps is None and found.entries:
            written, full = found.written, found.full_name
            then = f" ({full} at the time)" if full != written else ""
            options.say(
                f"FROM {written}{then} replaces the first {found.entries} history entries "
                "(--base none prints all steps)"
            )
        if not files:
            _tell_names(image, steps[found.entries :])
        text = write(loaded, steps, base=found, comments=comments, layout=layout).text
    options.write_exact(_masked(text, loaded, steps, mask), output)


def _loaded(
    source: tuple[str, ...], manifest: str | None, platform: str | None, tag: str | None, strict: bool, files: bool
) -> tuple[Image, Sequence[Step]]:
    """The image and its steps; with `files`, with the names of copied files from the layers."""
    from reconstruct import api

    if not files:
        loaded = options.load(source, manifest=manifest, platform=platform, tag=tag, strict=strict)
        return loaded, api.steps(loaded)
    from reconstruct.files.names import named
    from reconstruct.files.reading import read

    with options.opened(source, manifest, platform, tag, strict) as opened:
        return opened.image, named(read(opened))


def _tell_names(source: tuple[str, ...], own: Sequence[Step]) -> None:
    """Says that `--files` restores names, if some of the image's own steps lost theirs and the input has layers."""
    from reconstruct.syntax import Copy

    lost = any(isinstance(step.instruction, Copy) and step.instruction.checksum for step in own)
    # One of many is an image, read before.
    if lost and len(source) == 1 and isinstance(source[0], str) and _holds_layers(source[0]):
        options.say("--files restores the names of copied files from the layers")


def _holds_layers(path: str) -> bool:
    """Whether an input has layers that can be read again. An archive, the only form that isn't text, isn't opened to see."""
    import os

    from reconstruct.errors import ReconstructError
    from reconstruct.sources import open_image
    from reconstruct.sources.magic import kind_of

    if os.path.isfile(path):
        with open(path, "rb") as file:
            head = file.read(512)
        return b"\0" in head or kind_of(head) is not None
    if not os.path.isdir(path):
        return False
    try:
        with open_image(path):
            return True
    except ReconstructError:
        return False


def _masked(text: str | bytes, image: Image, steps: Sequence[Step], mask: bool) -> str | bytes:
    """The Dockerfile, without its secrets if `mask` is set; otherwise a note says that it has some."""
    from reconstruct.audit.secrets.masker import masker_of

    masker = masker_of((image, steps))
    plain = text if isinstance(text, str) else text.decode("utf-8", "surrogateescape")
    hidden = masker(plain)
    if hidden == plain:
        return text
    if mask:
        return hidden
    options.say("the Dockerfile contains secrets that the build needs; --mask hides them")
    return text
