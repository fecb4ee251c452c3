"""What a sed script puts into a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.shell.command import Command

_SUBSTITUTE = lazy.compile(r"s([/|,#@!+~])((?:\\.|(?!\1)[^\n])*)\1((?:\\.|(?!\1)[^\n])*)\1", re.DOTALL)
_ADDED = lazy.compile(r"(?:^|[\d$/;}\s])[aic]\\?[ \t]*([^\n]+)")
# A script longer than this isn't written on a command line.
_MAX = 5_000


def put_in(command: Command) -> Iterator[tuple[str, str]]:
    """(what is looked for, what is put in its place) of each `s` of a sed command; of `a`, `i` and `c` with nothing
    looked for."""
    for script in command.arguments:
        if len(script) > _MAX or (script.startswith("/") and "s/" not in script and " " not in script):
            continue
        found = False
        for match in _SUBSTITUTE.finditer(script):
            found = True
            yield match.group(2), match.group(3)
        if not found:
            for match in _ADDED.finditer(script):
                yield "", match.group(1)
