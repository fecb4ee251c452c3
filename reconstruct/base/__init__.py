"""The images that an image is built on, and the one that FROM names.

`evidence/` has one module per kind of evidence; `weigh` combines their claims into one chain; `known/` has the data on public
images, `catalogue/` the user's own. `reconstruct.base(image)` returns the chain.
"""

from __future__ import annotations

from reconstruct.base.evidence.buildah import names_its_base
from reconstruct.base.find import find_base, find_chain
from reconstruct.base.model import Base, Chain, Part, Source
from reconstruct.room import callable_room

__all__ = ["Base", "Chain", "Part", "Source", "find_base", "find_chain", "names_its_base"]

callable_room(__name__)
