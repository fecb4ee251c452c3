"""Here-documents in RUN's history text."""

from __future__ import annotations


def opened_documents(line: str) -> list[str]:
    """The names of the here-documents that a command line opens."""
    if "<<" not in line:
        return []
    from reconstruct.dockerfile.errors import DockerfileError
    from reconstruct.dockerfile.heredoc import heredocs_in

    try:
        return [heredoc.name for heredoc in heredocs_in(line)]
    except DockerfileError:
        return []


def alone(command: str) -> bool:
    """Whether a command only opens a here-document, so that the document is the script."""
    from reconstruct.dockerfile.errors import DockerfileError
    from reconstruct.dockerfile.heredoc import heredoc_mark

    try:
        return heredoc_mark(command.strip()) is not None
    except DockerfileError:
        return False
