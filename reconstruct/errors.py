"""Errors for users: one line that says what, where and what to try. The command line exits with 2 on them."""

from __future__ import annotations

# Characters that some line reader takes for a line end. Messages quote input, which may contain line ends.
_LINE_ENDS = {10: "\\n", 13: "\\r", 0x2028: "\\u2028", 0x2029: "\\u2029"}
_LINE_ENDS |= {code: f"\\x{code:02x}" for code in (0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x85)}


def on_one_line(message: str) -> str:
    """The message, line ends spelled out."""
    return message.translate(_LINE_ENDS)


class ReconstructError(Exception):
    """The input can't be read, or a choice doesn't exist. The message is one line, ready to print."""

    def __str__(self) -> str:
        return on_one_line(super().__str__())


class UnreadableError(ReconstructError):
    """The input isn't what it claims to be: broken, truncated, over a limit, or no image at all."""


class NotFoundError(ReconstructError):
    """The input was read, but doesn't contain what was asked for: a platform, a tag, a blob."""
