"""A step's text in a form that no builder changes, and the running fingerprint of a row of them.

The classic builder keeps COPY's checksum where BuildKit keeps its sources, so COPY and ADD count as nothing more than
themselves; what they copied and whereto is told apart by `particulars`. Everything else is the builder's text with
its frame, its quotes' words and its white space made one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconstruct.builders.base import DEFAULT_PATH

try:
    # What hashlib gives too, after it has loaded OpenSSL.
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

from reconstruct import pattern
from reconstruct.syntax import Arg as ArgStep
from reconstruct.syntax import (
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
from reconstruct.syntax import Env as EnvStep

# Bytes of a fingerprint in the data: a look-up compares a few hundred with some hundred thousand.
WIDTH = 5
# Own steps that say less than this many characters are anybody's: `CMD ["sh"]`.
LIGHTEST = 24
START = bytes(8)

_FRAME = pattern.compile(r"#\(nop\) +([A-Z]+)")
_ARCHITECTURE = pattern.compile(r"x86_64|amd64|aarch64|arm64(?:v8)?")
# A history can hold megabytes in one entry; no known image has such.
_LONGEST = 1 << 16


def texts(steps: Iterable[Step], path: str = "") -> list[str]:
    """The steps' texts as every builder would have them. Never raises.

    `path` is the PATH that was in force before. Of a new one only the folders that it adds count: the others are the
    base's, and a base can be rebuilt with others.
    """
    known = {*DEFAULT_PATH.split(":"), *path.split(":"), ""}
    result = []
    for step in steps:
        text = canonical(step)
        if "PATH=" in text and isinstance(step.instruction, EnvStep):
            text = _env(step.instruction, known)
        result.append(text)
    return result


def _env(instruction: EnvStep, known: set[str]) -> str:
    """ENV's text with what its PATH adds to `known`, which grows."""
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
    """One step's text, whatever stands before it."""
    instruction = step.instruction
    match instruction:
        case Run():
            text = f"{_command(instruction.command, step.shell)} {(instruction.heredoc and instruction.heredoc.content) or ''}"
        case Copy():
            text = ""
        case EnvStep() | Label() | ArgStep():
            text = " ".join(
                pair.key if pair.value is None else f"{pair.key}={pair.value}" for pair in instruction.pairs
            )
        case Cmd() | Entrypoint():
            text = _command(instruction.command, step.shell)
        case Healthcheck():
            text = "" if instruction.command is None else _command(instruction.command, ("CMD-SHELL",))
        case Expose():
            text = " ".join(sorted({port.removesuffix("/tcp") for port in instruction.ports}))
        case Volume():
            text = " ".join(sorted(instruction.paths))
        case Maintainer():
            text = instruction.name.strip("\"' ")
        case RootFilesystem():
            return f"ROOT {instruction.kind}"
        case Foreign():
            return _foreign(step.raw)
        case _:
            text = _bare(step.raw, instruction.keyword)
    return f"{instruction.keyword} {' '.join(text[:_LONGEST].split())}"


def _command(command: Command, shell: Sequence[str]) -> str:
    """The words joined: which of them are the shell's and which the exec form's, readings may differ on."""
    return " ".join((*shell, command.text) if isinstance(command, ShellForm) else command.words)


def _foreign(raw: str) -> str:
    """COPY and ADD of which not even the checksum was kept are still themselves."""
    frame = _FRAME.search(raw, 0, 256)
    if frame is not None and frame[1] in ("COPY", "ADD"):
        return f"{frame[1]} "
    return f"OTHER {' '.join(raw[:_LONGEST].split())}"


def _bare(raw: str, keyword: str) -> str:
    """What stands behind the keyword: `USER node` in every frame is `node`."""
    place = raw.find(keyword)
    return raw[place + len(keyword) :] if place >= 0 else raw


def shape(step: Step) -> str:
    """The step without what changes from version to version: no values of variables and labels, no text of RUN.

    Of several pairs the first key counts: where no config tells, the borders between pairs are a guess.
    """
    instruction = step.instruction
    if isinstance(instruction, EnvStep | Label | ArgStep):
        return f"{instruction.keyword} {instruction.pairs[0].key if instruction.pairs else ''}"
    return "RUN" if isinstance(instruction, Run) else canonical(step)


def follow(so_far: bytes, text: str) -> bytes:
    """The fingerprint of a row of steps with one more, `text` being its canonical form. `START` is the empty row's."""
    return blake2b(text.encode("utf-8", "surrogatepass"), key=so_far, digest_size=8).digest()


def first_of(text: str) -> bytes:
    """What the table of beginnings is looked up by: the fingerprint of an image's first own step."""
    return follow(START, text)[:WIDTH]


def particulars(steps: Sequence[Step]) -> tuple[bytes | None, bytes | None]:
    """Two bytes each of where the steps' COPY and ADD copied to, and of what; None if one of them doesn't tell.

    Architectures in the names of what was copied count as one: the same file of every platform's image.
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
