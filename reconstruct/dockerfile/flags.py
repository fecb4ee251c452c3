"""The flags of Dockerfile instructions: one table for parser, checker, writer, diff and the AST.

Facts: BuildKit `frontend/dockerfile/instructions/parse.go` and its tags, moby 20.10 `builder/dockerfile`, imagebuilder
as vendored by buildah; for what history keeps: `dockerfile2llb/convert.go`, `builder/dockerfile/dispatchers.go`, and the
project's recordings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from reconstruct.record import dataclass, field
from reconstruct.typed import Literal

Kind = Literal["text", "bool", "list"]


@dataclass(frozen=True)
class Flag:
    """A flag of one instruction.

    `kind`: the kind of its value: `text`, `bool` (`--link`, `--link=false`), or `list` if it may be repeated.
    `since`: the builders that accept it, by dialect name, with the first version (empty: always).
    `kept`: those that write it into history, likewise.
    """

    instruction: str
    name: str
    kind: Kind = "text"
    since: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)


_ALL = {"classic": "17.09", "buildkit-0.8": "", "buildkit": "", "buildah": ""}
_BUILDKIT = {"buildkit-0.8": "", "buildkit": ""}
_OWN_LINE = {"buildah": "", "kaniko": ""}
_KANIKO = {"kaniko": ""}


def _head(version: str) -> dict[str, str]:
    return {"buildkit": version}


# classic accepts --chmod and --mount when it parses and rejects them when it runs.
_PARSED = {"classic": "20.10", **_BUILDKIT}

FLAGS: tuple[Flag, ...] = (
    Flag("FROM", "platform", since=_ALL),
    Flag("ADD", "chown", since=_ALL, kept={"classic": "", "buildkit": "0.13", **_KANIKO}),
    Flag("ADD", "chmod", since={**_PARSED, "buildah": ""}, kept={"buildkit": "0.13", **_KANIKO}),
    Flag("ADD", "link", "bool", _head("0.10"), _KANIKO),
    Flag("ADD", "keep-git-dir", "bool", _head("0.11"), _KANIKO),
    Flag("ADD", "checksum", since=_head("0.11"), kept=_KANIKO),
    Flag("ADD", "unpack", "bool", _head("0.23"), _KANIKO),
    Flag("ADD", "exclude", "list", _head("0.13"), _KANIKO),
    Flag("COPY", "chown", since=_ALL, kept={"classic": "", "buildkit": "0.13", **_KANIKO}),
    Flag("COPY", "from", since=_ALL, kept=_KANIKO),
    Flag("COPY", "chmod", since={**_PARSED, "buildah": ""}, kept={"buildkit": "0.13", **_KANIKO}),
    Flag("COPY", "link", "bool", _head("0.10"), _KANIKO),
    Flag("COPY", "parents", "bool", _head("0.13"), {"buildkit": "0.13", **_KANIKO}),
    Flag("COPY", "exclude", "list", _head("0.13"), _KANIKO),
    Flag("RUN", "mount", "list", {**_PARSED, "buildah": ""}, _OWN_LINE),
    Flag("RUN", "network", "text", _head("0.9"), _OWN_LINE),
    Flag("RUN", "security", "text", _head("0.26"), _OWN_LINE),
    Flag("RUN", "device", "list", _head("0.20"), _OWN_LINE),
    *(
        Flag("HEALTHCHECK", name, since=_ALL, kept={**_OWN_LINE, "classic": "", **_BUILDKIT})
        for name in ("interval", "timeout", "start-period", "retries")
    ),
    Flag("HEALTHCHECK", "start-interval", since=_head("0.12"), kept={**_OWN_LINE, "buildkit": "0.13"}),
)


@cache
def known(instruction: str, builder: str | None = None) -> Mapping[str, Flag]:
    """The flags of an instruction by name: all, or those that `builder` (a dialect's name) accepts."""
    return {
        flag.name: flag
        for flag in FLAGS
        if flag.instruction == instruction and (builder is None or builder in flag.since)
    }


@cache
def names(*instructions: str) -> tuple[str, ...]:
    """The names of the flags of these instructions, each once."""
    return tuple(dict.fromkeys(flag.name for flag in FLAGS if flag.instruction in instructions))


def in_history(instruction: str, name: str, builder: str, version: str | None = None) -> bool:
    """Whether `builder` writes the flag into history. `version` is the builder's, as `0.12`; None for the newest."""
    flag = known(instruction).get(name)
    since = None if flag is None else flag.kept.get(builder)
    return since is not None and (not since or version is None or _number(version) >= _number(since))


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def pairs(words: Iterable[str]) -> tuple[tuple[str, str | None], ...]:
    """The parser's flags (`--chown=1:1`, `--link`) in the AST's form: ("chown", "1:1"), ("link", None)."""
    found = ((word.removeprefix("--").partition("=")) for word in words)
    return tuple((name, value if equals else None) for name, equals, value in found)
