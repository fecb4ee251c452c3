"""Errors for users: one line that says what, where and what to try. The command line exits with 2 on them."""

from __future__ import annotations


class ReconstructError(Exception):
    """The input can't be read, or a choice doesn't exist. The message is one line, ready to print."""


class UnreadableError(ReconstructError):
    """The input isn't what it claims to be: broken, truncated, over a limit, or no image at all."""


class NotFoundError(ReconstructError):
    """The input was read, but doesn't contain what was asked for: a platform, a tag, a blob."""
