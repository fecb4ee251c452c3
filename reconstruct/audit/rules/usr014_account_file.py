"""USR014: An account or sudoers file is replaced, or its permissions loosened."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cis, cwe
from reconstruct.audit.shell import Command
from reconstruct.golang import is_digits
from reconstruct.syntax import Copy

_SECRET = lazy.compile(r"/etc/(?:shadow|gshadow|sudoers(?:\.d(?:/[\w.-]*)?)?|master\.passwd)-?")
_OPEN = lazy.compile(r"/etc/(?:passwd|group)-?")
_COPIED = lazy.compile(
    r"(?:^|/)(?:sudoers(?:\.d(?:/[\w.-]+)?)?|authorized_keys|shadow|gshadow|passwd|group|pam\.d/[\w.-]+)$"
)
_IN_ETC = lazy.compile(
    r"/etc/(?:sudoers(?:\.d(?:/[\w.-]*)?)?|shadow|gshadow|passwd|group)/?|.*/\.ssh/authorized_keys|/etc/pam\.d/.*"
)


def check(context: Context) -> Iterator[Hit]:
    """Fires if a step opens passwd, shadow or sudoers, writes `authorized_keys`, or copies such a file in."""
    for position, command in context.calls("chmod", "install", "setfacl"):
        found = _opened(context, position, command)
        if found is not None:
            yield found
    for position, command in context.calls("echo", "printf", "tee", "cat", "curl", "wget"):
        target = next((word for word in _targets(command) if word.endswith("authorized_keys")), "")
        if target and "$" not in " ".join(command.arguments):
            message = f"an authorized key is written to {context.show(target, 80)}"
            yield Hit(position, message, severity=Severity.MEDIUM, subject=(target,))
    for position, copy in context.of(Copy):
        named = any(_COPIED.search(source) for source in copy.sources)
        destination = context.destination(position, copy)
        if _IN_ETC.fullmatch(destination) or (named and destination.startswith(("/etc/", "/root/.ssh", "/home/"))):
            yield Hit(
                position,
                f"{copy.keyword} replaces {context.show(destination, 100)}, which controls accounts and privileges",
                severity=Severity.MEDIUM,
                subject=(destination,),
            )


def _targets(command: Command) -> tuple[str, ...]:
    return (*command.outputs, *(command.operands() if command.name == "tee" else ()))


def _opened(context: Context, position: int, command: Command) -> Hit | None:
    """The first account file that a chmod opens; None if there is none."""
    targets = [word for word in command.operands() if word.startswith("/etc/") or "$" in word]
    for target in targets:
        path = context.path(target, position)
        if not (_SECRET.fullmatch(path) or _OPEN.fullmatch(path)):
            continue
        mode = next(
            (word for word in command.arguments if re.fullmatch(r"[0-7]{3,5}|[ugoa]*[+=][rwxXstugo]+.*", word)), ""
        )
        if _SECRET.fullmatch(path) and _reads(mode):
            opens = "readable by everyone"
        elif _OPEN.fullmatch(path) and _writes(mode):
            opens = "writable by users other than root"
        else:
            continue
        return Hit(position, f"{command.name} {context.show(mode, 20)}: {path} is {opens}", subject=(path, mode))
    return None


def _reads(mode: str) -> bool:
    """Whether a mode lets others read or write."""
    if is_digits(mode):
        return int(mode[-1]) & 6 != 0
    return bool(re.search(r"(?:^|,)[ug]*[oa][ugoa]*[+=][rwx]*[rw]|(?:^|,)[+=][rwx]*[rw]", mode))


def _writes(mode: str) -> bool:
    """Whether a mode lets the group or others write: OpenShift's images do that to /etc/passwd."""
    if is_digits(mode):
        return (int(mode[-1]) | int(mode[-2])) & 2 != 0
    return bool(re.search(r"[goa][ugoa]*[+=][rwx]*w|(?:^|,)[+=]\w*w|g=u", mode))


rule = Rule(
    id="USR014",
    name="account-file-opened",
    family=Family.RUNNING,
    severity=Severity.HIGH,
    summary="An account or sudoers file is replaced, or its permissions loosened",
    why=(
        "/etc/shadow holds the password hashes, /etc/passwd and /etc/sudoers decide who is root, and "
        "authorized_keys who can log in. If more than root can read or write them, or they come from the build "
        "context, they allow privilege escalation or unauthorised login."
    ),
    fix=(
        "Leave these files to the distribution's tools (useradd, passwd -l). If sudo is needed, add one file to "
        "/etc/sudoers.d, with mode 0440 and only the command needed."
    ),
    references=(
        cwe(732, "Incorrect Permission Assignment for Critical Resource"),
        cwe(250, "Execution with Unnecessary Privileges"),
        cis("4.8", "Ensure setuid and setgid permissions are removed"),
    ),
    check=check,
)
