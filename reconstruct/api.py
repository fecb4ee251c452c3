"""The functions of the public API; `import reconstruct` gives each by its name, and imports what it needs when called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.image import Image
    from reconstruct.syntax import Step


def load(
    source: Any,
    *,
    manifest: Any = None,
    platform: str | None = None,
    tag: str | None = None,
    strict: bool = False,
) -> Image:
    """Reads a saved image.

    `source`: a path (file or folder), `bytes`, a binary file object, parsed JSON (a dict: an image config), or a list of
    these that tell of one image (its history and what `inspect` printed). `manifest`: the image's manifest, as a path
    or a dict, where `source` is a config alone. `platform` (`linux/arm64`) and `tag` (`name:tag`) choose where several
    images were saved; `strict` makes a doubt (a digest that does not fit) an error. Layer contents are not read.

    Raises `reconstruct.errors.UnreadableError` for what is no image, `NotFoundError` for a choice that is not there.
    """
    from reconstruct.sources import load as load_image

    return load_image(source, manifest=manifest, platform=platform, tag=tag, strict=strict)


def steps(image: Image) -> tuple[Step, ...]:
    """The image's build steps, oldest first, each with its history entry and its layer. Never raises."""
    from reconstruct.builders.reading import parse
    from reconstruct.pairing import pair

    return pair(parse(image), image)


def dockerfile(image: Image, base: Image | str | None = None, comments: bool = True, layout: str = "original") -> str:
    """The Dockerfile that builds back to the image's history and config.

    `base`: an Image (its part is left out and FROM names it) or a name to write in FROM. `comments`: say what was
    inferred or lost. `layout`: `original` (the author's line breaks, read from white space), `pretty` or `flat`.
    """
    from reconstruct.writer import write

    return write(image, steps(image), base=base, comments=comments, layout=layout).text
