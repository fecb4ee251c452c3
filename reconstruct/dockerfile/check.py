"""The builders' checks of an instruction before they run it: flags, number of arguments, fixed values.

Based on BuildKit's frontend/dockerfile/instructions, which the classic builder shares. buildah checks while it runs, so
it has its own checks (reconstruct.builders.imagebuilder), except for HEALTHCHECK.
"""

from __future__ import annotations

from collections.abc import Callable

from reconstruct.dockerfile.dialect import Dialect
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.instruction import KEYWORDS
from reconstruct.dockerfile.model import Dockerfile, Instruction
from reconstruct.golang import SPACES, parse_duration, parse_int, quote
from reconstruct.typed import Any

_UNCHECKED_FLAGS = frozenset({"ARG", "FROM", "STOPSIGNAL"})
_ONE = frozenset({"MAINTAINER", "STOPSIGNAL", "USER", "WORKDIR"})
_SOME = frozenset({"ARG", "EXPOSE", "HEALTHCHECK", "ONBUILD", "VOLUME"})


def check_all(dockerfile: Dockerfile, dialect: Dialect) -> None:
    """Checks every instruction of the file, whether its stage is built or not. Raises DockerfileError."""
    for instruction in dockerfile.instructions:
        if instruction.keyword != "FROM":
            check(instruction, dialect)


def check(instruction: Instruction, dialect: Dialect) -> None:
    """Raises DockerfileError, with the line, if the builder would reject the instruction as written."""
    try:
        _check(instruction, dialect)
    except DockerfileError as error:
        raise error.at(instruction.start) from None


def _check(instruction: Instruction, dialect: Dialect) -> None:
    keyword = instruction.keyword
    if keyword not in KEYWORDS:
        raise DockerfileError(f"unknown instruction: {instruction.written}")
    count = len(instruction.args)
    if keyword in _ONE and count != 1:
        raise DockerfileError(f"{keyword} requires exactly one argument")
    if (keyword in _SOME and not count) or (keyword in ("ENV", "LABEL") and not instruction.pairs):
        raise DockerfileError(f"{keyword} requires at least one argument")
    if keyword in ("ADD", "COPY") and count < 2:
        raise DockerfileError(f"{keyword} requires at least two arguments")
    if instruction.flags and keyword not in _UNCHECKED_FLAGS:
        none = keyword == "HEALTHCHECK" and instruction.args[0].upper() == "NONE"
        if not none:
            flags(instruction, dialect)
    own = _CHECKS.get(keyword)
    if own is not None:
        own(instruction, dialect)


def flags(instruction: Instruction, dialect: Dialect) -> dict[str, list[str]]:
    """The instruction's flags by name. Raises DockerfileError for one that the builder doesn't know or accept."""
    if not instruction.flags:
        return {}
    # Most instructions have no flags; the table is only read if one has.
    from reconstruct.dockerfile.flags import known as known_flags

    known = known_flags(instruction.keyword, dialect.name)
    found: dict[str, list[str]] = {}
    for flag in instruction.flags:
        name, equals, value = flag[2:].partition("=")
        if name not in known:
            raise DockerfileError(f"unknown flag: --{name}")
        kind = known[name].kind
        if name in found and kind != "list" and not dialect.repeated_flags:
            raise DockerfileError(f"duplicate flag specified: --{name}")
        if (kind == "bool") == bool(equals) and not value:
            raise DockerfileError(f"missing a value on flag: --{name}")
        if kind == "bool" and value.lower() not in ("", "true", "false"):
            raise DockerfileError(f"expecting boolean value for flag --{name}, not: {value}")
        if kind != "bool" and not equals:
            raise DockerfileError(f"missing a value on flag: --{name}")
        found.setdefault(name, []).append(
            "true" if kind == "bool" and not value else value.lower() if kind == "bool" else value
        )
    return found


def _pairs(instruction: Instruction, _: Dialect) -> None:
    if any(not pair.key for pair in instruction.pairs):
        raise DockerfileError(f"{instruction.keyword} names can not be blank")


def _arg(instruction: Instruction, _: Dialect) -> None:
    if any(word.startswith("=") for word in instruction.args):
        raise DockerfileError("ARG names can not be blank")


def _copy(instruction: Instruction, dialect: Dialect) -> None:
    if dialect.heredocs and _is_heredoc(instruction.args[-1]):
        raise DockerfileError(f"{instruction.keyword} cannot accept a heredoc as a destination")


