"""Programs that run another: the command after `sudo`, `env`, `xargs`, and the script of `sh -c SCRIPT`."""

from __future__ import annotations

import re

from reconstruct import pattern as lazy
from reconstruct.audit.shell.command import SHELLS, Command
from reconstruct.record import replace

ASSIGNMENT = lazy.compile(r"([A-Za-z_][A-Za-z0-9_]*)\+?=(.*)", re.DOTALL)
# Wrappers, and their options that take a value of their own.
_NONE: frozenset[str] = frozenset()
_WRAPPERS = {
    "sudo": frozenset(["-u", "-g", "-h", "-p", "-C", "-r", "-t", "-U", "-T", "-D", "-R"]),
    "doas": frozenset({"-u", "-C"}),
    "env": frozenset({"-u", "-C", "-S", "--unset", "--chdir"}),
    "nice": frozenset({"-n"}),
    "ionice": frozenset({"-c", "-n", "-p"}),
    "nohup": _NONE,
    "stdbuf": frozenset({"-i", "-o", "-e"}),
    "xargs": frozenset(["-n", "-I", "-P", "-L", "-d", "-s", "-E", "-a"]),
    "timeout": frozenset({"-s", "-k"}),
    "retry": _NONE,
    "eatmydata": _NONE,
    "chronic": _NONE,
    "fakeroot": _NONE,
    "gosu": _NONE,
    "su-exec": _NONE,
    "setpriv": _NONE,
    "busybox": _NONE,
    "tini": _NONE,
    "dumb-init": _NONE,
    "catatonit": _NONE,
    "setarch": _NONE,
    "linux32": _NONE,
    "command": _NONE,
    "builtin": _NONE,
    "s6-setuidgid": _NONE,
    "chroot": frozenset({"--userspec", "--groups"}),
}
_ONE_OPERAND_FIRST = frozenset({"timeout", "gosu", "su-exec", "s6-setuidgid", "chroot"})
# No person writes a longer chain of wrappers.
_MAX_CHAIN = 8
_READS_SCRIPT = SHELLS | {"su", "runuser"}
_SCRIPT_OPTION = lazy.compile(r"-[a-z]*c|--command")


def unwrap(command: Command) -> Command:
    """The command after `sudo`, `env` and the like."""
    for _ in range(_MAX_CHAIN):
        valued = _WRAPPERS.get(command.name)
        inner = _behind(command, valued) if valued is not None else None
        if inner is None:
            break
        command = inner
    return command


def _behind(command: Command, valued: frozenset[str]) -> Command | None:
    words = command.arguments
    if command.name == "command" and words[:1] in (("-v",), ("-V",)):
        return None
    assignments = list(command.assignments)
    position = 0
    while position < len(words):
        word = words[position]
        match = ASSIGNMENT.fullmatch(word) if command.name in ("env", "sudo") else None
        if match:
            assignments.append((match.group(1), match.group(2)))
        elif not word.startswith("-") or word == "-":
            break
        elif word in valued:
            position += 1
        position += 1
    if command.name in _ONE_OPERAND_FIRST:
        position += 1
    if position >= len(words):
        return None
    wrappers = (*command.wrappers, command.name)
    return replace(command, words=words[position:], assignments=tuple(assignments), wrappers=wrappers)


def script(command: Command) -> str | None:
    """The script that a shell runs: `sh -c SCRIPT`, `bash -lc SCRIPT`, `su -c SCRIPT`, `eval WORDS`."""
    if command.name == "eval":
        return " ".join(command.arguments)
    if command.name not in _READS_SCRIPT:
        return None
    for position, word in enumerate(command.words[1:-1], start=1):
        if _SCRIPT_OPTION.fullmatch(word):
            return command.words[position + 1]
    return None
