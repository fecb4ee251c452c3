"""What a builder refuses in a Dockerfile."""

from __future__ import annotations

from reconstruct.errors import ReconstructError


class DockerfileError(ReconstructError):
    """A builder would refuse this Dockerfile. `line` is 1-based, None if no line is to blame."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.reason = message
        self.line = line

    def __str__(self) -> str:
        return self.reason if self.line is None else f"Dockerfile line {self.line}: {self.reason}"

    def at(self, line: int | None) -> DockerfileError:
        """The same error, placed at `line` unless it already has a line."""
        return self if self.line is not None or line is None else type(self)(self.reason, line)


class TooMuchError(DockerfileError):
    """A builder might take it, but it is larger or nests deeper than is read here."""
