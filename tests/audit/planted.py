"""Planted flaws and look-alikes: reads the case files of `data/` and builds each case as the builders would.

A case file has headings `[kind: RULES]` (rules, or the beginnings of their IDs, of which one must fire; none for
look-alikes), with `windows:` or `powershell:` in front for cases built on Windows, `buildkit:` for those of which others keep nothing, and below each one case a line: the
instructions of a Dockerfile parted by ` ⏎ `, RUN where none is named. The case is about the instruction marked with `!`,
else about the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import reconstruct
from reconstruct.audit.engine import Options, audit
from reconstruct.audit.finding import Finding
from reconstruct.builders.predicting import predict
from tests.audit.images import BASE, NOW, config, digest

DATA = Path(__file__).parent / "data"
LINUX, WINDOWS = ("buildkit", "classic", "buildah"), ("buildkit", "classic")
_KEYWORD = re.compile(
    r"(?:RUN|ENV|ARG|LABEL|COPY|ADD|USER|EXPOSE|VOLUME|CMD|ENTRYPOINT|HEALTHCHECK|WORKDIR|ONBUILD|SHELL|STOPSIGNAL) "
)
_HEADING = re.compile(r"\[(?:(windows|powershell|buildkit): )?([^:\]]+)(?:: ([^\]]+))?\]")
_POWERSHELL = """SHELL ["powershell", "-Command", "$ErrorActionPreference = 'Stop';"]"""


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its kind, the rules (beginnings of IDs) of which one must fire, the instructions and the place of the one
    that it is about."""

    kind: str
    rules: tuple[str, ...]
    lines: tuple[str, ...]
    at: int
    system: str = "linux"

    @property
    def builders(self) -> tuple[str, ...]:
        return {"linux": LINUX, "buildkit": LINUX[:1]}.get(self.system, WINDOWS)

    @property
    def windows(self) -> bool:
        return self.system in ("windows", "powershell")


def cases(name: str) -> Iterator[Case]:
    """The cases of a file in `data/`."""
    kind, rules, system = "", (), "linux"
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]") and not line.startswith("[ "):
            system, kind, told = _HEADING.fullmatch(line).groups()  # type: ignore[union-attr]
            system, rules = system or "linux", tuple((told or "").split())
            continue
        yield _case(kind, rules, system, line)


def _case(kind: str, rules: tuple[str, ...], system: str, line: str) -> Case:
    parts = line.split(" ⏎ ")
    at = next((place for place, part in enumerate(parts) if re.match(r"!\S", part)), len(parts) - 1)
    lines = [
        part.removeprefix("!") if place == at and re.match(r"!\S", part) else part for place, part in enumerate(parts)
    ]
    return Case(kind, rules, tuple(one if _KEYWORD.match(one) else f"RUN {one}" for one in lines), at, system)


def image(case: Case, builder: str) -> tuple[dict[str, Any], int]:
    """The config that `builder` gives a case, and the place in its history of what the case is about (-1 for none).

    Raises DockerfileError where that builder refuses the Dockerfile.
    """
    windows = case.windows
    root: list[dict[str, Any]] = (
        [{"created": "2026-04-20T00:00:00Z", "created_by": "Apply image 10.0.20348.4294"}] if windows else [BASE]
    )
    base = reconstruct.load({**config(root), **({"os": "windows", "os.version": "10.0.20348.4294"} if windows else {})})
    head = [_POWERSHELL] if case.system == "powershell" else []
    text = "\n".join(["# escape=`" if windows else "", "FROM base", *head, *case.lines])
    made = predict(text, builder=builder, base=base, platform="windows/amd64" if windows else "linux/amd64")
    history, at = list(root), -1
    for number, entry in enumerate(made.own):
        if entry.instruction is not None and entry.instruction.start == 3 + len(head) + case.at:
            at = len(history)
        history.append(
            {
                "created": f"2026-05-01T12:{number // 60:02}:{number % 60:02}Z",
                "created_by": entry.created_by
                + (digest("x")[7:].join(["file:", ""]) if entry.checksum else "")
                + entry.after,
                "comment": entry.comment or _from(builder, first=len(history) == len(root)),
                **({"empty_layer": True} if entry.empty_layer else {}),
            }
        )
    found = config(history, dict(made.config))
    return {**found, **({"os": "windows", "os.version": "10.0.20348.4294"} if windows else {})}, at


def _from(builder: str, *, first: bool) -> str:
    """buildah's comment: the base's name on its first entry, an image's ID on the others."""
    if builder != "buildah":
        return ""
    return f"FROM docker.io/library/debian:trixie@{digest('base')}" if first else f"FROM {digest('step')[7:]}"


def findings(case: Case, builder: str) -> list[Finding]:
    """What the audit finds at the instruction that the case is about, in a build by `builder`.

    Where the builder keeps no entry for it (BuildKit and ONBUILD), what it finds in the image as a whole.
    """
    made, at = image(case, builder)
    loaded = reconstruct.load(made)
    found = audit(loaded, reconstruct.steps(loaded), Options(now=NOW, hadolint=False), name="case").findings
    return [one for one in found if one.entry == at or (at < 0 and one.step is None)]


def hit(case: Case, found: list[Finding]) -> bool:
    """Whether one of the case's rules fired, and not as a mere remark."""
    return any(one.rule.startswith(case.rules) and str(one.severity) != "info" for one in found)


def alarms(found: list[Finding]) -> list[Finding]:
    """The findings that are more than `low`."""
    return [one for one in found if str(one.severity) not in ("info", "low")]
