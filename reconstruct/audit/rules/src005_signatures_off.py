"""SRC005: Package signature verification is disabled."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import APT, YUM, verb
from reconstruct.audit.rule import Hit, Rule, cis, cwe
from reconstruct.audit.shell import Command
from reconstruct.audit.shell.sed import put_in
from reconstruct.named import NamedTuple
from reconstruct.syntax import Env

_APT = lazy.compile(
    r"(?i)--allow-unauthenticated|--force-yes|--no-gpg-check|(?:apt::get::)?allowunauthenticated\s*[=\s]\s*[\"']?(?:true|yes|1)|"
    r"acquire::(?:allowinsecurerepositories|allowdowngradetoinsecurerepositories)\s*[=\s]\s*[\"']?(?:true|yes|1)|"
    r"--allow-insecure-repositories"
)
_APT_CONF = lazy.compile(
    r"(?i)(AllowUnauthenticated|AllowInsecureRepositories|AllowDowngradeToInsecureRepositories|AllowWeakRepositories)\W+(?:true|1|yes)"
)
_TRUSTED = lazy.compile(r"(?i)\bdeb(?:-src)?\s+\[[^\]]*trusted\s*=\s*yes|(?:^|\\n)\s*trusted:\s*yes", re.MULTILINE)
_REPO_FILE = lazy.compile(
    r"(?i)(?:\\n|\b)(?:repo_|pkg_)?gpgcheck\s*=\s*(?:0|false|no)\b|\bSigLevel\s*=\s*(?:Never|TrustAll)"
)


_UNSIGNED = lazy.compile(r"(?i)\b(?:Unrestricted|Bypass)\b")
# Settings of Go that leave its checksum database out.
_GO = {
    "GOSUMDB": lazy.compile(r"off"),
    "GONOSUMDB": lazy.compile(r"\*|.*\*.*"),
    "GONOSUMCHECK": lazy.compile(r"1|true|\*"),
    "GOFLAGS": lazy.compile(r".*-insecure.*"),
    "GONOSUMCHECKS": lazy.compile(r"1"),
}
_WORDS = (
    "unauthenticated", "force-yes", "insecure", "weakrepositories", "trusted", "gpgcheck", "gpg-check", "siglevel", "bad-verify", "untrusted", "nosignature",
    "nodigest", "checksums", "skippublishercheck", "nosecurity", "gosumdb", "gonosum", "zypper", "trust-policy", "no-verify", "skip-verify", "set-executionpolicy",
)  # fmt: skip


def check(context: Context) -> Iterator[Hit]:
    """Fires if an option, a repository's file or Go's variable switches signatures off; milder for local packages."""
    for position, env in context.of(Env):
        for pair in env.pairs:
            if pair.key in _GO and _GO[pair.key].fullmatch(pair.value or ""):
                message = f"{pair.key}={context.show(pair.value, 40)}: Go modules are not checked, in every container"
                yield Hit(position, message, subject=(pair.key,))
    for position, text in context.texts_with(*_WORDS):
        for off in _of_step(context.commands(position), text):
            yield Hit(
                position, f"signatures are not checked: {off.what}", severity=off.severity, subject=(off.setting,)
            )


class _Off(NamedTuple):
    """What isn't checked. `setting` switches it off, in the terms of its program; `what` says so to people. `severity`: None is
    the rule's."""

    setting: str
    what: str
    severity: Severity | None = None


def _of_step(commands: tuple[Command, ...], text: str) -> Iterator[_Off]:
    """Each setting of a step once, at its worst."""
    found: dict[str, _Off] = {}
    for command in commands:
        for off in _switched_off(command):
            if off.setting not in found or off.severity is None:
                found[off.setting] = off
    yield from found.values()
    if _TRUSTED.search(text):
        # Packages that the step itself built or unpacked are in a folder of its own.
        local = re.search(r"trusted\s*=\s*yes\s*\]\s*(?:file|copy|cdrom):", text)
        what = "[trusted=yes] in an apt source" + (", of a local directory" if local else "")
        yield _Off("trusted=yes", what, Severity.INFO if local else None)
    if _REPO_FILE.search(text) and not _only_in_sed(commands):
        yield _Off("gpgcheck=0", "gpgcheck=0 in a repository's file")


