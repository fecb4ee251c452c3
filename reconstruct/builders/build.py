"""Executes a Dockerfile: stages in order, instruction by instruction, with the builder's behaviour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reconstruct.builders.base import LINUX_SHELL, WINDOWS_SHELL, Builder
from reconstruct.builders.prediction import DEFAULT_PATH, Checksum, Config, Entry, History, Prediction, base_entries
from reconstruct.dockerfile import check, signals
from reconstruct.dockerfile.dialect import DIALECTS
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.expand import Expander
from reconstruct.dockerfile.model import Dockerfile, Instruction
from reconstruct.dockerfile.parser import parse_trigger
from reconstruct.dockerfile.stages import SCRATCH, Link, find_target, link, needed
from reconstruct.dockerfile.unknown import is_unknown
from reconstruct.image import Image
from reconstruct.record import dataclass, field, replace


@dataclass()
class StageState:
    """A stage while it is built.

    `own` is the number of the history's entries that belong to the base image. `args` are the build arguments' values by name,
    `declared` the same in order, as often as they were declared (the first `inherited` of them by the stage below).
    `env` are the variables for expansion, if they differ from the config's Env; `base_env` those from the base and
    `set_env` those that the stage sets. `allowed` are the arguments named in an ARG, `named` the words of
    all ARGs. `onbuild` are the base's triggers.
    """

    config: Config
    history: History
    os: str = "linux"
    base: str = ""
    base_known: bool = False
    own: int = 0
    cmd_set: bool = False
    args: dict[str, str | None] = field(default_factory=dict)
    declared: list[tuple[str, str | None]] = field(default_factory=list)
    inherited: int = 0
    env: dict[str, str] = field(default_factory=dict)
    base_env: dict[str, str] = field(default_factory=dict)
    set_env: dict[str, str] = field(default_factory=dict)
    allowed: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    onbuild: list[str] = field(default_factory=list)

    @property
    def windows(self) -> bool:
        """Whether the stage's image is for Windows."""
        return self.os == "windows"

    @property
    def shell(self) -> list[str]:
        """The words of the shell in force."""
        return self.config.shell or list(WINDOWS_SHELL if self.windows else LINUX_SHELL)


