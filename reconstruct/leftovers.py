"""The config's values that no history entry explains: kaniko's silent instructions, a base without history, manual
changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
from reconstruct.typed import Any, TypeVar, cast

T = TypeVar("T", bound=Instruction)
# The steps' instructions by their class.
Made = dict[type[Instruction], list[Instruction]]

_OWN_LABELS = frozenset({"io.buildah.version"})
_NOTE = Note(Certainty.INFERRED, "from the config: no history entry sets it")


def leftovers(image: Image, steps: Sequence[Step], base: Image | None = None) -> tuple[Step, ...]:
    """Steps for the values in force that neither the steps nor the base (if known) set, in the usual order."""
    if not image.has_config:
        return ()
    config = image.config
    known = base.config if base is not None else {}
    made: Made = {}
    for step in steps:
        made.setdefault(type(step.instruction), []).append(step.instruction)
    instructions = [
        *_env(config, known, made),
        *_labels(config, known, made),
        *_shell(config, known, made),
        *_workdir(config, known, made),
        *_user(config, known, made),
        *_ports(config, known, made),
        *_volumes(config, known, made),
        *_stopsignal(config, known, made),
        *_healthcheck(config, known, made),
        *_commands(config, known, made),
    ]
    shell = steps[-1].shell if steps else (("cmd", "/S", "/C") if image.windows else ("/bin/sh", "-c"))
    return tuple(
        Step(instruction=missing, dialect=Dialect.OTHER, shell=shell, certainty=Certainty.INFERRED, notes=(_NOTE,))
        for missing in instructions
    )


def _of(made: Made, kind: type[T]) -> Sequence[T]:
    """The steps' instructions of one kind."""
    return cast("Sequence[T]", made.get(kind, ()))


def _env(config: Any, known: Any, made: Made) -> Iterable[Instruction]:
    given = env_map(strings(known.get("Env")))
    set_before = {pair.key for env in _of(made, Env) for pair in env.pairs}
    for key, value in env_map(strings(config.get("Env"))).items():
        default = key == "PATH" and value == DEFAULT_PATH
        if key and not default and key not in set_before and given.get(key) != value:
            yield Env(pairs=(Pair(key, value),))


def _labels(config: Any, known: Any, made: Made) -> Iterable[Instruction]:
    given = string_map(known.get("Labels"))
    set_before = {pair.key for label in _of(made, Label) for pair in label.pairs}
    for key, value in string_map(config.get("Labels")).items():
        if key and key not in _OWN_LABELS and key not in set_before and given.get(key) != value:
            yield Label(pairs=(Pair(key, value),))


def _shell(config: Any, known: Any, made: Made) -> Iterable[Instruction]:
    words = strings(config.get("Shell"))
    if words and not any(_of(made, Shell)) and words != strings(known.get("Shell")):
        yield Shell(words=words)


def _workdir(config: Any, known: Any, made: Made) -> Iterable[Instruction]:
    path = config.get("WorkingDir")
    if isinstance(path, str) and path not in ("", "/", known.get("WorkingDir")) and not any(_of(made, Workdir)):
        yield Workdir(path=path)


def _user(config: Any, known: Any, made: Made) -> Iterable[Instruction]:
    user = config.get("User")
    if isinstance(user, str) and user not in ("", known.get("User")) and not any(_of(made, User)):
        yield User(user=user)


def _ports(config: Any, known: Any, made: Made) -> Iterable[Instruction]:
    given = known.get("ExposedPorts") or {}
    ports = config.get("ExposedPorts")
    if isinstance(ports, dict) and not any(_of(made, Expose)):
        missing = tuple(port for port in ports if port not in given)
        if missing:
            yield Expose(ports=missing)


def _volumes(config: Any, known: Any, made: Made) -> Iterable[Instruction]:
    given = known.get("Volumes") or {}
    volumes = config.get("Volumes")
    if isinstance(volumes, dict) and not any(_of(made, Volume)):
        missing = tuple(path for path in volumes if path and path not in given)
        if missing:
            yield Volume(paths=missing)


def _stopsignal(config: Any, known: Any, made: Made) -> Iterable[Instruction]:
    signal = config.get("StopSignal")
    if isinstance(signal, str) and signal not in ("", known.get("StopSignal")) and not any(_of(made, Stopsignal)):
        yield Stopsignal(signal=signal)


def _healthcheck(config: Any, known: Any, made: Made) -> Iterable[Instruction]:
    check = config.get("Healthcheck")
    if not isinstance(check, dict) or check == known.get("Healthcheck") or any(_of(made, Healthcheck)):
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


def _commands(config: Any, known: Any, made: Made) -> Iterable[Instruction]:
    entrypoint = strings(config.get("Entrypoint"))
    new_entrypoint = bool(entrypoint) and entrypoint != strings(known.get("Entrypoint"))
    if new_entrypoint and not any(_of(made, Entrypoint)):
        yield Entrypoint(command=ExecForm(entrypoint))
    words = strings(config.get("Cmd"))
    if words and words != strings(known.get("Cmd")) and not any(_of(made, Cmd)):
        yield Cmd(command=ExecForm(words))
