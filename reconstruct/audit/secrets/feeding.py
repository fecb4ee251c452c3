"""A command's input from its pipe, a here-document or a file written before it."""

from __future__ import annotations

import re

from reconstruct import pattern as lazy
from reconstruct.audit.shell import Command

_ECHO_OPTION = lazy.compile(r"-[neE]+|--")
_PRINTERS = frozenset({"echo", "printf"})


class Writers:
    """The commands of a step, by position and by the file that they write."""

    def __init__(self, commands: tuple[Command, ...]) -> None:
        self._places = {(command.pipeline, command.place): command for command in commands}
        self._files = {
            target: command
            for command in commands
            if command.redirects and command.name in _PRINTERS
            for _, target in command.redirects
        }

    def feeding(self, command: Command) -> str:
        """The text that `echo`, `printf`, `cat` and here-documents write to a command, as far as known."""
        here = command.body
        if command.redirects:
            here += "".join([target for operator, target in command.redirects if operator == "<<<"])
            source = next((target for operator, target in command.redirects if operator == "<" and target), None)
            if source in self._files:
                here += printed(self._files[source])
        other = self._places.get((command.pipeline, command.place - 1)) if command.place else None
        if other is None or other.name not in ("echo", "printf", "cat", "yes"):
            return here
        if other.name == "cat":
            return here + other.body + "".join([target for operator, target in other.redirects if operator == "<<<"])
        return here + printed(other)


def printed(command: Command) -> str:
    """The output of an echo or a printf."""
    words = [word for word in command.arguments if not _ECHO_OPTION.fullmatch(word)]
    if command.name == "printf" and len(words) > 1 and "%" in words[0]:
        # The format's verbs consume the following words.
        parts = re.split(r"%[sbq]", words[0])
        values = iter(words[1:])
        return parts[0] + "".join([next(values, "") + part for part in parts[1:]])
    return " ".join(words)