class Build:
    """One build by one builder: `base` is the image that the stages start with, None if unknown. `checked`: the instructions
    were checked before, as far as this builder does that first."""

    def __init__(
        self,
        builder: Builder,
        dockerfile: Dockerfile,
        *,
        base: Image | None,
        target: str | None,
        build_args: Mapping[str, str],
        platform: str,
        checked: bool = False,
    ) -> None:
        self.builder = builder
        self.dialect = DIALECTS[builder.language]
        self.dockerfile = dockerfile
        self.base = base
        self.build_args = build_args
        self.platform = platform
        self.target = target
        self.checked = checked
        self.expander = Expander(self.dialect, dockerfile.escape)
        self.links: list[Link] = []
        self.stages: dict[int, StageState] = {}
        self.global_args: dict[str, str | None] = {}

    def run(self) -> Prediction:
        """The image. Raises DockerfileError if the builder would reject the Dockerfile."""
        if self.builder.checks_first and not self.checked:
            check.check_all(self.dockerfile, self.dialect)
        target = find_target(self.dockerfile, self.target, exact=self.builder.exact_target)
        self.builder.check_stages(self.dockerfile.stages[: target + 1])
        self.global_args = self.builder.global_args(self)
        self.links = link(
            self.dockerfile, lambda stage: self.builder.from_name(self, stage), exact=self.builder.exact_names
        )
        if self.builder.builds_all_stages:
            wanted: Iterable[int] = range(target + 1)
        else:
            wanted = needed(self.links, target, exact=self.builder.fixed_sources)
        for index in wanted:
            self.stages[index] = self._stage(self.links[index])
        state = self.stages[target]
        return Prediction(
            builder=self.builder.name,
            history=tuple(state.history.entries),
            config=state.config.to_json(),
            author=state.config.author,
            own=tuple(state.history.entries[state.own :]),
            base=state.base,
            base_known=state.base_known,
            os=state.os,
            rooted=all(each.base == SCRATCH for each in self.stages.values()),
        )

    def _stage(self, item: Link) -> StageState:
        state = self._begin(item)
        triggers, state.onbuild = state.onbuild, []
        state.config.onbuild = []
        self.builder.begin(self, state, None if item.parent is None else self.stages[item.parent])
        if triggers:
            self.builder.run_triggers(self, state, triggers, item.stage.source.start)
        for instruction in item.stage.instructions:
            self.dispatch(state, instruction)
        self.builder.end(self, state)
        return state

    def _begin(self, item: Link) -> StageState:
        """A new stage with its base's state: nothing, an image, or an earlier stage."""
        os = self.platform.split("/")[0]
        if item.parent is not None:
            parent = self.stages[item.parent]
            state = replace(
                StageState(parent.config.copy(), parent.history.copy()),
                os=parent.os,
                base=parent.base,
                base_known=parent.base_known,
                own=parent.own,
                onbuild=list(parent.config.onbuild),
            )
        elif item.base == SCRATCH:
            state = StageState(Config(), History(), os=os, base=SCRATCH, base_known=True)
        elif self.base is None:
            state = StageState(Config(), History(), os=os, base=item.base)
        else:
            history = History(base_entries(self.base))
            config = Config.of(self.base)
            state = StageState(
                config,
                history,
                os=self.base.os or os,
                base=item.base,
                base_known=True,
                own=len(history.entries),
                onbuild=list(config.onbuild),
            )
        return state

    def set_path(self, state: StageState) -> None:
        """Sets the default PATH, which every Linux container has even if its image sets none."""
        if state.base_known and not state.windows and "PATH" not in state.config.environment():
            state.config.set_env("PATH", DEFAULT_PATH)

    def run_triggers(self, state: StageState, triggers: Sequence[str], line: int) -> None:
        """Runs each trigger as one instruction."""
        for text in triggers:
            found = parse_trigger(text, self.dialect, line)
            if len(found) != 1:
                raise DockerfileError("onbuild trigger should be a single expression", line)
            if found[0].keyword == "FROM":
                raise DockerfileError("*instructions.Stage is not a command type", line)
            check.check(found[0], self.dialect)
            self.dispatch(state, found[0], trigger=True)

    def dispatch(self, state: StageState, instruction: Instruction, trigger: bool = False) -> None:
        """Executes one instruction."""
        try:
            self.builder.write(Writing(self, state, instruction, trigger))
        except DockerfileError as error:
            raise error.at(instruction.start) from None


@dataclass()
class Writing:
    """The execution of one instruction."""

    build: Build
    state: StageState
    instruction: Instruction
    trigger: bool = False
    _variables: Mapping[str, str] | None = None

    @property
    def config(self) -> Config:
        """The stage's config, which the instruction changes."""
        return self.state.config

    @property
    def args(self) -> list[str]:
        """The instruction's words as parsed, not expanded; a copy."""
        return list(self.instruction.args)

    @property
    def variables(self) -> Mapping[str, str]:
        """The variables for expanding the instruction's words, as of its start."""
        if self._variables is None:
            self._variables = self.build.builder.variables(self.build, self.state)
        return self._variables

    def expand(self, text: str) -> str:
        """A word of the instruction, unquoted and expanded."""
        return self.build.expander.word(text, self.variables)

    def expand_words(self, text: str) -> list[str]:
        """The same for a word that can expand to several."""
        return self.build.expander.words(text, self.variables)

    def pairs(self) -> list[tuple[str, str]]:
        """ENV's or LABEL's pairs, expanded."""
        return [(self.expand(pair.key), self.expand(pair.value)) for pair in self.instruction.pairs]

    def flag(self, name: str) -> str:
        """The first value of a flag, empty without it."""
        return check.flags(self.instruction, self.build.dialect).get(name, [""])[0]

    def signal(self, text: str) -> str:
        """The signal, if the builder knows it. Raises DockerfileError."""
        if not signals.valid(text, self.build.dialect) and not is_unknown(text):
            raise DockerfileError(f"invalid signal: {text}")
        return text

    def add(
        self,
        text: str,
        *,
        empty: bool | None,
        comment: str | None = None,
        checksum: Checksum | None = None,
        after: str = "",
        also: Sequence[str] = (),
        optional: bool = False,
    ) -> None:
        """Adds the instruction's history entry."""
        others = tuple(dict.fromkeys([other for other in also if other != text])) if also else ()
        self.state.history.add(
            Entry(text, comment, empty, checksum, after, self.instruction, self.trigger, others, optional)
        )
