"""SHELL's words: `[a b c]` has no quotes, so the words' borders come from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence

# A word that is a switch: -c, -Command, /S, +x.
_SWITCH = re.compile(r"(?:[-+/])[A-Za-z][\w.:=-]*$")
# After these, what follows is one word to the end: a command text.
_COMMAND_SWITCH = re.compile(r"(?i)-command$|-c$")
# Options whose next word is their value.
_VALUED = re.compile(r"(?i)-o$|\+o$|-executionpolicy$|-ep$|-version$|-outputformat$|-inputformat$|-windowstyle$|-file$")


def split_shell(text: str, known: Sequence[Sequence[str]] = ()) -> tuple[tuple[str, ...], bool]:
    """The words of a shell written with blanks between them, and whether that is certain.

    `known` are word lists met elsewhere (config.Shell, the first words of a CMD in shell form): the first whose text is
    the same gives the borders.
    """
    for words in known:
        if " ".join(words) == text:
            return tuple(words), True
    parts = text.split(" ")
    if all(_SWITCH.match(part) for part in parts[1:]) and all(parts):
        return tuple(parts), True
    words = [parts[0]]
    index = 1
    while index < len(parts):
        part = parts[index]
        if part and words[-1] and _VALUED.match(words[-1]):
            words.append(part)
        elif part and _SWITCH.match(part):
            words.append(part)
            if _COMMAND_SWITCH.match(part) and index + 1 < len(parts):
                rest = " ".join(parts[index + 1 :])
                words.append(rest)
                return tuple(words), False
        else:
            words.append(" ".join(parts[index:]))
            return tuple(words), False
        index += 1
    return tuple(words), False
