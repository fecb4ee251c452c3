"""The engines that tests/builders starts, for these tests too."""

from __future__ import annotations

from tests.builders.conftest import engines

__all__ = ["engines"]
