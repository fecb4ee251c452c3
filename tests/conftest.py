"""What holds for all tests: one Hypothesis profile."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# The machine may be busy, and the first example may load a grammar.
settings.register_profile("reconstruct", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("reconstruct")


@pytest.fixture(autouse=True, scope="session")
def _no_catalogue_of_the_users() -> Iterator[None]:
    """The user's own catalogue is neither read nor written."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.delenv("RECONSTRUCT_CATALOGUE", raising=False)
        patch.setenv("XDG_DATA_HOME", folder)
        yield
