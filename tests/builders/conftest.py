"""The engines that live tests build with."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import NoReturn

import pytest

from tests.builders.engines import Engines, NoEngineError, default_folder, missing, running


def without(*absent: str) -> NoReturn:
    """Skips the test for want of programs, or fails it where they are required, as in .ci/run."""
    skip(f"no live builders here; missing: {', '.join(absent)}")


def skip(message: str) -> NoReturn:
    if os.environ.get("RECONSTRUCT_REQUIRE_BUILDERS") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    """Engines of our own, the same for all tests of a run."""
    if absent := missing():
        without(*absent)
    with contextlib.ExitStack() as stack:
        try:
            found = stack.enter_context(running(default_folder()))
        except NoEngineError as error:
            skip(f"no live builders here: {error}")
        yield found
