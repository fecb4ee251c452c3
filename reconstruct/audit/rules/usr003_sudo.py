"""USR003: sudo is installed or used."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import installed
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, cis, cwe, docker
from reconstruct.audit.shell import Command


def check(context: Context) -> Iterator[Hit]:
    """Fires if a step installs sudo, or runs a command through it."""
    if "sudo" not in context.all_text:
        return
    for position, commands in context.runs():
        if any(any(map(_SUDO.fullmatch, installed(command))) for command in commands if _names_it(command)):
            yield Hit(position, "sudo is installed")
        elif any("sudo" in command.wrappers for command in commands):
            yield Hit(position, "sudo is used in a build step")


def _names_it(command: Command) -> bool:
    return any(word.startswith("sudo") for word in command.words)


# With a version as yum takes it: `sudo-1.9.5`.
_SUDO = lazy.compile(r"sudo(?:-\d.*)?")

rule = Rule(
    id="USR003",
    name="sudo",
    family=Family.RUNNING,
    severity=Severity.LOW,
    summary="sudo is installed or used",
    why=(
        "Build steps run as root already, and a container can be started as root if it must be. sudo is a setuid "
        "program with a long history of vulnerabilities, and gives an attacker in the container a path back to "
        "root."
    ),
    fix=(
        "Do what needs root as root, then switch with USER. If a program must change user at startup, use gosu or "
        "setpriv."
    ),
    references=(
        cis("4.8", "Ensure setuid and setgid permissions are removed"),
        cwe(250, "Execution with Unnecessary Privileges"),
        docker("USER", BEST_PRACTICES + "#user"),
    ),
    check=check,
)
