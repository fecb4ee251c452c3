"""The AST: one frozen dataclass per instruction, in the terms of the Dockerfile reference.

What a builder wrote into history isn't always what the Dockerfile said, so each step has the certainty of its reading
(`Certainty`) and why (`notes`). The AST holds *values* without quotes and escapes, except in `written`, which is the
Dockerfile's own line if the builder kept it (buildah, kaniko), including keyword, quotes and variables.
"""

from __future__ import annotations

from enum import StrEnum

from reconstruct.image import HistoryEntry, Layer
from reconstruct.record import dataclass
from reconstruct.typed import ClassVar


class Certainty(StrEnum):
    """The certainty of a reading: `exact` is the only one possible, `inferred` the likeliest, `lost` lacks a part."""

    EXACT = "exact"
    INFERRED = "inferred"
    LOST = "lost"


class Dialect(StrEnum):
    """The builder that wrote a history entry."""

    CLASSIC = "classic"
    BUILDKIT = "buildkit"
    BUILDAH = "buildah"
    KANIKO = "kaniko"
    OTHER = "other"


@dataclass(frozen=True)
class Note:
    """A remark on one step: what was inferred or lost, and from what."""

    certainty: Certainty
    text: str


@dataclass(frozen=True)
class Pair:
    """`key=value` of ENV, LABEL, ARG or a RUN's build arguments; ARG without a default has value None."""

    key: str
    value: str | None


@dataclass(frozen=True)
class ShellForm:
    """Text for a shell; newlines are real ones (only here-documents and unusual tools have any)."""

    text: str


@dataclass(frozen=True)
class ExecForm:
    """Words that are executed as they are."""

    words: tuple[str, ...]


Command = ShellForm | ExecForm


@dataclass(frozen=True)
class Heredoc:
    """A here-document; `content` is its text including tabs and line ends; None if the builder dropped it.

    `strip_tabs`: `<<-`. `expand`: variables are expanded, because the name isn't quoted. `descriptor`: `3<<EOT`.
    """

    name: str
    content: str | None = None
    strip_tabs: bool = False
    expand: bool = True
    descriptor: int = 0

    @property
    def text(self) -> str:
        """The content, empty if unknown."""
        return self.content or ""


@dataclass(frozen=True)
class Instruction:
    """The base of all instructions. `written` is the Dockerfile's own line, keyword included, if it was kept."""

    written: str | None = None

    keyword: ClassVar[str] = ""
    """The instruction's name in a Dockerfile, upper case; empty if it isn't a Dockerfile instruction."""


@dataclass(frozen=True)
class Run(Instruction):
    """RUN. `build_args` are the `|N` arguments in force, None if the builder wrote none.

    `flags` as in Copy: ("mount", "type=cache,target=/x"); only builders that keep the original line keep them.
    """

    command: Command = ShellForm("")
    build_args: tuple[Pair, ...] | None = None
    heredoc: Heredoc | None = None
    flags: tuple[tuple[str, str | None], ...] = ()

    keyword: ClassVar[str] = "RUN"


@dataclass(frozen=True)
class Cmd(Instruction):
    """CMD; `command` ExecForm(()) is an empty one."""

    command: Command = ExecForm(())

    keyword: ClassVar[str] = "CMD"


@dataclass(frozen=True)
class Entrypoint(Instruction):
    """ENTRYPOINT; `command` ExecForm(()) is an empty one."""

    command: Command = ExecForm(())

    keyword: ClassVar[str] = "ENTRYPOINT"


@dataclass(frozen=True)
class Shell(Instruction):
    """SHELL; `words` are the shell and its options: ("/bin/bash", "-c")."""

    words: tuple[str, ...] = ()

    keyword: ClassVar[str] = "SHELL"


@dataclass(frozen=True)
class Env(Instruction):
    """ENV; `pairs` are the names and values, in order."""

    pairs: tuple[Pair, ...] = ()

    keyword: ClassVar[str] = "ENV"


@dataclass(frozen=True)
class Label(Instruction):
    """LABEL; `pairs` are the keys and values, in order."""

    pairs: tuple[Pair, ...] = ()

    keyword: ClassVar[str] = "LABEL"


@dataclass(frozen=True)
class Arg(Instruction):
    """ARG; a pair's value is None if it is declared without a default."""

    pairs: tuple[Pair, ...] = ()

    keyword: ClassVar[str] = "ARG"


@dataclass(frozen=True)
class Copy(Instruction):
    """COPY. `checksum` is `file:<hex>`, `dir:<hex>` or `multi:<hex>` if only that was kept (`sources` is then empty).

    `flags` are the known flags, as (name, value): ("chown", "1:1"), ("link", None). `heredocs` are the sources
    that are here-documents.
    """

    sources: tuple[str, ...] = ()
    destination: str = ""
    checksum: str | None = None
    flags: tuple[tuple[str, str | None], ...] = ()
    heredocs: tuple[Heredoc, ...] = ()

    keyword: ClassVar[str] = "COPY"


