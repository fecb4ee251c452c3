"""The functions of the public API; `import reconstruct` gives each by its name, and imports what it needs when called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from os import PathLike

    from reconstruct.base import Chain
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

    `base`: an Image (its part is left out and FROM names it), a name to write in FROM, or `none`, which prints every step;
    by default FROM names the deepest image below that has a name. `comments`: say what was inferred or lost. `layout`:
    `original` (the author's line breaks, read from white space), `pretty` or `flat`.
    """
    from reconstruct.writer import write

    return write(image, steps(image), base=base, comments=comments, layout=layout).text


def base(
    image: Image,
    base: Image | str | None = None,
    *,
    base_steps: int | None = None,
    catalogue: str | PathLike[str] | None = None,
) -> Chain:
    """The chain of images below, distribution first, each with its entries, names and certainty; see `Chain`.

    `base`: the base itself or its name, where it is known; `base_steps`: after how many steps it ends; `catalogue`: the path
    of a catalogue of one's own (see `reconstruct.base.catalogue`). Raises NotFoundError for a name that no image can have
    and for more steps than there are, UnreadableError for what is no catalogue.
    """
    from reconstruct.base import find_chain
    from reconstruct.base.catalogue import Catalogue

    if catalogue is None:
        return find_chain(image, steps(image), base, base_steps=base_steps)
    with Catalogue(catalogue) as known:
        return find_chain(image, steps(image), base, base_steps=base_steps, catalogue=known)
