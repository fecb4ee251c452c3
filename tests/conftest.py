"""What holds for all tests, whoever runs them and wherever: one Hypothesis profile, and one environment."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# The machine may be busy, and the first example may load a grammar.
settings.register_profile("reconstruct", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("reconstruct")


@pytest.fixture(autouse=True, scope="session")
def _nothing_of_the_user() -> Iterator[None]:
    """The user's own catalogue is neither read nor written; output has neither the user's locale nor colours."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        for name in ("RECONSTRUCT_CATALOGUE", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
            patch.delenv(name, raising=False)
        patch.setenv("XDG_DATA_HOME", folder)
        patch.setenv("LC_ALL", "C.UTF-8")
        yield
