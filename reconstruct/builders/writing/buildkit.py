"""What BuildKit makes of a Dockerfile: its head, and 0.8 as Docker 20.10 has it.

After frontend/dockerfile/dockerfile2llb/convert.go of either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconstruct.builders.prediction import DEFAULT_PATH, Config, Entry, History, Prediction, base_entries
from reconstruct.builders.writing import paths
from reconstruct.dockerfile import check, signals
from reconstruct.dockerfile.dialect import Dialect
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.expand import Expander
from reconstruct.dockerfile.model import Dockerfile, Instruction, Stage
from reconstruct.dockerfile.parser import heredoc_mark, onbuild_text, parse_trigger, strip_tabs
from reconstruct.dockerfile.ports import parse_ports
from reconstruct.dockerfile.stages import SCRATCH, Link, check_platform, find_target, link, needed
from reconstruct.dockerfile.unknown import is_unknown, optional
from reconstruct.golang import quote, quote_list, quote_rune, show_duration, show_list
from reconstruct.image import Image

COMMENT = "buildkit.dockerfile.v0"
_NOT_ENVIRONMENT = frozenset({"BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"})
_URL = re.compile(r"https?://")
_GIT = re.compile(r"(?:git://|ssh://|git@|https?://[^#?]*\.git(?:[#?]|\Z))")
_SYMBOLIC_MODE = re.compile(r"[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]))+(?:,[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]))+)*\Z")


@dataclass(slots=True)
class _State:
    """One stage's state: the config, the variables that expansion sees, the build arguments declared, the history."""

    config: Config
    history: History
    os: str = "linux"
    env: dict[str, str] = field(default_factory=dict)
    args: list[tuple[str, str | None]] = field(default_factory=list)
    cmd_set: bool = False
    base_known: bool = False
    base: str = ""
    onbuild: list[str] = field(default_factory=list)
    own: int = 0
    inherited: int = 0


def predict(
    dockerfile: Dockerfile,
    dialect: Dialect,
    *,
    base: Image | None,
    target: str | None,
    build_args: Mapping[str, str],
    platform: str,
) -> Prediction:
    """The image. Raises DockerfileError where BuildKit would refuse the Dockerfile."""
    check.check_all(dockerfile, dialect)
    wanted = find_target(dockerfile, target)
    builder = _Builder(dockerfile, dialect, base, build_args, platform, target or dockerfile.stages[-1].name)
    return builder.build(wanted)


