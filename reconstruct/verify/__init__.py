"""Was this image built from this Dockerfile? What the Dockerfile would give, compared with the image."""

from __future__ import annotations

from reconstruct.room import callable_room
from reconstruct.verify.model import Verdict, Verification
from reconstruct.verify.verdict import verify

__all__ = ["Verdict", "Verification", "verify"]

callable_room(__name__)
