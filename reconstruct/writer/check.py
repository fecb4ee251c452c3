"""Whether a line is one that any builder takes: most are by their looks, the rest are tried.

The promise is that what we write is a Dockerfile whatever history holds. Lines made from values that every builder
accepts need no proof; a maker's own line, a trigger, an odd port or flag is given to the evaluator, which refuses what
BuildKit would refuse.
"""

from __future__ import annotations

import re

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
    Run,
    Shell,
    ShellForm,
    Stopsignal,
    User,
    Volume,
    Workdir,
)

_PORT = re.compile(r"\d{1,5}(?:-\d{1,5})?(?:/(?:tcp|udp|sctp))?")
_SIGNAL = re.compile(r"SIG(?:HUP|INT|QUIT|ABRT|USR1|USR2|TERM|KILL|WINCH|STOP|CONT|PWR|ALRM|PIPE)|[1-9]|[1-5]\d|6[0-4]")
_PLAIN_PATH = re.compile(r"[\w./@+,:*?~=%() -]+")
_KEY = re.compile(r"[\w.\-/ ]*\w[\w.\-/ ]*")
# Own lines of buildah and kaniko that read in one way: pairs in plain or simply quoted words.
_PLAIN_PAIRS = re.compile(
    r"""(?:ENV|LABEL)(?:[ ]+[\w.\-/]+=(?:"(?:[^"\\$`]|\$\w+|\$\{\w+\})*"|'[^'\\`]*'|(?:[^\s"'\\$`]|\$\w+|\$\{\w+\})*))+""",
    re.VERBOSE,
)
_PLAIN_WORDS = re.compile(r"(?:WORKDIR|USER|VOLUME|MAINTAINER)[ ]+[\w./@+,:~=%<> -]*[\w./]")
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
    if copy.heredocs or any(name not in _FLAGS or name == "chmod" for name, _ in copy.flags):
        return False
    several = len(copy.sources) > 1 or (copy.checksum or "").startswith("multi:")
    if several and not copy.destination.endswith(("/", "\\")):
        return False
    sources = copy.sources or ("x",)
    return all(_PLAIN_PATH.fullmatch(path) and path.strip() for path in (*sources, copy.destination))


def _own_line_is_plain(instruction: Instruction) -> bool:
    line = (instruction.written or "").strip()
    if isinstance(instruction, Run | Cmd | Entrypoint):
        body = line[len(instruction.keyword) :].strip()
        return bool(body) and "\n" not in line and not body.startswith(("[", "--"))
    if isinstance(instruction, Expose):
        return all(_PORT.fullmatch(port) and _in_range(port) for port in line.split()[1:]) and " " in line
    return bool(_PLAIN_PAIRS.fullmatch(line) or _PLAIN_WORDS.fullmatch(line))


def refused(text: str, platform: str) -> tuple[int | None, str] | None:
    """The line (1-based) of the Dockerfile `text` that BuildKit would refuse, and why; None if it takes it whole."""
    from reconstruct.errors import ReconstructError
    from reconstruct.evaluate import DockerfileError, predict

    try:
        predict(text, builder="buildkit", platform=platform)
    except DockerfileError as error:
        return error.line, error.reason
    except ReconstructError as error:
        return None, str(error)
    return None