@dataclass(frozen=True)
class Add(Copy):
    """ADD; the same fields as COPY."""

    keyword: ClassVar[str] = "ADD"


@dataclass(frozen=True)
class Workdir(Instruction):
    """WORKDIR; `path` as history has it."""

    path: str = ""

    keyword: ClassVar[str] = "WORKDIR"


@dataclass(frozen=True)
class User(Instruction):
    """USER; `user` as `name`, `uid` or `user:group`."""

    user: str = ""

    keyword: ClassVar[str] = "USER"


@dataclass(frozen=True)
class Expose(Instruction):
    """EXPOSE; `ports` as `80`, `443/udp` or `8000-8003/tcp`, in history's order."""

    ports: tuple[str, ...] = ()

    keyword: ClassVar[str] = "EXPOSE"


@dataclass(frozen=True)
class Volume(Instruction):
    """VOLUME; `paths` are the mount points, in order."""

    paths: tuple[str, ...] = ()

    keyword: ClassVar[str] = "VOLUME"


@dataclass(frozen=True)
class Stopsignal(Instruction):
    """STOPSIGNAL; `signal` as a name or a number: `SIGTERM`, `9`."""

    signal: str = ""

    keyword: ClassVar[str] = "STOPSIGNAL"


@dataclass(frozen=True)
class Healthcheck(Instruction):
    """HEALTHCHECK; `command` None is NONE. Durations are in nanoseconds; 0, for `retries` too, is the builder's default."""

    command: Command | None = None
    interval: int = 0
    timeout: int = 0
    start_period: int = 0
    start_interval: int = 0
    retries: int = 0

    keyword: ClassVar[str] = "HEALTHCHECK"


@dataclass(frozen=True)
class Onbuild(Instruction):
    """ONBUILD; `trigger` is the instruction's own Dockerfile text, as kept in config.OnBuild."""

    trigger: str = ""

    keyword: ClassVar[str] = "ONBUILD"


# Arguments that the builder sets from the platform:
# https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope
PLATFORM_ARGS = frozenset(side + part for side in ("TARGET", "BUILD") for part in ("PLATFORM", "OS", "ARCH", "VARIANT"))
# Arguments that builders accept without an ARG, and then keep out of history:
# https://docs.docker.com/reference/dockerfile/#predefined-args
PROXY_ARGS = frozenset(
    name for key in ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY") for name in (key, key.lower())
)


@dataclass(frozen=True)
class Maintainer(Instruction):
    """MAINTAINER; `name` is the rest of the line. It becomes the image's author."""

    name: str = ""

    keyword: ClassVar[str] = "MAINTAINER"


@dataclass(frozen=True)
class RootFilesystem(Instruction):
    """The step that brought the root file system in without a Dockerfile instruction.

    `kind`: `windows-apply`, `windows-update`, `debuerreotype`, `import`, `base` (buildah's bare first entry) …;
    `detail` is what the entry says about it: a version, a suite and a date.
    """

    kind: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Foreign(Instruction):
    """A step of a tool that uses no Dockerfile (Bazel, ko, Jib, Nix, `docker commit`, squash …), or an unknown text.

    `maker` names the tool (`unknown` if it isn't recognised), `text` describes the step for the reader.
    """

    maker: str = "unknown"
    text: str = ""


@dataclass(frozen=True)
class Step:
    """A build step: the instruction, the history entry it was read from and the layer it made.

    `index` is the entry's position in the image's history, None if the step is only known from the config. `shell` is the
        shell in force for the step (words of SHELL, or the platform's default). `layer` is None for steps that made none and
        for those whose layer is unknown (`layer_known` distinguishes the two).
    """

    instruction: Instruction
    entry: HistoryEntry | None = None
    index: int | None = None
    dialect: Dialect = Dialect.OTHER
    shell: tuple[str, ...] = ("/bin/sh", "-c")
    certainty: Certainty = Certainty.EXACT
    notes: tuple[Note, ...] = ()
    layer: Layer | None = None
    layer_index: int | None = None
    layer_known: bool = True

    def __repr__(self) -> str:
        keyword = self.instruction.keyword or type(self.instruction).__name__
        entry = "no entry" if self.index is None else f"entry {self.index}"
        layer = "" if self.layer_index is None else f", layer {self.layer_index}"
        return f"<Step {keyword}: {entry}{layer}, {self.certainty}>"

    @property
    def raw(self) -> str:
        """The entry's original created_by; empty if there is no entry."""
        return self.entry.created_by if self.entry else ""
