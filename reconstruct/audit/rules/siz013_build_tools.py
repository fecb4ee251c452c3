"""SIZ013: Build tools are left in the image."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import APT, YUM, installed, is_install, operands, verb
from reconstruct.audit.rule import Hit, Rule, docker

_TOOLS = frozenset(
    {"gcc", "g++", "gcc-c++", "clang", "make", "cmake", "build-essential", "build-base", "base-devel", "alpine-sdk", "linux-headers", "linux-headers-generic",
     "autoconf", "automake", "libtool", "bison", "flex", "ninja", "ninja-build", "meson", "musl-dev", "libc6-dev", "libc-dev", "python3-dev", "python-dev",
     "rpm-build", "development tools", "Development Tools", "development-tools", "@development-tools", "devscripts", "llvm", "gfortran", "nasm", "yasm"}
)  # fmt: skip
_MANAGERS = (*APT, *YUM, "apk", "zypper", "pacman")
_REMOVE = frozenset({"remove", "purge", "autoremove", "erase", "del", "rm"})


def check(context: Context) -> Iterator[Hit]:
    """Fires if a step outside the base installs compilers or headers and doesn't take them out again."""
    for position, commands in context.run_with(*_MANAGERS):
        if context.in_base(position):
            continue
        managed = [command for command in commands if command.name in _MANAGERS]
        tools = [name for command in managed if is_install(command) for name in installed(command) if name in _TOOLS]
        # Packages that a step removes again aren't left, including whole groups and `--auto-remove`.
        if tools and not any(verb(command) in _REMOVE and _takes_out(operands(command), tools) for command in managed):
            named = list(dict.fromkeys(tools[:5]))
            stay = "stays" if len(named) == 1 else "stay"
            message = f"{', '.join(named)} {stay} in the image"
            yield Hit(position, message, bytes=context.layer_bytes(position), subject=tuple(named))


def _takes_out(words: list[str], tools: list[str]) -> bool:
    named = words[1:]
    return not named or any(name in named for name in tools) or any(name.startswith((".", "$")) for name in named)


rule = Rule(
    id="SIZ013",
    name="build-tools-left",
    family=Family.WEIGHT,
    severity=Severity.LOW,
    summary="Build tools are left in the image",
    why=(
        "Compilers and headers are larger than most programs built with them, need patches for as long as they "
        "are there, and help an attacker in the container."
    ),
    fix="Build in a separate stage and `COPY --from` the result; or remove the tools in the RUN that installs them.",
    references=(docker("multi-stage builds", "build/building/multi-stage/"),),
    check=check,
)
