"""USR008: A remote login service is in the image."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import installed
from reconstruct.audit.rule import Hit, Rule, cis, cwe
from reconstruct.audit.shell import Command
from reconstruct.audit.shell.sed import put_in
from reconstruct.syntax import Cmd, Entrypoint, Expose

_PACKAGES = frozenset(
    {"openssh-server", "dropbear", "telnetd", "inetutils-telnetd", "telnet-server", "rsh-server", "vsftpd", "proftpd", "ssh", "sshd",
     "openssh-sftp-server", "tightvncserver", "x11vnc", "xrdp"}
)  # fmt: skip
_PORTS = {
    "22": "ssh",
    "2222": "ssh",
    "23": "telnet",
    "21": "ftp",
    "513": "rlogin",
    "514": "rsh",
    "3389": "remote desktop",
    "5985": "WinRM",
    **dict.fromkeys(("5900", "5901", "5902", "5903"), "VNC"),
}


_LOGIN = lazy.compile(r"(?i)(?<![#\w])(?:PermitRootLogin[\s=\"']+yes|PermitEmptyPasswords[\s=\"']+yes)")
_BY_PASSWORD = lazy.compile(r"(?i)(?<![#\w])PasswordAuthentication[\s=\"']+yes")
_WINDOWS = lazy.compile(
    r"(?i)\bEnable-PSRemoting\b|Add-WindowsCapability\b[^;|]{0,200}?OpenSSH\.Server|\bwinrm\s+(?:quickconfig|qc)\b|fDenyTSConnections\W{1,20}(?:\S{1,40}\s+){0,6}?0\b|"
    r"Install-WindowsFeature\b[^;|]{0,200}?(?:Telnet-Server|RDS-RD-Server)"
)


_WORDS = (
    "passwordauthentication", "-password", "openssh", "dropbear", "telnet", "rsh-server", "ftpd", "ssh", "vnc", "xrdp", "permitroot", "permitempty", "psremoting", "windowscapability", "winrm",
    "fdenyts", "windowsfeature",
)  # fmt: skip


def check(context: Context) -> Iterator[Hit]:
    """Fires if a step installs, opens or starts a login service, EXPOSE names its port, or CMD or ENTRYPOINT starts it."""
    for position, text in context.texts_with(*_WORDS):
        commands = context.commands(position)
        packages = [name for command in commands for name in installed(command) if name in _PACKAGES]
        if packages:
            yield Hit(position, f"{packages[0]} is installed", subject=(packages[0],))
        elif any(command.name == "apk" and "openssh" in installed(command) for command in commands):
            # Alpine's `openssh` holds the server too; often only the client was meant.
            yield Hit(position, "openssh is installed, including its server", severity=Severity.LOW)
        elif (told := _told(commands)) and _LOGIN.search(told):
            yield Hit(position, "sshd is configured to let root or anyone log in", severity=Severity.HIGH)
        elif told and _BY_PASSWORD.search(told):
            yield Hit(position, "sshd is configured to accept passwords")
        elif match := _WINDOWS.search(text):
            yield Hit(position, f"{context.show(match.group(), 60)}: a remote login service is enabled")
        elif any(command.name == "ssh-keygen" and "-A" in command.words for command in commands):
            yield Hit(position, "SSH host keys are generated at build time: every container has the same")
        elif any(command.name in ("sshd", "telnetd", "vsftpd") for command in commands):
            yield Hit(position, "a remote login service is started in a build step", severity=Severity.LOW)
    for position, expose in context.of(Expose):
        for port in expose.ports:
            number, _, protocol = port.partition("/")
            if number in _PORTS and number != "2222" and protocol in ("", "tcp"):
                yield Hit(position, f"EXPOSE {port}: the port of {_PORTS[number]}", subject=(port,))
    for position in sorted(position for kind in (Cmd, Entrypoint) for position, _ in context.of(kind)):
        if re.search(
            r"(?:^|[\s/\"'])(?:sshd|telnetd|vsftpd|dropbear)\b|\bservice\s+sshd?\s+(?:re)?start|init\.d/sshd?\s+(?:re)?start",
            context.text(position),
        ):
            yield Hit(position, f"{context.steps[position].instruction.keyword} starts a remote login service")


def _told(commands: tuple[Command, ...]) -> str:
    """The text about logins that a step's commands write; for a `sed`, the text it inserts.

    A `sed` that takes out the mark of a comment (`s/#PermitRootLogin yes/…`) or keeps the name in a group counts with both.
    """
    told: list[str] = []
    for command in commands:
        if command.name == "sed":
            for searched, put in put_in(command):
                name = re.search(r"(?i)(Permit\w+|PasswordAuthentication)", searched)
                if re.search(r"(?i)(?:prohibit|without)-password", searched) and put.strip().lower() == "yes":
                    told.append("PermitRootLogin yes")
                told.append(put if not name or name.group(1).lower() in put.lower() else f"{name.group(1)} {put}")
        elif command.name not in ("grep", "egrep", "test"):
            told += [*command.arguments, command.body]
    return "\n".join(told)


rule = Rule(
    id="USR008",
    name="remote-login",
    family=Family.RUNNING,
    severity=Severity.MEDIUM,
    summary="A remote login service is in the image",
    why=(
        "An sshd (or telnet, ftp, rsh) in a container is one more service to configure, patch and defend. Host "
        "keys generated at build time are the same in every container. `docker exec` gives the same access "
        "without it."
    ),
    fix=(
        "Remove the service; use `docker exec` or the orchestrator's equivalent. If it must stay, generate host "
        "keys at startup, allow key authentication only, and forbid root logins."
    ),
    references=(
        cis("5.7", "Ensure sshd is not run within containers"),
        cwe(1188, "Initialization of a Resource with an Insecure Default"),
    ),
    check=check,
)
