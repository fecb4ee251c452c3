"""hadolint on the reconstructed Dockerfile, with its findings mapped to the steps (extra `lint`).

Its level `error` becomes medium, `warning` low, `info` and `style` info. Findings that mean nothing for a
reconstruction, or for which a rule here has more information, are left out by the list below.
"""

from __future__ import annotations

import json
import os
import sys
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from reconstruct import pattern as lazy
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Reference, Rule
from reconstruct.stopping import cleanly
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.audit.context import Context
    from reconstruct.writer import Written

MISSING = "hadolint is not installed: its checks were skipped (pip install reconstruct[lint])"
# hadolint takes seconds for a Dockerfile of a megabyte; real ones are far shorter.
TIMEOUT_SECONDS = 60
MAX_CHARACTERS = 1_000_000

# Rule of hadolint → why it is left out.
EXCLUDED = {
    "DL1000": "a parse error would be ours, not the author's",
    "DL1001": "the reconstructed Dockerfile has none of the author's ignore pragmas",
    "DL3006": "FROM is inferred: SRC009 and SRC010 check the base that the record names",
    "DL3007": "FROM is inferred: SRC009 checks the base that the record names",
    "DL3008": "asks for pinned versions of apt packages, which distributions don't keep",
    "DL3018": "asks for pinned versions of apk packages, which distributions don't keep",
    "DL3033": "asks for pinned versions of yum packages",
    "DL3037": "asks for pinned versions of zypper packages",
    "DL3041": "asks for pinned versions of dnf packages",
    "DL3010": "COPY's sources are often only a checksum, which doesn't show an archive",
    "DL3020": "ADD's sources are often only a checksum: SRC018 looks at those that are known",
    "DL3021": "COPY's sources are often only a checksum, which doesn't show their number",
    "DL3022": "history does not keep COPY --from",
    "DL3023": "history does not keep COPY --from",
    "DL3024": "stages are inferred",
    "DL3026": "FROM is inferred, and no trusted registries are configured",
    "DL3029": "FROM's --platform is inferred",
    "DL3044": "history records ENV's values expanded",
    "DL3045": "the working directory may be set in the base",
    "DL3061": "the order of the first instructions is inferred",
    "DL3043": "ONBUILD is from the config",
    "DL3057": "USR009 looks at the config too",
    "DL3002": "USR001 looks at the config too",
    "DL3004": "USR003 reports sudo",
    "DL3009": "SIZ002 reports apt's lists, with its size",
    "DL3019": "SIZ004 reports apk's index, with its size",
    "DL3032": "SIZ003 reports yum's cache, with its size",
    "DL3040": "SIZ003 reports dnf's cache, with its size",
    "DL3036": "SIZ003 reports zypper's cache, with its size",
    "DL3042": "SIZ005 reports pip's cache, with its size",
    "DL3060": "SIZ006 reports yarn's cache, with its size",
    "DL3059": "consecutive RUNs may be intended, for caching",
    "DL3025": "CMD's form may be inferred",
    "DL4001": "the base's steps may be in the same Dockerfile",
    "DL4003": "the base's CMD may be in the same Dockerfile",
    "DL4004": "the base's ENTRYPOINT may be in the same Dockerfile",
    "DL3012": "the base's HEALTHCHECK may be in the same Dockerfile",
    "DL3015": "SIZ012 reports recommended packages, with its size",
    "DL3063": "stages are inferred",
    "DL3064": "SEC001 and SEC002 look at the values too",
    "DL3065": "FROM's --platform is inferred",
    "DL3066": "USR002 reports users by name",
    "DL3067": "history does not keep COPY --from",
    "DL3062": "asks for pinned versions of Go packages, which a build argument may pin",
}
# ShellCheck's parse errors (SC1xxx) are about text whose layout is ours; the others about variables that a base or an ARG
# sets, and that history doesn't name.
_EXCLUDED_SHELL = lazy.compile(r"SC1\d{3}$|SC2154$|SC2153$|SC2034$|SC3\d{3}$")
_SEVERITIES = {"error": Severity.MEDIUM, "warning": Severity.LOW, "info": Severity.INFO, "style": Severity.INFO}
# Deprecated, not dangerous.
_LOWER = {"DL4000": Severity.INFO}


