"""SRC003: Something is fetched over http, not https."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct.audit.commands import Command
from reconstruct.audit.context import Context
from reconstruct.audit.downloads import checked, downloads
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import is_pip
from reconstruct.audit.rule import Hit, Rule, cwe
from reconstruct.syntax import Add

_HTTP = re.compile(
    r"(?:http|ftp|git)://(?!(?:[^/@\s]*@)?(?:localhost|127\.|\[::1\]|0\.0\.0\.0|169\.254\.))", re.IGNORECASE
)


# The distributions' own archives are over http by default, and their indexes are signed.
_APT_SOURCE = re.compile(
    r"\bdeb(?:-src)?\s+(?:\[[^\]]*\]\s*)?(?P<url>http://(?!(?:[\w.-]+\.)?(?:debian\.org|ubuntu\.com|debian\.net|kali\.org)\b)[^\s'\"]+)"
)


def check(context: Context) -> Iterator[Hit]:
    for position, commands in context.runs():
        severity = Severity.LOW if checked(context, position) else None
        for download in downloads(context, position):
            for url in download.urls:
                if _HTTP.match(url) and not download.asks:
                    yield Hit(
                        position,
                        f"{download.command.name} fetches {context.show(url, 120)} over plain http",
                        severity=severity,
                    )
                    break
        for command in commands:
            url = _fetched(context, position, command)
            if url:
                yield Hit(position, f"{command.name} fetches {context.show(url, 120)} over plain http")
        apt = _APT_SOURCE.search(context.text(position))
        if apt:
            yield Hit(
                position,
                f"an apt source is over plain http: {context.show(apt.group('url'), 120)}",
                severity=Severity.LOW,
            )
    for position, add in context.of(Add):
        for source in add.sources:
            if _HTTP.match(source) and not any(name == "checksum" for name, _ in add.flags):
                yield Hit(position, f"ADD fetches {context.show(source, 120)} over plain http")


def _fetched(context: Context, position: int, command: Command) -> str:
    """The http address that git or a language's package manager is given; empty if there is none."""
    fetches = (
        (command.name == "git" and "clone" in command.words)
        or is_pip(command)
        or command.name
        in (
            "npm",
            "yarn",
            "gem",
            "svn",
            "go",
            "composer",
            "rpm",
            "yum",
            "dnf",
            "easy_install",
            "bundle",
            "yum-config-manager",
            "zypper",
            "apk",
            "choco",
            "nuget",
        )
    )
    if not fetches:
        return ""
    for word in command.arguments:
        found = _HTTP.search(context.resolve(word, position))
        if found:
            return context.resolve(word, position)[found.start() :]
    return ""


rule = Rule(
    id="SRC003",
    name="plain-http",
    family=Family.SOURCES,
    severity=Severity.MEDIUM,
    summary="Something is fetched over http, not https",
    why=(
        "Anyone on the way, from the build's own network to the mirror, can read and replace what is "
        "sent over plain http. Package repositories with signed indexes survive this; single files, "
        "scripts, git clones and Python or npm packages do not."
    ),
    fix=("Use the https address, which nearly every host has. Where there is none, compare the file with a checksum."),
    references=(
        cwe(319, "Cleartext Transmission of Sensitive Information"),
        cwe(494, "Download of Code Without Integrity Check"),
    ),
    check=check,
)
