"""What everyone asks a builder: one class that the modules of the builders fill in, both directions side by side.

A builder is told by what it leaves in an entry (`wrote`); it writes an instruction into history and the config
(`write_env`, `write_run` …) and reads an entry back (`read`). What it keeps and loses are its attributes and the methods
below. Whoever wants to know a thing of a builder asks here; no name of a builder is compared elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from reconstruct.golang import is_digits
from reconstruct.syntax import Dialect

if TYPE_CHECKING:
    from reconstruct.builders.build import Build, StageState, Writing
    from reconstruct.builders.prediction import Entry
    from reconstruct.builders.state import Reading, State
    from reconstruct.dockerfile.model import Stage
    from reconstruct.image import HistoryEntry, Image

KEYWORDS = frozenset(
    {"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER"}
    | {"ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
)
LINUX_SHELL = ("/bin/sh", "-c")
WINDOWS_SHELL = ("cmd", "/S", "/C")
# Every builder sets this where the base has no PATH (BuildKit `util/system/path.go`, Docker `pkg/system`).
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def release(version: str | None) -> tuple[int, ...]:
    """The first two numbers of a version, `(20, 10)` of `20.10.24+dfsg1`; fewer, or none, of a text that has none."""
    parts = (version or "").split("-", 1)[0].split(".")[:2]
    return tuple(int(part[:6]) for part in parts if is_digits(part))


class Builder:
    """One builder. The attributes say what its records keep; `name` is also that of its language's dialect."""

    name: ClassVar[str] = ""
    dialect: ClassVar[Dialect] = Dialect.OTHER
    # The Dockerfile language that it reads (a name of reconstruct.dockerfile.dialect).
    language: ClassVar[str] = ""
    # What people call it, and the same with a version where the name alone could mean two.
    title: ClassVar[str] = ""
    full_title: ClassVar[str] = ""
    # History holds the Dockerfile's own text, unexpanded and with its quotes, not the values.
    own_text: ClassVar[bool] = False
    # The destination of COPY and ADD is the Dockerfile's own text.
    own_destination: ClassVar[bool] = False
    # ONBUILD has a history entry.
    keeps_onbuild: ClassVar[bool] = True
    # Settings (ENV, CMD, LABEL …) have history entries.
    keeps_settings: ClassVar[bool] = True
    # WORKDIR makes a layer.
    workdir_layer: ClassVar[bool] = True
    # EXPOSE's words are the Dockerfile's; else ranges are spelled out and the protocol is added.
    own_ports: ClassVar[bool] = False
    # One layer can hold what several steps changed, whatever their entries say.
    one_layer_for_all: ClassVar[bool] = False
    # Steps taken from a cache keep the time at which they were first made.
    cached_times: ClassVar[bool] = False
    # Times are left out or zero.
    no_times: ClassVar[bool] = False
    # ARG's entry has the declared names and defaults; else it lists the names in force.
    declares_args: ClassVar[bool] = True
    # The durations and retries of HEALTHCHECK that history shows are all that the config has.
    whole_healthcheck: ClassVar[bool] = True
    # A RUN is preceded by the build arguments in force: without the proxies' that the builder takes by itself, or
    # without those that ENV sets; those without a value too, or only those with one.
    lists_args: ClassVar[bool] = False
    hides_proxies: ClassVar[bool] = False
    shows_all_args: ClassVar[bool] = False
    # A name that the list has once and that is declared twice belongs to two stages, most likely or for sure: before
    # BuildKit 0.18 a name that one stage declares twice stands in its list twice.
    repeats_args: ClassVar[bool] = False
    # The value in a RUN's list can come from outside: from --build-arg, or from an ARG before the first FROM.
    args_from_outside: ClassVar[bool] = False

    # -- recognition -----------------------------------------------------------------------------------------------

    def wrote(self, entry: HistoryEntry, signed: bool) -> bool:
        """Whether the entry itself says that this builder wrote it. `signed`: the image says so elsewhere."""
        raise NotImplementedError

    def signed(self, image: Image) -> bool:
        """Whether the image as a whole says that this builder made its last part."""
        return False

    def version(self, image: Image) -> str | None:
        """The version that made the image, or how far back it goes where only that shows; None where nothing does."""
        return None

    def describe(self, image: Image) -> str:
        """The builder for people, with its version if that is known."""
        return self.title

    # -- what is kept ----------------------------------------------------------------------------------------------

    # Versions differ in what history has; `version` tells them apart.
    records_by_version: ClassVar[bool] = False

    def keeps_flag(self, name: str, version: str | None = None) -> bool:
        """Whether a flag of COPY or ADD is in history; None for `version` means the newest."""
        from reconstruct.dockerfile.flags import in_history

        return any(in_history(keyword, name, self.name, version) for keyword in ("COPY", "ADD"))

    def listed_args(self, entry: HistoryEntry | None) -> set[str] | None:
        """The names that an ARG entry lists, where the builder lists all that have a value so far; else None."""
        return None

    def base_name(self, entry: HistoryEntry) -> str | None:
        """The name or ID of the image below, where the builder puts it into the entry; else None."""
        return None

    def unmarked(self, image: Image, index: int) -> str:
        """An entry's created_by without what the builder adds that is none of the instruction's: options, checksums."""
        return image.history[index].created_by

    # -- what verify asks ------------------------------------------------------------------------------------------

    # The config keeps what only Docker's format has (HEALTHCHECK, SHELL, ONBUILD), whatever format was asked for.
    docker_format: ClassVar[bool] = True
    # Labels that the builder sets by itself.
    own_labels: ClassVar[frozenset[str]] = frozenset()

    def matches(self, entry: Entry, created_by: str, version: str | None) -> bool:
        """Whether created_by is the predicted entry's, as `version` writes it, or any version where that is not known."""
        return entry.matches(created_by, versions=True)

    def hides(self, entry: Entry, created_by: str, version: str | None) -> bool:
        """Whether `created_by` shows less than the instruction says, and nothing tells that its version had to."""
        return False

    def shows_default(self, entry: Entry, created_by: str) -> bool:
        """Whether an ARG's entry shows the Dockerfile's own default, not the value in force."""
        return self.declares_args

    def defaults_alone(self, image: Image) -> bool:
        """Whether ARG's entries can't show a value that was given, so that none explains another value."""
        return False

    def platform_values(self, platform: str) -> dict[str, str]:
        """The arguments that the builder sets from the platform, which the config tells."""
        return {}

    # -- history → AST ---------------------------------------------------------------------------------------------

    def prepare(self, entry: HistoryEntry, state: State) -> None:
        """Takes note of what an entry tells of others, before any is read."""

    def read(self, entry: HistoryEntry, state: State) -> Reading | None:
        """The instruction of one of this builder's entries; None for a text that it does not write."""
        raise NotImplementedError

    # -- Dockerfile → history and config ---------------------------------------------------------------------------

    # Every instruction is checked before the first runs.
    checks_first: ClassVar[bool] = True
    # Every stage up to the target is built, not only those that it needs.
    builds_all_stages: ClassVar[bool] = False
    # Stage names count with their case in FROM, and in --target.
    exact_names: ClassVar[bool] = True
    exact_target: ClassVar[bool] = False
    # Names behind --from are checked as they are written; else they are expanded first.
    fixed_sources: ClassVar[bool] = True
    # A stage that is built on another stage has that stage's build arguments.
    inherits_args: ClassVar[bool] = False

    def check_stages(self, stages: Sequence[Stage]) -> None:
        """Raises DockerfileError for stages, up to the target, that can't stand side by side."""

    def global_args(self, build: Build) -> dict[str, str | None]:
        """The values of the ARGs before the first FROM."""
        raise NotImplementedError

    def from_name(self, build: Build, stage: Stage) -> str:
        """The name in a stage's FROM, expanded."""
        raise NotImplementedError

    def begin(self, build: Build, state: StageState, parent: StageState | None) -> None:
        """Sets up a stage whose config and history are those of its base, or of the stage `parent`."""

    def run_triggers(self, build: Build, state: StageState, triggers: Sequence[str], line: int) -> None:
        """Runs the base's ONBUILD triggers."""
        build.run_triggers(state, triggers, line)

    def end(self, build: Build, state: StageState) -> None:
        """What the builder does to a stage's config and history when its last instruction has run."""

    def variables(self, build: Build, state: StageState) -> Mapping[str, str]:
        """What an instruction's words are expanded with."""
        raise NotImplementedError

    def write(self, step: Writing) -> None:
        """Carries out an instruction: the config changes, an entry comes to history. Raises DockerfileError."""
        getattr(self, f"write_{step.instruction.keyword.lower()}")(step)
