"""The result of a build: the config under construction, and the history entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconstruct import pattern
from reconstruct.builders.base import DEFAULT_PATH as DEFAULT_PATH
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.model import Instruction
from reconstruct.image import HistoryEntry, Image
from reconstruct.record import dataclass, field, replace
from reconstruct.typed import Any

# Every RUN repeats the build arguments, so the prediction for a hostile file could be far larger than the file.
MAX_HISTORY = 16 << 20

_CHECKSUM = pattern.compile(r"(?:(file|dir|multi):)?[0-9a-f]{64}")


@dataclass(frozen=True)
class Checksum:
    """A placeholder for the checksum of copied files, which a Dockerfile can't give. `kinds` are the possible kinds."""

    kinds: frozenset[str] = frozenset({"file", "dir", "multi"})

    def matches(self, text: str) -> bool:
        """Whether `text` is a SHA-256 in hex, bare or prefixed with one of `kinds` and a colon."""
        match = _CHECKSUM.fullmatch(text)
        return bool(match) and (match[1] is None or match[1] in self.kinds)  # type: ignore[index]

    def __str__(self) -> str:
        return f"{'|'.join(sorted(self.kinds))}:…"


@dataclass(frozen=True)
class Entry:
    """A predicted history entry.

    `created_by` is the text, for a `checksum` the text before it (`after` follows it). `comment` and `empty_layer` are
    None if the builder's choice is unknown. `instruction` is None for the base image's entries, `trigger` marks
    one from the base's ONBUILD. `also` are the texts of the builder's other versions (with a checksum, those
    after it). `optional`: there is no such entry if the instruction changed no file.
    """

    created_by: str
    comment: str | None = None
    empty_layer: bool | None = None
    checksum: Checksum | None = None
    after: str = ""
    instruction: Instruction | None = None
    trigger: bool = False
    also: tuple[str, ...] = ()
    optional: bool = False

    def matches(self, created_by: str, versions: bool = False) -> bool:
        """Whether `created_by` matches the prediction; a checksum of a possible kind does.

        `versions`: the texts of other versions are accepted too.
        """
        if self.checksum is None:
            return created_by == self.created_by or (versions and created_by in self.also)
        if not created_by.startswith(self.created_by):
            return False
        for after in (self.after, *(self.also if versions else ())):
            end = len(created_by) - len(after)
            if end >= len(self.created_by) and created_by.endswith(after):
                return self.checksum.matches(created_by[len(self.created_by) : end])
        return False

    @property
    def text(self) -> str:
        """The whole text, for display: `COPY file|dir:… in /app `."""
        return self.created_by if self.checksum is None else f"{self.created_by}{self.checksum}{self.after}"


@dataclass(frozen=True)
class Prediction:
    """The image that a builder would make.

    `history` is the base's part, if known, and the Dockerfile's (`own`, the last `len(own)` entries).
    `config` is the image config's `config` with Docker's keys, without empty ones; `author` its author.
    `base` is the name in the FROM that the chain of stages starts with, `base_known` whether its image was given
    (scratch counts). `os` is the image's. `rooted`: every stage starts from scratch, so that the base given made no
    difference.
    """

    builder: str
    history: tuple[Entry, ...]
    config: Mapping[str, Any]
    author: str = ""
    own: tuple[Entry, ...] = ()
    base: str = ""
    base_known: bool = False
    os: str = "linux"
    rooted: bool = False

    def fitted(self, history: Sequence[HistoryEntry]) -> Prediction:
        """Without the optional entries that are missing in `history`, compared from the end: they changed no file."""
        if not any(entry.optional for entry in self.own):
            return self
        kept: list[Entry] = []
        for entry in reversed(self.own):
            place = len(history) - len(kept) - 1
            if entry.optional and not (place >= 0 and entry.matches(history[place].created_by, versions=True)):
                continue
            kept.append(entry)
        below = self.history[: len(self.history) - len(self.own)]
        return replace(self, history=(*below, *reversed(kept)), own=tuple(reversed(kept)))