class _Builder:
    def __init__(
        self,
        dockerfile: Dockerfile,
        dialect: Dialect,
        base: Image | None,
        build_args: Mapping[str, str],
        platform: str,
        target: str,
    ) -> None:
        self.dockerfile = dockerfile
        self.dialect = dialect
        self.new = dialect.heredocs
        self.base = base
        self.build_args = build_args
        self.platform = platform
        self.expander = Expander(dialect, dockerfile.escape)
        self.global_args = self._global_args(target)

    def build(self, target: int) -> Prediction:
        links = link(self.dockerfile, self._base_name, exact=True)
        states: dict[int, _State] = {}
        for index in needed(links, target):
            states[index] = self._stage(links[index], states)
        state = states[target]
        own = tuple(state.history.entries[state.own :])
        return Prediction(
            builder=self.dialect.name,
            history=tuple(state.history.entries),
            config=state.config.to_json(),
            author=state.config.author,
            own=own,
            base=state.base,
            base_known=state.base_known,
            os=state.os,
        )

    # -- ARGs before the first FROM ------------------------------------------------------------------------------

    def _global_args(self, target: str) -> dict[str, str | None]:
        values: dict[str, str | None] = dict(platform_args(self.platform, target if self.new else None))
        values.update({key: self.build_args[key] for key in values if key in self.build_args})
        for instruction in self.dockerfile.global_args:
            for word in instruction.args:
                self._global_arg(word, values, instruction)
        return values

    def _global_arg(self, word: str, values: dict[str, str | None], instruction: Instruction) -> None:
        key, equals, text = word.partition("=")
        value: str | None = None
        known = {name: known or "" for name, known in values.items()}
        if key in self.build_args:
            value = self.build_args[key]
        elif equals:
            try:
                value = self.expander.word(text, known)
            except DockerfileError as error:
                if self.new:
                    raise error.at(instruction.start) from None
                value = ""
        if value is not None or not self.new:
            values[key] = value

    def _base_name(self, stage: Stage) -> str:
        known = {name: value or "" for name, value in self.global_args.items()}
        check_platform(self.expander.word(stage.platform, known), stage.platform)
        return self.expander.word(stage.base, known)

    # -- stages --------------------------------------------------------------------------------------------------

    def _stage(self, item: Link, states: dict[int, _State]) -> _State:
        state = self._begin(item, states)
        triggers = state.onbuild
        state.onbuild = []
        state.config.onbuild = []
        self._prepare(state)
        line = item.stage.source.start
        for text in triggers:
            found = parse_trigger(text, self.dialect, line)
            if len(found) != 1:
                raise DockerfileError("onbuild trigger should be a single expression", line)
            check.check(found[0], self.dialect)
            self._dispatch(state, found[0], trigger=True)
        for instruction in item.stage.instructions:
            self._dispatch(state, instruction)
        return state

    def _begin(self, item: Link, states: dict[int, _State]) -> _State:
        if item.parent is not None:
            parent = states[item.parent]
            return _State(
                config=parent.config.copy(),
                history=parent.history.copy(),
                os=parent.os,
                env=dict(parent.env),
                args=list(parent.args) if self.new else [],
                inherited=len(parent.args) if self.new else 0,
                base_known=parent.base_known,
                base=parent.base,
                onbuild=list(parent.config.onbuild),
                own=parent.own,
            )
        target_os = self.platform.split("/")[0]
        if item.base == SCRATCH:
            env = [f"PATH={DEFAULT_PATH}"] if target_os != "windows" else []
            config = Config(env=env, workdir="/")
            return _State(config, History(), os=target_os, base_known=True, base=SCRATCH)
        if self.base is None:
            return _State(Config(), History(), os=target_os, base=item.base)
        config = Config.of(self.base)
        history = History(base_entries(self.base))
        return _State(
            config=config,
            history=history,
            os=self.base.os or target_os,
            base_known=True,
            base=item.base,
            onbuild=list(config.onbuild),
            own=len(history.entries),
        )

    def _prepare(self, state: _State) -> None:
        config = state.config
        if state.base_known and state.os != "windows" and "PATH" not in config.environment():
            config.env.append(f"PATH={DEFAULT_PATH}")
        state.env.update(config.environment())
        if config.workdir:
            self._set_workdir(state, config.workdir)

    def _dispatch(self, state: _State, instruction: Instruction, trigger: bool = False) -> None:
        step = _Step(self, state, instruction, trigger)
        try:
            getattr(step, instruction.keyword.lower())()
        except DockerfileError as error:
            raise error.at(instruction.start) from None

    def _set_workdir(self, state: _State, path: str) -> str:
        windows = self.new and state.os == "windows"
        if self.new or path.startswith("/"):
            shown = paths.workdir(state.config.workdir, path, windows=windows)
        else:
            shown = paths.join("/", state.config.workdir, path)
        state.config.workdir = shown.replace("/", "\\") if windows else shown
        return shown


def platform_args(platform: str, target: str | None) -> dict[str, str]:
    """The ARGs that BuildKit declares itself; the build's own platform is taken to be the target's."""
    os, _, rest = platform.partition("/")
    architecture, _, variant = rest.partition("/")
    values = {}
    for side in ("BUILD", "TARGET"):
        values[f"{side}PLATFORM"] = platform
        values[f"{side}OS"] = os
        if target is not None:
            values[f"{side}OSVERSION"] = ""
        values[f"{side}ARCH"] = architecture
        values[f"{side}VARIANT"] = variant
    if target is not None:
        values["TARGETSTAGE"] = target or "default"
    return values


