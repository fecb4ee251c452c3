"""Reads Dockerfiles as the builders do, and predicts the image that each would make of one.

    dockerfile = parse_dockerfile(text)
    prediction = predict(text, builder="buildkit", base=image)      # .history, .config; DockerfileError if refused

`verify` (reconstruct.evaluate.verify) compares such a prediction with an image.
"""

from __future__ import annotations

from reconstruct.evaluate.dialect import BUILDERS, BUILDKIT, Builder
from reconstruct.evaluate.dockerfile import Directive, Dockerfile, Heredoc, Instruction, Pair, Stage
from reconstruct.evaluate.errors import DockerfileError
from reconstruct.evaluate.predict import predict
from reconstruct.evaluate.prediction import Checksum, Entry, Prediction, normalise

__all__ = [
    "BUILDERS",
    "Builder",
    "Checksum",
    "Directive",
    "Dockerfile",
    "DockerfileError",
    "Entry",
    "Heredoc",
    "Instruction",
    "Pair",
    "Prediction",
    "Stage",
    "normalise",
    "parse_dockerfile",
    "predict",
]


def parse_dockerfile(text: str) -> Dockerfile:
    """The Dockerfile in `text` as BuildKit reads it, every instruction's form checked.

    Raises DockerfileError with the line where BuildKit would refuse it before it builds anything.
    """
    from reconstruct.evaluate.check import check_all
    from reconstruct.evaluate.parser import parse

    dockerfile = parse(text)
    check_all(dockerfile, BUILDKIT)
    return dockerfile
