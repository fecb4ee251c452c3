"""The config's values that no history entry explains: kaniko's silent instructions, a base without history, manual
changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from reconstruct.builders.base import DEFAULT_PATH
from reconstruct.builders.hints import env_map, string_map, strings
from reconstruct.image import Image
from reconstruct.syntax import (
    Certainty,
    Cmd,
    Command,
    Dialect,
    Entrypoint,
    Env,
    ExecForm,
    Expose,
    Healthcheck,
    Instruction,
    Label,
    Note,
    Pair,
    Shell,
    ShellForm,
    Step,
    Stopsignal,
    User,
    Volume,
    Workdir,
)

T = TypeVar("T", bound=Instruction)

_OWN_LABELS = frozenset({"io.buildah.version"})
_NOTE = Note(Certainty.INFERRED, "from the config: no history entry sets it")


def leftovers(image: Image, steps: Sequence[Step], base: Image | None = None) -> tuple[Step, ...]:
    """Steps for the values in force that neither the steps nor the base (if known) set, in the usual order."""
    if not image.has_config:
        return ()
    config = image.config
    known = base.config if base is not None else {}
    instructions = [
        *_env(config, known, steps),
        *_labels(config, known, steps),
        *_shell(config, known, steps),
        *_workdir(config, known, steps),
        *_user(config, known, steps),
        *_ports(config, known, steps),
        *_volumes(config, known, steps),
        *_stopsignal(config, known, steps),
        *_healthcheck(config, known, steps),
        *_commands(config, known, steps),
    ]
    shell = steps[-1].shell if steps else (("cmd", "/S", "/C") if image.windows else ("/bin/sh", "-c"))
    return tuple(
        Step(instruction=made, dialect=Dialect.OTHER, shell=shell, certainty=Certainty.INFERRED, notes=(_NOTE,))
        for made in instructions
    )


def _of(steps: Sequence[Step], kind: type[T]) -> Iterable[T]:
    return (step.instruction for step in steps if isinstance(step.instruction, kind))


def _env(config: Any, known: Any, steps: Sequence[Step]) -> Iterable[Instruction]:
    given = env_map(strings(known.get("Env")))
    set_before = {pair.key for made in _of(steps, Env) for pair in made.pairs}
    for key, value in env_map(strings(config.get("Env"))).items():
        default = key == "PATH" and value == DEFAULT_PATH
        if key and not default and key not in set_before and given.get(key) != value:
            yield Env(pairs=(Pair(key, value),))


def _labels(config: Any, known: Any, steps: Sequence[Step]) -> Iterable[Instruction]:
    given = string_map(known.get("Labels"))
    set_before = {pair.key for made in _of(steps, Label) for pair in made.pairs}
    for key, value in string_map(config.get("Labels")).items():
        if key and key not in _OWN_LABELS and key not in set_before and given.get(key) != value:
            yield Label(pairs=(Pair(key, value),))


def _shell(config: Any, known: Any, steps: Sequence[Step]) -> Iterable[Instruction]:
    words = strings(config.get("Shell"))
    if words and not any(_of(steps, Shell)) and words != strings(known.get("Shell")):
        yield Shell(words=words)


def _workdir(config: Any, known: Any, steps: Sequence[Step]) -> Iterable[Instruction]:
    path = config.get("WorkingDir")
    if isinstance(path, str) and path not in ("", "/", known.get("WorkingDir")) and not any(_of(steps, Workdir)):
        yield Workdir(path=path)


def _user(config: Any, known: Any, steps: Sequence[Step]) -> Iterable[Instruction]:
    user = config.get("User")
    if isinstance(user, str) and user not in ("", known.get("User")) and not any(_of(steps, User)):
        yield User(user=user)


def _ports(config: Any, known: Any, steps: Sequence[Step]) -> Iterable[Instruction]:
    given = known.get("ExposedPorts") or {}
    ports = config.get("ExposedPorts")
    if isinstance(ports, dict) and not any(_of(steps, Expose)):
        missing = tuple(port for port in ports if port not in given)
        if missing:
            yield Expose(ports=missing)


def _volumes(config: Any, known: Any, steps: Sequence[Step]) -> Iterable[Instruction]:
    given = known.get("Volumes") or {}
    volumes = config.get("Volumes")
    if isinstance(volumes, dict) and not any(_of(steps, Volume)):
        missing = tuple(path for path in volumes if path and path not in given)
        if missing:
            yield Volume(paths=missing)


def _stopsignal(config: Any, known: Any, steps: Sequence[Step]) -> Iterable[Instruction]:
    signal = config.get("StopSignal")
    if isinstance(signal, str) and signal not in ("", known.get("StopSignal")) and not any(_of(steps, Stopsignal)):
        yield Stopsignal(signal=signal)


def _healthcheck(config: Any, known: Any, steps: Sequence[Step]) -> Iterable[Instruction]:
    check = config.get("Healthcheck")
    if not isinstance(check, dict) or check == known.get("Healthcheck") or any(_of(steps, Healthcheck)):
        return
    test = strings(check.get("Test"))
    if not test:
        return
    command: Command | None = ExecForm(test[1:])
    if test[0] == "NONE":
        command = None
    elif test[0] == "CMD-SHELL":
        command = ShellForm(" ".join(test[1:]))

    def number(key: str) -> int:
        value = check.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0

    yield Healthcheck(
        command=command,
        interval=number("Interval"),
        timeout=number("Timeout"),
        start_period=number("StartPeriod"),
        start_interval=number("StartInterval"),
        retries=number("Retries"),
    )


def _commands(config: Any, known: Any, steps: Sequence[Step]) -> Iterable[Instruction]:
    entrypoint = strings(config.get("Entrypoint"))
    new_entrypoint = bool(entrypoint) and entrypoint != strings(known.get("Entrypoint"))
    if new_entrypoint and not any(_of(steps, Entrypoint)):
        yield Entrypoint(command=ExecForm(entrypoint))
    words = strings(config.get("Cmd"))
    if words and words != strings(known.get("Cmd")) and not any(_of(steps, Cmd)):
        yield Cmd(command=ExecForm(words))