@cache
def executable() -> str | None:
    """The path of hadolint: beside the running Python, as the extra installs it, or on PATH."""
    import shutil

    return shutil.which("hadolint", path=_scripts()) or shutil.which("hadolint")


def _scripts() -> str:
    """Where this Python's scripts are: in a virtual environment beside it, which need not be looked up."""
    if sys.prefix != sys.base_prefix:
        return os.path.dirname(sys.executable)
    import sysconfig

    return sysconfig.get_path("scripts")


def readable(context: Context, written: Written) -> str:
    """The Dockerfile that hadolint is to read; empty, with a note that says why, where it can't."""
    if executable() is None:
        context.notes.append(MISSING)
        return ""
    if len(written.text) > MAX_CHARACTERS:
        context.notes.append("hadolint was skipped: the Dockerfile is too long for it")
        return ""
    return written.text


def lint(written: Written, found: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Rule, Hit]]:
    """hadolint's findings, each at the step of its lines."""
    firsts = sorted((first, last, position) for position, (first, last) in written.spans.items())
    for one in found:
        code, line = str(one.get("code", "")), one.get("line")
        if code in EXCLUDED or _EXCLUDED_SHELL.match(code) or not isinstance(line, int):
            continue
        place = bisect_right(firsts, line, key=lambda span: span[0]) - 1
        if place < 0 or line > firsts[place][1]:
            continue
        severity = _LOWER.get(code) or _SEVERITIES.get(str(one.get("level")), Severity.INFO)
        yield described(code), Hit(firsts[place][2], str(one.get("message", "")), severity=severity)


def run(texts: Sequence[str], notes: list[str]) -> dict[str, list[Mapping[str, Any]]]:
    """The findings of one hadolint run on Dockerfiles, by their texts. Adds to `notes` if it can't be used.

    It starts in 30 ms, so it is called for many at once; the files are in a temporary directory while it reads.
    """
    import tempfile

    program = executable()
    found: dict[str, list[Mapping[str, Any]]] = {text: [] for text in texts}
    if program is None or not texts:
        return found
    with cleanly(), tempfile.TemporaryDirectory(prefix="reconstruct-") as folder:
        names = {}
        for number, text in enumerate(found):
            path = os.path.join(folder, f"{number}.Dockerfile")
            with open(path, "wb") as file:
                file.write(text.encode("utf-8", "backslashreplace"))
            names[path] = text
        for one in _run(program, list(names), notes):
            path = str(one.get("file", ""))
            if path in names:
                found[names[path]].append(one)
    return found


def _run(program: str, paths: list[str], notes: list[str]) -> list[Mapping[str, Any]]:
    import subprocess

    # Our own empty configuration, because one in the working directory must not change the audit.
    command = [program, "--no-fail", "--disable-ignore-pragma", "--format", "json", "--config", "/dev/null", *paths]
    try:
        timeout = TIMEOUT_SECONDS + len(paths)
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False)
        found = json.loads(done.stdout or b"[]")
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        notes.append(f"hadolint failed: {type(error).__name__}")
        return []
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


@cache
def described(code: str) -> Rule:
    """A hadolint or ShellCheck rule, described by its own page."""
    shell = code.startswith("SC")
    url = f"https://www.shellcheck.net/wiki/{code}" if shell else f"https://github.com/hadolint/hadolint/wiki/{code}"
    return Rule(
        id=code,
        name=("shellcheck-" if shell else "hadolint-") + code.lower(),
        family=Family.LINT,
        severity=Severity.LOW,
        summary=f"{code} of {'ShellCheck' if shell else 'hadolint'}",
        why="Found in the reconstructed Dockerfile; see the rule's page.",
        fix="See the rule's page.",
        references=(Reference(code, url),),
        check=lambda context: iter(()),
    )
