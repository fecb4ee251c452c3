"""Package managers in commands: which are called, and what they install and leave behind."""

from __future__ import annotations

from reconstruct import pattern as lazy
from reconstruct.audit.shell import Command

APT = frozenset({"apt-get", "apt", "aptitude"})
YUM = frozenset({"yum", "dnf", "microdnf", "tdnf", "dnf5"})
NPM = frozenset({"npm", "yarn", "pnpm"})
_APT_VALUED = frozenset({"-o", "--option", "-t", "--target-release", "-c", "--config-file"})
_VALUED = frozenset(
    {"-o", "--option", "-t", "--target-release", "-c", "--config-file", "--virtual", "-X", "--repository", "-r", "--requirement",
     "--requirements", "-i", "--index-url", "--extra-index-url", "--trusted-host", "-e", "-f", "--find-links", "--target",
     "--prefix", "-p", "--root", "--setopt", "--enablerepo", "--disablerepo", "--installroot", "--releasever", "--cache",
     "--registry", "--timeout", "--retries", "--constraint", "--cert", "--python", "--proxy"}
)  # fmt: skip


def operands(command: Command) -> list[str]:
    """The words that are neither options nor values of known options."""
    found: list[str] = []
    skip = False
    for word in command.arguments:
        if skip:
            skip = False
        elif word.startswith("-") and word != "-":
            skip = word in _VALUED or (word == "-t" and command.name in ("apk", *APT))
        else:
            found.append(word)
    return found


def verb(command: Command) -> str:
    """The manager's subcommand: `install`, `add`, `update` …; empty if there is none."""
    skip = False
    for word in command.arguments:
        if skip:
            skip = False
        elif word.startswith("-") and word != "-":
            skip = word in _VALUED or (word == "-t" and command.name in ("apk", *APT))
        else:
            return word
    return ""


def is_pip_name(name: str) -> bool:
    """Whether a program is pip, or a Python that may run it."""
    return (name.startswith("pip") and (name == "pip" or name[3:].replace(".", "").isdigit())) or name.startswith(
        "python"
    )


def is_pip(command: Command) -> bool:
    """Whether a command is pip's: `pip3 …`, `python -m pip …`."""
    name = command.name
    if not name.startswith(("pip", "python")):
        return False
    if name.startswith("pip"):
        return is_pip_name(name)
    return "-m" in command.words and "pip" in command.words


_UPDATERS = YUM | {"zypper"}
_UPDATE = frozenset({"update", "upgrade", "distro-sync", "up", "dup", "patch"})


def is_update(command: Command) -> bool:
    """Whether a command of yum, dnf and the like, or zypper, updates the installed packages."""
    return command.name in _UPDATERS and verb(command) in _UPDATE


_INSTALL = frozenset({"install", "localinstall", "groupinstall", "reinstall", "build-dep", "in"})
_INSTALLERS = (
    APT | YUM | {"zypper", "gem", "conda", "mamba", "micromamba", "cargo", "go", "brew", "choco", "cpan", "luarocks"}
)
# The programs that `is_install` knows, except pip.
MANAGERS = _INSTALLERS | NPM | {"apk", "pacman"}


def is_install(command: Command) -> bool:
    """Whether a command installs packages, by whichever manager."""
    name = command.name
    if name not in MANAGERS:
        return is_pip(command) and "install" in command.words
    first = verb(command)
    if name in YUM and first == "module":
        return bool({"install", "enable"} & set(command.words)) and "install" in command.words
    if name in _INSTALLERS:
        return first in _INSTALL
    if name == "apk":
        return first == "add"
    if name == "npm":
        return first in ("install", "i", "ci", "add")
    if name in ("yarn", "pnpm"):
        return first in ("install", "i", "add", "global", "") and "--version" not in command.words
    return name == "pacman" and any(word.startswith("-S") for word in command.arguments)


def installed(command: Command) -> list[str]:
    """The packages in an install command, without versions and architecture."""
    if not is_install(command):
        return []
    words = operands(command)
    for verb_ in ("install", "add", "i", "in"):
        if verb_ in words:
            words = words[words.index(verb_) + 1 :]
            break
    virtual = command.option("-t", "--virtual") if command.name == "apk" else None
    if virtual:
        words = [*words, virtual]
    return [_UNVERSIONED.split(word, maxsplit=1)[0] or word for word in words]


_UNVERSIONED = lazy.compile(r"[=~<>:@]")
