"""What Docker's classic builder makes of a Dockerfile (moby 20.10.24, builder/dockerfile)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconstruct.builders.prediction import (
    DEFAULT_PATH,
    Checksum,
    Config,
    Entry,
    History,
    Prediction,
    base_entries,
)
from reconstruct.builders.writing import paths
from reconstruct.builders.writing.buildkit import old_health
from reconstruct.builders.writing.copying import copied_kinds
from reconstruct.dockerfile import check, signals
from reconstruct.dockerfile.dialect import CLASSIC
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.expand import Expander
from reconstruct.dockerfile.model import Dockerfile, Instruction, Stage
from reconstruct.dockerfile.parser import onbuild_text, parse_trigger
from reconstruct.dockerfile.ports import parse_ports
from reconstruct.dockerfile.stages import (
    SCRATCH,
    Link,
    check_platform,
    check_reference,
    find_target,
    link,
    source_stage,
)
from reconstruct.dockerfile.unknown import is_unknown
from reconstruct.golang import quote_list, show_list
from reconstruct.image import Image
from reconstruct.syntax import PROXY_ARGS


@dataclass(slots=True)
class _State:
    config: Config
    history: History
    os: str = "linux"
    args: dict[str, str | None] = field(default_factory=dict)
    cmd_set: bool = False
    base_known: bool = False
    base: str = ""
    own: int = 0


def predict(
    dockerfile: Dockerfile,
    *,
    base: Image | None,
    target: str | None,
    build_args: Mapping[str, str],
    platform: str,
) -> Prediction:
    """The image. Raises DockerfileError where the builder would refuse the Dockerfile."""
    check.check_all(dockerfile, CLASSIC)
    wanted = find_target(dockerfile, target)
    names = [stage.name for stage in dockerfile.stages[: wanted + 1] if stage.name]
    for name in names:
        if names.count(name) > 1:
            raise DockerfileError(f"{name} stage name already used")
    return _Builder(dockerfile, base, build_args, platform).build(wanted)


class _Builder:
    def __init__(
        self, dockerfile: Dockerfile, base: Image | None, build_args: Mapping[str, str], platform: str
    ) -> None:
        self.dockerfile = dockerfile
        self.base = base
        self.build_args = build_args
        self.platform = platform
        self.expander = Expander(CLASSIC, dockerfile.escape)
        self.global_args: dict[str, str | None] = {}
        for instruction in dockerfile.global_args:
            self._global_arg(instruction)

    def build(self, target: int) -> Prediction:
        links = link(self.dockerfile, self._base_name, exact=False)
        states: dict[int, _State] = {}
        for index in range(target + 1):
            # The builder builds every stage up to the target: those that do not lead to it leave no trace, but
            # what is wrong in them stops the build.
            states[index] = self._stage(links[index], states, links)
        state = states[target]
        return Prediction(
            builder=CLASSIC.name,
            history=tuple(state.history.entries),
            config=state.config.to_json(),
            author=state.config.author,
            own=tuple(state.history.entries[state.own :]),
            base=state.base,
            base_known=state.base_known,
            os=state.os,
        )

    def _global_arg(self, instruction: Instruction) -> None:
        known = self.values(self.global_args)
        try:
            words = [word.partition("=") for word in instruction.args]
            pairs = [
                (self.expander.word(key, known), self.expander.word(text, known) if equals else None)
                for key, equals, text in words
            ]
        except DockerfileError as error:
            raise error.at(instruction.start) from None
        self.global_args.update(pairs)

    def values(self, declared: Mapping[str, str | None]) -> dict[str, str]:
        """The values of the arguments declared and of the proxy arguments: given, default or global."""
        values = {}
        for key in [*declared, *PROXY_ARGS]:
            value = self.build_args.get(key) if key in declared or key in self.build_args else None
            if value is None:
                value = declared.get(key)
            if value is None:
                value = self.global_args.get(key)
            if value is not None:
                values[key] = value
        return values

    def _base_name(self, stage: Stage) -> str:
        known = self.values(self.global_args)
        check_platform(self.expander.word(stage.platform, known), stage.platform)
        return self.expander.word(stage.base, known)

    def _stage(self, item: Link, states: dict[int, _State], links: list[Link]) -> _State:
        state = self._begin(item, states)
        line = item.stage.source.start
        triggers, state.config.onbuild = state.config.onbuild, []
        for text in triggers:
            found = parse_trigger(text, CLASSIC, line)
            if len(found) != 1:
                raise DockerfileError("onbuild trigger should be a single expression", line)
            check.check(found[0], CLASSIC)
            self._dispatch(state, found[0], links, trigger=True)
        for instruction in item.stage.instructions:
            self._dispatch(state, instruction, links)
        return state

    def _begin(self, item: Link, states: dict[int, _State]) -> _State:
        target_os = self.platform.split("/")[0]
        if item.parent is not None:
            parent = states[item.parent]
            state = _State(
                parent.config.copy(),
                parent.history.copy(),
                os=parent.os,
                base_known=parent.base_known,
                base=parent.base,
                own=parent.own,
            )
        elif item.base == SCRATCH:
            state = _State(Config(), History(), os=target_os, base_known=True, base=SCRATCH)
        elif self.base is None:
            state = _State(Config(), History(), os=target_os, base=item.base)
        else:
            history = History(base_entries(self.base))
            state = _State(
                Config.of(self.base),
                history,
                os=self.base.os or target_os,
                base_known=True,
                base=item.base,
                own=len(history.entries),
            )
        if state.base_known and state.os != "windows" and "PATH" not in state.config.environment():
            state.config.env.append(f"PATH={DEFAULT_PATH}")
        # The author belongs to the image that MAINTAINER is in, not to those built on it.
        state.config.author = ""
        return state

    def _dispatch(self, state: _State, instruction: Instruction, links: list[Link], trigger: bool = False) -> None:
        env = state.config.environment()
        visible = {**{k: v for k, v in self.values(state.args).items() if k not in env}, **env}
        step = _Step(self, state, instruction, visible, links, trigger)
        try:
            getattr(step, instruction.keyword.lower())()
        except DockerfileError as error:
            raise error.at(instruction.start) from None


@dataclass(slots=True)
class _Step:
    """One instruction at work; a method for each keyword. `env` is what its words are expanded with."""

    builder: _Builder
    state: _State
    instruction: Instruction
    env_values: Mapping[str, str]
    links: list[Link]
    trigger: bool

    def _expand(self, text: str) -> str:
        return self.builder.expander.word(text, self.env_values)

    def _shell(self) -> list[str]:
        default = ["cmd", "/S", "/C"] if self.state.os == "windows" else ["/bin/sh", "-c"]
        return self.state.config.shell or default

    def _add(self, text: str, empty: bool | None, checksum: Checksum | None = None, after: str = "") -> None:
        # On Windows every instruction makes a layer.
        empty = False if self.state.os == "windows" else empty
        self.state.history.add(Entry(text, "", empty, checksum, after, self.instruction, self.trigger))

    def _commit(self, text: str) -> None:
        self._add(" ".join([*self._shell(), "#(nop) ", text]), True)

    def maintainer(self) -> None:
        self.state.config.author = self.instruction.args[0]
        self._commit(f"MAINTAINER {self.instruction.args[0]}")

    def _pairs(self) -> list[tuple[str, str]]:
        return [(self._expand(pair.key), self._expand(pair.value)) for pair in self.instruction.pairs]

    def env(self) -> None:
        pairs = self._pairs()
        for key, value in pairs:
            if not key:
                raise DockerfileError(f"invalid environment variable: ={value}")
            self.state.config.set_env(key, value)
        self._commit("ENV " + " ".join(f"{key}={value}" for key, value in pairs))

    def label(self) -> None:
        pairs = self._pairs()
        self.state.config.labels.update(pairs)
        self._commit("LABEL " + " ".join(f"{key}={value}" for key, value in pairs))

    def arg(self) -> None:
        shown = []
        for word in self.instruction.args:
            key, equals, text = word.partition("=")
            key = self._expand(key)
            value = self._expand(text) if equals else None
            self.state.args[key] = value
            shown.append(key if value is None else f"{key}={value}")
        self._commit("ARG " + " ".join(shown))

    def run(self) -> None:
        if self.instruction.flags:
            raise DockerfileError(f"the {self.instruction.flags[0].split('=')[0]} option requires BuildKit")
        words = list(self.instruction.args)
        if not self.instruction.json:
            words = [*self._shell(), *words]
        env = self.state.config.environment()
        given = {k: v for k, v in self.builder.values(self.state.args).items() if k not in env}
        if given:
            shown = sorted(f"{k}={v}" for k, v in given.items() if k in self.state.args or k not in PROXY_ARGS)
            words = [f"|{len(shown)}", *shown, *words]
        self._add(" ".join(words), None)

    def _command(self) -> list[str]:
        words = list(self.instruction.args)
        return words if self.instruction.json else [*self._shell(), *words]

    def cmd(self) -> None:
        words = self._command()
        self.state.config.cmd = words
        self.state.config.args_escaped = False
        self._commit(f"CMD {quote_list(words)}")
        if self.instruction.args:
            self.state.cmd_set = True

    def entrypoint(self) -> None:
        words = self._command() if self.instruction.args else []
        self.state.config.entrypoint = words
        self.state.config.args_escaped = False
        if not self.state.cmd_set:
            self.state.config.cmd = None
        self._commit(f"ENTRYPOINT {quote_list(words)}")

    def shell(self) -> None:
        self.state.config.shell = list(self.instruction.args)
        self._commit(f"SHELL {show_list(self.instruction.args)}")

    def healthcheck(self) -> None:
        health = check.healthcheck(self.instruction, CLASSIC)
        # Creating the step's container fills what is not set from the check in force before (daemon/commit.go, merge).
        self.state.config.healthcheck = {**(self.state.config.healthcheck or {}), **health}
        self._commit(f"HEALTHCHECK {old_health(health)}")

    def expose(self) -> None:
        words = [
            word
            for port in sorted(self.instruction.args)
            for word in self.builder.expander.words(port, self.env_values)
        ]
        self.state.config.ports.update(dict.fromkeys(parse_ports(words)))
        self._commit("EXPOSE " + " ".join(words))

    def user(self) -> None:
        self.state.config.user = self._expand(self.instruction.args[0])
        self._commit(f"USER {self.state.config.user}")

    def volume(self) -> None:
        volumes = [self._expand(path.strip()) for path in self.instruction.args]
        if "" in volumes:
            raise DockerfileError("VOLUME specified can not be an empty string")
        self.state.config.volumes.update(dict.fromkeys(volumes))
        self._commit(f"VOLUME {show_list(volumes)}")

    def stopsignal(self) -> None:
        if self.state.os == "windows":
            raise DockerfileError("The daemon on this platform does not support the command stopsignal")
        signal = self._expand(self.instruction.args[0])
        if not signals.valid(signal, CLASSIC.name) and not is_unknown(signal):
            raise DockerfileError(f"Invalid signal: {signal}")
        self.state.config.stop_signal = signal
        self._commit(f"STOPSIGNAL {signal}")

    def onbuild(self) -> None:
        text = onbuild_text(self.instruction)
        self.state.config.onbuild.append(text)
        self._commit(f"ONBUILD {text}")

    def workdir(self) -> None:
        path = self._expand(self.instruction.args[0])
        if not path:
            raise DockerfileError("cannot normalize nothing")
        config = self.state.config
        if self.state.os == "windows":
            config.workdir = _windows_workdir(config.workdir, path)
        else:
            config.workdir = path if path.startswith("/") else paths.join("/", config.workdir, path)
        self._add(" ".join([*self._shell(), f"#(nop) WORKDIR {config.workdir}"]), None)

    def add(self) -> None:
        self._copy("ADD")

    def copy(self) -> None:
        self._copy("COPY")

    def _copy(self, keyword: str) -> None:
        found = check.flags(self.instruction, CLASSIC)
        if found.get("chmod", [""])[0]:
            raise DockerfileError("the --chmod option requires BuildKit")
        if found.get("from") and source_stage(found["from"][0], self.links) is None:
            check_reference(found["from"][0])
        *sources, destination = (self._expand(word) for word in self.instruction.args)
        if self.state.os == "windows":
            destination = destination.replace("/", "\\")
        separator = "\\" if self.state.os == "windows" else "/"
        if len(sources) > 1 and not destination.endswith(separator):
            raise DockerfileError(
                f"When using {keyword} with more than one source file, the destination must be a directory and end "
                "with a /"
            )
        if keyword == "COPY" and any(source.startswith(("http://", "https://")) for source in sources):
            raise DockerfileError("source can't be a URL for COPY")
        chown = self._expand(found.get("chown", [""])[0])
        text = f"#(nop) {keyword} " + (f"--chown={chown}" if chown else "")
        self._add(" ".join([*self._shell(), text]), None, copied_kinds(sources), f" in {destination} ")


def _windows_workdir(current: str, path: str) -> str:
    r"""The classic builder keeps the drive: `C:\app`."""
    path = path.replace("/", "\\")
    if path[1:2] == ":":
        return path[0].upper() + path[1:]
    if path.startswith("\\"):
        return "C:" + path
    joined = paths.join((current or "C:\\").replace("\\", "/"), path.replace("\\", "/"))
    return joined.replace("/", "\\")
