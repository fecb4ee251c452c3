"""What a Dockerfile's instructions mean, as far as a given builder keeps it: two texts that mean the same compare equal.

Reads with the official parser (PyPI `dockerfile`), not with anything of ours, and expands variables by itself.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import dockerfile

from tests.builders.sources import chain

Meaning = tuple[Any, ...]
_MODIFIER = re.compile(r"(\w+)(:?[-+]|%%|%|##|#|//|/)?(.*)", re.DOTALL)
_PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"}
_HEREDOC = re.compile(r"<<(-?)([\"']?)\w+\2")
_SECONDS = {"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


@dataclass
class _State:
    builder: str
    escape: str
    env: dict[str, str]
    args: dict[str, str] = field(default_factory=dict)
    declared: set[str] = field(default_factory=set)
    shell: tuple[str, ...] = ("/bin/sh", "-c")
    workdir: str = "/"
    outside: dict[str, str] = field(default_factory=dict)
    windows: bool = False

    def expand(self, word: str) -> str:
        return "".join(expand(word, {**self.args, **self.env}, self.escape))

    def declare(self, key: str, value: str) -> None:
        """An ARG with a value: BuildKit lets it hide an ENV above it, the others do not."""
        self.args[key] = value
        if self.builder.startswith("buildkit") and key in self.env:
            self.env[key] = value


def expand(word: str, variables: Mapping[str, str], escape: str) -> Iterator[str]:
    """The word's text with quotes gone and variables filled in, as the Dockerfile reference has it, piece by piece."""
    quote, position = "", 0
    while position < len(word):
        char = word[position]
        if char == quote or (not quote and char in "'\""):
            quote = "" if quote else char
        elif quote == "'":
            yield char
        elif char == escape and position + 1 < len(word):
            position += 1
            if quote and word[position] not in f'"${escape}':
                yield char
            yield word[position]
        elif char == "$" and (match := re.compile(r"\$(?:\{|(\w+))").match(word, position)):
            end = match.end() if match[1] else _closing(word, match.end())
            yield variables.get(match[1], "") if match[1] else _modified(word[match.end() : end - 1], variables, escape)
            position = end - 1
        else:
            yield char
        position += 1


def _closing(word: str, start: int) -> int:
    depth, position = 1, start
    while depth and position < len(word):
        depth += {"{": 1, "}": -1}.get(word[position], 0)
        position += 1
    return position


def _modified(inside: str, variables: Mapping[str, str], escape: str) -> str:
    match = _MODIFIER.fullmatch(inside)
    assert match is not None, inside
    name, operator, rest = match[1], match[2] or "", match[3]
    value = variables.get(name)
    filled = bool(value) if operator.startswith(":") else value is not None
    if operator.endswith("-"):
        return (value or "") if filled else "".join(expand(rest, variables, escape))
    if operator.endswith("+"):
        return "".join(expand(rest, variables, escape)) if filled else ""
    value = value or ""
    cuts = range(len(value) + 1)
    if operator.startswith("#"):
        found = [cut for cut in cuts if fnmatch.fnmatchcase(value[:cut], rest)]
        return value[(max if operator == "##" else min)(found, default=0) :]
    if operator.startswith("%"):
        found = [cut for cut in cuts if fnmatch.fnmatchcase(value[cut:], rest)]
        return value[: (min if operator == "%%" else max)(found, default=len(value))]
    if operator.startswith("/"):
        old, _, new = rest.partition("/")
        return value.replace(old, new, -1 if operator == "//" else 1)
    return value


def meanings(
    text: str,
    builder: str,
    env: Mapping[str, str],
    args: Mapping[str, str] | None = None,
    target: str | None = None,
    windows: bool = False,
) -> list[Meaning]:
    """One tuple an instruction of the last (or named) stage and those it stands on: the keyword, and what `builder` kept.

    `env`: the base's environment. `args`: build arguments given on the command line.
    """
    directive = re.match(r"(?:#[^\n]*\n)*?#\s*escape\s*=\s*`", text)
    # buildah uses the directive only for line ends: inside words its escape is always the backslash.
    escape = "`" if directive and not builder.startswith("buildah") else "\\"
    state = _State(builder, escape, dict(env), windows=windows)
    state.declared = {key for key in args or {} if key.upper() in _PROXIES}
    state.outside = _global_defaults(text)
    found: list[Meaning] = []
    for command in chain(text, target):
        keyword = command.cmd.upper()
        if keyword == "ONBUILD" and not builder.startswith("buildkit"):
            found.append((keyword, " ".join(command.original.split()[1:])))
        elif keyword != "ONBUILD":  # BuildKit keeps triggers only in the config
            found.extend(_READERS[keyword](command, state, args or {}))
    return found


def _global_defaults(text: str) -> dict[str, str]:
    """The defaults of ARGs above the first FROM, which an ARG of the same name in a stage takes over."""
    found: dict[str, str] = {}
    for command in dockerfile.parse_string(text):
        if command.cmd.upper() == "FROM":
            break
        found |= dict(word.split("=", 1) for word in command.value if "=" in word)
    return found


