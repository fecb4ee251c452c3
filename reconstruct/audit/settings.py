"""Settings of an audit from a file: `[tool.reconstruct.audit]` of pyproject.toml, or `[audit]` of .reconstruct.toml.

    [tool.reconstruct.audit]            # in .reconstruct.toml: [audit]
    ignore = ["USR007", "no-healthcheck"]
    fail-on = "high"
    base-age = 90
    hadolint = false
    baseline = "audit-baseline.json"

`[tool.reconstruct]` itself may hold the same keys.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconstruct.audit.finding import Severity
from reconstruct.errors import UnreadableError

FAIL_ON = (*(str(severity) for severity in Severity), "never")
_KEYS = frozenset({"ignore", "fail-on", "base-age", "hadolint", "baseline"})
# Tables of other commands may stand beside the keys of the audit.
_MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What a file asks for; None where it says nothing. `baseline` is a path, seen from the file's own folder."""

    ignore: tuple[str, ...] = ()
    fail_on: str | None = None
    base_age: int | None = None
    hadolint: bool | None = None
    baseline: str | None = None


def load(path: str | None = None) -> Settings:
    """The settings of `path`, or of the nearest file from the working folder upwards; empty if there is none.

    Raises UnreadableError where the file, a key or a value is wrong, with its name.
    """
    if path is not None:
        return _read(path)
    folder = os.getcwd()
    while True:
        for name in (".reconstruct.toml", "pyproject.toml"):
            candidate = os.path.join(folder, name)
            if os.path.isfile(candidate) and (table := _table(candidate)) is not None:
                return _settings(candidate, table)
        above = os.path.dirname(folder)
        if above == folder:
            return Settings()
        folder = above


def _read(path: str) -> Settings:
    return _settings(path, _table(path) or {})


def _table(path: str) -> Mapping[str, Any] | None:
    """The audit's table of a file; None where it has none."""
    import tomllib

    from reconstruct.sources.regular import open_regular

    try:
        with open_regular(path) as file:
            data = file.read(_MAX_BYTES + 1)
        document: Any = tomllib.loads(data[:_MAX_BYTES].decode("utf-8"))
    except OSError as error:
        raise UnreadableError(f"{path}: can't be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{path}: not a TOML file: {error}") from error
    if os.path.basename(path) == "pyproject.toml":
        document = document.get("tool", {})
        document = document.get("reconstruct") if isinstance(document, dict) else None
        if document is None:
            return None
    if not isinstance(document, dict):
        raise UnreadableError(f"{path}: tool.reconstruct is no table")
    table = {key: value for key, value in document.items() if not isinstance(value, dict)}
    audit = document.get("audit", {})
    if not isinstance(audit, dict):
        raise UnreadableError(f"{path}: audit is no table")
    return {**table, **audit}


def _settings(path: str, table: Mapping[str, Any]) -> Settings:
    for key in table:
        if key not in _KEYS:
            raise UnreadableError(f"{path}: there is no setting {key!r}; those known are {', '.join(sorted(_KEYS))}")
    ignore = table.get("ignore", [])
    if not isinstance(ignore, list) or not all(isinstance(name, str) for name in ignore):
        raise UnreadableError(f"{path}: ignore takes a list of rules")
    fail_on = table.get("fail-on")
    if fail_on is not None and fail_on not in FAIL_ON:
        raise UnreadableError(f"{path}: fail-on takes one of {', '.join(FAIL_ON)}")
    base_age = table.get("base-age")
    if base_age is not None and (not isinstance(base_age, int) or isinstance(base_age, bool) or base_age < 0):
        raise UnreadableError(f"{path}: base-age takes a number of days")
    hadolint = table.get("hadolint")
    if hadolint is not None and not isinstance(hadolint, bool):
        raise UnreadableError(f"{path}: hadolint takes true or false")
    baseline = table.get("baseline")
    if baseline is not None:
        if not isinstance(baseline, str):
            raise UnreadableError(f"{path}: baseline takes a file's name")
        baseline = os.path.join(os.path.dirname(path), baseline)
    return Settings(tuple(ignore), fail_on, base_age, hadolint, baseline)
