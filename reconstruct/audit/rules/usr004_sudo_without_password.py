"""USR004: A user may become root without a password."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cis, cwe

_NOPASSWD = re.compile(r"NOPASSWD\s*:\s*ALL|NOPASSWD\s*:|%?\w+\s+ALL\s*=\s*\(ALL(?:\s*:\s*ALL)?\)\s+ALL")
_TO_SUDOERS = re.compile(r"sudoers|visudo")


def check(context: Context) -> Iterator[Hit]:
    for position, commands in context.runs():
        text = context.text(position)
        if "NOPASSWD" in text or (_TO_SUDOERS.search(text) and _NOPASSWD.search(text)):
            yield Hit(
                position,
                "a user is allowed everything through sudo, without a password"
                if "NOPASSWD" in text
                else "a user is allowed everything through sudo",
            )
        elif any(command.name in ("useradd", "adduser") and _is_root_twin(command.arguments) for command in commands):
            yield Hit(position, "a second account with user ID 0 is made")
        elif any(
            command.name == "passwd" and command.has("-d", "--delete") and "root" in command.words
            for command in commands
        ):
            yield Hit(position, "root's password is taken away: anyone may become root")


def _is_root_twin(words: tuple[str, ...]) -> bool:
    """`useradd -o -u 0`: another name for root."""
    pairs = itertools.pairwise(words)
    return (
        any(option in ("-u", "--uid") and value == "0" for option, value in pairs)
        or "-u0" in words
        or "--uid=0" in words
    )


rule = Rule(
    id="USR004",
    name="sudo-without-password",
    family=Family.RUNNING,
    severity=Severity.MEDIUM,
    summary="A user may become root without a password",
    why=(
        "NOPASSWD in sudoers makes the user root in all but name: whatever breaks into the user's "
        "process has the whole container."
    ),
    fix="Take the line out; allow single commands where something must run as root.",
    references=(
        cwe(250, "Execution with Unnecessary Privileges"),
        cis("4.1", "Ensure that a user for the container has been created"),
    ),
    check=check,
)