@dataclass()
class Config:
    """The image's config during the build; lists and maps belong to this object."""

    env: list[str] = field(default_factory=list)
    cmd: list[str] | None = None
    entrypoint: list[str] | None = None
    labels: dict[str, str] = field(default_factory=dict)
    ports: dict[str, None] = field(default_factory=dict)
    volumes: dict[str, None] = field(default_factory=dict)
    workdir: str = ""
    user: str = ""
    shell: list[str] = field(default_factory=list)
    healthcheck: dict[str, Any] | None = None
    stop_signal: str = ""
    onbuild: list[str] = field(default_factory=list)
    args_escaped: bool = False
    author: str = ""
    other: dict[str, Any] = field(default_factory=dict)
    # By name, where the variable stands first, and its value; empty until one is asked for.
    _places: dict[str, int] = field(default_factory=dict, compare=False)
    _values: dict[str, str] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, image: Image) -> Config:
        """The config of a base image. Values that don't have Docker's form are left out, never an error."""
        config = image.config
        health = config.get("Healthcheck")
        return cls(
            env=_texts(config.get("Env")),
            cmd=_texts(config.get("Cmd")) or None,
            entrypoint=_texts(config.get("Entrypoint")) or None,
            labels={str(key): str(value) for key, value in _map(config.get("Labels")).items()},
            ports=dict.fromkeys(_map(config.get("ExposedPorts"))),
            volumes=dict.fromkeys(_map(config.get("Volumes"))),
            workdir=str(config.get("WorkingDir") or ""),
            user=str(config.get("User") or ""),
            shell=_texts(config.get("Shell")),
            healthcheck={k: v for k, v in _map(health).items() if v} or None,
            stop_signal=str(config.get("StopSignal") or ""),
            onbuild=_texts(config.get("OnBuild")),
            args_escaped=bool(config.get("ArgsEscaped")),
            author=image.author,
        )

    def copy(self) -> Config:
        """A copy that shares nothing with this one."""
        return Config(
            env=list(self.env),
            cmd=None if self.cmd is None else list(self.cmd),
            entrypoint=None if self.entrypoint is None else list(self.entrypoint),
            labels=dict(self.labels),
            ports=dict(self.ports),
            volumes=dict(self.volumes),
            workdir=self.workdir,
            user=self.user,
            shell=list(self.shell),
            healthcheck=None if self.healthcheck is None else dict(self.healthcheck),
            stop_signal=self.stop_signal,
            onbuild=list(self.onbuild),
            args_escaped=self.args_escaped,
            author=self.author,
        )

    def environment(self) -> dict[str, str]:
        """The variables by name; of duplicates, the last."""
        self._index()
        return dict(self._values)

    def set_env(self, key: str, value: str) -> None:
        """Sets a variable in place, or adds it at the end."""
        self._index()
        place = self._places.get(key)
        if place is None:
            self._places[key] = len(self.env)
            self.env.append(f"{key}={value}")
            self._values[key] = value
            return
        self.env[place] = f"{key}={value}"
        if len(self._places) == len(self.env):
            self._values[key] = value
        else:
            # One that stands twice has the value of its last place.
            self._places.clear()

    def put_last(self, variables: Mapping[str, str]) -> None:
        """Puts these variables after the others."""
        kept = [entry for entry in self.env if entry.partition("=")[0] not in variables]
        self.env = kept + [f"{key}={value}" for key, value in variables.items()]
        self._places.clear()

    def _index(self) -> None:
        if self._places:
            return
        self._values.clear()
        for index, entry in enumerate(self.env):
            key, _, value = entry.partition("=")
            self._places.setdefault(key, index)
            self._values[key] = value

    def to_json(self) -> dict[str, Any]:
        """The config with Docker's keys, without empty values."""
        return normalise(
            {
                "User": self.user,
                "ExposedPorts": {port: {} for port in self.ports},
                "Env": self.env,
                "Cmd": self.cmd,
                "Entrypoint": self.entrypoint,
                "Volumes": {path: {} for path in self.volumes},
                "WorkingDir": self.workdir,
                "OnBuild": self.onbuild,
                "Labels": self.labels,
                "StopSignal": self.stop_signal,
                "Shell": self.shell,
                "Healthcheck": self.healthcheck,
                "ArgsEscaped": self.args_escaped,
            }
        )


CONFIG_KEYS = (
    "User",
    "ExposedPorts",
    "Env",
    "Entrypoint",
    "Cmd",
    "Volumes",
    "WorkingDir",
    "Labels",
    "StopSignal",
    "OnBuild",
    "Shell",
    "Healthcheck",
    "ArgsEscaped",
)


def normalise(config: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that a Dockerfile can set, without empty ones, which builders spell differently."""
    kept = {key: config[key] for key in CONFIG_KEYS if config.get(key)}
    for key in ("ExposedPorts", "Volumes"):
        if isinstance(kept.get(key), Mapping):
            kept[key] = {name: {} for name in sorted(kept[key])}
    if isinstance(kept.get("Healthcheck"), Mapping):
        kept["Healthcheck"] = {key: value for key, value in kept["Healthcheck"].items() if value}
    return {key: value for key, value in kept.items() if value}


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else []


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


@dataclass()
class History:
    """The entries so far, with a limit."""

    entries: list[Entry] = field(default_factory=list)
    size: int = 0

    def add(self, entry: Entry) -> None:
        """Appends an entry. DockerfileError beyond MAX_HISTORY characters in all."""
        self.size += len(entry.created_by) + len(entry.after)
        if self.size > MAX_HISTORY:
            raise DockerfileError(f"the predicted history is longer than {MAX_HISTORY >> 20} MiB")
        self.entries.append(entry)

    def copy(self) -> History:
        """An independent copy of the history."""
        return History(list(self.entries), self.size)


def base_entries(base: Image | None) -> list[Entry]:
    """The base image's own history as entries."""
    if base is None:
        return []
    return [Entry(e.created_by, e.comment, e.empty_layer) for e in base.history]
