"""SRC002: A download is not verified."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct.audit.checking import Weakness, weakness
from reconstruct.audit.context import Context
from reconstruct.audit.downloads import Download, checked, downloads, interpreter, may_fetch
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.piping import piped_downloads
from reconstruct.audit.rule import Hit, Rule, cis, cwe, slsa
from reconstruct.audit.shell import Command

# The number of commands after a download searched for the one that runs it.
NEAR = 100


def check(context: Context) -> Iterator[Hit]:
    """Fires for each download that nothing in its step checks, or checks weakly; HIGH if the step then runs it."""
    if not any(map(may_fetch, context.programs)):
        return
    for position, commands in context.runs():
        found = downloads(context, position)
        piped = {id(download.command) for download, _ in piped_downloads(context, position)} if found else ()
        done: set[tuple[str, ...]] = set()
        for download in found:
            if download.asks or download.auxiliary or id(download.command) in piped or download.urls in done:
                continue
            is_checked = checked(context, position)
            weak = weakness(context, position, download) if is_checked else None
            if is_checked and weak is None:
                continue
            done.add(download.urls)
            yield _hit(context, position, download, commands, weak)


def _hit(
    context: Context, position: int, download: Download, commands: tuple[Command, ...], weak: Weakness | None
) -> Hit:
    url = download.urls[0]
    severity = None
    what = f"{download.command.name} {context.show(url, 120)}"
    size, subject = context.layer_bytes(position), download.urls
    if weak is not None:
        severity = Severity.LOW if weak.minor else None
        return Hit(position, f"{what}: {weak.reason}", severity=severity, bytes=size, subject=subject)
    run = _run_later(download, commands)
    if re.search(r"/[0-9a-f]{40}(?:/|$)|sha256[:=]", url):
        # A commit hash in the URL identifies the content.
        severity = Severity.LOW
    elif run:
        severity = Severity.HIGH
    elif re.search(r"[-_]release[-_.\w]*\.rpm$", url):
        # A repository definition with its keys, with which packages are then checked.
        severity = Severity.LOW
    then = f", and then run by {run}" if run else ""
    message = f"{what} is not checked against a checksum or signature{then}"
    return Hit(position, message, severity=severity, bytes=size, subject=subject)


def _run_later(download: Download, commands: tuple[Command, ...]) -> str:
    """The interpreter that runs the downloaded file in the same step; empty if none does."""
    names = [re.split(r"[/\\]", name.rstrip("/").split("?")[0])[-1] for name in download.outputs or download.urls]
    scripts = {
        name for name in names if re.search(r"\.(?:sh|bash|py|pl|rb|ps1|bat|cmd|run)$|^(?:install|setup|get-\w+)", name)
    }
    for command in commands[download.index + 1 : download.index + 1 + NEAR]:
        words = [re.split(r"[/\\]", word)[-1] for word in command.words[:4]]
        if (interpreter(command) and scripts & set(words[1:])) or (command.words and words[0] in scripts):
            return command.name
    return ""


rule = Rule(
    id="SRC002",
    name="download-not-verified",
    family=Family.SOURCES,
    severity=Severity.MEDIUM,
    summary="A download is not verified",
    why=(
        "Without a checksum or signature, the image gets whatever the server had that day. A replaced file, a "
        "compromised mirror or a moved branch goes unnoticed, and cannot be detected afterwards."
    ),
    fix=(
        'In the same RUN, verify the file against a checksum in the Dockerfile (`echo "… file" | sha256sum -c -`) '
        "or its signature against a known key; with BuildKit, use `ADD --checksum=sha256:… URL`."
    ),
    references=(
        cwe(494, "Download of Code Without Integrity Check"),
        cis("4.12", "Ensure all signed artifacts are validated"),
        slsa("provenance", "provenance"),
    ),
    check=check,
)
