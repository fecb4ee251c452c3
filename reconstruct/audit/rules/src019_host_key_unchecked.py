"""SRC019: SSH host key verification is disabled."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cwe
from reconstruct.audit.shell import Command
from reconstruct.audit.shell.sed import put_in
from reconstruct.syntax import Env

_OFF = lazy.compile(r"(?i)StrictHostKeyChecking[\s=\"']+(?:no|off|false)\b")


def check(context: Context) -> Iterator[Hit]:
    """Fires if an option, a setting or a variable has ssh or ansible take any host key; LOW for ssh-keyscan's."""
    for position, env in context.of(Env):
        for pair in env.pairs:
            value = pair.value or ""
            if _OFF.search(value) or (pair.key in _VARIABLES and _VARIABLES[pair.key].fullmatch(value)):
                message = f"{context.show(pair.key, 60)} makes ssh accept any host key, in every container"
                yield Hit(position, message, subject=(pair.key,))
    for position, text in context.texts_with("stricthostkeychecking", "ansible_host_key_checking"):
        if any(_switches_off(command) for command in context.commands(position)):
            message = "ssh accepts any host key: StrictHostKeyChecking is off"
            yield Hit(position, message, subject=("StrictHostKeyChecking",))
        elif re.search(r"ANSIBLE_HOST_KEY_CHECKING=(?:False|0)", text):
            yield Hit(position, "ansible accepts any host key", subject=("ANSIBLE_HOST_KEY_CHECKING",))
    for position, command in context.calls("ssh-keyscan"):
        kept = any("known_hosts" in target for target in command.outputs) or "known_hosts" in context.text(position)
        if kept and not re.search(r"ssh-keygen\s+-[a-z]*l|sha256|fingerprint", context.text(position), re.IGNORECASE):
            named = (command.name, *command.operands())
            message = "the host key from ssh-keyscan is trusted unverified"
            yield Hit(position, message, severity=Severity.LOW, subject=named)


_VARIABLES = {"ANSIBLE_HOST_KEY_CHECKING": lazy.compile(r"(?i)false|0|no")}


def _switches_off(command: Command) -> bool:
    if command.name in ("grep", "egrep", "test"):
        return False
    if command.name == "sed":
        return any(_OFF.search(put) for _, put in put_in(command))
    words = (*command.words, command.body, *(value for _, value in command.assignments))
    return bool(_OFF.search(" ".join(words)))


rule = Rule(
    id="SRC019",
    name="ssh-host-key-unchecked",
    family=Family.SOURCES,
    severity=Severity.MEDIUM,
    summary="SSH host key verification is disabled",
    why=(
        "With StrictHostKeyChecking off, ssh, scp and git over SSH talk to whichever machine answers. A man in "
        "the middle can serve different code, and read what is sent."
    ),
    fix=(
        "Add the host's key to /etc/ssh/ssh_known_hosts from a trusted source (a file in the build context, not "
        "ssh-keyscan in the same build), and leave host key checking on."
    ),
    references=(
        cwe(295, "Improper Certificate Validation"),
        cwe(322, "Key Exchange without Entity Authentication"),
    ),
    check=check,
)
