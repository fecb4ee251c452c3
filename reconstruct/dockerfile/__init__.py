"""The Dockerfile language: lines, words, flags, here-documents, expansion, stages; one dialect per builder.

dockerfile = parse_dockerfile(text)
"""

from __future__ import annotations

from reconstruct.room import callable_room
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.dockerfile.model import Dockerfile

__all__ = ["parse_dockerfile"]

callable_room(__name__)


def parse_dockerfile(text: str) -> Dockerfile:
    """The Dockerfile in `text` as BuildKit reads it, with the syntax of every instruction checked.

    Raises DockerfileError, with the line, if BuildKit would reject it before building anything.
    """
    from reconstruct.dockerfile.check import check_all
    from reconstruct.dockerfile.dialect import BUILDKIT
    from reconstruct.dockerfile.parser import parse

    dockerfile = parse(text)
    check_all(dockerfile, BUILDKIT)
    return dockerfile
