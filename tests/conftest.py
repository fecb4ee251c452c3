"""What holds for all tests: one Hypothesis profile."""

from __future__ import annotations

from hypothesis import settings

# The machine may be busy, and the first example may load a grammar.
settings.register_profile("reconstruct", deadline=None)
settings.load_profile("reconstruct")