def _pairs(command: dockerfile.Command, state: _State, _: Mapping[str, str]) -> Iterator[Meaning]:
    before = state.env | {}
    words = list(zip(command.value[::2], command.value[1::2], strict=True))
    values = [(state.expand(key), state.expand(value)) for key, value in words]
    if command.cmd.upper() == "ENV":
        state.env = before | dict(values)
    yield (command.cmd.upper(), *values)


def _arg(command: dockerfile.Command, state: _State, given: Mapping[str, str]) -> Iterator[Meaning]:
    for word in command.value:
        key, equals, default = word.partition("=")
        value = given.get(key, state.expand(default) if equals else state.outside.get(key))
        if value is not None:
            state.declare(key, value)
            state.declared.add(key)
        # Builders differ in which default they record, or the value given; all keep the names.
        if not state.builder.startswith("buildah"):
            yield ("ARG", key)
    if state.builder.startswith("buildah"):
        yield ("ARG", *sorted(state.declared))


def _run(command: dockerfile.Command, state: _State, _: Mapping[str, str]) -> Iterator[Meaning]:
    words = tuple(_HEREDOC.sub("<<", word) for word in command.value)
    yield ("RUN", *_command(words, command.json, state), *map(_script, command.heredocs))


def _script(heredoc: Any) -> str:
    """BuildKit keeps a here-document's text, but of a script with its own interpreter only the name."""
    content: str = heredoc.content
    return "#!" if content.startswith("#!") else content


def _entry(command: dockerfile.Command, state: _State, _: Mapping[str, str]) -> Iterator[Meaning]:
    yield (command.cmd.upper(), *_command(command.value, command.json, state))


def _command(words: tuple[str, ...], json: bool, state: _State) -> Meaning:
    """The words that run. Docker's builders join those of an exec form with blanks in RUN, so borders are not compared."""
    if json:
        return tuple(" ".join(words).split())
    shell = () if state.builder.startswith("buildah") else state.shell
    return tuple(" ".join([*shell, *words]).split())


def _shell(command: dockerfile.Command, state: _State, _: Mapping[str, str]) -> Iterator[Meaning]:
    state.shell = command.value
    yield ("SHELL", *command.value)


def _copy(command: dockerfile.Command, state: _State, _: Mapping[str, str]) -> Iterator[Meaning]:
    sources = [state.expand(word) for word in command.value[:-1]]
    destination = state.expand(command.value[-1])
    if state.builder.startswith("buildkit"):
        # Names joined with blanks, as history has them.
        yield (command.cmd.upper(), _HEREDOC.sub("<<", " ".join([*sources, destination])))
    else:
        yield (command.cmd.upper(), destination)


def _workdir(command: dockerfile.Command, state: _State, _: Mapping[str, str]) -> Iterator[Meaning]:
    word = state.expand(command.value[0])
    if state.windows:  # BuildKit writes them with `/` and without the drive
        word = re.sub(r"^[A-Za-z]:", "", word).replace("\\", "/")
    path = posixpath.join(state.workdir, word)
    state.workdir = posixpath.normpath(path)
    # BuildKit 0.8 and the classic builder make a layer even where nothing changes; the current one does not for `/`.
    if not (state.builder == "buildkit-head" and state.workdir == "/"):
        yield ("WORKDIR", state.workdir)


def _expose(command: dockerfile.Command, state: _State, _: Mapping[str, str]) -> Iterator[Meaning]:
    ports = set()
    for word in command.value:
        port, _, protocol = state.expand(word).partition("/")
        low, _, high = port.partition("-")
        ports |= {(number, protocol or "tcp") for number in range(int(low), int(high or low) + 1)}
    yield ("EXPOSE", *sorted(ports))


def _healthcheck(command: dockerfile.Command, state: _State, _: Mapping[str, str]) -> Iterator[Meaning]:
    flags = dict(flag.removeprefix("--").split("=", 1) for flag in command.flags)
    numbers = {key: float(value) if key == "retries" else _duration(value) for key, value in flags.items()}
    if command.value[0].upper() == "NONE":
        yield ("HEALTHCHECK", "NONE")
        return
    words = tuple(" ".join(command.value[1:]).split())
    yield ("HEALTHCHECK", command.json, words, *sorted((key, value) for key, value in numbers.items() if value))


def _duration(text: str) -> float:
    parts = re.findall(r"([\d.]+)(ms|us|ns|h|m|s)", text)
    return round(sum(float(number) * _SECONDS[unit] for number, unit in parts), 9)


def _words(command: dockerfile.Command, state: _State, _: Mapping[str, str]) -> Iterator[Meaning]:
    yield (command.cmd.upper(), *(state.expand(word) for word in command.value))


def _verbatim(command: dockerfile.Command, state: _State, _: Mapping[str, str]) -> Iterator[Meaning]:
    yield (command.cmd.upper(), *command.value)


_READERS = {
    "ENV": _pairs, "LABEL": _pairs, "ARG": _arg, "RUN": _run, "CMD": _entry, "ENTRYPOINT": _entry, "SHELL": _shell,
    "COPY": _copy, "ADD": _copy, "WORKDIR": _workdir, "EXPOSE": _expose, "HEALTHCHECK": _healthcheck, "USER": _words,
    "VOLUME": _words, "STOPSIGNAL": _words, "MAINTAINER": _verbatim,
}  # fmt: skip
