"""The engines that live tests build with."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.builders.engines import Engines, default_folder, missing, running


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    """Engines of our own; where their programs are missing the tests are skipped, or fail if they are required."""
    if absent := missing():
        message = f"no live builders here; missing: {', '.join(absent)}"
        if os.environ.get("RECONSTRUCT_REQUIRE_BUILDERS") == "1":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    with running(default_folder()) as found:
        yield found
