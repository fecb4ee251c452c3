"""Splits the text of RUN, CMD, ENTRYPOINT, HEALTHCHECK and ONBUILD into simple commands with their words.

Wrappers (`sudo`, `env`, `sh -c '…'`, `cmd /c …`) are unwrapped: the inner command counts. Truncated or malformed text
still gives commands, by a coarser split. Everything is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from reconstruct.audit.shell.command import MAX_TEXT, Command, Reader

__all__ = ["MAX_TEXT", "Command", "language_of", "split"]


def split(text: str, language: str = "posix") -> tuple[Command, ...]:
    """The simple commands of `text`, in order. `language`: `posix`, `powershell` or `cmd`. Never raises.

    A command inside another's words comes after it and names it as `parent`. Text beyond MAX_TEXT isn't read.
    """
    text = text[:MAX_TEXT]
    reader = Reader()
    if language == "posix":
        from reconstruct.audit.shell.posix import read
    else:
        from reconstruct.audit.shell.windows import read_as

        read_as(reader, text, language)
        return tuple(reader.commands)
    read(reader, text)
    return tuple(reader.commands)


def language_of(shell: Iterable[str]) -> str:
    """The language for the words of a SHELL: `posix`, `powershell` or `cmd`."""
    words = list(shell)
    name = re.split(r"[/\\]", words[0])[-1].lower().removesuffix(".exe") if words else "sh"
    if name in ("powershell", "pwsh"):
        return "powershell"
    return "cmd" if name == "cmd" else "posix"
