"""The base image as given on the command line, and the resulting chain."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.cli import options
from reconstruct.errors import ReconstructError
from reconstruct.show.text import one_line
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.base import Chain
    from reconstruct.image import Image
    from reconstruct.syntax import Step


def find(
    image: Image,
    steps: Sequence[Step],
    base: Image | str | None,
    base_steps: int | None,
    catalogue: str | None,
    *,
    strict: bool = False,
) -> Chain:
    """The chain below `image`, from `--base`, `--base-steps` and `--catalogue`. Contradicting evidence is noted on standard
    error; with `strict` it is an error."""
    from reconstruct.base import find_chain
    from reconstruct.base.catalogue import opened

    with opened(catalogue) as known:
        chain = find_chain(image, steps, options.load_base(base, strict), base_steps=base_steps, catalogue=known)
    tell(chain.disagreements, strict=strict)
    return chain


def tell(disagreements: Sequence[str], *, strict: bool) -> None:
    """Shows the lines as notes; with `strict`, raises the first as an error."""
    for line in disagreements:
        if strict:
            raise ReconstructError(one_line(line))
        options.say(line)
