"""What buildah makes of a Dockerfile (1.28.2, imagebuildah and the imagebuilder it vendors).

History holds the Dockerfile's own text; the config is of the expanded values. Nothing is checked before its step runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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
from reconstruct.builders.writing.copying import copied_kinds
from reconstruct.dockerfile import check, signals
from reconstruct.dockerfile.dialect import BUILDAH
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.expand import Expander
from reconstruct.dockerfile.model import Dockerfile, Instruction, Stage
from reconstruct.dockerfile.parser import KEYWORDS, onbuild_text, parse_trigger
from reconstruct.dockerfile.stages import SCRATCH, Link, find_target, link, needed
from reconstruct.dockerfile.unknown import is_unknown
from reconstruct.image import Image
from reconstruct.syntax import PROXY_ARGS

_EXPANDED = frozenset({"ENV", "LABEL", "ADD", "COPY", "WORKDIR", "EXPOSE", "VOLUME", "USER", "STOPSIGNAL", "ARG"})
_FLAGS = {
    "ADD": ("--chown=", "--chmod="),
    "COPY": ("--chown=", "--chmod=", "--from="),
    "RUN": ("--mount=",),
}
_TARGET_ARGS = ("TARGETOS", "TARGETARCH", "TARGETVARIANT")


@dataclass(slots=True)
class _State:
    """A stage: `config` holds what the stage sets, with `base_env` for the variables that its base brought."""

    config: Config
    history: History
    base_env: dict[str, str] = field(default_factory=dict)
    set_env: dict[str, str] = field(default_factory=dict)
    args: dict[str, str] = field(default_factory=dict)
    allowed: set[str] = field(default_factory=lambda: set(PROXY_ARGS))
    in_file: set[str] = field(default_factory=set)
    cmd_set: bool = False
    base_known: bool = False
    base: str = ""
    own: int = 0
    onbuild: list[str] = field(default_factory=list)


def predict(
    dockerfile: Dockerfile,
    *,
    base: Image | None,
    target: str | None,
    build_args: Mapping[str, str],
    platform: str,
) -> Prediction:
    """The image, as `--layers` and `--format docker` save it. Raises DockerfileError where buildah would refuse."""
    return _Builder(dockerfile, base, build_args, platform).build(find_target(dockerfile, target, exact=True))


class _Builder:
    def __init__(
        self, dockerfile: Dockerfile, base: Image | None, build_args: Mapping[str, str], platform: str
    ) -> None:
        self.dockerfile = dockerfile
        self.base = base
        self.build_args = build_args
        self.expander = Expander(BUILDAH, dockerfile.escape)
        os, _, rest = platform.partition("/")
        architecture, _, variant = rest.partition("/")
        self.builtin = {
            f"{side}{name}": value
            for side in ("TARGET", "BUILD")
            for name, value in (
                ("PLATFORM", platform),
                ("OS", os),
                ("ARCH", architecture),
                ("VARIANT", variant),
            )
        }
        self.heading = self._heading()

    def build(self, target: int) -> Prediction:
        links = link(self.dockerfile, self._base_name, exact=True)
        states: dict[int, _State] = {}
        for index in needed(links, target, exact=False):
            states[index] = self._stage(links[index], states)
        state = states[target]
        return Prediction(
            builder=BUILDAH.name,
            history=tuple(state.history.entries),
            config=_final(state),
            author=state.config.author,
            own=tuple(state.history.entries[state.own :]),
            base=state.base,
            base_known=state.base_known,
        )

    def _heading(self) -> dict[str, str]:
        """The values of the ARGs before the first FROM."""
        state = _State(Config(), History(), args=dict(self.build_args))
        self.heading = {}
        for instruction in self.dockerfile.global_args:
            self._dispatch(state, instruction)
        return {key: value for key, value in state.args.items() if key in state.allowed}

    def _base_name(self, stage: Stage) -> str:
        declared = {
            text.split(" ", 1)[1]
            for text in (i.text for i in self.dockerfile.instructions if i.keyword == "ARG")
            if " " in text
        }
        given = {key: value for key, value in self.build_args.items() if key in declared}
        return self.expander.word(stage.base, {**self.heading, **self.builtin, **given})

    def _stage(self, item: Link, states: dict[int, _State]) -> _State:
        state = self._begin(item, states)
        state.args = dict(self.build_args)
        triggers, state.onbuild = state.onbuild, []
        state.config.onbuild = []
        instructions = list(item.stage.instructions)
        line = item.stage.source.start
        found = parse_trigger("\n".join(triggers), BUILDAH, line) if triggers else []
        for instruction in found:
            if instruction.keyword in ("ONBUILD", "MAINTAINER", "FROM"):
                raise DockerfileError(f"{instruction.keyword} isn't allowed as an ONBUILD trigger", line)
            self._dispatch(state, instruction, trigger=True)
        for instruction in instructions:
            self._dispatch(state, instruction)
        if state.base == SCRATCH and not state.history.entries:
            # A stage of nothing is committed all the same.
            state.history.add(Entry("/bin/sh", None, False))
        return state

    def _begin(self, item: Link, states: dict[int, _State]) -> _State:
        if item.parent is not None:
            parent = states[item.parent]
            config = parent.config.copy()
            config.env = _merged_env(parent)
            state = _State(
                config,
                parent.history.copy(),
                base_known=parent.base_known,
                base=parent.base,
                own=parent.own,
            )
        elif item.base == SCRATCH:
            state = _State(Config(), History(), base_known=True, base=SCRATCH)
        elif self.base is None:
            state = _State(Config(), History(), base=item.base)
        else:
            history = History(base_entries(self.base))
            state = _State(
                Config.of(self.base),
                history,
                base_known=True,
                base=item.base,
                own=len(history.entries),
            )
        state.onbuild = list(state.config.onbuild)
        state.base_env = state.config.environment()
        if state.base_known and "PATH" not in state.base_env:
            state.set_env["PATH"] = DEFAULT_PATH
        return state

    def _dispatch(self, state: _State, instruction: Instruction, trigger: bool = False) -> None:
        step = _Step(self, state, instruction, trigger)
        try:
            step.perform()
        except DockerfileError as error:
            raise error.at(instruction.start) from None


def _merged_env(state: _State) -> list[str]:
    """The variables as the commit writes them: what the stage sets moves to the end."""
    kept = [entry for entry in state.config.env if entry.partition("=")[0] not in state.set_env]
    return kept + [f"{key}={value}" for key, value in state.set_env.items()]


def _final(state: _State) -> dict[str, Any]:
    config = state.config.copy()
    config.env = _merged_env(state)
    if state.own < len(state.history.entries) and config.cmd is None:
        config.cmd = None
    return config.to_json()


@dataclass(slots=True)
class _Step:
    """One instruction at work."""

    builder: _Builder
    state: _State
    instruction: Instruction
    trigger: bool
    words: list[str] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)

    def perform(self) -> None:
        keyword = self.instruction.keyword
        if keyword not in KEYWORDS or keyword == "FROM":
            raise DockerfileError(f"Build error: Unknown instruction: {keyword!r}")
        self._resolve()
        getattr(self, f"_{keyword.lower()}")()
        text, checksum, after = self._created_by()
        layer = keyword in ("ADD", "COPY", "RUN")
        self.state.history.add(Entry(text, None, not layer, checksum, after, self.instruction, self.trigger))

    def _env(self) -> None:
        if not self.pairs:
            raise DockerfileError("ENV requires at least one argument")
        for key, value in self.pairs:
            self.state.set_env[key] = value

    def _environment(self) -> dict[str, str]:
        """What a step's words are expanded with: the base's variables and the stage's own win over arguments."""
        state = self.state
        arguments = {key: value for key, value in state.args.items() if key in state.allowed}
        return {**arguments, **state.base_env, **state.set_env}

    def _resolve(self) -> None:
        instruction = self.instruction
        if instruction.keyword not in _EXPANDED:
            self.words = list(instruction.args)
            return
        env = self._environment()
        expander = self.builder.expander
        if instruction.keyword == "EXPOSE":
            self.words = [word for arg in instruction.args for word in expander.words(arg, env)]
        else:
            self.words = [expander.word(arg, env) for arg in instruction.args]
        self.pairs = [(expander.word(p.key, env), expander.word(p.value, env)) for p in instruction.pairs]

    # -- what goes into history ----------------------------------------------------------------------------------

    def _created_by(self) -> tuple[str, Checksum | None, str]:
        instruction = self.instruction
        keyword = instruction.keyword
        if keyword == "ARG":
            return "/bin/sh -c #(nop) ARG " + " ".join(self._declared()), None, ""
        if keyword == "RUN":
            arguments = " ".join(self._arguments())
            # The count is of what blanks part, not of the arguments.
            count = f"|{len(arguments.split(' '))} {arguments} " if arguments else ""
            return f"{count}/bin/sh -c {instruction.text[4:]}", None, ""
        if keyword in ("ADD", "COPY"):
            checksum = copied_kinds(self.words[:-1])
            return f"/bin/sh -c #(nop) {keyword} ", checksum, f" in {instruction.args[-1]} "
        return f"/bin/sh -c #(nop) {instruction.text}", None, ""

    def _declared(self) -> list[str]:
        return sorted(key for key in self.state.args if key in self.state.allowed)

    def _arguments(self) -> list[str]:
        # Only what the stage itself sets counts as a variable here.
        env = self.state.set_env
        shown = []
        for key, value in self.state.args.items():
            if key not in self.state.allowed:
                continue
            if key in env:
                shown.append(f"{key}={env[key]}")
            elif key not in PROXY_ARGS or key in self.state.in_file:
                shown.append(f"{key}={value}")
        return sorted(shown)

    # -- one method an instruction -------------------------------------------------------------------------------

    def _one(self) -> str:
        if len(self.words) != 1:
            raise DockerfileError(f"{self.instruction.keyword} requires exactly one argument")
        return self.words[0]

    def _some(self) -> list[str]:
        if not self.words:
            raise DockerfileError(f"{self.instruction.keyword} requires at least one argument")
        return self.words

    def _maintainer(self) -> None:
        self.state.config.author = self._one()

    def _label(self) -> None:
        if not self.pairs:
            raise DockerfileError("LABEL requires at least one argument")
        self.state.config.labels.update(self.pairs)

    def _arg(self) -> None:
        self.state.in_file.update(word for word in self.instruction.text.split() if word != "ARG")
        for word in self._some():
            key, equals, value = word.partition("=")
            default: str | None = value if equals else self.builder.builtin.get(key)
            if key == "TARGETPLATFORM" and equals:
                self._target_platform(value)
                default = self.state.args["TARGETPLATFORM"]
            self.state.allowed.add(key)
            if default is None and key in self.builder.heading:
                self.state.args[key] = self.builder.heading[key]
            if default is not None and key not in self.builder.build_args:
                self.state.args[key] = default

    def _target_platform(self, value: str) -> None:
        os, _, rest = value.partition("/")
        architecture, _, variant = rest.partition("/")
        self.state.allowed.update(_TARGET_ARGS)
        self.state.args |= {
            "TARGETPLATFORM": value,
            "TARGETOS": os,
            "TARGETARCH": architecture,
            "TARGETVARIANT": variant,
        }

    def _check_flags(self) -> None:
        known = _FLAGS.get(self.instruction.keyword, ())
        for flag in self.instruction.flags:
            flag = self.builder.expander.word(flag, self._environment())
            if not flag.startswith(known or ("\0",)):
                raise DockerfileError(f"{self.instruction.keyword} only supports the flags {', '.join(known)}")
            if flag == "--from=":
                raise DockerfileError("COPY --from=: no stage or image found with that name")
            if flag.startswith("--chmod=") and not is_unknown(flag) and not re.fullmatch("[0-7]{1,11}", flag[8:]):
                raise DockerfileError(f"Error parsing chmod {flag[8:]}")

    def _copy(self) -> None:
        if len(self._some()) < 2:
            raise DockerfileError(f"{self.instruction.keyword} requires at least one argument")
        self._check_flags()
        if self.instruction.keyword == "COPY" and any(re.match("https?://", word) for word in self.words[:-1]):
            raise DockerfileError("source can't be a URL for COPY")

    def _add(self) -> None:
        self._copy()

    def _run(self) -> None:
        if len(self.instruction.text) < 4:
            raise DockerfileError("RUN has no command")
        self._check_flags()

    def _shell_form(self) -> list[str]:
        words = [" ".join(self.words)] if self.words else []
        return ["/bin/sh", "-c", *words]

    def _cmd(self) -> None:
        self.state.config.cmd = self.words if self.instruction.json else self._shell_form()
        if self.words:
            self.state.cmd_set = True

    def _entrypoint(self) -> None:
        if self.instruction.json:
            self.state.config.entrypoint = self.words
        else:
            self.state.config.entrypoint = self._shell_form() if self.words else None
        if not self.state.cmd_set:
            self.state.config.cmd = None

    def _shell(self) -> None:
        if not self.instruction.json or not self.words:
            raise DockerfileError("SHELL requires the arguments to be in JSON form")
        self.state.config.shell = self.words

    def _healthcheck(self) -> None:
        self._some()
        self.state.config.healthcheck = check.healthcheck(self.instruction, BUILDAH)

    def _expose(self) -> None:
        known = {port.split("/")[0] for port in self.state.config.ports}
        for word in self._some():
            number, slash, rest = word.partition("/")
            if number not in known:
                self.state.config.ports[f"{number}/{rest.split('/')[0] if slash else 'tcp'}"] = None

    def _user(self) -> None:
        self.state.config.user = self._one()

    def _volume(self) -> None:
        for path in self._some():
            if not path.strip():
                raise DockerfileError("Volume specified can not be an empty string")
            self.state.config.volumes[path.strip()] = None

    def _stopsignal(self) -> None:
        signal = self._one()
        if not signals.valid(signal, BUILDAH.name) and not is_unknown(signal):
            raise DockerfileError(f"Invalid signal: {signal}")
        self.state.config.stop_signal = signal

    def _workdir(self) -> None:
        path = self._one()
        config = self.state.config
        config.workdir = path if path.startswith("/") else paths.join("/", config.workdir, path)

    def _onbuild(self) -> None:
        trigger = self._some()[0].strip().upper()
        if trigger in ("ONBUILD", "MAINTAINER", "FROM"):
            raise DockerfileError(f"{trigger} isn't allowed as an ONBUILD trigger")
        self.state.config.onbuild.append(onbuild_text(self.instruction))
