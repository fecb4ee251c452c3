"""Known public images, recognised by fingerprints of their own steps.

find(image, steps)      # every known image at the start of the history, the shallowest first

The data (`images.bin`, made by tools/make_known_images.py from git histories) is opened on the first look-up.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.base.known.model import KnownImage
from reconstruct.image import Image
from reconstruct.syntax import Step

__all__ = ["KnownImage", "find"]


def find(image: Image, steps: Sequence[Step]) -> tuple[KnownImage, ...]:
    """Every known image at the start of the history, the shallowest first; the last may be the image itself.

    Never raises because of an image's content; without the data nothing is known.
    """
    from reconstruct.base.known.look_up import look_up

    return look_up(image, steps)
