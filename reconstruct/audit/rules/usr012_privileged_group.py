"""USR012: A user is added to a root-equivalent group."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cis, cwe
from reconstruct.audit.shell import Command

_GROUPS = frozenset(
    {
        "docker",
        "sudo",
        "wheel",
        "root",
        "disk",
        "shadow",
        "lxd",
        "admin",
        "kmem",
        "containerd",
        "podman",
        "sudoers",
        "libvirt",
    }
)
_GROUP_OPTION = lazy.compile(r"-[a-zA-Z]*G|--groups|--add|-g|--gid|--ingroup|-[a-z]*G")


def check(context: Context) -> Iterator[Hit]:
    """Fires for each command that puts a user into a group such as docker, sudo, wheel or disk."""
    for position, command in context.calls(
        "useradd", "usermod", "adduser", "addgroup", "gpasswd", "groupmems", "net", "add-localgroupmember", "newgrp"
    ):
        group = _joined(command)
        if group:
            message = f"{command.name} adds a user to the group {context.show(group, 40)}"
            yield Hit(position, message, subject=(group, " ".join(command.words)))


def _joined(command: Command) -> str:
    """The root-equivalent group that a command adds a user to; empty if there is none."""
    name, words = command.name, command.arguments
    if name in ("net", "add-localgroupmember"):
        told = [word.strip("\"'").lower() for word in words]
        return "Administrators" if "administrators" in told and (name != "net" or "/add" in told) else ""
    if name in ("useradd", "usermod") or (name == "adduser" and any(word in ("--ingroup", "-G") for word in words)):
        for option, value in itertools.pairwise(words):
            # A primary group of `root` only decides the owner of the user's files; OpenShift requires it.
            primary = option in ("-g", "--gid", "--ingroup")
            if _GROUP_OPTION.fullmatch(option):
                found = next(
                    (group for group in value.split(",") if group in _GROUPS and not (primary and group == "root")), ""
                )
                if found:
                    return found
        glued = [word.partition("=")[2] for word in words if word.startswith("--groups=")]
        return next((group for value in glued for group in value.split(",") if group in _GROUPS), "")
    if name == "gpasswd":
        user = command.option("-a", "--add")
        return words[-1] if user is not None and words and words[-1] in _GROUPS else ""
    if name == "groupmems":
        group = command.option("-g", "--group") or ""
        return group if command.has("-a", "--add") and group in _GROUPS else ""
    operands = command.operands()
    # `adduser USER GROUP`, and busybox' `addgroup USER GROUP`.
    return operands[1] if name in ("adduser", "addgroup") and len(operands) == 2 and operands[1] in _GROUPS else ""


rule = Rule(
    id="USR012",
    name="privileged-group",
    family=Family.RUNNING,
    severity=Severity.MEDIUM,
    summary="A user is added to a root-equivalent group",
    why=(
        "Members of `docker` control the engine if its socket is mounted, members of `sudo` and `wheel` can "
        "become root, and members of `disk`, `shadow` and `root` can read or write what only root should. An "
        "unprivileged user in such a group is root after all."
    ),
    fix="Remove the user from the group. Grant it only the file or capability that it needs.",
    references=(
        cwe(250, "Execution with Unnecessary Privileges"),
        cis("4.1", "Ensure that a user for the container has been created"),
    ),
    check=check,
)
