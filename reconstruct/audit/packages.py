"""Package managers in commands: which are called, what they install, and what they leave behind."""

from __future__ import annotations

from reconstruct.audit.commands import Command

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
    """The words that are neither options nor the values of known ones."""
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
    words = operands(command)
    return words[0] if words else ""


def is_pip(command: Command) -> bool:
    if command.name.startswith("pip") and command.name.replace(".", "").removeprefix("pip").isdigit():
        return True
    return command.name in ("pip", "pip3") or (
        command.name.startswith("python") and "-m" in command.words and "pip" in command.words
    )


def is_install(command: Command) -> bool:
    """Whether a command installs packages, by whichever manager."""
    name = command.name
    if is_pip(command):
        return "install" in command.words
    first = verb(command)
    if name in APT | YUM | {
        "zypper",
        "gem",
        "conda",
        "mamba",
        "micromamba",
        "cargo",
        "go",
        "brew",
        "choco",
        "cpan",
        "luarocks",
    }:
        return first in ("install", "localinstall", "groupinstall", "reinstall", "build-dep", "in")
    if name == "apk":
        return first == "add"
    if name == "npm":
        return first in ("install", "i", "ci", "add")
    if name in ("yarn", "pnpm"):
        return first in ("install", "add", "global", "") and "--version" not in command.words
    return name == "pacman" and any(word.startswith("-S") for word in command.arguments)


def installed(command: Command) -> list[str]:
    """What an install command names: packages, without versions and architecture."""
    if not is_install(command):
        return []
    words = operands(command)
    for verb_ in ("install", "add", "i", "in"):
        if verb_ in words:
            words = words[words.index(verb_) + 1 :]
            break
    return [word.split("=")[0].split(":")[0].split("@")[0] or word for word in words]
