"""The values in a text that is not JSON throughout: JSON behind a prompt, in a code block, quoted or in a log; YAML; and
what Python prints of parsed JSON (`print(client.images.get(…).history())`).
"""

from __future__ import annotations

import ast
import importlib.util
import itertools
import json
import re
from collections.abc import Iterator

from reconstruct import pattern
from reconstruct.errors import UnreadableError
from reconstruct.sources import document, pasted
from reconstruct.typed import Any

# A line with which a JSON object or array begins.
_BEGINS = pattern.compile(r'(?:\{\s*(?:$|"|\})|\[\s*(?:$|\{|"))')
# The first line of Python's print of a list or an object; its second quotation mark may be on a later line.
_PYTHON = pattern.compile(r"\s*(?:\[\s*\{\s*'|\{\s*'\w+'\s*:)")
# Strings without raw control characters, with the escapes that repr() writes, and names; and all that Python's print of a
# JSON value consists of. Turning them into JSON costs a fraction of the memory that Python's own parser takes.
_STRINGS = "|".join(
    rf"{mark}(?:[^{mark}\\\x00-\x1f\ud800-\udfff]|\\(?:[\\'\"nrt]|x[0-9a-f]{{2}}|u[0-9a-f]{{4}}|U000[0-9a-f]{{5}}|U0010[0-9a-f]{{4}}))*+{mark}"
    for mark in "'\""
)
_TOKEN = pattern.compile(rf"{_STRINGS}|True|False|None")
_PRINTED = pattern.compile(rf"(?:{_STRINGS}|True|False|None|[-+0-9.e,:\s\[\]{{}}]++)++")
_NAMES = {"True": "true", "False": "false", "None": "null"}
# A YAML mapping or a list of them: a key at the start of a line, behind a document's mark and comments.
_YAML = pattern.compile(r"(?:---[^\n]*\n|#[^\n]*\n|\s*\n)*(?:- )?[\w./\"'-]{1,200}:(?:[ \n]|$)")
_MOST_TRIES = 16
_LONGEST = 1 << 20


def is_python(text: str) -> bool:
    """Whether a text begins as Python prints a list of objects or an object."""
    return _PYTHON.match(text) is not None


def values(text: str, label: str) -> tuple[Any, ...]:
    """The values in a text, none if there are none. UnreadableError if they are YAML and nothing here reads it."""
    return tuple(_json(text, label)) or tuple(_python(text, label)) or tuple(_yaml(text, label))


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


def _python(text: str, label: str) -> list[Any]:
    if not is_python(text) or len(text) > _LONGEST or not _PRINTED.fullmatch(text):
        return []
    try:
        return document.parse_leading(_TOKEN.sub(_as_json, text), label)[0]
    except UnreadableError:
        return []


def _as_json(token: re.Match[str]) -> str:
    """JSON for a string or a name that Python prints."""
    text = token.group()
    return _NAMES.get(text) or json.dumps(ast.literal_eval(text))


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
