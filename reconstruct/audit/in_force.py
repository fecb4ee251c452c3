"""Compares the settings that history should result in with the config in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconstruct.audit.finding import Severity
from reconstruct.audit.rule import Hit
from reconstruct.builders import registry
from reconstruct.golang import is_digits
from reconstruct.syntax import (
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
    Shell,
    ShellForm,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.audit.context import Context


def disagreements(context: Context) -> Iterator[Hit]:
    """The values set by the last instruction of their kind that differ in the config, at that step. The subject is the config's
    key, which of its members, and how it differs: `missing`, `other` or `extra`.

    If a builder expands variables only in the config (buildah, kaniko), values with variables aren't
    compared. Settings without a field in OCI's config (HEALTHCHECK) may be missing; that is INFO.
    """
    yield from _env(context)
    yield from _labels(context)
    yield from _plain(context, User, "User", lambda step, value: value.user)
    yield from _plain(context, Stopsignal, "StopSignal", lambda step, value: value.signal)
    yield from _workdir(context)
    yield from _commands(context)
    yield from _healthcheck(context)
    yield from _shell(context)
    yield from _added(context)


def _hit(
    step: int, subject: tuple[str, ...], message: str, evidence: str = "", severity: Severity | None = None
) -> Hit:
    return Hit(step, message, evidence, severity, subject=subject, whole=True)


def _dynamic(context: Context, position: int, value: str) -> bool:
    """Whether a value is unexpanded, from a builder that keeps the Dockerfile's own text."""
    step = context.steps[position]
    kept = step.dialect is Dialect.OTHER or registry.of(step.dialect).own_text or step.instruction.written is not None
    return kept and ("$" in value or "\\" in value or '"' in value or "'" in value)


def _env(context: Context) -> Iterator[Hit]:
    items = context.config("Env")
    if not isinstance(items, list):
        items = []
    now = dict(str(item).partition("=")[::2] for item in items)
    last: dict[str, tuple[int, str]] = {}
    for position, env in context.of(Env):
        for pair in env.pairs:
            last[pair.key] = (position, pair.value or "")
    for key, (position, value) in last.items():
        if _dynamic(context, position, value):
            continue
        if key not in now:
            message = f"ENV {key[:60]} is set by a step, but missing from the config"
            yield _hit(position, ("Env", key, "missing"), message, f"{key}={value}", Severity.MEDIUM)
        elif now[key] != value:
            message = f"ENV {key[:60]} has a different value in the config"
            evidence = f"history {key}={value}, config {key}={now[key]}"
            yield _hit(position, ("Env", key, "other"), message, evidence)


def _labels(context: Context) -> Iterator[Hit]:
    labels = context.config("Labels")
    now: Mapping[str, Any] = labels if isinstance(labels, dict) else {}
    last: dict[str, tuple[int, str]] = {}
    for position, label in context.of(Label):
        for pair in label.pairs:
            last[pair.key] = (position, pair.value or "")
    for key, (position, value) in last.items():
        if _dynamic(context, position, value + key):
            continue
        if key not in now:
            message = f"LABEL {key[:60]} is set by a step, but missing from the config"
            yield _hit(position, ("Labels", key, "missing"), message, f"{key}={value}", Severity.LOW)
        elif str(now[key]) != value:
            message, evidence = (
                f"LABEL {key[:60]} has a different value in the config",
                f"history {value}, config {now[key]}",
            )
            yield _hit(position, ("Labels", key, "other"), message, evidence, Severity.MEDIUM)


def _plain(context: Context, kind: type[Instruction], key: str, value_of: Any) -> Iterator[Hit]:
    last = context.last(kind)
    if last is None:
        return
    position, instruction = last
    value = value_of(context.steps[position], instruction)
    now = context.config(key)
    now = now if isinstance(now, str) else ""
    if value != now and not _dynamic(context, position, value):
        what = f"is {now[:60]!r} in the config" if now else "is missing from the config"
        severity = Severity.MEDIUM if kind is Stopsignal else None
        message, evidence = f"{instruction.keyword} {value[:60]} {what}", f"history {value}, config {now}"
        yield _hit(position, (key, "other" if now else "missing"), message, evidence, severity)


