"""Whether a step's checks can stop it: a checksum is compared, for the right file, before the file is used."""

from __future__ import annotations

import re

from reconstruct import pattern as lazy
from reconstruct.audit.downloads import INTERPRETERS, MAX_DOWNLOADS, Download, base_program, checks, covers, downloads
from reconstruct.audit.shell import Command
from reconstruct.record import dataclass
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.audit.context import Context

_SUMS = lazy.compile(r"(?:sha\d+|md5|b2|b3)sum|shasum|sha\d+|rhash|digest")
_SIGNATURES = frozenset(
    {
        "gpg",
        "gpg2",
        "gpgv",
        "gpgv2",
        "cosign",
        "minisign",
        "signify",
        "slsa-verifier",
        "gh",
        "sigstore",
        "rpm",
        "jarsigner",
    }
)
_NO_STOP = frozenset({"true", ":", "echo", "printf", "warn", "cat", "sleep"})
_STOPS = frozenset({"exit", "false", "return", "kill", "die", "fail", "error", "abort", "bail"})
_CONDITIONS = frozenset({"if", "elif", "while", "until", "!"})
_UNPACKERS = frozenset(
    {"tar", "bsdtar", "unzip", "gunzip", "dpkg", "rpm", "apt", "apt-get", "yum", "dnf", "apk", "pip", "pip3", "install", "java", "npm", "gem", "msiexec", "start-process", "7z", "cpio"}
)  # fmt: skip
# The distance searched around a check.
_NEAR = 60


@dataclass(frozen=True)
class Weakness:
    """Why a check doesn't cover a download. `minor`: another file of the step is checked, a failure is only not acted on, or
    the reference is no more trustworthy than the file."""

    reason: str
    minor: bool = False


_ANOTHER_FILE = Weakness("the check is of another file", minor=True)


def weakness(context: Context, position: int, download: Download) -> Weakness | None:
    """Why a step's checks don't cover a download; None if they can stop the step in time.

    For steps with at least one check.
    """
    if len(downloads(context, position)) > MAX_DOWNLOADS:
        return None
    if not covers(context, position, download):
        return _ANOTHER_FILE
    if context.language(position) != "posix":
        return None
    made = _judged(context, position)
    if not made:
        return None
    sound = [(index, command) for index, command, fault in made if not fault]
    if not sound:
        return made[0][2]
    names = _names(download)
    if _other_file(context, position, sound, names, download):
        return _ANOTHER_FILE
    if used := _used_before(context, position, sound, names, download):
        return Weakness(f"it is used by {used} before it is checked")
    if _from_same_host(context, position, sound, download):
        return Weakness("its checksum comes from the same host", minor=True)
    return None


def _judged(context: Context, position: int) -> list[tuple[int, Command, Weakness | None]]:
    """The check commands of a step: (position, command, why it can't stop the step); computed once per step."""
    key = ("judged checks", position)
    if key not in context.memo:
        wanted = {id(command) for command in checks(context, position)}
        placed = [(index, one) for index, one in enumerate(context.commands(position)) if id(one) in wanted]
        context.memo[key] = [
            (index, command, _fault(context, position, index, command))
            for index, command in placed[:MAX_DOWNLOADS]
            if not _by_own_means(command)
        ]
    found: list[tuple[int, Command, Weakness | None]] = context.memo[key]
    return found


def _by_own_means(command: Command) -> bool:
    """Whether a program checks its download itself: `aria2c --checksum`."""
    return command.name == "aria2c"


def _fault(context: Context, position: int, index: int, command: Command) -> Weakness | None:
    """Why a check can't stop the step; None if it can."""
    commands = context.commands(position)
    if _only_prints(command, commands, index):
        return Weakness(f"{command.name} only prints the checksum")
    behind = _next(commands, index)
    if behind is None:
        return None
    after = commands[behind]
    if _CONDITIONS & {*command.keywords, *_first_of(commands, index).keywords}:
        return None
    if command.via in ("$(", "`", "<("):
        return None
    if after.operator == "||" and not _stops(commands, behind):
        return Weakness(f"a failing {command.name} is ignored")
    if after.operator in (";", "\n") and not _errexit(context, position, index):
        return Weakness(f"a failing {command.name} does not stop the step", minor=True)
    return None


def _only_prints(command: Command, commands: tuple[Command, ...], index: int) -> bool:
    """`sha256sum FILE`, without a comparison."""
    if not _SUMS.fullmatch(command.name) or command.via in ("$(", "`", "<("):
        return False
    words = command.arguments
    if any(
        word in ("-c", "--check", "-C") or re.fullmatch(r"-[a-zA-Z]*c[a-zA-Z]*|--check=.*|-a\d+c?", word)
        for word in words
    ):
        return False
    piped = any(
        other.pipeline == command.pipeline and other.place > command.place
        for other in commands[index + 1 : index + _NEAR]
    )
    return not piped and not command.outputs and bool(command.operands())


