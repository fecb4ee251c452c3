"""The engines of the builders' tests, with one image built by each."""

from tests.builders.conftest import built, engines

__all__ = ["built", "engines"]
