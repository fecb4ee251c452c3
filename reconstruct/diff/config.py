"""The configs in force: what differs, and which step or base explains it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from reconstruct.diff.canonical import spell_ports
from reconstruct.diff.changes import number
from reconstruct.diff.model import ConfigChange, Status, StepDifference
from reconstruct.image import Image
from reconstruct.typed import Any

Atoms = dict[tuple[str, str | None], str]

# Traces of the build, and settings of a running container.
NOISE = frozenset(
    {
        "hostname", "domainname", "image", "argsescaped", "attachstdin", "attachstdout", "attachstderr", "tty",
        "openstdin", "stdinonce", "networkdisabled", "macaddress", "publishservice",
    }
)  # fmt: skip
NOISE_LABELS = frozenset({"io.buildah.version"})

# Fields that OCI's config doesn't have, so a builder may have omitted them (OCI image spec, config.md).
DOCKER_ONLY = frozenset({"healthcheck", "shell", "onbuild"})

# Field → the instruction that sets it.
SETTERS = {
    "env": ("ENV",),
    "label": ("LABEL",),
    "port": ("EXPOSE",),
    "volume": ("VOLUME",),
    "user": ("USER",),
    "workdir": ("WORKDIR",),
    "stop-signal": ("STOPSIGNAL",),
    "shell": ("SHELL",),
    "healthcheck": ("HEALTHCHECK",),
    "onbuild": ("ONBUILD",),
    # A new ENTRYPOINT empties the base's CMD (Dockerfile reference, ENTRYPOINT), and SHELL changes both shell forms.
    "cmd": ("CMD", "ENTRYPOINT", "SHELL"),
    "entrypoint": ("ENTRYPOINT", "SHELL"),
}


def compare_configs(
    old: Image, new: Image, rows: Sequence[StepDifference], *, strict: bool, base_differs: bool
) -> tuple[ConfigChange, ...]:
    """The differences, each with the row that explains it.

    `strict`: one builder made both, so a field that one of them lacks is a difference. Nothing where one of the two
    forms has no config.
    """
    if not (old.has_config and new.has_config):
        return ()
    before, after = atoms(old), atoms(new)
    setters = _Setters(rows)
    result = []
    for name in sorted(before.keys() | after.keys(), key=lambda name: (list_index(name[0]), name[1] or "", name[0])):
        values = before.get(name), after.get(name)
        if values[0] == values[1]:
            continue
        row = setters.explaining(*name)
        if row is None and not strict and _untold(name[0], values):
            continue
        by = "step" if row is not None else "base" if base_differs else "none"
        result.append(ConfigChange(name[0], name[1], *values, step=row, explained=by))
    return tuple(result)


def list_index(field: str) -> int:
    """The position of a config field in `SETTERS`, for sorting; unknown ones come last."""
    order = list(SETTERS)
    return order.index(field) if field in order else len(order)


def _untold(field: str, values: tuple[str | None, str | None]) -> bool:
    """Whether two builders may write this differently for the same Dockerfile."""
    if field.startswith("healthcheck") and field != "healthcheck":
        # The classic builder keeps the options of an earlier HEALTHCHECK.
        return True
    if field in ("cmd", "entrypoint") and None not in values:
        # buildah puts /bin/sh before the shell form, whatever SHELL says.
        return len({json.loads(value or "[]")[-1] for value in values}) == 1
    return (field in DOCKER_ONLY and None in values) or field == "config"


def atoms(image: Image) -> Atoms:
    """The config as single values by (field, key), without empty ones, which builders write in different ways."""
    config = image.config
    found: Atoms = {}
    found.update({("env", key): value for key, value in _env(config.get("Env")).items()})
    labels = config.get("Labels")
    if isinstance(labels, Mapping):
        found.update({("label", key): str(value) for key, value in labels.items() if key not in NOISE_LABELS})
    for port in _names(config.get("ExposedPorts")):
        found.update({("port", spelled): spelled for spelled in spell_ports(port)})
    found.update({("volume", path): path for path in _names(config.get("Volumes"))})
    for field, key in (("cmd", "Cmd"), ("entrypoint", "Entrypoint"), ("shell", "Shell"), ("onbuild", "OnBuild")):
        if config.get(key):
            found[field, None] = json.dumps(config[key], ensure_ascii=False)
    for field, key in (("user", "User"), ("stop-signal", "StopSignal")):
        if config.get(key):
            found[field, None] = str(config[key])
    workdir = config.get("WorkingDir")
    if workdir and workdir != "/":
        found["workdir", None] = str(workdir)
    found.update(_healthcheck(config.get("Healthcheck")))
    known = {"env", "labels", "exposedports", "volumes", "cmd", "entrypoint", "shell", "onbuild", "user"}
    known |= {"stopsignal", "workingdir", "healthcheck"} | NOISE
    for key, value in config.items():
        if key.lower() not in known and value not in (None, "", [], {}, False, 0):
            found["config", key] = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return found


def _env(entries: Any) -> dict[str, str]:
    if not isinstance(entries, list):
        return {}
    pairs = (entry.partition("=") for entry in entries if isinstance(entry, str))
    return {key: value for key, _, value in pairs}


def _names(value: Any) -> list[str]:
    """The keys of an object (Docker), or the items of a list (some tools)."""
    return [str(item) for item in value] if isinstance(value, (Mapping, list)) else []


def _healthcheck(value: Any) -> Atoms:
    if not isinstance(value, Mapping) or not value.get("Test"):
        return {}
    found: Atoms = {("healthcheck", None): json.dumps(value["Test"], ensure_ascii=False)}
    for name in ("Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"):
        amount = value.get(name)
        if isinstance(amount, int) and amount:
            found["healthcheck-" + name.lower(), None] = number(name.lower(), amount) or ""
    return found


class _Setters:
    """Which row set a field last, found in one way through the rows: a config may have as many keys as rows have changes."""

    def __init__(self, rows: Sequence[StepDifference]) -> None:
        self._last: dict[str, int] = {}
        self._keyed: dict[tuple[str, str | None], int] = {}
        for index, row in enumerate(rows):
            if row.status is Status.SAME:
                continue
            if row.keyword not in _KEYED or not row.changes:
                self._last[row.keyword] = index
                continue
            for change in row.changes:
                named = (change.key,) if row.keyword in ("ENV", "LABEL") else (change.old, change.new)
                self._keyed.update(((row.keyword, name), index) for name in named)

    def explaining(self, field: str, key: str | None) -> int | None:
        """The last row that sets this field (for ENV, LABEL, ports and volumes: this very key) and isn't the same."""
        if field == "config":
            return None
        setters = SETTERS["healthcheck" if field.startswith("healthcheck") else field]
        found = [self._last.get(keyword, -1) for keyword in setters]
        found += [self._keyed.get((keyword, key), -1) for keyword in setters if keyword in _KEYED]
        return max(found) if max(found) >= 0 else None


# Instructions whose changes name the keys that they set.
_KEYED = frozenset({"ENV", "LABEL", "EXPOSE", "VOLUME"})
