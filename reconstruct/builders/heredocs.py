"""Here-documents as RUN's text in history shows them."""

from __future__ import annotations

from reconstruct import pattern

_OPENING = pattern.compile(r"(?:^|\s)\d*<<(-?)\s*([\"']?)([^\s<\"']+)\2")


def opened_documents(line: str) -> list[str]:
    """The names of the here-documents that a command line opens."""
    return [match.group(3) for match in _OPENING.finditer(line)]


def alone(command: str) -> bool:
    """Whether a command is nothing but a here-document's opening: then the document is the script."""
    match = _OPENING.fullmatch(command.strip())
    return match is not None
