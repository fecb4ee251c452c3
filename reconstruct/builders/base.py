"""The interface of builders: one class that the builders' modules implement, with both directions side by side.

A builder is recognised by its marks in an entry (`wrote`). It writes an instruction into history and the config
(`write_env`, `write_run` …) and reads an entry back (`read`). Its attributes and the methods below describe what it keeps
and loses. All builder-specific behaviour is here; builder names are compared nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconstruct.golang import is_digits
from reconstruct.syntax import Dialect
from reconstruct.typed import TYPE_CHECKING, ClassVar

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
_WRITERS = {keyword: f"write_{keyword.lower()}" for keyword in KEYWORDS}
WINDOWS_SHELL = ("cmd", "/S", "/C")
# Every builder sets this if the base has no PATH (BuildKit `util/system/path.go`, Docker `pkg/system`).
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def release(version: str | None) -> tuple[int, ...]:
    """The first two numbers of a version, `(20, 10)` of `20.10.24+dfsg1`; fewer, or none, of a text that has none."""
    parts = (version or "").split("-", 1)[0].split(".")[:2]
    return tuple(int(part[:6]) for part in parts if is_digits(part))


class Builder:
    """One builder. The attributes say what its records keep; `name` is also that of its language's dialect."""

    name: ClassVar[str] = ""
    dialect: ClassVar[Dialect] = Dialect.OTHER
    # The Dockerfile dialect that it reads (a name in reconstruct.dockerfile.dialect).
    language: ClassVar[str] = ""
    # Its name for people, and the name with a version if the name alone is ambiguous.
    title: ClassVar[str] = ""
    full_title: ClassVar[str] = ""
    # History has the Dockerfile's own text, unexpanded and with quotes, not the values.
    own_text: ClassVar[bool] = False
    # The destination of COPY and ADD is the Dockerfile's own text.
    own_destination: ClassVar[bool] = False
    # ONBUILD has a history entry.
    keeps_onbuild: ClassVar[bool] = True
    # Settings (ENV, CMD, LABEL …) have history entries.
    keeps_settings: ClassVar[bool] = True
    # WORKDIR makes a layer.
    workdir_layer: ClassVar[bool] = True
    # EXPOSE's words are the Dockerfile's; otherwise ranges are expanded and the protocol is added.
    own_ports: ClassVar[bool] = False
    # One layer can contain the changes of several steps, whatever their entries say.
    one_layer_for_all: ClassVar[bool] = False
    # Cached steps keep the time at which they were first built.
    cached_times: ClassVar[bool] = False
    # Times are left out or zero.
    no_times: ClassVar[bool] = False
    # ARG's entry has the declared names and defaults; otherwise it lists the names in force.
    declares_args: ClassVar[bool] = True
    # The durations and retries of HEALTHCHECK that history shows are all that the config has.
    whole_healthcheck: ClassVar[bool] = True
    # A RUN is preceded by the build arguments in force: without the proxies' that the builder takes by itself, or
    # without those that ENV sets; those without a value too, or only those with one.
    lists_args: ClassVar[bool] = False
    hides_proxies: ClassVar[bool] = False
    shows_all_args: ClassVar[bool] = False
    # A name listed once but declared twice belongs to two stages, probably or certainly: before
    # BuildKit 0.18, a name that one stage declares twice is listed twice.
    repeats_args: ClassVar[bool] = False
    # The value in a RUN's list can come from --build-arg, or from an ARG before the first FROM.
    args_from_outside: ClassVar[bool] = False

    # It wrote no entry of an image that it didn't sign.
    signs: ClassVar[bool] = False
    # The author of every entry that it wrote; empty if it sets none.
    author: ClassVar[str] = ""

    # -- recognition -----------------------------------------------------------------------------------------------

    def wrote(self, entry: HistoryEntry, signed: bool) -> bool:
        """Whether the entry itself says that this builder wrote it. `signed`: the image says so elsewhere."""
        raise NotImplementedError

    def signed(self, image: Image) -> bool:
        """Whether the image as a whole says that this builder made its last part."""
        return False

    def version(self, image: Image) -> str | None:
        """The version that made the image, or a lower bound if only that is known; else None."""
        return None

    def describe(self, image: Image) -> str:
        """The builder's name for people, with its version if known."""
        return self.title

    # -- what is kept ----------------------------------------------------------------------------------------------

    # Versions differ in what they write into history; `version` tells them apart.
    records_by_version: ClassVar[bool] = False

    def keeps_flag(self, name: str, version: str | None = None) -> bool:
        """Whether a flag of COPY or ADD is in history; None for `version` means the newest."""
        from reconstruct.dockerfile.flags import in_history

        return any(in_history(keyword, name, self.name, version) for keyword in ("COPY", "ADD"))

    def listed_args(self, entry: HistoryEntry | None) -> set[str] | None:
        """The names in an ARG entry, if the builder lists all that have a value so far; else None."""
        return None

    def base_name(self, entry: HistoryEntry) -> str | None:
        """The base image's name or ID, if the builder puts it into the entry; else None."""
        return None

    def unmarked(self, image: Image, index: int) -> str:
        """An entry's created_by without the builder's additions to the instruction: options, checksums."""
        return image.history[index].created_by

    # -- for verify ------------------------------------------------------------------------------------------

    # The config keeps settings that only Docker's format has (HEALTHCHECK, SHELL, ONBUILD), whatever format was requested.
    docker_format: ClassVar[bool] = True
    # Whether every image of Linux gets a PATH.
    sets_path: ClassVar[bool] = False
    # Labels that the builder sets by itself.
    own_labels: ClassVar[frozenset[str]] = frozenset()

    def matches(self, entry: Entry, created_by: str, version: str | None) -> bool:
        """Whether created_by is the predicted entry's, as `version` writes it, or any version if that is unknown."""
        return entry.matches(created_by, versions=True)

    def hides(self, entry: Entry, created_by: str, version: str | None) -> bool:
        """Whether `created_by` shows less than the instruction, although nothing proves that its version omits it."""
        return False

    def shows_default(self, entry: Entry, created_by: str) -> bool:
        """Whether an ARG's entry shows the Dockerfile's default instead of the value in force."""
        return self.declares_args

    def defaults_alone(self, image: Image) -> bool:
        """Whether ARG's entries never show a given value, so that a given value can't explain a difference."""
        return False

    def platform_values(self, platform: str) -> dict[str, str]:
        """The arguments that the builder sets from the platform in the config."""
        return {}

    # -- history → AST ---------------------------------------------------------------------------------------------

    def prepare(self, entry: HistoryEntry, state: State) -> None:
        """Collects what an entry says about others, before any is read."""

    def read(self, entry: HistoryEntry, state: State) -> Reading | None:
        """The instruction of one of this builder's entries; None for text that it doesn't write."""
        raise NotImplementedError

    # -- Dockerfile → history and config ---------------------------------------------------------------------------

    # Every instruction is checked before the first runs.
    checks_first: ClassVar[bool] = True
    # Every stage up to the target is built, not only the needed ones.
    builds_all_stages: ClassVar[bool] = False
    # Stage names are case-sensitive in FROM, and in --target.
    exact_names: ClassVar[bool] = True
    exact_target: ClassVar[bool] = False
    # Names in --from are checked as written; otherwise they are expanded first.
    fixed_sources: ClassVar[bool] = True
    # A stage built on another inherits that stage's build arguments.
    inherits_args: ClassVar[bool] = False

    def check_stages(self, stages: Sequence[Stage]) -> None:
        """Raises DockerfileError for conflicting stages up to the target."""

    def global_args(self, build: Build) -> dict[str, str | None]:
        """The values of the ARGs before the first FROM."""
        raise NotImplementedError

    def from_name(self, build: Build, stage: Stage) -> str:
        """The name in a stage's FROM, expanded."""
        raise NotImplementedError

    def begin(self, build: Build, state: StageState, parent: StageState | None) -> None:
        """Sets up a stage with the config and history of its base, or of the stage `parent`."""

    def run_triggers(self, build: Build, state: StageState, triggers: Sequence[str], line: int) -> None:
        """Runs the base's ONBUILD triggers."""
        build.run_triggers(state, triggers, line)

    def end(self, build: Build, state: StageState) -> None:
        """Finishes a stage's config and history after its last instruction."""

    def variables(self, build: Build, state: StageState) -> Mapping[str, str]:
        """The variables for expanding an instruction's words."""
        raise NotImplementedError

    def write(self, step: Writing) -> None:
        """Executes an instruction: changes the config and adds a history entry. Raises DockerfileError."""
        getattr(self, _WRITERS[step.instruction.keyword])(step)
