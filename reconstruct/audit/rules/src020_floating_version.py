"""SRC020: A package or download has a floating version."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.downloads import downloads
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, cwe, docker
from reconstruct.audit.shell import Command
from reconstruct.syntax import Add

_MOVING = r"(?:latest|next|nightly|canary|edge|master|main|HEAD|dev|beta|alpha)"
_PACKAGE = lazy.compile(rf"(?:@?[\w.-]+/)?[\w.-]+@{_MOVING}")
_ADDRESS = lazy.compile(
    r"(?i)https?://[^\s\"']*/(?:latest|nightly|master|main|HEAD|edge|trunk)(?:/[^\s\"']*|[-_.][\w.-]*)?(?=$|[\s\"'?])"
)
_INSTALLERS = ("npm", "npx", "yarn", "pnpm", "bun", "bunx", "deno", "corepack", "uv", "pipx", "volta")


# An address of Deno's registries without a version.
_DENO = lazy.compile(r"^https://deno\.land/(?:x/)?[\w.-]+/|^(?:jsr|npm):(?:@[\w.-]+/)?[\w.-]+$")
# Installers of single programs → the verb, and the options that name a version or what to install.
_VERSIONED = {
    "cargo": ("install", ("--version", "--vers", "--git", "--path", "--list")),
    "dotnet": ("tool", ("--version", "--tool-manifest")),
    "choco": ("install", ("--version", "-version")),
    "pipx": ("install", ()),
    "gem": ("install", ("-v", "--version", "-f", "--file", "-g", "--local", "-l")),
    "install-module": ("", ("-RequiredVersion", "-MaximumVersion")),
}
_EARLY = ("--pre", "--prerelease", "-Prerelease", "--allow-prereleases", "-AllowPrerelease")


def _unversioned(command: Command) -> str:
    """What a command installs in whichever version there is, or the option that asks for early ones; empty if it names one."""
    if early := next((word for word in command.arguments if word in _EARLY), ""):
        return early
    if command.name == "deno":
        return next((word for word in command.arguments if _DENO.search(word)), "")
    verb, versions = _VERSIONED.get(command.name, ("?", ()))
    words = command.operands()
    if verb and words[:1] != (verb,):
        return ""
    if command.name == "dotnet" and words[1:2] != ("install",):
        return ""
    named = list(words[(2 if command.name == "dotnet" else 1 if verb else 0) :])
    lower = [word.lower().partition("=")[0] for word in command.arguments]
    if not named or any(version.lower() in lower for version in versions):
        return ""
    return "" if re.search(r"[@=/\\]|\.config$|\.nupkg$|^\.", named[0]) or "$" in named[0] else named[0]


def check(context: Context) -> Iterator[Hit]:
    """Fires if a package, a download or an ADD without checksum asks for `latest`, `nightly` or a branch."""
    done: set[int] = set()
    for position, command in context.calls(*_INSTALLERS):
        named = next((word for word in command.arguments if _PACKAGE.fullmatch(word)), "")
        if named and position not in done:
            done.add(position)
            yield _hit(position, f"{command.name} installs", named, context.show(named, 80))
    for position, command in context.calls(*_VERSIONED, "deno", *context.pips):
        taken = _unversioned(command) if position not in done else ""
        if taken:
            done.add(position)
            early = f"early releases ({taken})" if taken in _EARLY else context.show(taken, 80)
            yield _hit(position, f"{command.name} installs", taken, early)
    for position, text in context.texts_with("/latest", "/nightly", "/master", "/main", "/head", "/edge", "/trunk"):
        if position in done or "://" not in text:
            continue
        for download in downloads(context, position):
            url = next((url for url in download.urls if _ADDRESS.search(url[:2000])), "")
            if url and not download.asks and not download.auxiliary:
                yield _hit(position, f"{download.command.name} fetches", url, context.show(url, 120))
                break
    for position, add in context.of(Add):
        for source in add.sources:
            moving = _ADDRESS.search(source[:2000]) or re.search(
                rf"\.git#(?:refs/heads/)?{_MOVING}(?:$|:)|\.git$", source
            )
            if "://" in source and moving and not any(name == "checksum" for name, _ in add.flags):
                yield _hit(position, "ADD fetches", source, context.show(source, 120))


def _hit(position: int, does: str, what: str, shown: str) -> Hit:
    return Hit(position, f"{does} {shown}, whichever version that is today", subject=(what,))


rule = Rule(
    id="SRC020",
    name="floating-version",
    family=Family.SOURCES,
    severity=Severity.LOW,
    summary="A package or download has a floating version",
    why=(
        "A name such as `latest`, `next` or `nightly` is a different version with each release: two builds of the "
        "same Dockerfile differ, and the record does not say which version was installed."
    ),
    fix=(
        "Pin the version and, if the tool supports it, its checksum (a lock file, `--require-hashes`, `ADD "
        "--checksum`)."
    ),
    references=(
        cwe(1357, "Reliance on Insufficiently Trustworthy Component"),
        docker("pin base image versions", BEST_PRACTICES + "#pin-base-image-versions"),
    ),
    check=check,
)
