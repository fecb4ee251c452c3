"""Steps in a form that doesn't depend on the builder that recorded them.

Anything that one builder drops and another keeps becomes UNKNOWN, which matches everything; differences in notation
(order, protocols, relative paths, text before or after expansion) are normalised. The table in the documentation shows
what each builder records; the sources are named where a fact is used.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Hashable, Mapping, Sequence
from enum import Enum

from reconstruct import pattern
from reconstruct.builders import registry
from reconstruct.diff.builder import Maker, makers_of
from reconstruct.diff.environment import Environment, Names
from reconstruct.dockerfile import flags
from reconstruct.image import Image
from reconstruct.record import dataclass, field
from reconstruct.syntax import (
    Arg,
    Cmd,
    Command,
    Copy,
    Entrypoint,
    Env,
    ExecForm,
    Expose,
    Foreign,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    RootFilesystem,
    Run,
    Shell,
    ShellForm,
    Step,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from reconstruct.typed import Final


class Unknown(Enum):
    """The type of UNKNOWN: what the builder didn't record."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN
Value = str | None | Unknown

# A range wider than this is kept as written: 65,536 ports can be named, and a config can name them repeatedly.
MAX_RANGE = 4096

# Kinds of root file system steps that say nothing about their contents.
OPAQUE_ROOTS = frozenset({"import", "base", "commit"})


@dataclass(frozen=True)
class RunView:
    """A RUN: `text` without its shell, `joined` with it (`/bin/sh -c …`); in exec form, both are its words."""

    text: str
    joined: str
    shell_form: bool


@dataclass(frozen=True)
class PairsView:
    """ENV and LABEL: values by key; `joined` is `k=v k2=v2`, which settles boundaries that were guessed differently."""

    pairs: Mapping[str, Value]
    joined: str
    raw: Mapping[str, str | None]


@dataclass(frozen=True)
class ArgView:
    """ARG: what the step declares (buildah: what is new in its list), its names, and every name declared before it.

    `shown` are the values that the next RUN shows, `joined` the text, whose boundaries may be a guess.
    """

    pairs: Mapping[str, Value]
    names: frozenset[str]
    before: Names
    listed: bool
    joined: str
    shown: Mapping[str, str]


@dataclass(frozen=True)
class CopyView:
    """COPY and ADD. `target` is the destination expanded and made absolute; `flags` are UNKNOWN if the builder drops
    them; `own`: `destination` isn't expanded.
    """

    sources: tuple[str, ...] | Unknown
    checksum: str | None
    destination: str
    target: str | Unknown
    flags: Mapping[str, Value]
    joined: str | Unknown
    own: bool = False


@dataclass(frozen=True)
class WordsView:
    """CMD, ENTRYPOINT, SHELL, HEALTHCHECK's test: the words to run, and the shell's text in shell form."""

    words: tuple[str, ...]
    text: str | None
    numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class SetView:
    """EXPOSE and VOLUME: the order doesn't count."""

    items: frozenset[str] | Unknown
    joined: str


@dataclass(frozen=True)
class TextView:
    """Instructions with one value; `alternatives` are other spellings of it."""

    value: Value
    raw: str
    alternatives: frozenset[str] = frozenset()


View = RunView | PairsView | ArgView | CopyView | WordsView | SetView | TextView


@dataclass(frozen=True)
class Canon:
    """A step ready for comparison. If `exact` is equal on both sides the steps are equal; otherwise the views are compared."""

    step: Step
    position: int
    kind: str
    maker: Maker
    view: View
    exact: Hashable
    shadowed: Names

    @property
    def opaque_root(self) -> bool:
        """Whether this adds a root file system with unknown contents: an import, a commit, a foreign first step."""
        instruction = self.step.instruction
        if isinstance(instruction, RootFilesystem):
            return instruction.kind in OPAQUE_ROOTS
        return self.kind == "FOREIGN" and self.position == 0


def canonical(image: Image, steps: Sequence[Step]) -> tuple[Canon, ...]:
    """The steps of `image` in canonical form, in order. Never raises."""
    environment = Environment.before(image, steps)
    windows = image.windows
    result = []
    for position, (step, maker) in enumerate(zip(steps, makers_of(image, steps), strict=True)):
        environment.at(position)
        view = _view(step, maker, environment, windows)
        kind = step.instruction.keyword or ("ROOT" if isinstance(step.instruction, RootFilesystem) else "FOREIGN")
        result.append(Canon(step, position, kind, maker, view, _exact(kind, view), environment.env_names.so_far()))
        environment.apply(step)
    return tuple(result)


