"""The config that results from steps, by replaying their instructions."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence

from reconstruct.builders.hints import env_map, string_map, strings
from reconstruct.syntax import (
    Cmd,
    Command,
    Dialect,
    Entrypoint,
    Env,
    ExecForm,
    Expose,
    Healthcheck,
    Label,
    Onbuild,
    RootFilesystem,
    Shell,
    Step,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from reconstruct.typed import Any

# A value that a step sets but its entry doesn't show (a variable without a known value).
UNTOLD = None


class Left:
    """The settings in force after the steps, with Docker's keys; `UNTOLD` for a value that is set but unknown.

    `whole` has the single-valued settings: Entrypoint, Cmd, Shell, WorkingDir, User, StopSignal, Healthcheck.
    """

    def __init__(self) -> None:
        self.env: dict[str, str | None] = {}
        self.labels: dict[str, str | None] = {}
        self.ports: set[str] = set()
        self.volumes: set[str] = set()
        self.whole: dict[str, Any] = {}
        self.onbuild = False

    def config(self, final: Mapping[str, Any]) -> dict[str, Any]:
        """The same as the `config` of an image config. Unknown values are taken from `final`, the config in force."""
        env, labels = env_map(strings(final.get("Env"))), string_map(final.get("Labels"))
        return {
            **{key: final.get(key) if value is UNTOLD else value for key, value in self.whole.items()},
            "Env": [f"{key}={env.get(key, '') if value is UNTOLD else value}" for key, value in self.env.items()],
            "Labels": {key: labels.get(key, "") if value is UNTOLD else value for key, value in self.labels.items()},
            "ExposedPorts": {port: {} for port in sorted(self.ports)},
            "Volumes": {path: {} for path in sorted(self.volumes)},
        }


def replay(steps: Iterable[Step]) -> Left:
    """The settings in force after the steps, applied in order."""
    left = Left()
    for step in steps:
        _apply(left, step)
    return left


def workdirs(steps: Sequence[Step]) -> list[str | None]:
    """The working directory before each step, and after the last: an absolute path; None if a variable in it is unknown."""
    left = Left()
    found: list[str | None] = ["/"]
    for step in steps:
        _apply(left, step)
        path = left.whole.get("WorkingDir", "/")
        found.append(None if path is UNTOLD else posixpath.normpath(posixpath.join("/", path)))
    return found


def _apply(left: Left, step: Step) -> None:
    made = step.instruction
    own_text = made.written is not None
    match made:
        case RootFilesystem(kind="debuerreotype"):
            # Debian's official images have it only in the config.
            left.whole["Cmd"] = ["bash"]
        case Env():
            before = dict(left.env)
            left.env.update({pair.key: _value(pair.value or "", before, own_text) for pair in made.pairs})
        case Label():
            left.labels.update({pair.key: _value(pair.value or "", left.env, own_text) for pair in made.pairs})
        case Entrypoint():
            left.whole["Entrypoint"] = _words(made.command, step)
            left.whole.pop("Cmd", None)
        case Cmd():
            left.whole["Cmd"] = _words(made.command, step)
        case Shell():
            left.whole["Shell"] = list(made.words)
        case Workdir():
            left.whole["WorkingDir"] = _folder(left.whole.get("WorkingDir"), _value(made.path, left.env, own_text))
        case User():
            left.whole["User"] = _value(made.user, left.env, own_text)
        case Stopsignal():
            left.whole["StopSignal"] = _value(made.signal, left.env, own_text)
        case Healthcheck():
            left.whole["Healthcheck"] = _check(made, left.whole.get("Healthcheck"), step)
        case Expose():
            left.ports.update(_ports(made.ports, left.env, own_text))
        case Volume():
            left.volumes.update(_value(path, left.env, own_text) or "$" for path in made.paths)
        case Onbuild():
            left.onbuild = True


def _value(text: str, env: Mapping[str, str | None], own_text: bool) -> str | None:
    """A value; if the entry is the Dockerfile's own text, with its known variables expanded."""
    if not own_text or "$" not in text:
        return text
    from reconstruct.dockerfile.errors import DockerfileError
    from reconstruct.dockerfile.expand import Expander

    try:
        expander = Expander(keep_quotes=True, keep_escapes=True, keep_unset=True)
        shown = expander.word(text, {key: value for key, value in env.items() if value is not None})
    except DockerfileError:
        return UNTOLD
    return UNTOLD if "$" in shown else shown


def _words(command: Command, step: Step) -> list[str]:
    return list(command.words) if isinstance(command, ExecForm) else [*step.shell, command.text]


def _check(made: Healthcheck, before: Any, step: Step) -> dict[str, Any]:
    """The check as in the config: Test, and the other fields that are not 0. The classic builder fills those from the check before."""
    fields = {
        "Interval": made.interval,
        "Timeout": made.timeout,
        "StartPeriod": made.start_period,
        "StartInterval": made.start_interval,
        "Retries": made.retries,
    }
    told = {key: value for key, value in fields.items() if value}
    if made.command is None:
        return {"Test": ["NONE"], **told}
    kind = ["CMD", *made.command.words] if isinstance(made.command, ExecForm) else ["CMD-SHELL", made.command.text]
    filled = before if isinstance(before, dict) and step.dialect is Dialect.CLASSIC else {}
    return {**filled, "Test": kind, **told}


def _folder(before: Any, path: str | None) -> str | None:
    if path is None or path.startswith(("/", "\\")) or path[1:2] == ":":
        return path
    return f"{before.rstrip('/')}/{path}" if isinstance(before, str) else UNTOLD


def _ports(ports: Sequence[str], env: Mapping[str, str | None], own_text: bool) -> set[str]:
    from reconstruct.dockerfile.errors import DockerfileError
    from reconstruct.dockerfile.ports import parse_ports

    words = [shown for port in ports if (shown := _value(port, env, own_text)) is not None]
    try:
        return set(parse_ports(words))
    except DockerfileError:
        return set(words)
