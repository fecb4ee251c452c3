"""The engines of the tests of builders, for images that are built live."""

from tests.builders.conftest import engines

__all__ = ["engines"]
