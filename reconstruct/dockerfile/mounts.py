"""RUN's `--mount`: its fields, and what BuildKit rejects in them.

After `frontend/dockerfile/instructions/commands_runmount.go` (parseMount) and `dockerfile2llb/convert_runmount.go`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from reconstruct import pattern
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.unknown import is_unknown
from reconstruct.golang import parse_bool, quote
from reconstruct.record import dataclass

TYPES = ("bind", "cache", "tmpfs", "secret", "ssh")
_SHARING = ("shared", "private", "locked")
_NAMES = {
    "src": "source",
    "dst": "target",
    "destination": "target",
    "ro": "readonly",
    "rw": "readwrite",
}
_WORDS = ("readonly", "ro", "readwrite", "rw", "required")
_KEYS = frozenset(
    {"type", "from", "source", "target", "readonly", "readwrite", "required", "id", "sharing", "mode", "uid", "gid"}
)
# Those that BuildKit 0.8 didn't know.
_NEW_KEYS = frozenset({"size", "env"})
_FIELD = pattern.compile(r'(?:"((?:[^"]|"")*)"|([^",]*))(?:,|\Z)')
# go-units' RAMInBytes.
_SIZE = pattern.compile(r"[0-9]+(?:\.[0-9]+)* ?(?:[kKmMgGtTpPeE]?[iI]?[bB]?)")
_NUMBER = pattern.compile(r"[0-9]{1,10}")
_OCTAL = pattern.compile(r"[0-7]{1,11}")


@dataclass(frozen=True)
class Mount:
    """One mount; `target` empty if none is given."""

    type: str = "bind"
    source: str = ""
    target: str = ""
    origin: str = ""

    def place(self, workdir: str) -> str:
        """Where it is mounted, a relative target below `workdir`."""
        if posixpath.isabs(self.target) or re.match(r"[A-Za-z]:[\\/]", self.target):
            return self.target
        return posixpath.normpath(f"/{workdir}/{self.target}").replace("//", "/")


def fields(text: str) -> list[str]:
    """The fields of a line of CSV. Raises DockerfileError for misplaced quotes."""
    found: list[str] = []
    position = 0
    while True:
        match = _FIELD.match(text, position)
        if match is None or not text:
            raise DockerfileError(f"failed to parse csv mounts: {quote(text)}")
        found.append(match[2] if match[1] is None else match[1].replace('""', '"'))
        position = match.end()
        if position == len(text) and not match[0].endswith(","):
            return found


def check_written(text: str) -> None:
    """Raises for what BuildKit rejects when it reads the file, before anything is expanded."""
    for field in fields(text):
        key, equals, value = field.partition("=")
        if equals and key.lower() == "from" and "$" in value[:-1]:
            raise DockerfileError("'from' doesn't support variable expansion, define alias stage instead")


def read(text: str, expand: Callable[[str], str], *, builder: str = "buildkit") -> Mount:
    """The mount that a flag's value describes, expanded. Raises DockerfileError if `builder` rejects it."""
    found: dict[str, str] = {"type": "bind"}
    for field in fields(text):
        key, equals, value = field.partition("=")
        key = key.lower()
        if not equals:
            if key not in _WORDS:
                raise DockerfileError(f"invalid field '{field}' must be a key=value pair")
            value = "true"
        value = expand(value)
        name = _NAMES.get(key, key)
        if name not in _KEYS and (builder != "buildkit" or name not in _NEW_KEYS):
            raise DockerfileError(f"unexpected key '{key}' in '{field}'")
        if not is_unknown(value):
            _check_value(name, key, value, found["type"])
        found[name] = value.lower() if name in ("type", "sharing") else value
    _check_together(found)
    return Mount(found["type"], found.get("source", ""), found.get("target", ""), found.get("from", ""))


def _check_value(name: str, key: str, value: str, kind: str) -> None:
    if name == "type" and value.lower() not in TYPES:
        raise DockerfileError(f"unsupported mount type {quote(value)}")
    if name == "sharing" and value.lower() not in _SHARING:
        raise DockerfileError(f"unsupported sharing value {quote(value)}")
    if (name == "required" and kind not in ("secret", "ssh")) or (name == "size" and kind != "tmpfs"):
        raise DockerfileError(f"unexpected key '{key}' for mount type '{kind}'")
    if name in ("readonly", "readwrite", "required"):
        try:
            parse_bool(value)
        except ValueError:
            raise DockerfileError(f"invalid value for {key}: {value}") from None
    bad = (
        (name == "size" and not _SIZE.fullmatch(value))
        or (name == "mode" and (not _OCTAL.fullmatch(value) or int(value, 8) >= 2**32))
        or (name in ("uid", "gid") and (not _NUMBER.fullmatch(value) or int(value) >= 2**32))
    )
    if bad:
        raise DockerfileError(f"invalid value {value} for {key}")


def _check_together(found: dict[str, str]) -> None:
    kind = found["type"]
    if is_unknown(kind):
        return
    if kind not in ("secret", "ssh", "cache"):
        for name in ("mode", "uid", "gid"):
            if name in found:
                raise DockerfileError(f"{name} not allowed for {quote(kind)} type mounts")
    if kind == "secret":
        if found.get("from"):
            raise DockerfileError("secret mount should not have a from")
        if not any(found.get(name) for name in ("source", "target", "id")):
            raise DockerfileError("invalid secret mount. one of source, target required")
        if found.get("source") and found.get("id"):
            raise DockerfileError("both source and id can't be set")
    if found.get("sharing") and kind != "cache":
        raise DockerfileError(f"invalid cache sharing set for {kind} mount")


def check_place(mount: Mount, workdir: str) -> None:
    """Raises DockerfileError for a mount over the root, such as one without a target in the root directory."""
    if mount.type not in ("secret", "ssh") and mount.place(workdir or "/") == "/":
        raise DockerfileError('invalid mount target "/"')


def check_device(text: str) -> None:
    """`--device`: a name, and whether it is required."""
    name = ""
    for field in fields(text):
        key, equals, value = field.partition("=")
        if key.lower() == "required":
            if equals:
                try:
                    parse_bool(value)
                except ValueError:
                    raise DockerfileError(f"invalid value for {key}: {value}") from None
        elif key.lower() == "name" and equals:
            if name:
                raise DockerfileError(f"device name already set to {name}")
            name = value
        elif not name:
            name = field
        else:
            raise DockerfileError(f"unexpected key '{key}' in '{field}'")