def _view(step: Step, maker: Maker, env: Environment, windows: bool) -> View:
    instruction = step.instruction
    own = instruction.written is not None and maker.builder.own_text
    match instruction:
        case Run():
            return _run(instruction, step)
        case Env() | Label():
            return _pairs(instruction, env, own)
        case Arg():
            return _arg(instruction, env, registry.of(step.dialect).listed_args(step.entry))
        case Copy():
            # buildah writes the destination as in the Dockerfile, including quotes and variables.
            return _copy(instruction, maker, env, own or maker.builder.own_destination, windows)
        case Cmd() | Entrypoint():
            return _command(instruction.command, step.shell)
        case Shell():
            return WordsView(instruction.words, None)
        case Healthcheck():
            return _healthcheck(instruction)
        case Expose():
            return _expose(instruction, env, own)
        case Volume():
            return _volume(instruction, env, own)
        case Workdir():
            return _workdir(instruction, env, own, windows)
        case _:
            return _text(instruction, env, own)


def _run(instruction: Run, step: Step) -> RunView:
    """Ignores leading blanks, which classic and BuildKit strip and buildah keeps."""
    command = instruction.command
    if isinstance(command, ExecForm):
        joined = " ".join(command.words).strip()
        return RunView(joined, joined, False)
    heredoc = instruction.heredoc
    text = command.text.strip()
    if not text and heredoc is not None and heredoc.content is not None:
        text = heredoc.content.strip()
    return RunView(text, f"{' '.join(step.shell)} {text}", True)


def _pairs(instruction: Env | Label, env: Environment, own: bool) -> PairsView:
    raw = {pair.key: pair.value for pair in instruction.pairs}
    pairs: dict[str, Value] = {}
    if own:
        expanded = env.own_pairs(instruction)
        pairs = {key: UNKNOWN if value is None else value for key, value in expanded.items()}
    else:
        pairs = {pair.key: pair.value or "" for pair in instruction.pairs}
    joined = " ".join(f"{pair.key}={pair.value or ''}" for pair in instruction.pairs)
    return PairsView(pairs, joined, raw)


def _arg(instruction: Arg, env: Environment, listed: Collection[str] | None) -> ArgView:
    names = [pair.key for pair in instruction.pairs] if listed is None else sorted(listed)
    pairs: dict[str, Value]
    if listed is None:
        pairs = {pair.key: pair.value for pair in instruction.pairs}
    else:
        # buildah lists every name with a value so far, sorted (imagebuildah/stage_executor.go), so redeclared names and
        # names without a value don't show.
        new = [name for name in names if name not in env.arg_names]
        shown = {name: env.argument_value(name) for name in new}
        pairs = {name: UNKNOWN if value is None else value for name, value in shown.items()}
    joined = " ".join(pair.key if pair.value is None else f"{pair.key}={pair.value}" for pair in instruction.pairs)
    values = {name: env.argument_value(name) for name in pairs}
    return ArgView(
        pairs,
        frozenset(names),
        env.arg_names.so_far(),
        listed is not None,
        joined,
        {name: value for name, value in values.items() if value is not None},
    )


def _copy(instruction: Copy, maker: Maker, env: Environment, own: bool, windows: bool) -> CopyView:
    expanded = env.expand_text(instruction.destination) if own else instruction.destination
    sources: tuple[str, ...] | Unknown = instruction.sources
    joined: str | Unknown = " ".join((*instruction.sources, instruction.destination))
    if instruction.checksum is not None or not (instruction.sources or instruction.heredocs):
        sources, joined = UNKNOWN, UNKNOWN
    elif instruction.heredocs:
        sources = (*instruction.sources, *(f"<<{heredoc.name}" for heredoc in instruction.heredocs))
    known: dict[str, Value] = {name: value or "" for name, value in instruction.flags}
    given = {name: known.get(name, None if maker.keeps_flag(name) else UNKNOWN) for name in COPY_FLAGS}
    given.update(known)
    target = UNKNOWN if expanded is None else resolve(expanded, env.workdir, windows)
    return CopyView(sources, instruction.checksum, instruction.destination, target, given, joined, own)


COPY_FLAGS = flags.names("COPY", "ADD")


def _command(command: Command, shell: Sequence[str]) -> WordsView:
    if isinstance(command, ShellForm):
        text = command.text.strip()
        return WordsView((*shell, text), text)
    return WordsView(command.words, None)


