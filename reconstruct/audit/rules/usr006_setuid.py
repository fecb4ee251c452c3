"""USR006: A step sets the setuid or setgid bit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cis, cwe
from reconstruct.audit.shell import Command
from reconstruct.syntax import Copy


def check(context: Context) -> Iterator[Hit]:
    """Fires if chmod, install or `COPY --chmod` sets the setuid bit; LOW for setgid alone."""
    done = -1
    for position, command in context.calls("chmod", "install"):
        found = _bits(command) if position != done else None
        if found:
            done = position
            bit, mode, target = found
            severity = Severity.LOW if bit == "setgid" else None
            what = (
                f"{command.name} {context.show(mode, 40)} sets the {bit} bit of {context.show(target, 80) or 'a file'}"
            )
            yield Hit(position, what, severity=severity, subject=(bit, mode, target))
    for position, copy in context.of(Copy):
        for name, value in copy.flags:
            if name == "chmod" and value and re.fullmatch(r"0?[4567][0-7]{3}|.*u[+=][rwx]*s.*", value):
                message = f"{copy.keyword} --chmod={context.show(value, 20)} sets the setuid bit"
                yield Hit(position, message, subject=(name, value))


def _bits(command: Command) -> tuple[str, str, str] | None:
    """(bit, mode, file) of a command that sets one."""
    if command.name not in ("chmod", "install"):
        return None
    for word in command.arguments:
        value = word.removeprefix("--mode=").removeprefix("-m")
        if re.fullmatch(r"0?[0-7]{4}", value) and len(value.lstrip("0")) == 4:
            special = int(value.lstrip("0")[0])
            if special & 4:
                return "setuid", value, _target(command, word)
            if special & 2 and not special & 1 and not _folder(command, word):
                return "setgid", value, _target(command, word)
        elif re.fullmatch(r"(?:[ugoa]*[+=-][rwxXst]*,)*(?:[ugoa]*)[+=][rwxX]*s[rwxXst]*(?:,.*)?", value):
            users = re.split(r"[+=]", value)[0]
            bit = "setgid" if users in ("g", "go") else "setuid"
            if bit == "setuid" or not _folder(command, word):
                return bit, value, _target(command, word)
    return None


def _target(command: Command, mode: str) -> str:
    operands = [word for word in command.operands() if word != mode]
    return operands[0] if operands else ""


def _folder(command: Command, mode: str) -> bool:
    """Whether the target looks like a folder, where the setgid bit only passes the group on."""
    target = _target(command, mode)
    return target.endswith("/") or ("." not in target.rsplit("/", 1)[-1] and not re.search(r"/s?bin/", target))


rule = Rule(
    id="USR006",
    name="setuid",
    family=Family.RUNNING,
    severity=Severity.HIGH,
    summary="A step sets the setuid or setgid bit",
    why=(
        "A setuid program runs with its owner's privileges, whoever starts it. If it has a flaw or can run "
        "commands (a shell, an editor, an interpreter), any user in the container can become root."
    ),
    fix=(
        "Clear the bit; grant the program the one capability that it needs (`setcap`), or start it as the right "
        "user. Start containers with `--security-opt=no-new-privileges`."
    ),
    references=(
        cis("4.8", "Ensure setuid and setgid permissions are removed"),
        cwe(250, "Execution with Unnecessary Privileges"),
    ),
    check=check,
)