def _next(commands: tuple[Command, ...], index: int) -> int | None:
    """The position of the command after a command's pipeline, on the same level; None if it is the last."""
    command = commands[index]
    for place in range(index + 1, min(index + _NEAR, len(commands))):
        if commands[place].parent == command.parent and commands[place].pipeline != command.pipeline:
            return place
    return None


def _first_of(commands: tuple[Command, ...], index: int) -> Command:
    """The first command of a command's pipeline."""
    command = commands[index]
    for other in commands[max(0, index - _NEAR) : index]:
        if other.pipeline == command.pipeline and other.parent == command.parent:
            return other
    return command


def _stops(commands: tuple[Command, ...], index: int) -> bool:
    """Whether the command after `||` ends the step: `exit 1`, `{ echo bad; exit 1; }`, `(echo bad; false)`."""
    for place, other in enumerate(commands[index : index + 5]):
        if other.name in _STOPS:
            return other.name != "exit" or other.arguments[:1] != ("0",)
        if other.name not in _NO_STOP:
            # An unknown command after `||` may be a function that ends the step; later commands are the step continuing.
            return place == 0
    return False


def _errexit(context: Context, position: int, index: int) -> bool:
    """Whether the shell stops at a failing command: `set -e` before it, or `-e` in SHELL."""
    on = any(re.fullmatch(r"-[a-z]*e[a-z]*", word) for word in context.steps[position].shell[1:])
    for command in context.commands(position)[:index]:
        if command.name == "set":
            words = command.arguments
            if any(re.fullmatch(r"-[a-zA-Z]*e[a-zA-Z]*", word) for word in words) or (
                "-o" in words and "errexit" in words
            ):
                on = True
            elif any(re.fullmatch(r"\+[a-zA-Z]*e[a-zA-Z]*", word) for word in words):
                on = False
    return on


def _base(path: str) -> str:
    return path.rstrip("/").partition("?")[0].replace("\\", "/").rpartition("/")[2].lstrip("*")


def _names(download: Download) -> set[str]:
    """The possible names of a download's file."""
    return {name for path in (download.outputs or download.urls) if (name := _base(path)) and "$" not in name}


def _other_file(
    context: Context, position: int, sound: list[tuple[int, Command]], names: set[str], download: Download
) -> bool:
    """Whether every sound check is for files named in the step other than the download's."""
    from reconstruct.audit.secrets.feeding import Writers

    if not names or any("$" in path for path in (*download.outputs, *download.urls)):
        return False
    writers = Writers(context.commands(position))
    for _, command in sound:
        fed = writers.feeding(command).strip()
        told = re.findall(r"(?:^|\\n|\n)\s*[0-9a-fA-F]{32,}\s+\*?([^\s\\]+)", fed)
        if not told or not _SUMS.fullmatch(command.name):
            return False
        if any("$" in name or _base(name) in names for name in told):
            return False
    return True


def _used_before(
    context: Context, position: int, sound: list[tuple[int, Command]], names: set[str], download: Download
) -> str:
    """The program that unpacks or runs the file before the first sound check; empty if none does."""
    first = min(index for index, _ in sound)
    if first <= download.index or not names:
        return ""
    for command in context.commands(position)[download.index + 1 : first]:
        words = [_base(word) for word in command.words]
        if words and words[0] in names:
            return words[0]
        if names & set(words[1:]) and (command.name in _UNPACKERS or base_program(command.name) in INTERPRETERS):
            if command.name in ("tar", "unzip") and any(
                word in ("-t", "-l", "tf", "-tf", "-tzf") for word in command.arguments
            ):
                continue
            return command.name
    return ""


def _from_same_host(context: Context, position: int, sound: list[tuple[int, Command]], download: Download) -> bool:
    """Whether everything that the file is compared with was fetched from the same host, and nothing is signed."""
    if any(
        command.name in _SIGNATURES or (command.name == "openssl" and command.has("-verify")) for _, command in sound
    ):
        return False
    hosts = {_host(url) for url in download.urls}
    sums = [
        other
        for other in downloads(context, position)
        if any(
            re.search(r"(?i)sha\d*|md5|checksum|sums?\b|digest", _base(path)) for path in (*other.outputs, *other.urls)
        )
        and (other.auxiliary or other.asks or other is download)
    ]
    if not sums or not any(hosts & {_host(url) for url in other.urls} for other in sums):
        return False
    # A checksum in the step itself is compared too.
    return not re.search(r"\b[0-9a-f]{64,128}\b|\$\{?\w*(?:SHA|SUM|CHECK)", context.text(position), re.IGNORECASE)


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2].lower()