def _switched_off(command: Command) -> Iterator[_Off]:
    name, words = command.name, command.arguments
    text = " ".join(words)
    for variable, value in (*command.assignments, *(word.partition("=")[::2] for word in words if word[:2] == "GO")):
        if variable in _GO and _GO[variable].fullmatch(value) and name in ("go", "export", "", "set", "make"):
            yield _Off(variable, f"{variable}={value}")
    if name in APT and (match := _APT.search(text)):
        yield _told(f"{name} {match.group()}")
    elif name in ("echo", "printf", "tee", "cat") and (match := _APT_CONF.search(f"{text}\n{command.body}")):
        yield _Off(match.group(1), f"{match.group(1)} in apt's configuration")
    elif name == "dpkg" and command.has("--force-bad-verify"):
        yield _told("dpkg --force-bad-verify")
    elif name == "apk" and command.has("--allow-untrusted") and verb(command) in ("add", "fix", "upgrade"):
        yield _told("apk --allow-untrusted", Severity.LOW if _is_local_apk(command) else None)
    elif name in YUM and (
        command.has("--nogpgcheck", "--no-gpgchecks") or re.search(r"gpgcheck=(?:0|false|no)\b", text)
    ):
        yield _told(f"{name} --nogpgcheck")
    elif name == "zypper" and command.has(
        "--no-gpg-checks", "--no-gpg-check", "--no-gpgcheck", "--gpgcheck-allow-unsigned", "-G"
    ):
        yield _told("zypper --no-gpg-checks")
    elif name == "rpm" and command.has("--nosignature", "--nodigest"):
        yield _told("rpm --nosignature")
    elif name == "gem" and (command.option("-P", "--trust-policy") or "") in ("NoSecurity", "LowSecurity"):
        yield _Off("gem --trust-policy", "gem without a trust policy")
    elif name == "helm" and command.has("--no-verify"):
        yield _told("helm --no-verify")
    elif name in ("choco", "cinst") and command.has(
        "--allow-empty-checksums", "--ignore-checksums", "--allowemptychecksums"
    ):
        yield _Off(f"{name} --ignore-checksums", f"{name} without checksums")
    elif name == "set-executionpolicy" and (match := _UNSIGNED.search(text)) and "process" not in text.lower():
        yield _Off(name, f"PowerShell's scripts: {match.group()}", Severity.LOW)
    elif name == "install-module" and command.has("-SkipPublisherCheck"):
        yield _told("Install-Module -SkipPublisherCheck")


def _told(setting: str, severity: Severity | None = None) -> _Off:
    """A setting that needs no words of ours."""
    return _Off(setting, setting, severity)


def _only_in_sed(commands: tuple[Command, ...]) -> bool:
    """Whether gpgcheck or SigLevel occurs only in sed scripts, and none inserts it switched off."""
    speaking = [
        command
        for command in commands
        if any("gpgcheck" in word.lower() or "siglevel" in word.lower() for word in (*command.words, command.body))
    ]
    return all(command.name == "sed" for command in speaking) and not any(
        _REPO_FILE.search(put) for command in speaking for _, put in put_in(command)
    )


def _is_local_apk(command: Command) -> bool:
    """`apk add --allow-untrusted ./x.apk`: a local file, which the step may have checked itself."""
    return command.name == "apk" and any(word.endswith(".apk") for word in command.arguments)


rule = Rule(
    id="SRC005",
    name="package-signatures-off",
    family=Family.SOURCES,
    severity=Severity.HIGH,
    summary="Package signature verification is disabled",
    why=(
        "Package managers verify that packages were signed by the distribution. With verification off, a mirror "
        "or a man in the middle can put any package into the image."
    ),
    fix="Remove the option. If a repository's key is missing, install it and verify its fingerprint.",
    references=(
        cwe(347, "Improper Verification of Cryptographic Signature"),
        cis("4.11", "Ensure only verified packages are installed"),
    ),
    check=check,
)
