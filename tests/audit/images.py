"""Images for the audit's tests, made from the texts of their history."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import reconstruct
from reconstruct.audit.engine import Options, audit
from reconstruct.audit.finding import Audit, Finding
from reconstruct.image import Image

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BUILT = datetime(2026, 5, 1, 12, tzinfo=UTC)
_EMPTY = (
    "ENV",
    "LABEL",
    "ARG",
    "CMD",
    "ENTRYPOINT",
    "USER",
    "EXPOSE",
    "VOLUME",
    "STOPSIGNAL",
    "SHELL",
    "HEALTHCHECK",
    "ONBUILD",
)
BASE = {
    "created": "2026-04-20T00:00:00Z",
    "created_by": "# debian.sh --arch 'amd64' out/ 'trixie' '@1776643200'",
    "comment": "debuerreotype 0.16",
}


def digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def entry(line: str, number: int = 0, **more: Any) -> dict[str, Any]:
    """BuildKit's entry for an instruction: `RUN text` gets the shell, RUN, COPY and ADD the mark."""
    made: dict[str, Any] = {
        "created": (BUILT + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "comment": "buildkit.dockerfile.v0",
    }
    keyword = line.split(" ", 1)[0]
    if (
        keyword == "RUN"
        and not line.startswith("RUN |")
        and "/bin/sh -c " not in line
        and "powershell" not in line[:20]
    ):
        line = "RUN /bin/sh -c " + line[4:]
    if keyword in ("RUN", "COPY", "ADD"):
        line += " # buildkit"
    if keyword in _EMPTY:
        made["empty_layer"] = True
    return {**made, "created_by": line, **more}


def config(
    history: Sequence[Mapping[str, Any]], settings: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    layers = [entry_ for entry_ in history if not entry_.get("empty_layer")]
    return {
        "architecture": "amd64",
        "os": "linux",
        "created": history[-1].get("created") if history else "2026-05-01T12:00:00Z",
        "config": {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], **(settings or {})},
        "history": [dict(entry_) for entry_ in history],
        "rootfs": {"type": "layers", "diff_ids": [digest(f"layer {number}") for number in range(len(layers))]},
        **more,
    }


def built(lines: Sequence[str]) -> dict[str, Any]:
    """The config of a build by BuildKit on a current Debian, with in force what its ENV, LABEL, USER … say."""
    history = [BASE, *(entry(line, number) for number, line in enumerate(lines))]
    made = config(history)
    image = reconstruct.load(made)
    settings = made["config"]
    from reconstruct.syntax import Cmd, Entrypoint, Env, ExecForm, Label, ShellForm, Stopsignal, User, Workdir

    env = dict(item.partition("=")[::2] for item in settings["Env"])
    for step in reconstruct.steps(image):
        made_by = step.instruction
        if isinstance(made_by, Env):
            env.update({pair.key: pair.value or "" for pair in made_by.pairs})
        elif isinstance(made_by, Label):
            settings.setdefault("Labels", {}).update({pair.key: pair.value for pair in made_by.pairs})
        elif isinstance(made_by, User):
            settings["User"] = made_by.user
        elif isinstance(made_by, Workdir):
            settings["WorkingDir"] = made_by.path
        elif isinstance(made_by, Stopsignal):
            settings["StopSignal"] = made_by.signal
        elif isinstance(made_by, Cmd | Entrypoint):
            command = made_by.command
            words = command.words if isinstance(command, ExecForm) else (*step.shell, command.text)
            assert isinstance(command, ExecForm | ShellForm)
            settings[made_by.keyword.capitalize()] = list(words)
    settings["Env"] = [f"{key}={value}" for key, value in env.items()]
    return made


def run(source: Any, manifest: Any = None, **options: Any) -> Audit:
    """The audit of a config, without hadolint unless asked for."""
    image: Image = reconstruct.load(source, manifest=manifest)
    return audit(image, reconstruct.steps(image), Options(**{"now": NOW, "hadolint": False, **options}), name="test")


def of_lines(*lines: str) -> tuple[Finding, ...]:
    """The findings on a build of these lines; their steps count from 1, for 0 is the base's."""
    return run(built(lines)).findings
