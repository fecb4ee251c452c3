"""A Dockerfile's own line (buildah, kaniko, ONBUILD, `docker history` of old pages) as an instruction.

The AST's values are read without expanding variables; `written` keeps the line itself.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

from reconstruct import golang, pattern
from reconstruct.builders.reading.state import Reading, State
from reconstruct.syntax import (
    Add,
    Arg,
    Cmd,
    Command,
    Copy,
    Entrypoint,
    Env,
    ExecForm,
    Expose,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    Pair,
    Run,
    Shell,
    ShellForm,
    Stopsignal,
    User,
    Volume,
    Workdir,
)

_FLAG = pattern.compile(r"--(?P<name>[a-z][a-z-]*)(?:=(?P<value>(?:\"[^\"]*\"|\S)*))?(?:\s+|$)")
_KEYWORD = pattern.compile(r"(?P<keyword>[A-Za-z]+)\s")
_WORD = pattern.compile(r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\]|["'\\])+""", re.DOTALL)
_PART = pattern.compile(r"""\"((?:[^"\\]|\\.)*)\"|'([^']*)'|\\(.)|([^"'\\]+)|(["'\\])""", re.DOTALL)


def unquote(word: str) -> str:
    """A word with its quotes and escapes gone, as the Dockerfile's word lexer does it; variables stay."""

    def part(match: re.Match[str]) -> str:
        double, single, escaped, plain, stray = match.groups()
        if double is not None:
            return re.sub(r'\\(["$\\])', r"\1", double)
        return next(text for text in (single, escaped, plain, stray) if text is not None)

    return _PART.sub(part, word)


def words(text: str) -> list[str]:
    """The words of a line, quotes and escapes still on."""
    return _WORD.findall(text)


def json_words(text: str) -> tuple[str, ...] | None:
    """The JSON (exec) form's words, or None where the text is no JSON list of strings."""
    if not text.lstrip().startswith("["):
        return None
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(parsed, list) and all(isinstance(word, str) for word in parsed):
        return tuple(parsed)
    return None


def command(text: str) -> Command:
    parsed = json_words(text)
    return ExecForm(parsed) if parsed is not None else ShellForm(text)


def _pairs(text: str) -> tuple[Pair, ...]:
    found = words(text)
    if found and "=" not in found[0]:
        key, _, value = text.strip().partition(" ")
        return (Pair(key, unquote(value.strip())),)
    pairs = []
    for word in found:
        key, _, value = word.partition("=")
        pairs.append(Pair(unquote(key), unquote(value)))
    return tuple(pairs)


def _args(text: str) -> tuple[Pair, ...]:
    pairs = []
    for word in words(text):
        key, separator, value = word.partition("=")
        pairs.append(Pair(key, unquote(value) if separator else None))
    return tuple(pairs)


def take_flags(text: str) -> tuple[tuple[tuple[str, str | None], ...], str]:
    """The `--name=value` flags in front, and the rest."""
    flags: list[tuple[str, str | None]] = []
    position = 0
    while match := _FLAG.match(text, position):
        flags.append((match["name"], match["value"]))
        position = match.end()
    return tuple(flags), text[position:]


def _copy(keyword: str, text: str) -> Instruction | None:
    flags, rest = take_flags(text)
    parsed = json_words(rest)
    found = list(parsed) if parsed is not None else [unquote(word) for word in words(rest)]
    if len(found) < 2:
        return None
    made = Add if keyword == "ADD" else Copy
    return made(sources=tuple(found[:-1]), destination=found[-1], flags=flags)


def _healthcheck(text: str) -> Instruction | None:
    flags, rest = take_flags(text)
    kind, _, test = rest.partition(" ")
    if kind.upper() == "NONE":
        return Healthcheck(command=None)
    if kind.upper() != "CMD":
        return None
    given = dict(flags)

    def time(name: str) -> int:
        return golang.duration(given.get(name) or "0s") or 0

    retries = given.get("retries") or "0"
    return Healthcheck(
        command=command(test.strip()),
        interval=time("interval"),
        timeout=time("timeout"),
        start_period=time("start-period"),
        start_interval=time("start-interval"),
        retries=int(retries) if retries.isdigit() and len(retries) < 10 else 0,
    )


def _instruction(keyword: str, text: str) -> Instruction | None:
    stripped = text.strip()
    match keyword:
        case "ENV" if stripped:
            return Env(pairs=_pairs(stripped))
        case "LABEL" if stripped:
            return Label(pairs=_pairs(stripped))
        case "ARG" if stripped:
            return Arg(pairs=_args(stripped))
        case "RUN":
            return Run(command=command(take_flags(stripped)[1] if json_words(stripped) is None else stripped))
        case "CMD":
            return Cmd(command=command(stripped))
        case "ENTRYPOINT":
            return Entrypoint(command=command(stripped))
        case "SHELL":
            parsed = json_words(stripped)
            return Shell(words=parsed) if parsed else None
        case "COPY" | "ADD":
            return _copy(keyword, stripped)
        case "HEALTHCHECK":
            return _healthcheck(stripped)
        case "EXPOSE" if stripped:
            return Expose(ports=tuple(unquote(word) for word in words(stripped)))
        case "VOLUME" if stripped:
            parsed = json_words(stripped)
            return Volume(paths=parsed if parsed is not None else tuple(unquote(w) for w in words(stripped)))
        case "USER" if stripped:
            return User(user=unquote(stripped))
        case "WORKDIR" if stripped:
            return Workdir(path=unquote(stripped))
        case "STOPSIGNAL" if stripped:
            return Stopsignal(signal=unquote(stripped))
        case "MAINTAINER" if stripped:
            return Maintainer(name=stripped)
        case "ONBUILD" if stripped:
            return Onbuild(trigger=stripped)
    return None


def split_keyword(line: str) -> tuple[str, str]:
    """The keyword and the text behind the first blank or tab."""
    match = _KEYWORD.match(line)
    return (match["keyword"], line[match.end() :]) if match else (line, "")


def instruction(line: str, state: State | None = None) -> Reading | None:
    """The instruction on a Dockerfile's own line; None if there is none."""
    keyword, text = split_keyword(line)
    made = _instruction(keyword.upper(), text)
    if made is None:
        return None
    if state is not None and isinstance(made, Shell):
        state.shell = made.words
    if state is not None and isinstance(made, Env):
        state.env.update({pair.key: pair.value or "" for pair in made.pairs})
    return Reading(replace(made, written=line))
