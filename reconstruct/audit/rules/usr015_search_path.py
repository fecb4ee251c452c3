"""USR015: A search path has a directory that others can write to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cwe
from reconstruct.builders.hints import env_map, strings
from reconstruct.syntax import Env

_LISTS = frozenset({"PATH", "LD_PRELOAD", "LD_LIBRARY_PATH", "PYTHONPATH", "PERL5LIB", "NODE_PATH", "CLASSPATH"})
_OPEN = ("/tmp", "/var/tmp", "/dev/shm")


def check(context: Context) -> Iterator[Hit]:
    """Fires if ENV puts a folder open to all, or the one that happens to be the working directory, on a search path that
    is in force; LOW for an empty entry of LD_LIBRARY_PATH, which `…:$LD_LIBRARY_PATH` leaves."""
    yield from _libraries(context)
    in_force = env_map(strings(context.config("Env")))
    for position, env in context.of(Env):
        for pair in env.pairs:
            if pair.key not in _LISTS or not pair.value:
                continue
            if "$" not in pair.value and in_force.get(pair.key, pair.value) != pair.value:
                continue
            for place in re.split("[: ]" if pair.key == "LD_PRELOAD" else ":", pair.value):
                if found := _open_to_all(pair.key, place):
                    severity = None if place or pair.key == "PATH" else Severity.LOW
                    shown = context.show(place, 60) or "an empty entry"
                    message = f"{pair.key} has {shown}: {found}"
                    yield Hit(position, message, severity=severity, subject=(pair.key, place))
                    break


def _libraries(context: Context) -> Iterator[Hit]:
    """A folder open to all among those that the loader looks in."""
    for position, command in context.calls("echo", "printf", "tee", "cat"):
        targets = (*command.outputs, *(command.operands() if command.name == "tee" else ()))
        if any(target.startswith(("/etc/ld.so.conf", "/etc/ld.so.preload")) for target in targets):
            words = re.split(r"\\n|\s", " ".join([*command.arguments, command.body]))
            if place := next(
                (word for word in words if word.startswith(tuple(f"{folder}/" for folder in _OPEN)) or word in _OPEN),
                "",
            ):
                message = f"the loader searches {context.show(place, 60)}, which is writable by everyone"
                yield Hit(position, message, subject=(place,))


def _open_to_all(name: str, place: str) -> str:
    """Who may put something at a place of a search path, where it isn't root alone; else empty."""
    if any(place == folder or place.startswith(folder + "/") for folder in _OPEN):
        return "writable by everyone"
    if name in ("PATH", "LD_LIBRARY_PATH") and (place == "" or place in (".", "..") or place.startswith(("./", "../"))):
        return "the current directory of each program"
    return ""


rule = Rule(
    id="USR015",
    name="search-path-open",
    family=Family.RUNNING,
    severity=Severity.MEDIUM,
    summary="A search path has a directory that others can write to",
    why=(
        "Programs are run from the first PATH directory that has them, libraries are loaded from the first in "
        "LD_LIBRARY_PATH, and LD_PRELOAD is loaded into every program. If /tmp or the working directory is among "
        "them, whoever can write there can run code as any user, root included."
    ),
    fix="Use absolute paths of directories that only root can write to, none of them below /tmp.",
    references=(
        cwe(426, "Untrusted Search Path"),
        cwe(427, "Uncontrolled Search Path Element"),
    ),
    check=check,
)