def _workdir(context: Context) -> Iterator[Hit]:
    last = context.last(Workdir)
    if last is None or context.image.windows:
        return
    position, instruction = last
    now = str(context.config("WorkingDir") or "/")
    expected = context.path(".", position)
    if _dynamic(context, position, instruction.path) or "$" in expected or not instruction.path.startswith("/"):
        return
    if expected.rstrip("/") != now.rstrip("/"):
        message = f"WORKDIR {expected[:60]} is {now[:60]!r} in the config"
        yield _hit(position, ("WorkingDir", "other"), message, severity=Severity.MEDIUM)


def _commands(context: Context) -> Iterator[Hit]:
    entrypoint, cmd = context.last(Entrypoint), context.last(Cmd)
    if entrypoint is not None:
        yield from _command(context, entrypoint[0], entrypoint[1].command, "Entrypoint")
    # An ENTRYPOINT clears the CMD that a base set before it.
    if cmd is not None and (entrypoint is None or cmd[0] > entrypoint[0]):
        yield from _command(context, cmd[0], cmd[1].command, "Cmd")


def _command(context: Context, position: int, command: Command, key: str) -> Iterator[Hit]:
    step = context.steps[position]
    now = context.config(key)
    words = [str(word) for word in now] if isinstance(now, list) else []
    expected = list(command.words) if isinstance(command, ExecForm) else [*step.shell, command.text]
    if _same(command, expected, words):
        return
    text = command.text if isinstance(command, ShellForm) else " ".join(command.words)
    if registry.of(step.dialect).own_text and ("$" in text or "\\" in text or '"' in text):
        return
    shown = " ".join(words)[:80]
    what = f"is {shown!r} in the config" if words else "is missing from the config"
    severity = None if words else Severity.MEDIUM
    evidence = f"history {text}, config {' '.join(words)}"
    subject = (key, "other" if words else "missing")
    yield _hit(position, subject, f"{step.instruction.keyword} {what}", evidence, severity)


def _same(command: Command, expected: list[str], words: list[str]) -> bool:
    if expected == words:
        return True
    # The word boundaries may be guesses, white space may come from the layout, and a shell may precede the text or not.
    squeezed = " ".join(" ".join(words).split())
    if squeezed == " ".join(" ".join(expected).split()):
        return True
    if isinstance(command, ShellForm):
        return squeezed.endswith(" ".join(command.text.split())) and len(words) <= 8
    return False


def _healthcheck(context: Context) -> Iterator[Hit]:
    last = context.last(Healthcheck)
    if last is None:
        return
    position, check = last
    now = context.config("Healthcheck")
    test = [str(word) for word in now.get("Test") or ()] if isinstance(now, dict) else []
    if not test:
        if check.command is not None:
            message = "HEALTHCHECK is set by a step, but missing from the config"
            yield _hit(position, ("Healthcheck", "missing"), message, severity=Severity.INFO)
        return
    expected = (
        ["NONE"]
        if check.command is None
        else ["CMD-SHELL", check.command.text]
        if isinstance(check.command, ShellForm)
        else ["CMD", *check.command.words]
    )
    if " ".join(" ".join(expected[1:]).split()) != " ".join(" ".join(test[1:]).split()) or (
        (expected[0] == "NONE") != (test[0] == "NONE")
    ):
        if _dynamic(context, position, " ".join(expected)):
            return
        evidence = f"history {' '.join(expected)}, config {' '.join(test)}"
        message = "HEALTHCHECK runs a different command in the config"
        yield _hit(position, ("Healthcheck", "Test", "other"), message, evidence)
        return
    for field, key in (
        ("interval", "Interval"),
        ("timeout", "Timeout"),
        ("start_period", "StartPeriod"),
        ("retries", "Retries"),
    ):
        value = now.get(key) or 0
        if value != getattr(check, field) and registry.of(context.steps[position].dialect).whole_healthcheck:
            message = f"HEALTHCHECK has a different {field.replace('_', ' ')} in the config"
            yield _hit(position, ("Healthcheck", key, "other"), message, severity=Severity.MEDIUM)
            return


