"""USR004: A user has passwordless sudo."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cis, cwe
from reconstruct.audit.shell import Command
from reconstruct.audit.shell.sed import put_in

_GRANTS = lazy.compile(
    r"(?:^|[\s'\"\\n|/])%?[\w$\{}.-]+\s+ALL\s*=\s*\(?\s*(?:ALL|root)(?:\s*:\s*ALL)?\s*\)?\s*(?P<how>(?:NOPASSWD|SETENV)\s*:\s*)?(?:ALL|/)|(?P<free>NOPASSWD\s*:\s*ALL)|"
    r"(?P<default>Defaults(?::[\w$%{}-]+)?\s+!authenticate)"
)
# A line of doas.conf that names no command.
_DOAS = lazy.compile(r"(?m)(?:^|\\n|['\"])\s*permit\s+(?:\w+\s+)*nopass\s+(?:\w+\s+)*:?[\w$\{}.-]+\s*(?=$|\\n|['\"])")
_ROOT_LINE = lazy.compile(r"(?:^|[\s'\"\\n])[\w$-]+:[^:\s]*:0+:0*:[^:]*:")
_BLANK_ROOT = lazy.compile(r"s(?P<m>[/|,#])\^?root:[^/|,#]*(?P=m)root::")
_WRITERS = frozenset({"echo", "printf", "tee", "cat", "sed", "install", "perl", "awk"})


def check(context: Context) -> Iterator[Hit]:
    """Fires if a step grants all in sudoers, makes a second user ID 0, or lets anyone in without a password."""
    for position, _ in context.texts_with("sudoers", "visudo", "nopasswd", "authenticate", "nopass"):
        for kind in dict.fromkeys(found for command in context.commands(position) if (found := _granted(command))):
            yield Hit(position, _WAYS[kind], subject=(kind,))
    done = -1
    for position, command in context.calls(
        "useradd", "adduser", "usermod", "passwd", "echo", "printf", "sed", "cat", "tee", "net"
    ):
        if position == done:
            continue
        kind = _made_root(command)
        if kind:
            done = position
            yield Hit(position, _WAYS[kind], subject=(kind,))


# The ways to root, by what they are called in a finding's subject.
_WAYS = {
    "doas": "a user is allowed everything through doas, without a password",
    "sudo": "a user is allowed everything through sudo",
    "sudo-nopasswd": "a user is allowed everything through sudo, without a password",
    "sudo-noauthenticate": "sudo asks for no password",
    "empty-password": "an account with an empty password is created",
    "second-root": "a second account with UID 0 is created",
    "guest": "the guest account is enabled",
    "open-root": "root's password is removed: anyone can become root",
    "pam-permit": "pam_permit lets anyone in without a password",
}


def _granted(command: Command) -> str:
    """The permission that a command grants, a key of `_WAYS`; empty if it writes no such line (a `sed` may remove it)."""
    if command.name not in _WRITERS:
        return ""
    text = "\n".join([*command.arguments, command.body])
    if command.name == "sed":
        # Only the replacement counts, not the pattern.
        text = "\n".join(put for _, put in put_in(command))
    if _DOAS.search(text) and any("doas" in word for word in (*command.words, *command.outputs)):
        return "doas"
    found = _GRANTS.search(text)
    if found is None or (not found["free"] and not _names_sudoers(command) and not found["how"]):
        return ""
    if found["default"]:
        return "sudo-noauthenticate"
    free = found["free"] or "NOPASSWD" in (found["how"] or "")
    if command.name == "sed" and not free:
        return ""
    return "sudo-nopasswd" if free else "sudo"


def _names_sudoers(command: Command) -> bool:
    return any("sudoers" in word for word in (*command.words, *(target for _, target in command.redirects)))


def _made_root(command: Command) -> str:
    """What makes someone root, or opens root's account, a key of `_WAYS`; empty if nothing does."""
    name, words = command.name, command.arguments
    if name in ("useradd", "adduser", "usermod"):
        if "" in words and command.option("-p", "--password") == "":
            return "empty-password"
        return "second-root" if _is_root_twin(words) else ""
    if name == "net":
        guest = [word.lower() for word in words][:3]
        return "guest" if guest == ["user", "guest", "/active:yes"] else ""
    if name == "passwd":
        return "open-root" if command.has("-d", "--delete") and "root" in words else ""
    targets = (*(target for _, target in command.redirects), *words)
    if any(target.endswith(("/etc/passwd", "/etc/shadow")) for target in targets):
        text = "\n".join([*words, command.body])
        if name == "sed":
            if _BLANK_ROOT.search(text) or re.search(r"s([/|,#])\^?root:\\?[x*!]+:?\1root::?\1", text):
                return "open-root"
            if any(re.match(r"\^?(?!root:)[\w-]+:[^:]*:0+(?::|$)", put) for _, put in put_in(command)):
                return "second-root"
        elif _ROOT_LINE.search(text) and not re.search(r"(?:^|[\s'\"])root:x:0:0:root:/root", text):
            return "second-root"
    if any("/etc/pam.d/" in target for target in targets) and any("pam_permit.so" in word for word in words):
        return "pam-permit"
    return ""


def _is_root_twin(words: tuple[str, ...]) -> bool:
    """`useradd -o -u 0`: another name for root."""
    pairs = itertools.pairwise(words)
    return any(
        re.fullmatch(r"-[a-zA-Z]*u|--uid", option) and re.fullmatch(r"0+", value) for option, value in pairs
    ) or any(re.fullmatch(r"-[a-zA-Z]*u=?0+|--uid=0+", word) for word in words)


rule = Rule(
    id="USR004",
    name="sudo-without-password",
    family=Family.RUNNING,
    severity=Severity.MEDIUM,
    summary="A user has passwordless sudo",
    why=(
        "NOPASSWD in sudoers makes the user root in all but name: whoever compromises a process of that user "
        "controls the whole container."
    ),
    fix="Remove the entry; if something must run as root, allow only the specific commands.",
    references=(
        cwe(250, "Execution with Unnecessary Privileges"),
        cis("4.1", "Ensure that a user for the container has been created"),
    ),
    check=check,
)
