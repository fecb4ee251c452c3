"""The writer's target as a Hypothesis property, which shrinks what it finds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reconstruct
from reconstruct.image import Image
from reconstruct.writer import write
from tests.fuzz.strategies import DIALECTS, images
from tests.fuzz.targets.writing import LAYOUTS, differences


@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_official_parser_reads_what_we_say(dialect: str, windows: bool) -> None:
    @settings(max_examples=60)
    @given(images(dialect, windows), st.sampled_from(LAYOUTS), st.booleans())
    def check(made: Image, layout: str, comments: bool) -> None:
        written = write(made, reconstruct.steps(made), comments=comments, layout=layout)
        assert list(differences(made, written)) == []

    check()
