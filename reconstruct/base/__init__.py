"""Which images lie below one, and which of them FROM names.

`evidence/` holds what tells of them, a module a kind; `weigh` makes one chain of what they say; `known/` is the data on public
images, `catalogue/` the user's own. `reconstruct.base(image)` gives the chain.
"""

from __future__ import annotations

from reconstruct.base.evidence.buildah import names_its_base
from reconstruct.base.find import find_base, find_chain
from reconstruct.base.model import Base, Chain, Part, Source
from reconstruct.room import callable_room

__all__ = ["Base", "Chain", "Part", "Source", "find_base", "find_chain", "names_its_base"]

callable_room(__name__)
