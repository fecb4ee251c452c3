"""USR016: System files are owned by an unprivileged user."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cwe
from reconstruct.audit.shell import Command

_FILES = lazy.compile(
    r"/etc/(?:passwd|group|shadow|gshadow|sudoers(?:\.d(?:/.*)?)?|ld\.so\.(?:preload|conf(?:\.d(?:/.*)?)?)|crontab)"
)
_FOLDERS = frozenset(
    {"/", "/bin", "/boot", "/etc", "/lib", "/lib64", "/sbin", "/usr", "/usr/bin", "/usr/lib", "/usr/sbin"}
)
# Root finds programs there too, but an application's installer is often given it.
_LOCAL = frozenset({"/usr/local", "/usr/local/bin", "/usr/local/lib", "/usr/local/sbin", "/usr/share"})
_ROOTS = frozenset({"root", "0", "", "+0", "shadow", "bin", "wheel", "sys"})


def check(context: Context) -> Iterator[Hit]:
    """Fires, once per step, if chown gives someone other than root a file of accounts or a whole folder of the system."""
    done = -1
    for position, command in context.calls("chown"):
        if position == done:
            continue
        given = _given(context, position, command)
        if given is not None:
            done = position
            owner, path = given
            message = f"chown: {context.show(owner, 40)} owns {path}"
            if not _FILES.fullmatch(path):
                message += " and everything in it"
            yield Hit(position, message, severity=Severity.LOW if path in _LOCAL else None, subject=(owner, path))


def _given(context: Context, position: int, command: Command) -> tuple[str, str] | None:
    """(new owner, path) of what a chown gives away; None if it gives nothing of the system."""
    operands = command.operands()
    if len(operands) < 2 or command.has("--reference"):
        return None
    owner = re.split(r"[:.]", operands[0], maxsplit=1)[0]
    if owner in _ROOTS:
        return None
    whole = any(re.fullmatch(r"-[a-zA-Z]*R[a-zA-Z]*|--recursive", word) for word in command.arguments)
    for word in operands[1:]:
        path = context.path(word.removesuffix("/*") or "/", position)
        if _FILES.fullmatch(path) or (whole and path in _FOLDERS | _LOCAL):
            return owner, path
    return None


rule = Rule(
    id="USR016",
    name="system-files-given-away",
    family=Family.RUNNING,
    severity=Severity.MEDIUM,
    summary="System files are owned by an unprivileged user",
    why=(
        "Whoever owns /etc, /usr or an account file controls what root runs and who is root, so the unprivileged "
        "user can become root. The step also stores every file of the directory again."
    ),
    fix="Give the user only its application's files, in a directory of their own.",
    references=(
        cwe(732, "Incorrect Permission Assignment for Critical Resource"),
        cwe(250, "Execution with Unnecessary Privileges"),
    ),
    check=check,
)