@dataclass(slots=True)
class _Step:
    """One instruction at work; a method for each keyword."""

    builder: _Builder
    state: _State
    instruction: Instruction
    trigger: bool

    def _expand(self, text: str) -> str:
        return self.builder.expander.word(text, self.state.env)

    def _commit(self, text: str, layer: bool = False, also: Iterable[str] = ()) -> None:
        others = tuple(dict.fromkeys(other for other in also if other != text)) if self.builder.new else ()
        self.state.history.add(
            Entry(text, COMMENT, not layer, instruction=self.instruction, trigger=self.trigger, also=others)
        )

    def _flag(self, name: str) -> str:
        return check.flags(self.instruction, self.builder.dialect).get(name, [""])[0]

    def maintainer(self) -> None:
        self.state.config.author = self.instruction.args[0]
        self._commit(f"MAINTAINER {self.instruction.args[0]}")

    def _pairs(self) -> list[tuple[str, str]]:
        return [(self._expand(pair.key), self._expand(pair.value)) for pair in self.instruction.pairs]

    def env(self) -> None:
        pairs = self._pairs()
        for key, value in pairs:
            self.state.env[key] = value
            self.state.config.set_env(key, value)
        self._commit("ENV " + " ".join(f"{key}={value}" for key, value in pairs))

    def label(self) -> None:
        pairs = self._pairs()
        self.state.config.labels.update(pairs)
        self._commit("LABEL " + " ".join(f"{key}={value}" for key, value in pairs))

    def arg(self) -> None:
        shown, old = [], []
        before = dict(self.state.env)
        for word in self.instruction.args:
            key, equals, text = word.partition("=")
            default = text if equals else None
            if self.builder.new:
                old.append(key if default is None else f"{key}={self._expand(default)}")
                shown.append(self._new_arg(key, default))
            else:
                shown.append(self._old_arg(key, default, before))
        self._commit("ARG " + " ".join(shown), also=["ARG " + " ".join(old)])

    def _new_arg(self, key: str, default: str | None) -> str:
        """Declares an ARG as BuildKit's head does: history tells the value in force."""
        given = self.builder.build_args.get(key)
        value = given
        if given is None and default is not None:
            value = self._expand(default)
        elif given is None:
            value = self.builder.global_args.get(key)
        if value is not None and key not in _NOT_ENVIRONMENT:
            self.state.env[key] = value
        self.state.args.append((key, value))
        if value is None:
            return key
        return key + optional(value) if given is not None and is_unknown(given) else f"{key}={value}"

    def _old_arg(self, key: str, default: str | None, env: Mapping[str, str]) -> str:
        """Declares an ARG as BuildKit 0.8 does: history tells the Dockerfile's own default."""
        key = self.builder.expander.word(key, env)
        own = None if default is None else self.builder.expander.word(default, env)
        value = self.builder.build_args.get(key, own)
        if value is None:
            value = self.builder.global_args.get(key)
        if value is not None:
            self.state.env[key] = value
        self.state.args.append((key, value))
        return key if own is None else f"{key}={own}"

    def _in_shell(self, words: list[str]) -> list[str]:
        default = ["cmd", "/S", "/C"] if self.state.os == "windows" else ["/bin/sh", "-c"]
        return [*(self.state.config.shell or default), " ".join(words)]

    def run(self) -> None:
        instruction = self.instruction
        words = list(instruction.args)
        if instruction.heredocs:
            words = [self._script(words[0])]
        if not instruction.json:
            words = self._in_shell(words)
        texts = [
            "RUN " + " ".join([*arguments, *words]) + " # buildkit"
            for arguments in (
                self._arguments(self.state.args, once=self.builder.new),
                self._arguments(self.state.args[self.state.inherited :], once=False),
                self._arguments(self.state.args[self.state.inherited :], once=True),
            )
        ]
        self._commit(texts[0], layer=True, also=texts[1:])

    def _script(self, command: str) -> str:
        """What the shell gets of a RUN with here-documents."""
        files = self.instruction.heredocs
        mark = heredoc_mark(command)
        if mark is None:
            return command + "".join(f"\n{file.text}{file.name}" for file in files)
        content = strip_tabs(files[0].text) if files[0].strip_tabs else files[0].text
        if content.startswith("#!") and self.state.os != "windows":
            return paths.join("/dev/pipes/", files[0].name)
        return content

    def _arguments(self, args: list[tuple[str, str | None]], once: bool) -> list[str]:
        """The `|N` list in front of RUN; `once` shows an argument declared twice but once, where it first stood."""
        shown: list[str] = []
        places: dict[str, int] = {}
        for key, value in args:
            text = f"{key}={self.state.env.get(key, value or '')}"
            if once and key in places:
                shown[places[key]] = text
                continue
            places[key] = len(shown)
            shown.append(text)
        return [f"|{len(shown)}", *shown] if shown else []

    def cmd(self) -> None:
        words = list(self.instruction.args)
        words = words if self.instruction.json else self._in_shell(words)
        self.state.config.cmd = words
        self.state.config.args_escaped = True
        self.state.cmd_set = True
        self._commit(f"CMD {quote_list(words)}")

    def entrypoint(self) -> None:
        words = list(self.instruction.args)
        words = words if self.instruction.json else self._in_shell(words)
        self.state.config.entrypoint = words
        if not self.state.cmd_set:
            self.state.config.cmd = None
        self._commit(f"ENTRYPOINT {quote_list(words)}")

    def shell(self) -> None:
        self.state.config.shell = list(self.instruction.args)
        self._commit(f"SHELL {show_list(self.instruction.args)}")

    def healthcheck(self) -> None:
        health = check.healthcheck(self.instruction, self.builder.dialect)
        self.state.config.healthcheck = health
        shown = (_new_health if self.builder.new else old_health)(health)
        also = [f"HEALTHCHECK {old_health(health)}", f"HEALTHCHECK {old_health(health, start_interval=True)}"]
        self._commit(f"HEALTHCHECK {shown}", also=also)

    def expose(self) -> None:
        words = [
            word for port in sorted(self.instruction.args) for word in self.builder.expander.words(port, self.state.env)
        ]
        ports = parse_ports(words)
        self.state.config.ports.update(dict.fromkeys(ports))
        old = "EXPOSE map[" + " ".join(f"{port}:{{}}" for port in sorted(set(ports))) + "]"
        self._commit(f"EXPOSE {show_list(ports)}" if self.builder.new else old, also=[old])

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
        signal = self._expand(self.instruction.args[0])
        if not signals.valid(signal, self.builder.dialect.name) and not is_unknown(signal):
            raise DockerfileError(f"invalid signal: {signal}")
        self.state.config.stop_signal = signal
        self._commit(f"STOPSIGNAL {signal}")

    def onbuild(self) -> None:
        self.state.config.onbuild.append(onbuild_text(self.instruction))

    def workdir(self) -> None:
        path = self.builder._set_workdir(self.state, self._expand(self.instruction.args[0]))
        self._commit(f"WORKDIR {path}", layer=path != "/")

    def add(self) -> None:
        self._copy("ADD")

    def copy(self) -> None:
        if "$" in self._flag("from") and self.builder.new and self._expand_nothing(self._flag("from")):
            raise DockerfileError("variable expansion is not supported for --from")
        self._copy("COPY")

    def _expand_nothing(self, text: str) -> bool:
        return self.builder.expander.word(text, {}) != text

    def _copy(self, keyword: str) -> None:
        *sources, destination = self.instruction.args
        marks = [heredoc_mark(source) for source in sources] if self.builder.new else [None] * len(sources)
        files = [self._expand(source) for source, mark in zip(sources, marks, strict=True) if mark is None]
        for source in files:
            if keyword == "COPY" and (_URL.match(source) or (self.builder.new and _GIT.match(source))):
                raise DockerfileError("source can't be a URL or a git ref for COPY")
        words = [keyword, *files, *(f"<<{mark.name}" for mark in marks if mark), self._expand(destination)]
        shown, also = list(words), [" ".join(words) + " # buildkit"]
        if self.builder.new:
            shown[1:1] = self._copy_flags(keyword, files)
            if self.state.os == "windows":
                for path in [*(f for f in files if not _URL.match(f)), shown[-1]]:
                    paths.without_drive(path)
        self._commit(" ".join(shown) + " # buildkit", layer=True, also=also)

    def _copy_flags(self, keyword: str, sources: list[str]) -> list[str]:
        """The flags that history keeps. Raises DockerfileError for values that BuildKit refuses."""
        shown = ["--parents"] if self._flag("parents") == "true" else []
        for name in ("chown", "chmod"):
            value = self._expand(self._flag(name))
            if name == "chmod" and value and not is_unknown(value):
                _check_mode(value)
            if value:
                shown.append(f"--{name}={value}")
        if self._flag("checksum") and (len(sources) != 1 or not (_URL.match(sources[0]) or _GIT.match(sources[0]))):
            raise DockerfileError(f"{keyword}: checksum requires one HTTP(S) or Git source")
        return shown


