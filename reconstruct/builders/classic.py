"""Docker's classic builder, from 2013 to 20.10: `<shell> #(nop)  CMD …`, `|N A=1 <shell> <text>`.

Facts: moby 20.10.24 `builder/dockerfile`; the older forms from moby 0.7 to 1.12 (`buildfile.go`, `builder/dispatchers.go`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconstruct import golang, pattern
from reconstruct.builders import build_args, copying, paths
from reconstruct.builders.base import KEYWORDS, release
from reconstruct.builders.makers import is_commit
from reconstruct.builders.printing import ARGUMENTS_END, Printing, quoted_health
from reconstruct.builders.programs import is_command
from reconstruct.builders.state import Reading, State
from reconstruct.syntax import PROXY_ARGS, Dialect
from reconstruct.typed import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from reconstruct.builders.build import Build, StageState, Writing
    from reconstruct.builders.prediction import Checksum, Entry
    from reconstruct.dockerfile.model import Stage
    from reconstruct.image import HistoryEntry, Image

# Docker 1.8 to 1.11 on Windows: `cmd /S /C REM (nop) CMD …`.
_NO_OPERATION = r"(?:#|REM )\(nop\)"
_MARK = pattern.compile(rf"{_NO_OPERATION} ( *)([A-Za-z]+)")
_SHELL_LIKE = pattern.compile(r"(?i)\S*?(?:sh|cmd|powershell|python[\d.]*|perl|node)(?:\.exe)?(?=\s|$)")
_NOP = pattern.compile(rf"(?P<shell>[\s\S]*?) ?{_NO_OPERATION}  *(?P<keyword>[A-Za-z]+)(?: (?P<body>[\s\S]*))?")
# Before these keywords the mark has one blank; before the others two, and one up to Docker 1.10.
ONE_BLANK = frozenset({"COPY", "ADD", "WORKDIR"})
_SHELLS = ("/bin/sh -c ", "cmd /S /C ", "powershell ", "/bin/bash ")
# More than any real history declares; a limit for artificial ones.
_MOST_ARGUMENTS = 512


class Classic(Printing):
    """The classic builder."""

    name: ClassVar[str] = "classic"
    language: ClassVar[str] = "classic"
    dialect: ClassVar[Dialect] = Dialect.CLASSIC
    title: ClassVar[str] = "classic builder"
    own_ports: ClassVar[bool] = True
    full_title: ClassVar[str] = "Docker's classic builder"
    args_from_outside: ClassVar[bool] = True
    builds_all_stages: ClassVar[bool] = True
    exact_names: ClassVar[bool] = False

    # -- recognition -----------------------------------------------------------------------------------------------

    def wrote(self, entry: HistoryEntry, signed: bool) -> bool:
        """By two blanks after the mark, or by a shell set with SHELL before it (buildah always writes /bin/sh).

        One blank is buildah's, or Docker's before 1.11; an image that buildah didn't sign is taken for Docker's.
        """
        match = _MARK.search(entry.created_by) if "(nop)" in entry.created_by else None
        if match is None:
            return False
        if match.group(1) or not entry.created_by.startswith("/bin/sh -c #(nop)"):
            return True
        return match.group(2).upper() not in ONE_BLANK and not signed

    def version(self, image: Image) -> str | None:
        """The config's `docker_version`; None if it is empty."""
        return image.docker_version or None

    def describe(self, image: Image) -> str:
        """The title, with the Docker version if the config has it."""
        return f"{self.title} (Docker {image.docker_version})" if image.docker_version else self.title

    def matches(self, entry: Entry, created_by: str, version: str | None) -> bool:
        """From 17.07 on, only today's text; before that or without a version, any version's."""
        # The texts haven't changed since 17.06.
        return entry.matches(created_by, versions=release(version) < (17, 7))

    # -- the wrapper -------------------------------------------------------------------------------------------------

    def settle(self, step: Writing, text: str, also: Sequence[str] = ()) -> None:
        """Two blanks after the mark, one up to Docker 1.11; `also` are the texts of older Docker versions."""
        fronts = [" ".join([*step.state.shell, mark]) for mark in ("#(nop)  ", "#(nop) ")]
        texts = [front + shown for shown in (text, *also) for front in fronts]
        self._add(step, texts[0], empty=True, also=texts[1:])

    @staticmethod
    def _add(
        step: Writing,
        text: str,
        *,
        empty: bool | None,
        checksum: Checksum | None = None,
        after: str = "",
        also: Sequence[str] = (),
    ) -> None:
        # On Windows every instruction makes a layer.
        empty = False if step.state.windows else empty
        step.add(text, empty=empty, comment="", checksum=checksum, after=after, also=also)

    def prepare(self, entry: HistoryEntry, state: State) -> None:
        """Notes build arguments, and whether an entry is certainly Docker's."""
        super().prepare(entry, state)
        state.by_docker = state.by_docker or self.wrote(entry, False) or entry.created_by.startswith(_SHELLS)

    def read(self, entry: HistoryEntry, state: State) -> Reading | None:
        """`<shell> #(nop) <KEYWORD> <values>`, else a RUN; None for a `docker commit` and for text that no build ran."""
        text = entry.created_by
        if self.is_setting(text, state):
            return self._read_nop(text, state)
        return None if is_commit(entry) or not self._is_run(text, state) else self.read_run(text, state)

    @staticmethod
    def _is_run(text: str, state: State) -> bool:
        """Whether an entry without the mark was run in a build: after arguments or a shell, or as the unmarked words of an exec
        form. The latter must begin with a program, on an image that Docker built."""
        if text.startswith(("|", *_SHELLS)) or any(text.startswith(f"{shell} ") for shell in state.shell_texts()):
            return True
        return state.by_docker and state.index > 0 and is_command(text)

    def is_setting(self, created_by: str, state: State) -> bool:
        """Whether the entry is an instruction after a shell and `#(nop)`, not a RUN whose text contains `#(nop)`."""
        match = _NOP.fullmatch(created_by) if "(nop) " in created_by else None
        if match is None:
            return False
        shell = match["shell"]
        if shell in state.shell_texts() or (match["keyword"] == "SHELL" and match["body"] == f"[{shell}]"):
            return True
        if match["keyword"].upper() not in KEYWORDS:
            return False
        return not created_by.startswith((state.shell_text + " ", "|")) and bool(_SHELL_LIKE.match(shell) or not shell)

    def _read_nop(self, created_by: str, state: State) -> Reading | None:
        match = _NOP.fullmatch(created_by)
        if match is None:
            return None
        keyword, body = match["keyword"].upper(), match["body"] or ""
        if match["shell"] and match["shell"] != state.shell_text and keyword != "SHELL":
            # A base without history set this shell.
            state.shell = state.shell_words(match["shell"])[0]
        if keyword in ("COPY", "ADD"):
            return copying.read_placed(keyword, body) or copying.read_names(keyword, body.rstrip(" "), state)
        return self.read_body(keyword, body, state)

    # -- RUN: `|N A=1 B=2 <shell> <text>`, arguments sorted, without those that ENV overrides -----------------------

    def write_run(self, step: Writing) -> None:
        """`<shell> <text>` after sorted `|N` build arguments. DockerfileError for flags."""
        from reconstruct.dockerfile.errors import DockerfileError

        if step.instruction.flags:
            raise DockerfileError(f"the {step.instruction.flags[0].split('=')[0]} option requires BuildKit")
        env = step.config.environment()
        given = {k: v for k, v in self.values(step.build, step.state.args).items() if k not in env}
        words = step.args if step.instruction.json else [*step.state.shell, *step.args]
        if given:
            shown = sorted(f"{k}={v}" for k, v in given.items() if k in step.state.args or k not in PROXY_ARGS)
            words = [f"|{len(shown)}", *shown, *words]
        self._add(step, " ".join(words), empty=None)

    def read_run(self, created_by: str, state: State) -> Reading:
        """An entry without `#(nop)`: RUN, with its words joined by blanks."""
        prefix = self._arguments(created_by, state)
        if prefix is None:
            return self.read_command(created_by, None, state, ())
        return self.read_command(prefix.rest, prefix.pairs, state, () if prefix.sure else (ARGUMENTS_END,))

    def _arguments(self, created_by: str, state: State) -> build_args.Prefix | None:
        if build_args.count(created_by) is None:
            return None
        declared = state.declared[-_MOST_ARGUMENTS:]
        expected = {pair.key: pair.value for pair in declared if pair.value is not None}
        names = sorted({pair.key for pair in declared} - state.env.keys())
        return build_args.read_counted(
            created_by,
            candidates=(sorted(expected.keys() - state.env.keys()), names),
            declared={pair.key for pair in declared},
            expected=expected,
            shells=state.shell_texts(),
        )

    # -- ARG: the Dockerfile's own defaults, expanded ----------------------------------------------------------------

    def global_args(self, build: Build) -> dict[str, str | None]:
        """The ARGs before the first FROM, name and default expanded; None for one without a default."""
        from reconstruct.dockerfile.errors import DockerfileError

        values: dict[str, str | None] = {}
        build.global_args = values
        for instruction in build.dockerfile.global_args:
            known = self.values(build, values)
            try:
                words = [word.partition("=") for word in instruction.args]
                pairs = [
                    (build.expander.word(key, known), build.expander.word(text, known) if equals else None)
                    for key, equals, text in words
                ]
            except DockerfileError as error:
                raise error.at(instruction.start) from None
            values.update(pairs)
        return values

    @staticmethod
    def values(build: Build, declared: Mapping[str, str | None]) -> dict[str, str]:
        """The values of the declared arguments and the proxy arguments: given, default or global."""
        values = {}
        for key in [*declared, *PROXY_ARGS]:
            value = build.build_args.get(key) if key in declared or key in build.build_args else None
            if value is None:
                value = declared.get(key)
            if value is None:
                value = build.global_args.get(key)
            if value is not None:
                values[key] = value
        return values

    def write_arg(self, step: Writing) -> None:
        """`ARG name=default` with the Dockerfile's own default, expanded; a given value isn't shown."""
        shown = []
        for word in step.args:
            key, equals, text = word.partition("=")
            key = step.expand(key)
            value = step.expand(text) if equals else None
            step.state.args[key] = value
            shown.append(key if value is None else f"{key}={value}")
        self.settle(step, "ARG " + " ".join(shown))

    # -- stages ------------------------------------------------------------------------------------------------------

    def check_stages(self, stages: Sequence[Stage]) -> None:
        """DockerfileError for duplicate stage names."""
        from reconstruct.dockerfile.errors import DockerfileError

        seen: set[str] = set()
        for stage in stages:
            if stage.name and stage.name in seen:
                raise DockerfileError(f"{stage.name} stage name already used")
            seen.add(stage.name)

    def from_name(self, build: Build, stage: Stage) -> str:
        """FROM's name, expanded with the global ARGs. DockerfileError for an invalid --platform."""
        from reconstruct.dockerfile.stages import check_platform

        known = self.values(build, build.global_args)
        check_platform(build.expander.word(stage.platform, known), stage.platform)
        return build.expander.word(stage.base, known)

    def begin(self, build: Build, state: StageState, parent: StageState | None) -> None:
        """Sets PATH and drops the base's author."""
        build.set_path(state)
        # The author belongs to the image that MAINTAINER is in, not to those built on it.
        state.config.author = ""

    def variables(self, build: Build, state: StageState) -> Mapping[str, str]:
        """ARGs' values, overridden by the config's environment."""
        return {**self.values(build, state.args), **state.config.environment()}

    # -- settings ----------------------------------------------------------------------------------------------------

    def set_variable(self, step: Writing, key: str, value: str) -> None:
        """Sets the variable in the config. DockerfileError for an empty name."""
        from reconstruct.dockerfile.errors import DockerfileError

        if not key:
            raise DockerfileError(f"invalid environment variable: ={value}")
        super().set_variable(step, key, value)

    def in_shell(self, step: Writing) -> list[str]:
        """An exec form's words, else the shell's and the command; nothing for an ENTRYPOINT without words."""
        alone = step.instruction.keyword == "ENTRYPOINT" and not step.args
        return step.args if step.instruction.json or alone else [*step.state.shell, *step.args]

    def older_lists(self, words: Sequence[str]) -> list[str]:
        """Docker up to 1.5 had no quotes, 1.8 and 1.9 printed ENTRYPOINT's struct."""
        return [golang.show_list(words), f"&{{{golang.quote_list(words)}}}"]

    def older_word(self, keyword: str, value: str) -> list[str]:
        """Docker up to 17.06 printed the argument list."""
        return [f"{keyword} [{value}]"]

    def write_cmd(self, step: Writing) -> None:
        """CMD as printed; one without words doesn't count as set when an ENTRYPOINT follows."""
        already = step.state.cmd_set
        super().write_cmd(step)
        step.state.cmd_set = already or bool(step.args)

    def write_entrypoint(self, step: Writing) -> None:
        """ENTRYPOINT as printed; the config's `ArgsEscaped` is removed."""
        step.config.args_escaped = False
        super().write_entrypoint(step)

    def write_healthcheck(self, step: Writing) -> None:
        """`HEALTHCHECK` and the check, quoted; fields that it doesn't set stay as they were in the config."""
        from reconstruct.dockerfile import check

        health = check.healthcheck(step.instruction, step.build.dialect)
        # Creating the step's container fills unset fields from the check in force before (daemon/commit.go, merge).
        step.config.healthcheck = {**(step.config.healthcheck or {}), **health}
        self.settle(step, f"HEALTHCHECK {quoted_health(health)}", [f"HEALTHCHECK {quoted_health(health, old=True)}"])

    def write_expose(self, step: Writing) -> None:
        """`EXPOSE` and the words as written, sorted and expanded; up to 17.06 the parsed ports."""
        from reconstruct.dockerfile.ports import parse_ports

        words = [word for port in sorted(step.args) for word in step.expand_words(port)]
        ports = parse_ports(words)
        step.config.ports.update(dict.fromkeys(ports))
        # Docker up to 17.06 wrote the parsed ports, up to 1.4 as a set.
        older = [" ".join(sorted(set(ports))), golang.show_set(ports)]
        self.settle(step, "EXPOSE " + " ".join(words), [f"EXPOSE {text}" for text in older])

    def write_stopsignal(self, step: Writing) -> None:
        """STOPSIGNAL as printed. DockerfileError on Windows."""
        from reconstruct.dockerfile.errors import DockerfileError

        if step.state.windows:
            raise DockerfileError("The daemon on this platform does not support the command stopsignal")
        super().write_stopsignal(step)

    # -- WORKDIR, COPY, ADD: one blank after the mark ----------------------------------------------------------------

    def write_workdir(self, step: Writing) -> None:
        """`<shell> #(nop) WORKDIR <absolute path>`, one blank. DockerfileError for an empty path."""
        from reconstruct.dockerfile.errors import DockerfileError

        path = step.expand(step.args[0])
        if not path:
            raise DockerfileError("cannot normalize nothing")
        config = step.config
        if step.state.windows:
            config.workdir = paths.windows_workdir(config.workdir, path)
        else:
            config.workdir = path if path.startswith("/") else paths.join("/", config.workdir, path)
        # Docker 1.12 wrote two blanks, as for other settings; the oldest versions wrote the path as given.
        front = " ".join([*step.state.shell, "#(nop)"])
        also = [f"{front}  WORKDIR {config.workdir}", f"{front} WORKDIR {path}"]
        self._add(step, f"{front} WORKDIR {config.workdir}", empty=None, also=also)

    def write_files(self, step: Writing) -> None:
        """`<shell> #(nop) COPY file:<checksum> in <destination> `. DockerfileError for --chmod or a URL in COPY."""
        from reconstruct.dockerfile import check
        from reconstruct.dockerfile.errors import DockerfileError
        from reconstruct.dockerfile.stages import check_reference, source_stage

        keyword = step.instruction.keyword
        if step.flag("chmod"):
            raise DockerfileError("the --chmod option requires BuildKit")
        origin = check.flags(step.instruction, step.build.dialect).get("from")
        if origin and source_stage(origin[0], step.build.links) is None:
            check_reference(origin[0])
        *sources, destination = (step.expand(word) for word in step.args)
        separator = "\\" if step.state.windows else "/"
        if step.state.windows:
            destination = destination.replace("/", "\\")
        if len(sources) > 1 and not destination.endswith(separator):
            raise DockerfileError(
                f"When using {keyword} with more than one source file, the destination must be a directory and end "
                "with a /"
            )
        if keyword == "COPY" and any(source.startswith(("http://", "https://")) for source in sources):
            raise DockerfileError("source can't be a URL for COPY")
        chown = step.expand(step.flag("chown"))
        text = f"#(nop) {keyword} " + (f"--chown={chown}" if chown else "")
        self._add(
            step,
            " ".join([*step.state.shell, text]),
            empty=None,
            checksum=copying.copied_kinds(sources),
            after=f" in {destination} ",
            # Docker up to 1.11.
            also=[f" in {destination}"],
        )


BUILDER = Classic()