def _is_heredoc(word: str) -> bool:
    if "<<" not in word:
        return False
    from reconstruct.dockerfile.heredoc import heredoc_mark

    try:
        return heredoc_mark(word) is not None
    except DockerfileError:
        return False


def _onbuild(instruction: Instruction, _: Dialect) -> None:
    trigger = instruction.args[0].strip(SPACES).upper()
    if trigger == "ONBUILD":
        raise DockerfileError("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
    if trigger in ("MAINTAINER", "FROM"):
        raise DockerfileError(f"{trigger} isn't allowed as an ONBUILD trigger")


def _volume(instruction: Instruction, _: Dialect) -> None:
    if any(not path.strip(SPACES) for path in instruction.args):
        raise DockerfileError("VOLUME specified can not be an empty string")


def _shell(instruction: Instruction, _: Dialect) -> None:
    if not instruction.args:
        raise DockerfileError("SHELL requires at least one argument")
    if not instruction.json:
        raise DockerfileError("SHELL requires the arguments to be in JSON form")


def _run(instruction: Instruction, dialect: Dialect) -> None:
    if instruction.flags:
        from reconstruct.dockerfile import mounts

        found = flags(instruction, dialect)
        for mount in found.get("mount", []):
            mounts.check_written(mount)
        for device in found.get("device", []):
            mounts.check_device(device)
        if found.get("network", ["default"])[0] not in ("default", "none", "host"):
            raise DockerfileError(f"invalid network mode {quote(found['network'][0])}")
        if found.get("security", ["sandbox"])[0] not in ("insecure", "sandbox"):
            raise DockerfileError(f"security {quote(found['security'][0])} is not valid")
    if instruction.heredocs and (len(instruction.args) != 1 or instruction.json):
        raise DockerfileError("parsing produced an invalid run command")


def check_mounts(instruction: Instruction, dialect: Dialect, workdir: str, expand: Callable[[str], str]) -> None:
    """Raises for what BuildKit rejects in a RUN's mounts when it runs it, in the directory `workdir`."""
    from reconstruct.dockerfile import mounts

    for text in flags(instruction, dialect).get("mount", []):
        mounts.check_place(mounts.read(text, expand, builder=dialect.name), workdir)


def healthcheck(instruction: Instruction, dialect: Dialect) -> dict[str, Any]:
    """The check as in the config: Test, and the non-zero ones of Interval, Timeout … (nanoseconds) and Retries."""
    kind, words = instruction.args[0].upper(), instruction.args[1:]
    if kind == "NONE":
        if words:
            raise DockerfileError("HEALTHCHECK NONE takes no arguments")
        return {"Test": ["NONE"]}
    found = {name: values[-1] for name, values in flags(instruction, dialect).items()}
    if kind != "CMD":
        raise DockerfileError(f"Unknown type {quote(kind)} in HEALTHCHECK (try CMD)")
    if not words:
        raise DockerfileError("Missing command after HEALTHCHECK CMD")
    test = ["CMD", *words] if instruction.json else ["CMD-SHELL", " ".join(words)]
    check: dict[str, Any] = {"Test": test}
    for name, key in (
        ("interval", "Interval"),
        ("timeout", "Timeout"),
        ("start-period", "StartPeriod"),
        ("start-interval", "StartInterval"),
    ):
        if found.get(name):
            check[key] = _interval(name, found[name], dialect)
    if found.get("retries"):
        check["Retries"] = _retries(found["retries"], dialect)
    return {key: value for key, value in check.items() if value}


def _interval(name: str, text: str, dialect: Dialect) -> int:
    try:
        duration = parse_duration(text)
    except ValueError as error:
        raise DockerfileError(str(error)) from None
    if duration < dialect.least_interval and not (dialect.zero_values and duration == 0):
        raise DockerfileError(f"Interval {quote(name)} cannot be less than 1ms")
    return duration


def _retries(text: str, dialect: Dialect) -> int:
    try:
        retries = parse_int(text, 32)
    except ValueError as error:
        raise DockerfileError(str(error)) from None
    if retries < (0 if dialect.zero_values else 1):
        raise DockerfileError(f"--retries must be at least 1 (not {retries})")
    return retries


_CHECKS: dict[str, Any] = {
    "ADD": _copy,
    "ARG": _arg,
    "COPY": _copy,
    "ENV": _pairs,
    "HEALTHCHECK": healthcheck,
    "LABEL": _pairs,
    "ONBUILD": _onbuild,
    "RUN": _run,
    "SHELL": _shell,
    "VOLUME": _volume,
}
