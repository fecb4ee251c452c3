"""The engines of the builders' tests, with one image built by each for the tests here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pytest

from tests.builders.conftest import engines
from tests.builders.engines import Built, Engines

__all__ = ["engines"]

DOCKERFILE = """FROM base
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
    dockerfile.write_text(DOCKERFILE)
    return {
        name: engines.once(f"forms-{name}", partial(builder.build, dockerfile, context, f"forms-{name}"))
        for name, builder in engines.builders.items()
        if name != "buildkit-head"
    }