def _healthcheck(instruction: Healthcheck) -> WordsView:
    command = instruction.command
    if command is None:
        return WordsView(("NONE",), None)
    numbers = {
        name: value
        for name in ("interval", "timeout", "start_period", "start_interval", "retries")
        if (value := getattr(instruction, name))
    }
    if isinstance(command, ShellForm):
        return WordsView(("CMD-SHELL", command.text.strip()), command.text.strip(), numbers)
    return WordsView(("CMD", *command.words), None, numbers)


def _expose(instruction: Expose, env: Environment, own: bool) -> SetView:
    ports: list[str] = []
    joined = " ".join(instruction.ports)
    for port in instruction.ports:
        value = env.expand(port) if own else port
        if value is None:
            return SetView(UNKNOWN, joined)
        ports += [item for word in value.split() for item in spell_ports(word)]
    return SetView(frozenset(ports), joined)


def _volume(instruction: Volume, env: Environment, own: bool) -> SetView:
    paths = [env.expand(path) if own else path for path in instruction.paths]
    known = [path for path in paths if path is not None]
    items: frozenset[str] | Unknown = frozenset(known) if len(known) == len(paths) else UNKNOWN
    return SetView(items, " ".join(instruction.paths))


def _workdir(instruction: Workdir, env: Environment, own: bool, windows: bool) -> TextView:
    raw = instruction.path
    path = env.expand(raw) if own else raw
    if path is None:
        return TextView(UNKNOWN, raw)
    full = resolve(path, env.workdir, windows)
    # The part that the step adds to the previous directory: the same if only an earlier WORKDIR differs.
    return TextView(full.rstrip("/") or "/", raw)


def _text(instruction: Instruction, env: Environment, own: bool) -> TextView:
    match instruction:
        case User():
            raw = instruction.user
        case Stopsignal():
            raw = instruction.signal
        case Maintainer():
            return TextView(unquote(instruction.name), instruction.name)
        case Onbuild():
            raw = instruction.trigger.strip()
            return TextView(raw, raw)
        case RootFilesystem():
            raw = f"{instruction.kind} {instruction.detail}".strip()
            return TextView(raw, raw)
        case Foreign():
            return TextView(instruction.text, f"{instruction.maker}: {instruction.text}")
        case _:
            raw = instruction.written or ""
    value = env.expand(raw) if own else raw
    return TextView(UNKNOWN if value is None else value, raw)


def unquote(text: str) -> str:
    """`text` without the pair of quotes around it that some builders keep."""
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text


def resolve(path: str, workdir: str, windows: bool) -> str:
    """`path` made absolute with `workdir`, without `.` and `..`; a directory's trailing slash is kept.

    Windows: either slash, any case, with or without drive C: (BuildKit writes `/app` for `C:\\app`).
    """
    if windows:
        path = re.sub(r"^[cC]:(?=[\\/]|$)", "", path).replace("\\", "/").lower()
        workdir = re.sub(r"^[cC]:(?=[\\/]|$)", "", workdir).replace("\\", "/").lower()
    folder = path.endswith("/") or posixpath.basename(path) in (".", "..", "")
    full = posixpath.normpath(posixpath.join(workdir or "/", path))
    full = re.sub(r"^//+", "/", full)
    return full if full == "/" or not folder else full + "/"


_PORT = pattern.compile(r"(?:.*:)?(\d{1,5})(?:-(\d{1,5}))?(?:/(\w+))?")


def spell_ports(text: str) -> list[str]:
    """`8000-8001` → `8000/tcp`, `8001/tcp`: ranges expanded, the protocol added, the host part dropped.

    Docker: go-connections `nat.ParsePortSpecs`. Anything else is unchanged.
    """
    match = _PORT.fullmatch(text)
    if match is None:
        return [text]
    first, last, protocol = match.groups()
    low, high = int(first), int(last or first)
    protocol = (protocol or "tcp").lower()
    if high < low or high - low > MAX_RANGE:
        return [f"{first}-{last}/{protocol}"]
    return [f"{port}/{protocol}" for port in range(low, high + 1)]


def _exact(kind: str, view: View) -> Hashable:
    """A key that is equal only for steps that are equal in everything known, including views with unknown parts."""
    match view:
        case PairsView():
            return (kind, frozenset(view.pairs.items()))
        case ArgView():
            return (kind, frozenset(view.pairs.items()), view.before.key_with(view.names), view.listed)
        case CopyView():
            return (kind, view.sources, view.checksum, view.target, frozenset(view.flags.items()))
        case WordsView():
            return (kind, view.words, frozenset(view.numbers.items()))
        case SetView():
            return (kind, view.items)
        case RunView():
            return (kind, view.joined)
        case TextView():
            return (kind, view.value)
