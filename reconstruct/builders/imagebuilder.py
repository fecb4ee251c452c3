"""imagebuilder, which buildah vendors: how it evaluates a Dockerfile's stages and the config.

Facts: openshift/imagebuilder `dispatchers.go`, `evaluator.go` and `builder.go`, as in buildah 1.28. buildah itself writes
the history (buildah.py). Nothing is checked before its step runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from reconstruct.builders import paths
from reconstruct.builders.base import LINUX_SHELL, Builder
from reconstruct.syntax import PROXY_ARGS
from reconstruct.typed import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from reconstruct.builders.build import Build, StageState, Writing
    from reconstruct.dockerfile.model import Stage

_EXPANDED = frozenset({"ENV", "LABEL", "ADD", "COPY", "WORKDIR", "EXPOSE", "VOLUME", "USER", "STOPSIGNAL", "ARG"})
_FLAGS = {
    "ADD": ("--chown=", "--chmod="),
    "COPY": ("--chown=", "--chmod=", "--from="),
    "RUN": ("--mount=",),
}
_TARGET_ARGS = ("TARGETOS", "TARGETARCH", "TARGETVARIANT")
_NO_TRIGGERS = ("ONBUILD", "MAINTAINER", "FROM")


class ImageBuilder(Builder):
    """A builder that executes instructions like imagebuilder."""

    checks_first: ClassVar[bool] = False
    exact_target: ClassVar[bool] = True
    fixed_sources: ClassVar[bool] = False

    def commit(self, step: Writing, words: Sequence[str]) -> None:
        """Adds the entry of an executed instruction; `words` are its arguments, expanded if imagebuilder does so."""
        raise NotImplementedError

    def write(self, step: Writing) -> None:
        """Changes the config, then commits. DockerfileError for an unknown keyword."""
        from reconstruct.dockerfile.errors import DockerfileError
        from reconstruct.dockerfile.parser import KEYWORDS

        keyword = step.instruction.keyword
        if keyword not in KEYWORDS or keyword == "FROM":
            raise DockerfileError(f"Build error: Unknown instruction: {keyword!r}")
        words = self._words(step)
        pairs = step.pairs() if keyword in ("ENV", "LABEL") else []
        getattr(self, f"_set_{keyword.lower()}")(step, pairs or words)
        self.commit(step, words)

    def _words(self, step: Writing) -> list[str]:
        keyword = step.instruction.keyword
        if keyword not in _EXPANDED:
            return step.args
        if keyword == "EXPOSE":
            return [word for arg in step.args for word in step.expand_words(arg)]
        return [step.expand(arg) for arg in step.args]

    # -- stages ------------------------------------------------------------------------------------------------------

    def global_args(self, build: Build) -> dict[str, str | None]:
        """Runs the ARGs before the first FROM like a stage's, and returns the values of those allowed."""
        from reconstruct.builders.build import StageState
        from reconstruct.builders.prediction import Config, History

        state = StageState(Config(), History())
        self._allow(build, state)
        for instruction in build.dockerfile.global_args:
            build.dispatch(state, instruction)
        return {key: value for key, value in state.args.items() if key in state.allowed}

    @staticmethod
    def _allow(build: Build, state: StageState) -> None:
        state.args = dict(build.build_args)
        state.allowed = set(PROXY_ARGS)

    @staticmethod
    def _platform_args(build: Build) -> dict[str, str]:
        os, _, rest = build.platform.partition("/")
        architecture, _, variant = rest.partition("/")
        parts = (("PLATFORM", build.platform), ("OS", os), ("ARCH", architecture), ("VARIANT", variant))
        return {f"{side}{name}": value for side in ("TARGET", "BUILD") for name, value in parts}

    def from_name(self, build: Build, stage: Stage) -> str:
        """FROM's name, expanded with global ARGs, platform arguments and the given values of declared ARGs."""
        lines = [step.text for step in build.dockerfile.instructions if step.keyword == "ARG"]
        declared = {text.split(" ", 1)[1] for text in lines if " " in text}
        given = {key: value for key, value in build.build_args.items() if key in declared}
        known = {key: value or "" for key, value in build.global_args.items()}
        return build.expander.word(stage.base, {**known, **self._platform_args(build), **given})

    def begin(self, build: Build, state: StageState, parent: StageState | None) -> None:
        """Remembers the base's environment; a known base without PATH gets the default one."""
        from reconstruct.builders.prediction import DEFAULT_PATH

        state.base_env = state.config.environment()
        if state.base_known and "PATH" not in state.base_env:
            state.set_env["PATH"] = DEFAULT_PATH
        self._allow(build, state)

    def run_triggers(self, build: Build, state: StageState, triggers: Sequence[str], line: int) -> None:
        """Parses the triggers as one text. DockerfileError for ONBUILD, MAINTAINER or FROM in it."""
        from reconstruct.dockerfile.errors import DockerfileError
        from reconstruct.dockerfile.parser import parse_trigger

        for instruction in parse_trigger("\n".join(triggers), build.dialect, line):
            if instruction.keyword in _NO_TRIGGERS:
                raise DockerfileError(f"{instruction.keyword} isn't allowed as an ONBUILD trigger", line)
            build.dispatch(state, instruction, trigger=True)

    def end(self, build: Build, state: StageState) -> None:
        """Puts the stage's own variables after the base's; an empty stage on scratch gets an entry `/bin/sh`."""
        from reconstruct.builders.prediction import Entry
        from reconstruct.dockerfile.stages import SCRATCH

        # The commit writes the stage's variables after the rest.
        state.config.put_last(state.set_env)
        if state.base == SCRATCH and not state.history.entries:
            # Even an empty stage is committed.
            state.history.add(Entry("/bin/sh", None, False))

    def variables(self, build: Build, state: StageState) -> Mapping[str, str]:
        """The base's variables and the stage's own win over arguments."""
        arguments = {key: value or "" for key, value in state.args.items() if key in state.allowed}
        return {**arguments, **state.base_env, **state.set_env}

    # -- each instruction's effect on the config ---------------------------------------------------------------------

    @staticmethod
    def _one(step: Writing, words: Sequence[str]) -> str:
        from reconstruct.dockerfile.errors import DockerfileError

        if len(words) != 1:
            raise DockerfileError(f"{step.instruction.keyword} requires exactly one argument")
        return words[0]

    @staticmethod
    def _some(step: Writing, words: Sequence[Any]) -> None:
        from reconstruct.dockerfile.errors import DockerfileError

        if not words:
            raise DockerfileError(f"{step.instruction.keyword} requires at least one argument")

    def _set_env(self, step: Writing, pairs: Sequence[tuple[str, str]]) -> None:
        self._some(step, pairs)
        step.state.set_env.update(pairs)

    def _set_label(self, step: Writing, pairs: Sequence[tuple[str, str]]) -> None:
        self._some(step, pairs)
        step.config.labels.update(pairs)

    def _set_maintainer(self, step: Writing, words: Sequence[str]) -> None:
        step.config.author = self._one(step, words)

    def _set_arg(self, step: Writing, words: Sequence[str]) -> None:
        build, state = step.build, step.state
        state.named.update(word for word in step.instruction.text.split() if word != "ARG")
        self._some(step, words)
        builtin = self._platform_args(build)
        for word in words:
            key, equals, value = word.partition("=")
            default: str | None = value if equals else builtin.get(key)
            if key == "TARGETPLATFORM" and equals:
                self._set_target(state, value)
            state.allowed.add(key)
            if default is None and key in build.global_args:
                state.args[key] = build.global_args[key]
            if default is not None and key not in build.build_args:
                state.args[key] = default

    @staticmethod
    def _set_target(state: StageState, value: str) -> None:
        os, _, rest = value.partition("/")
        architecture, _, variant = rest.partition("/")
        state.allowed.update(_TARGET_ARGS)
        state.args |= dict(zip(("TARGETPLATFORM", *_TARGET_ARGS), (value, os, architecture, variant), strict=True))

    @staticmethod
    def _check_flags(step: Writing) -> None:
        from reconstruct.dockerfile.errors import DockerfileError
        from reconstruct.dockerfile.unknown import is_unknown

        keyword = step.instruction.keyword
        known = _FLAGS.get(keyword, ())
        for flag in map(step.expand, step.instruction.flags):
            if not flag.startswith(known or ("\0",)):
                raise DockerfileError(f"{keyword} only supports the flags {', '.join(known)}")
            if flag == "--from=":
                raise DockerfileError("COPY --from=: no stage or image found with that name")
            if flag.startswith("--chmod=") and not is_unknown(flag) and not re.fullmatch("[0-7]{1,11}", flag[8:]):
                raise DockerfileError(f"Error parsing chmod {flag[8:]}")

    def _set_copy(self, step: Writing, words: Sequence[str]) -> None:
        from reconstruct.dockerfile.errors import DockerfileError

        if len(words) < 2:
            raise DockerfileError(f"{step.instruction.keyword} requires at least one argument")
        self._check_flags(step)
        if step.instruction.keyword == "COPY" and any(re.match("https?://", word) for word in words[:-1]):
            raise DockerfileError("source can't be a URL for COPY")

    def _set_add(self, step: Writing, words: Sequence[str]) -> None:
        self._set_copy(step, words)

    def _set_run(self, step: Writing, words: Sequence[str]) -> None:
        from reconstruct.dockerfile.errors import DockerfileError

        if len(step.instruction.text) < 4:
            raise DockerfileError("RUN has no command")
        self._check_flags(step)

    @staticmethod
    def _in_shell(step: Writing, words: Sequence[str]) -> list[str]:
        # Whatever SHELL says.
        return list(words) if step.instruction.json else [*LINUX_SHELL, *([" ".join(words)] if words else [])]

    def _set_cmd(self, step: Writing, words: Sequence[str]) -> None:
        step.config.cmd = self._in_shell(step, words)
        step.state.cmd_set = step.state.cmd_set or bool(words)

    def _set_entrypoint(self, step: Writing, words: Sequence[str]) -> None:
        step.config.entrypoint = self._in_shell(step, words) if words or step.instruction.json else None
        if not step.state.cmd_set:
            step.config.cmd = None

    def _set_shell(self, step: Writing, words: Sequence[str]) -> None:
        from reconstruct.dockerfile.errors import DockerfileError

        if not step.instruction.json or not words:
            raise DockerfileError("SHELL requires the arguments to be in JSON form")
        step.config.shell = list(words)

    def _set_healthcheck(self, step: Writing, words: Sequence[str]) -> None:
        from reconstruct.dockerfile import check

        self._some(step, words)
        step.config.healthcheck = check.healthcheck(step.instruction, step.build.dialect)

    def _set_expose(self, step: Writing, words: Sequence[str]) -> None:
        self._some(step, words)
        known = {port.split("/")[0] for port in step.config.ports}
        for word in words:
            number, slash, rest = word.partition("/")
            if number not in known:
                step.config.ports[f"{number}/{rest.split('/')[0] if slash else 'tcp'}"] = None

    def _set_user(self, step: Writing, words: Sequence[str]) -> None:
        step.config.user = self._one(step, words)

    def _set_volume(self, step: Writing, words: Sequence[str]) -> None:
        from reconstruct.dockerfile.errors import DockerfileError

        self._some(step, words)
        for path in words:
            if not path.strip():
                raise DockerfileError("Volume specified can not be an empty string")
            step.config.volumes[path.strip()] = None

    def _set_stopsignal(self, step: Writing, words: Sequence[str]) -> None:
        step.config.stop_signal = step.signal(self._one(step, words))

    def _set_workdir(self, step: Writing, words: Sequence[str]) -> None:
        path = self._one(step, words)
        step.config.workdir = path if path.startswith("/") else paths.join("/", step.config.workdir, path)

    def _set_onbuild(self, step: Writing, words: Sequence[str]) -> None:
        from reconstruct.dockerfile.errors import DockerfileError
        from reconstruct.dockerfile.parser import onbuild_text

        self._some(step, words)
        trigger = words[0].strip().upper()
        if trigger in _NO_TRIGGERS:
            raise DockerfileError(f"{trigger} isn't allowed as an ONBUILD trigger")
        step.config.onbuild.append(onbuild_text(step.instruction))
