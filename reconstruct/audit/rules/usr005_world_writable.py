"""USR005: Files are made world-writable."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cwe
from reconstruct.audit.shell import Command
from reconstruct.syntax import Copy

_OCTAL = lazy.compile(r"0?[0-7]?[0-7]{2}[2367]")
_SYMBOLIC = lazy.compile(r"(?:[ugoa]*[+=-][rwxXstugo]*,)*[ug]*[oa][ugoa]*[+=][rxXst]*w[rwxXst]*(?:,.*)?")


# Folders of the system, where the sticky bit doesn't make it better.
_SYSTEM = frozenset(
    {"/", "/bin", "/boot", "/etc", "/home", "/lib", "/lib64", "/root", "/sbin", "/usr", "/usr/bin", "/usr/lib", "/usr/local",
     "/usr/local/bin", "/usr/local/sbin", "/usr/sbin", "/var"}
)  # fmt: skip
_CACLS = lazy.compile(r"(?i)(?:^|[\s;&|])x?cacls(?:\.exe)?\s+(?P<path>\S+)[^;&|]{0,300}?/[gp]\s+['\"]?Everyone:[FCW]\b")
_ICACLS = lazy.compile(
    r"(?i)\bicacls\s+(?P<path>\S+)[^;&|]{0,300}?/grant\S{0,20}\s+['\"]?(?:Everyone|\*S-1-1-0|(?:BUILTIN\\)?Users|\*S-1-5-32-545|(?:NT AUTHORITY\\)?Authenticated Users)['\"]?:\S*[(,:]?[FMW]\b"
)


_SET_ACL = lazy.compile(
    r"(?i)FileSystemAccessRule\W+['\"]?(?:Everyone|S-1-1-0)['\"]?\s*,\s*['\"]?(?:FullControl|Modify|Write)"
)


def check(context: Context) -> Iterator[Hit]:
    """Fires if chmod, umask, an ACL or `COPY --chmod` lets everyone write, and what it opens outlives the step."""
    done = -1
    for position, command in context.calls("chmod", "umask", "install", "mkdir", "setfacl"):
        mode = _mode(command) if position != done else ""
        if mode and not _passing(context, position, command, mode):
            done = position
            targets = [word for word in command.operands() if word != mode][:1]
            what = f" {context.show(targets[0], 80)}" if targets else ""
            message = f"{command.name} {context.show(mode, 40)}{what}: writable by everyone"
            yield Hit(position, message, subject=(command.name, mode, *targets))
    for position, _ in context.texts_with("set-acl", "cacls"):
        if _SET_ACL.search(context.text(position)) and "set-acl" in context.text(position).lower():
            yield Hit(position, "Set-Acl: writable by everyone", subject=("Set-Acl",))
        match = _ICACLS.search(context.text(position)) or _CACLS.search(context.text(position))
        if match:
            path = match.group("path")
            yield Hit(position, f"icacls {context.show(path, 80)}: writable by everyone", subject=("icacls", path))
    for position, copy in context.of(Copy):
        for name, value in copy.flags:
            if name == "chmod" and value and _open_to_all(value):
                message = f"{copy.keyword} --chmod={context.show(value, 20)}: writable by everyone"
                yield Hit(position, message, subject=(name, value))


def _passing(context: Context, position: int, command: Command, mode: str) -> bool:
    """Whether the opened path doesn't outlive the step: a `mktemp` directory, or something that the step deletes."""
    targets = {word for word in command.operands() if word != mode}
    key = ("passing", position)
    if key not in context.memo:
        passing: set[str] = set()
        for other in context.commands(position):
            if other.name == "rm":
                passing.update(other.operands())
            for name, value in other.assignments:
                if "mktemp" in value:
                    passing.update((f"${name}", f"${{{name}}}"))
        context.memo[key] = passing
    return not targets.isdisjoint(context.memo[key])


def _mode(command: Command) -> str:
    """The mode of a chmod, `install -m` or `mkdir -m` that opens files to everyone; empty if there is none."""
    words = command.arguments
    if command.name == "chmod":
        mode = next(
            (
                word
                for word in words
                if re.fullmatch(r"[0-7]{3,5}|[ugoa]*[+=-].*", word)
                and not re.fullmatch(r"-[RvcfH]+|--[a-z-]+(?:=.*)?", word)
            ),
            "",
        )
        if re.fullmatch(r"1[0-7]{2}[2367]|a\+[rwx]*w[rwx]*t|[oa]?\+[rwx]*t[rwx]*w", mode):
            return mode if any((word.rstrip("/") or "/") in _SYSTEM for word in command.operands()) else ""
        return mode if _open_to_all(mode) else ""
    if command.name == "setfacl":
        return next((word for word in words if re.search(r"(?:^|,)(?:d:)?o(?:ther)?:[^:,]*:?[r-]?w", word)), "")
    if command.name == "umask" and re.fullmatch(r"0{1,4}", "".join(words)):
        return words[0]
    if command.name in ("install", "mkdir"):
        for position, word in enumerate(words):
            option, equals, value = word.partition("=")
            if option in ("-m", "--mode"):
                mode = value if equals else (words[position + 1] if position + 1 < len(words) else "")
                return mode if _open_to_all(mode) else ""
    return ""


def _open_to_all(mode: str) -> bool:
    if re.fullmatch(r"[0-7]{3,5}", mode):
        # The sticky bit keeps users from each other's files.
        special = int(mode[:-3] or "0", 8)
        return bool(_OCTAL.fullmatch(mode[-4:])) and not special & 1
    return bool(_SYMBOLIC.fullmatch(mode)) and "t" not in mode


rule = Rule(
    id="USR005",
    name="world-writable",
    family=Family.RUNNING,
    severity=Severity.MEDIUM,
    summary="Files are made world-writable",
    why=(
        "With mode 777 (or `a+w`, `o+w`), any process in the container can replace the files, whichever user it "
        "runs as. If root later runs or reads one of them, that is a privilege escalation."
    ),
    fix=(
        "Give the files to the user that needs them (`chown`, `COPY --chown`) and deny write access to others. "
        "Set the sticky bit on a directory that everyone shares: 1777."
    ),
    references=(cwe(732, "Incorrect Permission Assignment for Critical Resource"),),
    check=check,
)
