"""Input piped to an interpreter: downloads, decoded text and raw connections."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.downloads import INTERPRETERS, Download, base_program, downloads, inline_run, interpreter
from reconstruct.audit.shell import Command
from reconstruct.audit.shell.windows import is_encoded
from reconstruct.named import NamedTuple
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.audit.context import Context

# No person writes a pipeline with more interpreters.
MAX_INTERPRETERS = 20
_EVALUATE = frozenset({"eval", "iex", "invoke-expression"})
_TCP = lazy.compile(r"/dev/(?:tcp|udp)/(?!localhost/|127\.|::1/|\$\{?\w*HOST)")


class Piped(NamedTuple):
    """`what` describes the input for people, `runner` is the program that runs it, `program` the one whose output it is."""

    what: str
    runner: str
    program: str


def piped_downloads(context: Context, position: int) -> tuple[tuple[Download, Command], ...]:
    """The downloads of a step that are piped to an interpreter; computed once per step."""
    key = ("piped", position)
    if key not in context.memo:
        context.memo[key] = tuple(_piped_downloads(context, position))
    found: tuple[tuple[Download, Command], ...] = context.memo[key]
    return found


def _piped_downloads(context: Context, position: int) -> Iterator[tuple[Download, Command]]:
    commands = context.commands(position)
    by_pipeline = _interpreters(commands)
    seen: set[tuple[str, ...]] = set()
    for download in downloads(context, position):
        command = download.command
        runner = command if inline_run(command) else _runner(commands, download.index, by_pipeline, download.outputs)
        key = (*download.urls, runner.name) if runner else ()
        if runner and key not in seen:
            seen.add(key)
            yield download, runner


def piped_otherwise(context: Context, position: int) -> Iterator[Piped]:
    """Other input of a step's interpreters: decoded text, an encoded command, a raw connection."""
    commands = context.commands(position)
    by_pipeline = _interpreters(commands)
    piped = {download.command.pipeline for download, _ in piped_downloads(context, position)}
    for index, command in enumerate(commands):
        if command.name in ("powershell", "pwsh"):
            if any(map(is_encoded, command.arguments)):
                yield Piped("an encoded command", command.name, command.name)
        elif _decodes(command) and command.pipeline not in piped:
            runner = _runner(commands, index, by_pipeline, command.outputs)
            if runner is not None:
                yield Piped("obfuscated text", runner.name, command.name)
        elif command.name in ("nc", "ncat", "netcat", "socat", "telnet"):
            runner = _runner(commands, index, by_pipeline, command.outputs)
            if runner is not None or re.search(r"-[a-z]*[ec]$|--(?:sh-)?exec", " ".join(command.arguments[:-1])):
                yield Piped(f"data received by {command.name}", runner.name if runner else command.name, command.name)
        elif command.redirects and any(_TCP.match(target) for _, target in command.redirects):
            runner = _connected(commands, index, by_pipeline)
            if runner is not None:
                yield Piped("data from a raw connection", runner.name, "/dev/tcp")


def _decodes(command: Command) -> bool:
    if command.name in ("base64", "base32", "uudecode", "basenc"):
        return any(re.fullmatch(r"-[a-zA-Z]*[dD][a-zA-Z]*|--decode", word) for word in command.arguments)
    if command.name == "openssl":
        return command.arguments[:1] in (("base64",), ("enc",)) and command.has("-d")
    return command.name == "xxd" and any(re.fullmatch(r"-[a-z]*r[a-z]*", word) for word in command.arguments)


def _connected(
    commands: tuple[Command, ...], index: int, by_pipeline: dict[int, list[tuple[int, Command]]]
) -> Command | None:
    """The interpreter that reads a raw connection opened by a command's redirection."""
    command = commands[index]
    if interpreter(command) and command.words:
        return command
    if not command.words:
        # `exec 3<>/dev/tcp/host/80; …; sh <&3`
        for place, other in enumerate(commands[index + 1 : index + 50], start=index + 1):
            if any("<&" in operator for operator, _ in other.redirects):
                if interpreter(other):
                    return other
                return _runner(commands, place, by_pipeline, other.outputs)
    return _runner(commands, index, by_pipeline, ())


def _interpreters(commands: tuple[Command, ...]) -> dict[int, list[tuple[int, Command]]]:
    """The first interpreters of each pipeline."""
    found: dict[int, list[tuple[int, Command]]] = {}
    for index, command in enumerate(commands):
        if interpreter(command):
            runners = found.setdefault(command.pipeline, [])
            if len(runners) < MAX_INTERPRETERS:
                runners.append((index, command))
    return found


def _runner(
    commands: tuple[Command, ...],
    index: int,
    by_pipeline: dict[int, list[tuple[int, Command]]],
    outputs: tuple[str, ...],
) -> Command | None:
    """The interpreter that gets a command's output: through its pipe, or as the words of `sh -c "$(…)"`; else None."""
    command = commands[index]
    for _, other in by_pipeline.get(command.pipeline, ()):
        if other is command:
            continue
        powershell = other.name in ("iex", "invoke-expression")
        if powershell or (other.place > command.place and other.parent == command.parent):
            if outputs and not powershell and not set(outputs) <= {"-", "/dev/stdout"}:
                continue
            return other
    parent, via = command.parent, command.via
    while parent is not None:
        outer = commands[parent]
        if via in ("$(", "`") and (outer.name in INTERPRETERS or base_program(outer.name) in INTERPRETERS):
            fed = any(operator == "<<<" and ("$(" in target or "`" in target) for operator, target in outer.redirects)
            if (
                (fed and interpreter(outer))
                or outer.name in _EVALUATE
                or any(re.fullmatch(r"-\w*[ce]|--command", word) for word in outer.arguments)
            ):
                return outer
        elif (via == "<(" and interpreter(outer)) or (via == "(" and outer.name in ("iex", "invoke-expression")):
            return outer
        if via in ("$(", "`") and outer.name in ("echo", "printf"):
            # `echo "$(curl …)" | sh`
            return next((other for _, other in by_pipeline.get(outer.pipeline, ()) if other.place > outer.place), None)
        if via in ("$(", "`") and outer.words:
            break
        parent, via = outer.parent, outer.via
    return None
