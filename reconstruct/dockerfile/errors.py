"""Errors for what a builder rejects in a Dockerfile."""

from __future__ import annotations

from reconstruct.errors import ReconstructError, on_one_line


class DockerfileError(ReconstructError):
    """A builder would reject this Dockerfile. `line` is 1-based, None if no single line is at fault."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.reason = message
        self.line = line

    def __str__(self) -> str:
        return on_one_line(self.reason if self.line is None else f"Dockerfile line {self.line}: {self.reason}")

    def at(self, line: int | None) -> DockerfileError:
        """The same error, with `line` unless it already has one."""
        return self if self.line is not None or line is None else type(self)(self.reason, line)


class TooMuchError(DockerfileError):
    """A builder might accept it, but it exceeds our limits of size or nesting."""
