"""Was this image built from this Dockerfile? Compares the image with what the Dockerfile would give."""

from __future__ import annotations

from reconstruct.room import callable_room
from reconstruct.verify.model import Verdict, Verification
from reconstruct.verify.verdict import verify

__all__ = ["Verdict", "Verification", "verify"]

callable_room(__name__)
