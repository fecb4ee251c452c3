"""SRC008: A package is installed from a git branch or URL, not a registry."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import is_install, is_pip, operands
from reconstruct.audit.rule import Hit, Rule, cwe, slsa
from reconstruct.audit.shell import Command

_SOURCE = lazy.compile(
    r"^(?:[\w.-]+\s*@\s*)?(?:git\+(?:https?|ssh|git|file)://|git://|git@|github:|gitlab:|bitbucket:|gist:|https?://[^\s]*\.git(?:[#@]|$)|"
    r"https?://(?:github|gitlab|bitbucket|codeload\.github)\.[a-z]+/[^\s]*(?:tarball|archive|zipball))",
    re.IGNORECASE,
)
# Without a hash after `#`, it may be another file tomorrow.
_ARCHIVE = lazy.compile(r"(?i)(?:[\w.\[\]-]+\s*@\s*)?https?://[^\s#]+\.(?:whl|zip|tar\.gz|tgz|tar\.bz2)(?:#egg=.*)?")
_SHORTHAND = lazy.compile(r"(?![@.])[\w-]+/[\w.-]+(?:#.*)?")
_COMMIT = lazy.compile(r"[@#/=][0-9a-f]{40}\b")


_BY_LANGUAGE = lazy.compile(r"\binstall_(?:github|gitlab|bitbucket|git|svn|url)\([^)]{0,200}\)?|git\+[a-z]+://\S+")
_INSTALLERS = ("go", "cargo", "npm", "yarn", "pnpm", "bower", "gem")


def check(context: Context) -> Iterator[Hit]:
    """Fires if a package comes from git, an archive's URL or `go install …@latest`; INFO with a commit's hash."""
    done: set[tuple[int, str]] = set()
    for position, command in context.calls("r", "rscript", "littler", "installgithub.r", "ansible-galaxy"):
        text = " ".join(command.arguments)
        if match := _BY_LANGUAGE.search(text):
            severity = Severity.INFO if _COMMIT.search(text) else None
            source = match.group()
            message = f"{command.name} installs {context.show(source, 120)}"
            yield Hit(position, message, severity=severity, subject=(source,))
    for position, command in context.calls(*_INSTALLERS, *context.pips):
        for word in _from_git(context, position, command):
            if (position, word) not in done:
                done.add((position, word))
                severity = Severity.INFO if _COMMIT.search(word) else Severity.LOW if command.name == "go" else None
                message = f"{command.name} installs {context.show(word, 120)}"
                yield Hit(position, message, severity=severity, subject=(word,))


def _from_git(context: Context, position: int, command: Command) -> Iterator[str]:
    if command.name == "go" and command.arguments[:1] in (("install",), ("get",)):
        yield from (word for word in command.operands()[1:] if re.search(r"@(?:latest|master|main|HEAD)$", word))
        return
    if command.name == "cargo" and "install" in command.words and command.has("--git"):
        if not command.has("--rev", "--tag"):
            yield next((word for word in command.arguments if "://" in word), "--git")
        return
    pip = is_pip(command)
    if not pip and command.name not in ("npm", "yarn", "pnpm", "bower", "cargo", "gem"):
        return
    if not is_install(command) and command.name != "bower":
        return
    for word in command.arguments:
        resolved = context.resolve(word, position)
        if (
            _SOURCE.match(resolved)
            or (pip and _ARCHIVE.fullmatch(resolved))
            or (
                command.name in ("npm", "yarn", "pnpm", "bower")
                and word in operands(command)
                and _SHORTHAND.fullmatch(word)
            )
        ):
            yield resolved


rule = Rule(
    id="SRC008",
    name="package-from-git",
    family=Family.SOURCES,
    severity=Severity.MEDIUM,
    summary="A package is installed from a git branch or URL, not a registry",
    why=(
        "Branches and tags move: each build may get different code, and no registry keeps what was installed. "
        "Packages installed this way also run their install scripts."
    ),
    fix=(
        "Pin the commit (`git+https://…@<40 hex digits>`), or publish the package to a registry and pin its "
        "version with a lock file or hashes."
    ),
    references=(
        cwe(829, "Inclusion of Functionality from Untrusted Control Sphere"),
        slsa("dependency threats", "threats"),
    ),
    check=check,
)
