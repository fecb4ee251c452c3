"""ARG's defaults that buildah keeps out of history, read back from where they were used.

buildah writes an ARG's name, not its value, and later lines as the Dockerfile has them, variables unexpanded. The
value shows in the next RUN, or, where no RUN follows or ENV hides it, in what the config has in force.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconstruct import pattern
from reconstruct.dockerfile.words import split as words
from reconstruct.dockerfile.words import unquote

_VARIABLE = pattern.compile(r"\$\{(\w+)\}|\$(\w+)")
_LINE = pattern.compile(r"/bin/sh -c #\(nop\) (?P<keyword>[A-Za-z]+) +(?P<body>.*)", re.DOTALL)


def env_names(created_by: str) -> set[str]:
    """The names that an ENV line sets; empty for any other line."""
    match = _LINE.match(created_by)
    if match is None or match["keyword"].upper() != "ENV":
        return set()
    found = words(match["body"])
    if found and "=" not in found[0]:
        return {found[0]}
    return {word.partition("=")[0] for word in found}


def _uses(created_by: str, config: Mapping[str, Any], env: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """(what is set, the text as written, the value in force) of a line that sets something the config shows."""
    match = _LINE.match(created_by)
    if match is None or "$" not in match["body"]:
        return
    keyword, body = match["keyword"].upper(), match["body"].strip()
    if keyword in ("ENV", "LABEL"):
        labels = config.get("Labels")
        values: Mapping[str, Any] = env if keyword == "ENV" else labels if isinstance(labels, Mapping) else {}
        for key, text in _pairs(body):
            value = values.get(key)
            if isinstance(value, str):
                yield f"{keyword} {key}", text, value
    elif keyword in ("WORKDIR", "USER"):
        value = config.get("WorkingDir" if keyword == "WORKDIR" else "User")
        if isinstance(value, str) and value:
            yield keyword, body, value
    elif keyword in ("EXPOSE", "VOLUME"):
        values = config.get("ExposedPorts" if keyword == "EXPOSE" else "Volumes") or {}
        if isinstance(values, Mapping) and len(values) == 1 and " " not in body:
            yield keyword, body.removesuffix("/tcp"), next(iter(values)).removesuffix("/tcp")


def _pairs(body: str) -> list[tuple[str, str]]:
    found = words(body)
    if found and "=" not in found[0]:
        key, _, text = body.partition(" ")
        return [(key, text.strip())]
    parts = [word.partition("=") for word in found]
    return [(unquote(key), text) for key, _, text in parts]


def solve(name: str, later: Sequence[str], config: Mapping[str, Any], env: Mapping[str, str]) -> str | None:
    """The value of argument `name` that makes the `later` lines give what the config has; None if none shows it."""
    last: dict[str, tuple[str, str]] = {}
    for line in later:
        for what, text, value in _uses(line, config, env):
            last[what] = (text, value)
    for text, value in last.values():
        if f"${name}" not in text and f"${{{name}}}" not in text:
            continue
        match = re.fullmatch(_pattern(text, name, env), value, re.DOTALL)
        if match is not None:
            return match["value"]
    return None


def _pattern(text: str, name: str, env: Mapping[str, str]) -> str:
    """The text as a regular expression: the argument is the group, other variables are what the config has, or open."""
    parts: list[str] = []
    position, seen = 0, False
    for match in _VARIABLE.finditer(text):
        parts.append(re.escape(_bare(text[position : match.start()])))
        variable = match.group(1) or match.group(2)
        if variable == name:
            parts.append("(?P=value)" if seen else "(?P<value>.*?)")
            seen = True
        else:
            parts.append(re.escape(env[variable]) if variable in env else ".*?")
        position = match.end()
    parts.append(re.escape(_bare(text[position:])))
    return "".join(parts) if seen else "(?!)"


def _bare(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.replace('"', ""))
