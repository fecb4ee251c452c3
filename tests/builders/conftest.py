"""The engines that live tests build with."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from functools import partial
from typing import NoReturn

import pytest

from tests.builders.engines import Built, Engines, NoEngineError, default_folder, missing, running


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


# A bit of everything that a saved form may spell in its own way.
FORMS = """FROM base
ENV A="b  c   12kB   x" D=e
LABEL x="y 'z'"
RUN echo hi > /f &&     head -c 300000 /dev/zero > /z
RUN true
COPY one.txt two.txt /d/
WORKDIR /w
ARG Q=1
RUN echo "a   3.5MB   comment" > /dev/null
HEALTHCHECK --interval=5s CMD true
VOLUME ["/data dir"]
EXPOSE 80
CMD ["sh", "-c", "echo   x"]
"""


@pytest.fixture(scope="session")
def built(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Built]:
    """Builder's name → the image `forms-NAME` that it made."""
    context = tmp_path_factory.mktemp("context")
    for name in ("one.txt", "two.txt"):
        (context / name).write_text(name)
    dockerfile = context / "Dockerfile"
    dockerfile.write_text(FORMS)
    return {
        name: engines.once(f"forms-{name}", partial(builder.build, dockerfile, context, f"forms-{name}"))
        for name, builder in engines.builders.items()
        if name != "buildkit-head"
    }