def _shell(context: Context) -> Iterator[Hit]:
    """OCI's config has no SHELL; any other value differs from what the last step set."""
    last, now = context.last(Shell), context.config("Shell")
    if last is None or not isinstance(now, list) or not now:
        return
    shown = " ".join(str(word) for word in now)
    # Where one word ends and the next begins may be a guess.
    if shown != " ".join(last[1].words):
        shown = shown[:80]
        if not _dynamic(context, last[0], " ".join(last[1].words)):
            evidence = f"history {' '.join(last[1].words)}"
            yield _hit(last[0], ("Shell", "other"), f"SHELL is {shown!r} in the config", evidence)


def _added(context: Context) -> Iterator[Hit]:
    """Ports and volumes in the config that no step sets, if steps set any; otherwise see REC003."""
    exposes = list(context.of(Expose))
    ports = context.config("ExposedPorts")
    ports = {} if ports is None else ports
    if exposes and isinstance(ports, dict) and len(ports) < 2000:
        told = [context.resolve(port, position) for position, expose in exposes for port in expose.ports]
        if not any("$" in port for port in told):
            extra = [str(port) for port in ports if not any(_is_port(str(port), range_) for range_ in told)]
            if extra:
                message = f"the config has ports that no EXPOSE sets: {', '.join(extra)[:100]}"
                subject = ("ExposedPorts", "extra", *sorted(extra))
                yield _hit(exposes[-1][0], subject, message, severity=Severity.MEDIUM)
            here = [str(port) for port in ports]
            gone = [port for port in told if not any(_is_port(one, port) for one in here)]
            if gone:
                message = f"EXPOSE {', '.join(gone)[:100]} is set by a step, but missing from the config"
                subject = ("ExposedPorts", "missing", *sorted(gone))
                yield _hit(exposes[-1][0], subject, message, severity=Severity.LOW)
    yield from _volumes(context)


def _volumes(context: Context) -> Iterator[Hit]:
    volumes = list(context.of(Volume))
    paths = context.config("Volumes")
    paths = {} if paths is None else paths
    if not volumes or not isinstance(paths, dict) or len(paths) >= 2000:
        return
    named = {path.rstrip("/") for _, volume in volumes for path in volume.paths}
    if any(character in path for path in named for character in '$["'):
        return
    extra = [str(path) for path in paths if str(path).rstrip("/") not in named]
    if extra:
        message = f"the config has volumes that no VOLUME sets: {', '.join(extra)[:100]}"
        subject = ("Volumes", "extra", *sorted(extra))
        yield _hit(volumes[-1][0], subject, message, severity=Severity.MEDIUM)
    gone = sorted(named - {str(path).rstrip("/") for path in paths})
    if gone:
        message = f"VOLUME {', '.join(gone)[:100]} is set by a step, but missing from the config"
        yield _hit(volumes[-1][0], ("Volumes", "missing", *gone), message, severity=Severity.LOW)


def _is_port(port: str, told: str) -> bool:
    """Whether `80/tcp` is the port, or in the range, that EXPOSE names (`80`, `8000-8010/tcp`)."""
    number, _, protocol = port.partition("/")
    numbers, _, protocol_told = told.partition("/")
    if (protocol or "tcp").lower() != (protocol_told or "tcp").lower():
        return False
    first, _, last = numbers.rpartition(":")[2].partition("-")
    if not (is_digits(number) and is_digits(first) and is_digits(last or first)):
        return number == numbers
    return int(first) <= int(number[:6]) <= int(last or first)