def _check_mode(value: str) -> None:
    octal = re.fullmatch(r"[0-7]{1,11}", value)
    if octal and int(value, 8) <= 0o7777:
        return
    if octal or not _SYMBOLIC_MODE.match(value):
        raise DockerfileError(f"invalid chmod parameter: {quote(value)}")


def old_health(health: Mapping[str, object], start_interval: bool = False) -> str:
    """Go's `%q` of the check, as the classic builder and older BuildKit print it; later with a start interval."""
    keys = ("Interval", "Timeout", "StartPeriod", *(["StartInterval"] if start_interval else []))
    times = [quote(show_duration(_number(health, key))) for key in keys]
    test = health.get("Test")
    words = quote_list(test if isinstance(test, list) else [])
    return f"&{{{words} {' '.join(times)} {quote_rune(_number(health, 'Retries'))}}}"


def _new_health(health: Mapping[str, object]) -> str:
    test = health.get("Test")
    fields = [f"Test:{show_list(test if isinstance(test, list) else [])}"]
    keys = ("Interval", "Timeout", "StartPeriod", "StartInterval")
    fields += [f"{key}:{show_duration(_number(health, key))}" for key in keys]
    return "{" + " ".join([*fields, f"Retries:{_number(health, 'Retries')}"]) + "}"


def _number(health: Mapping[str, object], key: str) -> int:
    value = health.get(key)
    return value if isinstance(value, int) else 0
