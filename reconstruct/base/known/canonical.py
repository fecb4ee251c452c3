"""A step's text in a form that doesn't depend on the builder, and the running fingerprint of a sequence of steps.

The classic builder keeps COPY's checksum where BuildKit keeps its sources, so the arguments of COPY and ADD are dropped;
`particulars` covers what they copied and where. Everything else is the builder's text with wrapper, quotes and white
space normalised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from reconstruct.builders.base import DEFAULT_PATH
from reconstruct.typed import Any

try:
    # The same as hashlib's, which would load OpenSSL.
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

from reconstruct import pattern
from reconstruct.syntax import (
    Add,
    Cmd,
    Command,
    Copy,
    Entrypoint,
    Expose,
    Foreign,
    Healthcheck,
    Label,
    Maintainer,
    RootFilesystem,
    Run,
    ShellForm,
    Step,
    Volume,
)
from reconstruct.syntax import Arg as ArgStep
from reconstruct.syntax import Env as EnvStep

# Bytes of a fingerprint in the data; a look-up compares a few hundred with some hundred thousand.
WIDTH = 5
# Own steps with fewer characters than this aren't distinctive: `CMD ["sh"]`.
LIGHTEST = 24
START = bytes(8)

_FRAME = pattern.compile(r"#\(nop\) +([A-Z]+)")
_ARCHITECTURE = pattern.compile(r"x86_64|amd64|aarch64|arm64(?:v8)?")
# An entry can have megabytes of text; no known image has such an entry.
_LONGEST = 1 << 16


def texts(steps: Iterable[Step], path: str = "") -> list[str]:
    """The steps' builder-independent texts. Never raises.

    `path` is the PATH that was in force before. Of a new one only the added directories count: the others are the
    base's, which can be rebuilt with others.
    """
    known: set[str] = set()
    result = []
    for step in steps:
        text = canonical(step)
        if isinstance(step.instruction, EnvStep) and "PATH=" in text:
            known = known or {*DEFAULT_PATH.split(":"), *path.split(":"), ""}
            text = _env(step.instruction, known)
        result.append(text)
    return result


def _env(instruction: EnvStep, known: set[str]) -> str:
    """ENV's text, with only what its PATH adds to `known`, which is extended."""
    pairs = []
    for pair in instruction.pairs:
        value = pair.value or ""
        if pair.key == "PATH":
            folders = value.split(":")
            value = ":".join(folder for folder in folders if folder not in known)
            known.update(folders)
        pairs.append(f"{pair.key}={value}")
    return f"ENV {' '.join(' '.join(pairs).split())}"


def canonical(step: Step) -> str:
    """One step's text, independent of the steps before it."""
    instruction = step.instruction
    if isinstance(instruction, RootFilesystem):
        return f"ROOT {instruction.kind}"
    if isinstance(instruction, Foreign):
        return _foreign(step.raw)
    write = _WRITERS.get(type(instruction))
    text = write(instruction, step) if write else _bare(step.raw, instruction.keyword)
    return f"{instruction.keyword} {' '.join(text[:_LONGEST].split())}"


def _pairs(instruction: EnvStep | Label | ArgStep, _: Step) -> str:
    return " ".join([pair.key if pair.value is None else f"{pair.key}={pair.value}" for pair in instruction.pairs])


def _run(run: Run, step: Step) -> str:
    return f"{_command(run.command, step.shell)} {(run.heredoc and run.heredoc.content) or ''}"


def _healthcheck(check: Healthcheck, _: Step) -> str:
    return "" if check.command is None else _command(check.command, ("CMD-SHELL",))


# The arguments' text by instruction; those of others are their own.
_WRITERS: dict[type, Callable[[Any, Step], str]] = {
    Run: _run,
    Copy: lambda copy, step: "",
    Add: lambda add, step: "",
    EnvStep: _pairs,
    Label: _pairs,
    ArgStep: _pairs,
    Cmd: lambda cmd, step: _command(cmd.command, step.shell),
    Entrypoint: lambda entrypoint, step: _command(entrypoint.command, step.shell),
    Healthcheck: _healthcheck,
    Expose: lambda expose, step: " ".join(sorted({port.removesuffix("/tcp") for port in expose.ports})),
    Volume: lambda volume, step: " ".join(sorted(volume.paths)),
    Maintainer: lambda maintainer, step: maintainer.name.strip("\"' "),
}


def _command(command: Command, shell: Sequence[str]) -> str:
    """The words joined, because readings may differ on which belong to the shell and which to the exec form."""
    return " ".join((*shell, command.text) if isinstance(command, ShellForm) else command.words)


def _foreign(raw: str) -> str:
    """Recognises COPY and ADD even without a checksum."""
    frame = _FRAME.search(raw, 0, 256)
    if frame is not None and frame[1] in ("COPY", "ADD"):
        return f"{frame[1]} "
    return f"OTHER {' '.join(raw[:_LONGEST].split())}"


def _bare(raw: str, keyword: str) -> str:
    """The text after the keyword: `USER node` in any wrapper is `node`."""
    place = raw.find(keyword)
    return raw[place + len(keyword) :] if place >= 0 else raw


def shape(step: Step, text: str | None = None) -> str:
    """The step without what changes from version to version: without values of variables and labels, or RUN's text.

    `text`: its canonical form, if known. Of several pairs only the first key counts, because without the config the
    boundaries between pairs are a guess.
    """
    instruction = step.instruction
    if isinstance(instruction, (EnvStep, Label, ArgStep)):
        return f"{instruction.keyword} {instruction.pairs[0].key if instruction.pairs else ''}"
    if isinstance(instruction, Run):
        return "RUN"
    return canonical(step) if text is None else text


def follow(so_far: bytes, text: str) -> bytes:
    """The fingerprint of a sequence of steps extended by one with the canonical form `text`. `START` is the empty one's."""
    return blake2b(text.encode("utf-8", "surrogatepass"), key=so_far, digest_size=8).digest()


def first_of(text: str) -> bytes:
    """The key into the table of beginnings: the fingerprint of an image's first own step."""
    return follow(START, text)[:WIDTH]


def particulars(steps: Sequence[Step]) -> tuple[bytes | None, bytes | None]:
    """Two bytes each for the destinations and the sources of the steps' COPY and ADD; None if one is unknown.

    Architectures in file names are unified: it is the same file in every platform's image.
    """
    targets: list[str] = []
    sources: list[str] = []
    targets_known = sources_known = True
    for step in steps:
        instruction = step.instruction
        if isinstance(instruction, Foreign) and canonical(step) in ("COPY ", "ADD "):
            targets_known = sources_known = False
        elif isinstance(instruction, Copy):
            targets.append(instruction.destination.rstrip("/"))
            sources_known &= instruction.checksum is None
            sources.append(" ".join(" ".join(instruction.sources).split()))
    return (
        _short("\n".join(targets)) if targets_known else None,
        _short(_ARCHITECTURE.sub("*", "\n".join(sources))) if sources_known else None,
    )


def _short(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=2).digest()
