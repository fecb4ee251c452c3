"""Whether a line is one that any builder takes: most are by their looks, the rest are tried.

The promise is that what we write is a Dockerfile whatever history holds. Lines made from values that every builder
accepts need no proof; a maker's own line, a trigger, an odd port or flag is given to the evaluator, which refuses what
BuildKit would refuse.
"""

from __future__ import annotations

import re

from reconstruct import pattern
from reconstruct.dockerfile.instruction import split_keyword
from reconstruct.dockerfile.words import split as words_of
from reconstruct.golang import json_words
from reconstruct.syntax import (
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    ShellForm,
    Stopsignal,
    User,
    Volume,
    Workdir,
)

_PORT = pattern.compile(r"\d{1,5}(?:-\d{1,5})?(?:/(?:tcp|udp|sctp))?")
_SIGNAL = pattern.compile(
    r"SIG(?:HUP|INT|QUIT|ABRT|USR1|USR2|TERM|KILL|WINCH|STOP|CONT|PWR|ALRM|PIPE)|[1-9]|[1-5]\d|6[0-4]"
)
_PLAIN_PATH = pattern.compile(r"[\w./\\@+,:*?~=%()[\]{}! -]+")
_KEY = pattern.compile(r"[\w.\-/ ]*\w[\w.\-/ ]*")
# Own lines of buildah and kaniko that a word lexer reads in one way: quotes closed, no escapes, plain variables.
_VARIABLE = r"\$\w+|\$\{\w+(?::[-+][^{}\"'\\`$]*)?\}"
_LEXED = pattern.compile(rf"""(?:[^"'\\`$]|{_VARIABLE}|"(?:[^"\\`$]|{_VARIABLE})*"|'[^'\\`]*')+""")
_TIME = r"\d+(?:\.\d+)?(?:s|m|h)"
_HEALTHCHECK = pattern.compile(
    rf"HEALTHCHECK (?:NONE|(?:--(?:interval|timeout|start-period)={_TIME} +|--retries=\d{{1,4}} +)*CMD +[^\s\[-].*)"
)
_TRIGGER = pattern.compile(
    r"(?:RUN|CMD|ENTRYPOINT) [^\s\[<-][^<]*|(?:COPY|ADD) [\w./*-]+ [\w./-]+|(?:USER|WORKDIR) [\w./-]+"
)
_FLAGS = frozenset({"chown", "chmod", "link", "parents", "from"})
_MILLISECOND = 1_000_000
_MAX_RETRIES = 2**31


def is_plain(instruction: Instruction) -> bool:
    """Whether every builder is known to take the line that this instruction becomes."""
    if instruction.written is not None:
        return _own_line_is_plain(instruction)
    match instruction:
        case Run() | Cmd() | Entrypoint():
            return True
        case Shell():
            return bool(instruction.words)
        case Env() | Label():
            return all(_KEY.fullmatch(pair.key) for pair in instruction.pairs)
        case Arg():
            return all(re.fullmatch(r"\w+", pair.key) for pair in instruction.pairs)
        case Expose():
            return all(_PORT.fullmatch(port) and _in_range(port) for port in instruction.ports)
        case Stopsignal():
            return bool(_SIGNAL.fullmatch(instruction.signal))
        case Workdir():
            return bool(instruction.path.strip())
        case Maintainer():
            return bool(instruction.name.strip())
        case User():
            return True
        case Volume():
            return all(path.strip() for path in instruction.paths) and bool(instruction.paths)
        case Healthcheck():
            return _check_is_plain(instruction)
        case Copy():
            return _copy_is_plain(instruction)
        case Onbuild():
            return bool(_TRIGGER.fullmatch(instruction.trigger))
    return False


def _in_range(port: str) -> bool:
    first, _, last = port.partition("/")[0].partition("-")
    return int(first) <= int(last or first) <= 65535


def _check_is_plain(check: Healthcheck) -> bool:
    times = (check.interval, check.timeout, check.start_period, check.start_interval)
    if any(0 < time < _MILLISECOND for time in times) or not 0 <= check.retries < _MAX_RETRIES:
        return False
    return not (isinstance(check.command, ShellForm) and not check.command.text.strip())


def _copy_is_plain(copy: Copy) -> bool:
    for name, value in copy.flags:
        if name not in _FLAGS or (name == "chmod" and not re.fullmatch(r"[0-7]{3,4}", value or "")):
            return False
    if copy.heredocs:
        return False
    several = len(copy.sources) > 1 or (copy.checksum or "").startswith("multi:")
    if several and not copy.destination.endswith(("/", "\\")):
        return False
    if not copy.destination.strip() or not all(source.strip() for source in copy.sources):
        return False
    return all(_PLAIN_PATH.fullmatch(path) for path in copy.sources) and bool(
        _PLAIN_PATH.fullmatch(copy.destination) or _LEXED.fullmatch(copy.destination)
    )


def _own_line_is_plain(instruction: Instruction) -> bool:
    line = (instruction.written or "").strip()
    _, body = split_keyword(line)
    body = body.strip()
    if not body or "\n" in line:
        return False
    match instruction:
        case Maintainer():
            return True
        case Run() | Cmd() | Entrypoint() | Shell() | Volume() if body.startswith("["):
            try:
                words = json_words(body)
            except ValueError:
                return False
            return words is not None and all(words) and bool(words or isinstance(instruction, Cmd | Entrypoint))
        case Run() | Cmd() | Entrypoint():
            return not body.startswith("--")
        case Expose():
            return all(_PORT.fullmatch(port) and _in_range(port) for port in body.split())
        case Env() | Label():
            return bool(_LEXED.fullmatch(body)) and _pairs_are_plain(body)
        case Workdir() | User() | Volume():
            return bool(_LEXED.fullmatch(body))
        case Healthcheck():
            return bool(_HEALTHCHECK.fullmatch(line))
        case Stopsignal():
            return bool(_SIGNAL.fullmatch(body))
        case Onbuild():
            return bool(_TRIGGER.fullmatch(body))
    return False


def _pairs_are_plain(body: str) -> bool:
    """`K=v K2=v2`, or `K v`: every word has a key, or the line has a key and a value."""
    found = words_of(body)
    if "=" not in found[0]:
        return len(found) > 1
    return all(re.match(r"[\w.\-/]+=|\"[\w.\-/ ]*[\w.\-/]\"=", word) for word in found)


def refused(text: str, platform: str) -> tuple[int | None, str] | None:
    """The line (1-based) of the Dockerfile `text` that BuildKit would refuse, and why; None if it takes it whole."""
    from reconstruct.builders.predicting import predict
    from reconstruct.dockerfile.errors import DockerfileError
    from reconstruct.errors import ReconstructError

    try:
        predict(text, builder="buildkit", platform=platform)
    except DockerfileError as error:
        return error.line, error.reason
    except ReconstructError as error:
        return None, str(error)
    return None
