"""The values in a text that is not JSON throughout: JSON behind a prompt, in a code block, quoted or in a log; YAML; and
what Python prints of parsed JSON (`print(client.images.get(…).history())`).
"""

from __future__ import annotations

import ast
import importlib.util
import itertools
import re
from collections.abc import Iterator
from typing import Any

from reconstruct import pattern
from reconstruct.errors import UnreadableError
from reconstruct.sources import document, pasted

NAME = "values in a text"

# A line with which a JSON object or array begins.
_BEGINS = pattern.compile(r'(?:\{\s*(?:$|"|\})|\[\s*(?:$|\{|"))')
# The first line of Python's print of a list or an object; its second quotation mark may be on a later line.
_PYTHON = pattern.compile(r"\s*(?:\[\s*\{\s*'|\{\s*'\w+'\s*:)")
# A YAML mapping or a list of them: a key at the start of a line, behind a document's mark and comments.
_YAML = pattern.compile(r"(?:---[^\n]*\n|#[^\n]*\n|\s*\n)*(?:- )?[\w./\"'-]{1,200}:(?:[ \n]|$)")
_MOST_TRIES = 16
_LONGEST = 1 << 20


def is_python(text: str) -> bool:
    """Whether a text begins as Python prints a list of objects or an object."""
    return _PYTHON.match(text) is not None


def values(text: str, label: str) -> tuple[Any, ...]:
    """The values in a text, none if there are none. UnreadableError if they are YAML and nothing here reads it."""
    return tuple(_json(text, label)) or tuple(_python(text)) or tuple(_yaml(text, label))


def _json(text: str, label: str) -> list[Any]:
    """The JSON values from the first line on at which some begin, to the end of their block."""
    lines = pasted.plain_lines(text)
    tries = 0
    for number, line in enumerate(lines):
        if "{" not in line and "[" not in line:
            continue
        for front in pasted.FRONTS:
            match = front.match(line)
            if match is None or not _BEGINS.match(line, match.end()):
                continue
            tries += 1
            if tries > _MOST_TRIES:
                return []
            try:
                return document.parse_leading("\n".join(_block(lines[number:], front)), label)[0]
            except UnreadableError:
                continue
    return []


def _block(lines: list[str], front: re.Pattern[str]) -> Iterator[str]:
    """The lines of a block up to the next prompt, which no line of JSON looks like."""
    return itertools.takewhile(lambda line: not pasted.is_prompt(line), pasted.block(lines, front))


def _python(text: str) -> list[Any]:
    if not is_python(text) or len(text) > _LONGEST:
        return []
    try:
        return [ast.literal_eval(text.strip())]
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []


def _yaml(text: str, label: str) -> list[Any]:
    if (
        len(text) > _LONGEST
        or not _YAML.match(text)
        or not re.search(r"(?i)created_?by:|v1Compatibility|rootfs:", text)
    ):
        return []
    if importlib.util.find_spec("yaml") is None:
        raise UnreadableError(f"{label}: YAML: install reconstruct[yaml], or convert it (`yq -o json FILE`)")
    from reconstruct.sources import yaml_text

    return yaml_text.values(text, label)
