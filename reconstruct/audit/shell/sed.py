"""The text that a sed script inserts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.shell.command import Command

_SUBSTITUTE = lazy.compile(r"s([/|,#@!+~])((?:\\.|(?!\1)[^\n])*)\1((?:\\.|(?!\1)[^\n])*)\1", re.DOTALL)
_ADDED = lazy.compile(r"(?:^|[\d$/;}\s])[aic]\\?[ \t]*([^\n]+)")
# Nobody writes a longer script on a command line.
_MAX = 5_000


def put_in(command: Command) -> Iterator[tuple[str, str]]:
    """(pattern, replacement) of each `s` in a sed command; for `a`, `i` and `c` the pattern is
    empty."""
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
