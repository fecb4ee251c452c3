"""Settings of an audit from a file: `[tool.reconstruct.audit]` of pyproject.toml, or `[audit]` of .reconstruct.toml.

    [tool.reconstruct.audit]            # in .reconstruct.toml: [audit]
    ignore = [
        "USR007",                       # a rule, by ID or name
        { finding = "1f0c2a9b", reason = "the test key, revoked", expires = 2026-12-31 },
        { rule = "SRC002", image = "legacy/*", reason = "the vendor signs nothing" },
    ]
    severity = { SIZ002 = "info", "add-url-without-checksum" = "high" }
    fail-on = "high"
    base-age = 90
    hadolint = false
    baseline = "audit-baseline.json"

`[tool.reconstruct]` itself may have the same keys.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date, datetime
from fnmatch import fnmatchcase

from reconstruct.audit import fingerprint
from reconstruct.audit.finding import Finding, Severity
from reconstruct.errors import UnreadableError
from reconstruct.record import dataclass, field
from reconstruct.typed import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from reconstruct.image import Image

FAIL_ON = (*(str(severity) for severity in Severity), "never")
_KEYS = ("ignore", "severity", "fail-on", "base-age", "hadolint", "baseline")
_IGNORE_KEYS = ("rule", "finding", "image", "reason", "expires")
_MAX_BYTES = 1_000_000
# What a file with a table for this program has: its name, in which a key may have `\u0072` for a letter.
_MARKS = (b"reconstruct", b"\\u", b"\\U")


@dataclass(frozen=True)
class Ignore:
    """A finding, or a rule's findings, to ignore, and why.

    `finding` is a fingerprint or its first digits, `rule` a rule's ID or name, `image` a pattern (`legacy/*`) for the
    image's tags and source; empty ones aren't conditions. It is valid through the day `expires`.
    """

    rule: str = ""
    finding: str = ""
    image: str = ""
    reason: str = ""
    expires: date | None = None

    def applies(self, finding: Finding, image: Image) -> bool:
        """Whether this applies to a finding in an image, expired or not."""
        if self.rule and self.rule not in (finding.rule, finding.name):
            return False
        if not fingerprint.names(self.finding, finding.fingerprint):
            return False
        names = (*image.tags, image.source or "", os.path.basename(image.source or ""))
        return not self.image or any(fnmatchcase(name, self.image) for name in names)

    def expired(self, today: date) -> bool:
        """Whether `expires` is before today; on the day itself it is still valid."""
        return self.expires is not None and self.expires < today


@dataclass(frozen=True)
class Settings:
    """The settings in a file; None if unset. `baseline` is a path relative to the file's directory."""

    ignore: tuple[str, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    fail_on: str | None = None
    base_age: int | None = None
    hadolint: bool | None = None
    baseline: str | None = None


def load(path: str | None = None) -> Settings:
    """The settings of `path`, or of the nearest file from the working directory upwards; empty if there is none.

    Raises UnreadableError if the file, a key or a value is wrong, with its name and the nearest known one.
    """
    if path is not None:
        return _settings(path, _table(path) or {})
    folder = os.getcwd()
    while True:
        for name in (".reconstruct.toml", "pyproject.toml"):
            candidate = os.path.join(folder, name)
            if os.path.isfile(candidate) and (table := _table(candidate, only_own=True)) is not None:
                return _settings(candidate, table)
        above = os.path.dirname(folder)
        if above == folder:
            return Settings()
        folder = above


def _table(path: str, only_own: bool = False) -> Mapping[str, Any] | None:
    """The audit's table of a file; None if it has none. `only_own`: another project's pyproject.toml isn't parsed."""
    try:
        if not os.path.isfile(path):
            # A FIFO or a device is never opened.
            raise UnreadableError(f"{path}: {'no such file' if not os.path.exists(path) else 'not a file'}")
        with open(path, "rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if only_own and os.path.basename(path) == "pyproject.toml" and not any(map(data.__contains__, _MARKS)):
            return None
        import tomllib

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
        raise UnreadableError(f"{path}: tool.reconstruct is not a table")
    # There may be tables of other commands next to the audit's keys.
    table = {key: value for key, value in document.items() if not isinstance(value, dict) or key == "severity"}
    audit = document.get("audit", {})
    if not isinstance(audit, dict):
        raise UnreadableError(f"{path}: audit is not a table")
    return {**table, **audit}


def _settings(path: str, table: Mapping[str, Any]) -> Settings:
    reader = _Reader(path)
    reader.known(table, _KEYS, "setting")
    ignore, ignores = reader.ignores(table.get("ignore", []))
    hadolint = table.get("hadolint")
    if hadolint is not None and not isinstance(hadolint, bool):
        reader.fail("hadolint takes true or false")
    base_age = table.get("base-age")
    if base_age is not None and (not isinstance(base_age, int) or isinstance(base_age, bool) or base_age < 0):
        reader.fail("base-age takes a number of days")
    baseline = table.get("baseline")
    if baseline is not None and not isinstance(baseline, str):
        reader.fail("baseline takes a file name")
    return Settings(
        ignore=ignore,
        ignores=ignores,
        severities=reader.severities(table.get("severity", {})),
        fail_on=reader.one_of("fail-on", table.get("fail-on"), FAIL_ON),
        base_age=base_age,
        hadolint=hadolint,
        baseline=os.path.join(os.path.dirname(path), baseline) if baseline is not None else None,
    )


class _Reader:
    """Reads values of one file; its errors name the file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def fail(self, what: str) -> NoReturn:
        raise UnreadableError(f"{self.path}: {what}")

    def known(self, table: Mapping[str, Any], keys: tuple[str, ...], what: str) -> None:
        """Rejects a key that isn't in `keys`, and names the nearest."""
        for key in table:
            if key not in keys:
                self.fail(f"unknown {what} {key!r}{nearest(key, keys)}; known: {', '.join(sorted(keys))}")

    def one_of(self, key: str, value: Any, known: tuple[str, ...]) -> str | None:
        if value is None or (isinstance(value, str) and value in known):
            return value
        hint = nearest(value, known) if isinstance(value, str) else ""
        self.fail(f"{key} takes one of {', '.join(known)}{hint}")

    def ignores(self, listed: Any) -> tuple[tuple[str, ...], tuple[Ignore, ...]]:
        """(rules ignored without a reason, ignores with one)."""
        if not isinstance(listed, list) or not all(isinstance(one, str | dict) for one in listed):
            self.fail("ignore takes a list of rules, and of tables such as { finding = …, reason = … }")
        rules = tuple(name for one in listed if isinstance(one, str) for name in split_names(one))
        return rules, tuple(self._ignore(one) for one in listed if isinstance(one, dict))

    def _ignore(self, table: Mapping[str, Any]) -> Ignore:
        self.known(table, _IGNORE_KEYS, "key of an ignore")
        for key in ("rule", "finding", "image", "reason"):
            if not isinstance(table.get(key, ""), str):
                self.fail(f"{key} of an ignore takes text")
        rule, finding, reason = table.get("rule", ""), table.get("finding", ""), table.get("reason", "").strip()
        if not rule and not finding:
            self.fail("an ignore names a rule or a finding (its fingerprint)")
        if finding and not fingerprint.NAMED.fullmatch(finding):
            self.fail(f"finding {finding!r}: not a fingerprint, nor at least its first {fingerprint.SHORT} digits")
        if not reason:
            self.fail(f"the ignore of {rule or finding} has no reason")
        return Ignore(rule, finding, table.get("image", ""), reason, self._day(table.get("expires")))

    def _day(self, value: Any) -> date | None:
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value)
            except ValueError:
                self.fail(f"expires {value!r}: not a date (YYYY-MM-DD)")
        if isinstance(value, datetime):
            return value.date()
        if value is not None and not isinstance(value, date):
            self.fail("expires takes a date, such as 2026-12-31")
        return value

    def severities(self, table: Any) -> Mapping[str, Severity]:
        if not isinstance(table, dict):
            self.fail('severity takes a table of rules, such as { SIZ002 = "info" }')
        known = tuple(str(severity) for severity in Severity)
        return {name: Severity(self.one_of(f"severity of {name}", value, known) or "") for name, value in table.items()}


def split_names(text: str) -> list[str]:
    """`A,B` is two names."""
    return [name for part in text.split(",") if (name := part.strip())]


def nearest(name: str, known: tuple[str, ...]) -> str:
    """`: did you mean 'x'?` for the known name closest to `name`; empty if there is none."""
    from difflib import get_close_matches

    near = get_close_matches(name.lower().replace("_", "-"), known, 1, 0.5)
    return f": did you mean {near[0]!r}?" if near else ""


def check_rules(settings: Settings, check: Callable[[str], None]) -> None:
    """Calls `check` with every rule name in the settings; it raises for an unknown one."""
    for name in (*settings.ignore, *settings.severities, *(one.rule for one in settings.ignores if one.rule)):
        check(name)
