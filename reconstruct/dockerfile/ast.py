"""A parsed instruction → the AST's, with words unquoted and variables unexpanded.

For history that contains Dockerfile lines (buildah, kaniko), ONBUILD triggers, and the writer's own output.
"""

from __future__ import annotations

from reconstruct.dockerfile import flags
from reconstruct.dockerfile.dialect import BUILDKIT, Dialect
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.instruction import read_instruction, split_keyword
from reconstruct.dockerfile.model import Instruction as Parsed
from reconstruct.dockerfile.words import unquote
from reconstruct.record import replace
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


def read_line(line: str, dialect: Dialect = BUILDKIT, escape: str = "\\") -> Instruction | None:
    """The instruction of one logical line, with the line as `written`; None if the builder finds none in it."""
    try:
        parsed = read_instruction(line, dialect, escape)
        made = instruction(parsed, dialect, escape)
    except DockerfileError:
        return None
    return None if made is None else replace(made, written=line)


def instruction(parsed: Parsed, dialect: Dialect = BUILDKIT, escape: str = "\\") -> Instruction | None:
    """The AST's instruction; None if arguments are missing, and for FROM and unknown keywords.

    Raises DockerfileError for a HEALTHCHECK whose values the builder rejects.
    """
    escape = escape if dialect.escape_in_words else "\\"
    args = parsed.args
    match parsed.keyword:
        case "RUN" if args:
            return Run(command=_command(parsed), flags=flags.pairs(parsed.flags))
        case "CMD":
            return Cmd(command=_command(parsed))
        case "ENTRYPOINT":
            return Entrypoint(command=_command(parsed))
        case "SHELL" if parsed.json and args:
            return Shell(words=args)
        case "ENV" if parsed.pairs:
            return Env(pairs=_pairs(parsed, escape))
        case "LABEL" if parsed.pairs:
            return Label(pairs=_pairs(parsed, escape))
        case "ARG" if args:
            return Arg(pairs=tuple(_argument(word, escape) for word in args))
        case "COPY" | "ADD" if len(args) > 1:
            made = Add if parsed.keyword == "ADD" else Copy
            paths = tuple(unquote(word, escape) for word in args)
            return made(sources=paths[:-1], destination=paths[-1], flags=flags.pairs(parsed.flags))
        case "EXPOSE" if args:
            return Expose(ports=tuple(unquote(word, escape) for word in args))
        case "VOLUME" if args:
            return Volume(paths=tuple(unquote(word, escape) for word in args))
        case "USER" if args:
            return User(user=unquote(args[0], escape))
        case "WORKDIR" if args:
            return Workdir(path=unquote(args[0], escape))
        case "STOPSIGNAL" if args:
            return Stopsignal(signal=unquote(args[0], escape))
        case "MAINTAINER" if args:
            return Maintainer(name=args[0])
        case "HEALTHCHECK" if args:
            return _healthcheck(parsed, dialect)
        case "ONBUILD" if parsed.trigger is not None:
            return Onbuild(trigger=split_keyword(parsed.text)[1])
    return None


def _command(parsed: Parsed) -> Command:
    if parsed.json:
        return ExecForm(parsed.args)
    return ShellForm(parsed.args[0]) if parsed.args else ExecForm(())


def _pairs(parsed: Parsed, escape: str) -> tuple[Pair, ...]:
    return tuple(Pair(unquote(pair.key, escape), unquote(pair.value, escape)) for pair in parsed.pairs)


def _argument(word: str, escape: str) -> Pair:
    key, equals, value = word.partition("=")
    return Pair(key, unquote(value, escape) if equals else None)


def _healthcheck(parsed: Parsed, dialect: Dialect) -> Healthcheck:
    from reconstruct.dockerfile.check import healthcheck

    check = healthcheck(parsed, dialect)
    kind, *words = check["Test"]
    command: Command | None = ExecForm(tuple(words))
    if kind == "NONE":
        command = None
    elif kind == "CMD-SHELL":
        command = ShellForm(words[0])
    return Healthcheck(
        command=command,
        interval=check.get("Interval", 0),
        timeout=check.get("Timeout", 0),
        start_period=check.get("StartPeriod", 0),
        start_interval=check.get("StartInterval", 0),
        retries=check.get("Retries", 0),
    )
