"""BuildKit from 0.9 to its current head: bare instructions, `RUN <shell> <text> # buildkit`.

Facts: moby/buildkit `frontend/dockerfile/dockerfile2llb/convert.go`. buildkit_0_8.py has the differences of Docker 20.10's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from reconstruct import golang, pattern
from reconstruct.builders import build_args, copying, paths
from reconstruct.builders.base import KEYWORDS
from reconstruct.builders.heredocs import opened_documents
from reconstruct.builders.printing import ARGUMENTS_END, Printing, plain_health, quoted_health
from reconstruct.builders.state import Reading, State
from reconstruct.entries import BUILDKIT_MARK as MARK
from reconstruct.entries import commented_by_buildkit, marked_by_buildkit
from reconstruct.syntax import Dialect, Heredoc, Run, ShellForm
from reconstruct.typed import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from reconstruct.builders.build import Build, StageState, Writing
    from reconstruct.builders.prediction import Entry
    from reconstruct.dockerfile.model import Instruction, Stage
    from reconstruct.image import HistoryEntry, Image

COMMENT = "buildkit.dockerfile.v0"
_BARE_MARK = MARK.lstrip()

# Limits on attempts for histories that declare implausibly much.
_MOST_ARGUMENTS = 512
_MOST_CANDIDATES = 4

_PIPE = pattern.compile(r"/dev/pipes/(\S+)")
_NEW_VALUES = pattern.compile(r"EXPOSE \[|HEALTHCHECK \{|(?:COPY|ADD) --(?:chown|chmod|parents)\b")
_NOT_ENVIRONMENT = frozenset({"BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"})
_URL = pattern.compile(r"https?://")
_GIT = pattern.compile(r"(?:git://|ssh://|git@|https?://[^#?]*\.git(?:[#?]|\Z))")
_REMOTE = ("http://", "https://", "git://", "ssh://", "git@")
_SYMBOLIC = r"[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]))+"
_SYMBOLIC_MODE = pattern.compile(rf"{_SYMBOLIC}(?:,{_SYMBOLIC})*\Z")


class BuildKit(Printing):
    """BuildKit since 0.9."""

    name: ClassVar[str] = "buildkit"
    language: ClassVar[str] = "buildkit"
    dialect: ClassVar[Dialect] = Dialect.BUILDKIT
    title: ClassVar[str] = "BuildKit"
    full_title: ClassVar[str] = "BuildKit"
    keeps_onbuild: ClassVar[bool] = False
    cached_times: ClassVar[bool] = True
    records_by_version: ClassVar[bool] = True
    shows_all_args: ClassVar[bool] = True
    repeats_args: ClassVar[bool] = True
    args_from_outside: ClassVar[bool] = True
    escapes_args: ClassVar[bool] = True
    inherits_args: ClassVar[bool] = True

    # -- recognition -----------------------------------------------------------------------------------------------

    def wrote(self, entry: HistoryEntry, signed: bool) -> bool:
        """By its comment, by the mark after RUN, COPY and ADD, or by a bare instruction."""
        return commented_by_buildkit(entry) or marked_by_buildkit(entry) or _bare_instruction(entry.created_by)

    @staticmethod
    def marked(entry: HistoryEntry) -> bool:
        """Whether the entry has BuildKit's comment."""
        return commented_by_buildkit(entry)

    @staticmethod
    def ends_in_mark(entry: HistoryEntry) -> bool:
        """Whether the entry ends like BuildKit's RUN, COPY and ADD."""
        return marked_by_buildkit(entry)

    def version(self, image: Image) -> str | None:
        """`0.12` for any before 0.13, `0.13` for that and later; None if unknown.

        The version that started to write COPY's flags into history stopped writing an empty OnBuild into the config
        (checked in the saved config). EXPOSE's list is from 0.24 and later, HEALTHCHECK's fields from 0.30.
        """
        if any(_NEW_VALUES.match(entry.created_by) for entry in image.history if self.marked(entry)):
            return "0.13"
        saved = image.raw_config.get("config")
        if not isinstance(saved, Mapping) or not saved or saved.get("OnBuild"):
            return None
        return "0.12" if "OnBuild" in saved else "0.13"

    # -- for verify ------------------------------------------------------------------------------------------

    def matches(self, entry: Entry, created_by: str, version: str | None) -> bool:
        """Before 0.13, only ARG's older text counts; from 0.13 on, COPY and ADD must show their flags."""
        keyword = entry.instruction.keyword if entry.instruction else ""
        if version == "0.12" and keyword == "ARG" and entry.also and created_by == entry.created_by:
            # It shows the Dockerfile's text, never the value.
            return False
        # A version that shows COPY's flags shows them all.
        return entry.matches(created_by, versions=version != "0.13" or keyword not in ("ADD", "COPY"))

    def hides(self, entry: Entry, created_by: str, version: str | None) -> bool:
        """Flags of COPY and ADD that only versions before 0.13 omit, if the version is unknown."""
        keyword = entry.instruction.keyword if entry.instruction else ""
        return version is None and keyword in ("ADD", "COPY") and created_by != entry.created_by

    def shows_default(self, entry: Entry, created_by: str) -> bool:
        """True if the entry has ARG's older text, the Dockerfile's default."""
        return created_by != entry.created_by and created_by in entry.also

    def defaults_alone(self, image: Image) -> bool:
        """True before 0.13, if the image shows it."""
        return self.version(image) == "0.12"

    def platform_values(self, platform: str) -> dict[str, str]:
        """TARGETOS and TARGETARCH of a platform such as `linux/amd64`."""
        return dict(zip(("TARGETOS", "TARGETARCH"), platform.split("/"), strict=False))

    # -- the wrapper -------------------------------------------------------------------------------------------------

    def settle(self, step: Writing, text: str, also: Sequence[str] = ()) -> None:
        """Adds `<KEYWORD> <values>`, bare and without a layer."""
        self.add(step, text, empty=True, also=also)

    def add(self, step: Writing, text: str, *, empty: bool, also: Sequence[str] = ()) -> None:
        """Adds an entry; `also` are the texts of older versions."""
        step.add(text, empty=empty, comment=COMMENT, also=also)

    def read(self, entry: HistoryEntry, state: State) -> Reading | None:
        """`<KEYWORD> <values>`; `# buildkit` after RUN, COPY and ADD is dropped. None for other texts."""
        keyword, _, body = entry.created_by.partition(" ")
        if keyword not in KEYWORDS:
            return None
        if keyword in ("RUN", "COPY", "ADD"):
            body = "" if body == _BARE_MARK else body.removesuffix(MARK)
        if keyword == "RUN":
            return self.read_run(body, state)
        if keyword in ("COPY", "ADD"):
            return copying.read_names(keyword, body, state)
        return self.read_body(keyword, body, state)

    # -- RUN: `RUN |N A=1 <shell> <text> # buildkit`, arguments in the order of their ARGs --------------------------

    def in_shell(self, step: Writing) -> list[str]:
        """An exec form's words, else the shell's and the command as one word."""
        return step.args if step.instruction.json else [*step.state.shell, " ".join(step.args)]

    def write_run(self, step: Writing) -> None:
        """`RUN <shell> <text> # buildkit`, after the build arguments. DockerfileError for an impossible mount."""
        if step.instruction.flags:
            from reconstruct.dockerfile import check

            # If the base is unknown, so is the directory.
            folder = step.config.workdir or ("/" if step.state.base_known else "/?")
            check.check_mounts(step.instruction, step.build.dialect, folder, step.expand)
        words = step.args
        if step.instruction.json and not words:
            from reconstruct.dockerfile.errors import DockerfileError

            raise DockerfileError("RUN: arguments are required")
        if step.instruction.heredocs:
            words = [_script(step.instruction, words[0], step.state.windows)]
        if not step.instruction.json:
            words = [*step.state.shell, " ".join(words)]
        texts = ["RUN " + " ".join([*arguments, *words]) + MARK for arguments in self.shown_arguments(step.state)]
        self.add(step, texts[0], empty=False, also=texts[1:])

    def shown_arguments(self, state: StageState) -> list[list[str]]:
        """The `|N` list as the current version shows it, and as earlier ones did: without a stage's inherited arguments, and
        with a name as often as it was declared."""
        if not state.declared:
            return [[]]
        own = state.declared[state.inherited :]
        return [
            _listed(state.declared, state.env, once=True),
            _listed(own, state.env),
            _listed(own, state.env, once=True),
        ]

    def read_run(self, body: str, state: State) -> Reading:
        """RUN, with its build arguments and, if the text has newlines, its here-document."""
        pairs = None
        inferred: tuple[str, ...] = ()
        prefix = _arguments(body, state) if body.startswith("|") else None
        if prefix is not None:
            pairs, body = prefix.pairs, prefix.rest
            inferred = () if prefix.sure else (ARGUMENTS_END,)
        reading = self.read_command(body, pairs, state, inferred)
        run = reading.instruction
        if not isinstance(run, Run) or not isinstance(run.command, ShellForm):
            return reading
        text = run.command.text
        if pipe := _PIPE.fullmatch(text):
            return Reading(
                Run(command=ShellForm(""), build_args=pairs, heredoc=Heredoc(name=pipe.group(1))),
                inferred=inferred,
                lost=("the here-document's script: the builder only records its name",),
            )
        if "\n" in text and not opened_documents(text.partition("\n")[0]):
            # Text with newlines is a here-document: the script itself, or after a command line that opens one.
            heredoc = Heredoc(name="EOF", content=text)
            return Reading(Run(command=ShellForm(text), build_args=pairs, heredoc=heredoc), inferred=reading.inferred)
        return reading

    # -- ARG: the value in force (before 0.14 the Dockerfile's own default) -------------------------------------------

    def global_args(self, build: Build) -> dict[str, str | None]:
        """The platform arguments, then the ARGs before the first FROM; a given build argument wins."""
        values: dict[str, str | None] = dict(self.platform_args(build))
        values.update({key: build.build_args[key] for key in values if key in build.build_args})
        for instruction in build.dockerfile.global_args:
            for word in instruction.args:
                self.global_arg(build, word, values, instruction)
        return values

    def platform_args(self, build: Build) -> dict[str, str]:
        """The ARGs that BuildKit declares itself; the build platform is assumed to be the target's."""
        os, _, rest = build.platform.partition("/")
        architecture, _, variant = rest.partition("/")
        values = {}
        for side in ("BUILD", "TARGET"):
            values[f"{side}PLATFORM"] = build.platform
            values[f"{side}OS"] = os
            values[f"{side}OSVERSION"] = ""
            values[f"{side}ARCH"] = architecture
            values[f"{side}VARIANT"] = variant
        values["TARGETSTAGE"] = build.target or build.dockerfile.stages[-1].name or "default"
        return values

    def global_arg(self, build: Build, word: str, values: dict[str, str | None], instruction: Instruction) -> None:
        """Declares an ARG before the first FROM."""
        from reconstruct.dockerfile.errors import DockerfileError

        key, equals, text = word.partition("=")
        if key in build.build_args:
            values[key] = build.build_args[key]
        elif equals:
            try:
                values[key] = build.expander.word(text, {name: known or "" for name, known in values.items()})
            except DockerfileError as error:
                raise error.at(instruction.start) from None

    def write_arg(self, step: Writing) -> None:
        """`ARG name=value` with the value in force; versions before 0.14 show the Dockerfile's default."""
        shown, old = [], []
        for word in step.args:
            key, equals, text = word.partition("=")
            default = text if equals else None
            old.append(key if default is None else f"{key}={step.expand(default)}")
            shown.append(self._declare(step, key, default))
        self.settle(step, "ARG " + " ".join(shown), also=["ARG " + " ".join(old)])

    def _declare(self, step: Writing, key: str, default: str | None) -> str:
        from reconstruct.dockerfile.unknown import is_unknown, optional

        given = step.build.build_args.get(key)
        value = given
        if given is None and default is not None:
            value = step.expand(default)
        elif given is None:
            value = step.build.global_args.get(key)
        if value is not None and key not in _NOT_ENVIRONMENT:
            step.state.env[key] = value
        step.state.declared.append((key, value))
        if value is None:
            return key
        return key + optional(value) if given is not None and is_unknown(given) else f"{key}={value}"

    # -- stages ------------------------------------------------------------------------------------------------------

    def from_name(self, build: Build, stage: Stage) -> str:
        """FROM's name, expanded with the global ARGs. DockerfileError for an invalid --platform."""
        from reconstruct.dockerfile.stages import check_platform

        known = {name: value or "" for name, value in build.global_args.items()}
        check_platform(build.expander.word(stage.platform, known), stage.platform)
        return build.expander.word(stage.base, known)

    def begin(self, build: Build, state: StageState, parent: StageState | None) -> None:
        """Inherits the parent stage's environment, and sets PATH and the working directory (`/` on scratch)."""
        from reconstruct.dockerfile.stages import SCRATCH

        if parent is not None:
            state.env = dict(parent.env)
            if self.inherits_args:
                state.declared, state.inherited = list(parent.declared), len(parent.declared)
        elif state.base == SCRATCH:
            state.config.workdir = "/"
        build.set_path(state)
        state.env.update(state.config.environment())
        if state.config.workdir:
            self.change_directory(state, state.config.workdir)

    def variables(self, build: Build, state: StageState) -> Mapping[str, str]:
        """ENV and ARG values alike; for each name the later one counts."""
        return state.env

    # -- settings ----------------------------------------------------------------------------------------------------

    def set_variable(self, step: Writing, key: str, value: str) -> None:
        """Sets the variable, also for later words, where it overrides an ARG of that name."""
        step.state.env[key] = value
        super().set_variable(step, key, value)

    def write_healthcheck(self, step: Writing) -> None:
        """`HEALTHCHECK` and the check as Go prints its fields; older versions quote it (`%q`)."""
        from reconstruct.dockerfile import check

        health = check.healthcheck(step.instruction, step.build.dialect)
        step.config.healthcheck = health
        shown = [plain_health(health), quoted_health(health), quoted_health(health, start_interval=True)]
        self.settle(step, f"HEALTHCHECK {shown[0]}", also=[f"HEALTHCHECK {text}" for text in shown[1:]])

    def write_expose(self, step: Writing) -> None:
        """`EXPOSE [80/tcp 443/tcp]`; versions before 0.24 show a set, `map[80/tcp:{}]`."""
        ports = self.expose(step)
        self.settle(step, f"EXPOSE {golang.show_list(ports)}", also=[f"EXPOSE {golang.show_set(ports)}"])

    @staticmethod
    def expose(step: Writing) -> list[str]:
        """Adds the ports of EXPOSE to the config, with ranges expanded."""
        from reconstruct.dockerfile.ports import parse_ports

        ports = parse_ports([word for port in sorted(step.args) for word in step.expand_words(port)])
        step.config.ports.update(dict.fromkeys(ports))
        return ports

    # -- WORKDIR, COPY, ADD -------------------------------------------------------------------------------------------

    def change_directory(self, state: StageState, path: str) -> str:
        """Sets the working directory and returns it as history shows it."""
        shown = paths.workdir(state.config.workdir, path, windows=state.windows)
        state.config.workdir = shown.replace("/", "\\") if state.windows else shown
        return shown

    def write_workdir(self, step: Writing) -> None:
        """`WORKDIR <absolute path>`, with a layer unless it is `/`."""
        path = self.change_directory(step.state, step.expand(step.args[0]))
        self.add(step, f"WORKDIR {path}", empty=path == "/")

    def write_copy(self, step: Writing) -> None:
        """COPY as in `write_files`. DockerfileError for a variable in --from."""
        from reconstruct.dockerfile.errors import DockerfileError

        origin = step.flag("from") if step.instruction.flags else ""
        if "$" in origin and step.build.expander.word(origin, {}) != origin:
            raise DockerfileError("variable expansion is not supported for --from")
        super().write_copy(step)

    def write_files(self, step: Writing) -> None:
        """`COPY <flags> <sources> <destination> # buildkit`, a here-document as `<<NAME`; before 0.13 without flags."""
        from reconstruct.dockerfile.parser import heredoc_mark

        keyword = step.instruction.keyword
        *sources, destination = step.args
        marks = [heredoc_mark(source) if "<<" in source else None for source in sources]
        files = [step.expand(source) for source, mark in zip(sources, marks, strict=True) if mark is None]
        self.check_sources(step, files)
        names = [*files, *[f"<<{mark.name}" for mark in marks if mark], step.expand(destination)]
        flags = self._files_flags(step, files) if step.instruction.flags else []
        if step.state.windows:
            for path in [*(file for file in files if not _URL.match(file)), names[-1]]:
                paths.without_drive(path)
        old = " ".join([keyword, *names]) + MARK
        self.add(step, " ".join([keyword, *flags, *names]) + MARK if flags else old, empty=False, also=[old])

    def check_sources(self, step: Writing, files: Sequence[str]) -> None:
        """Raises DockerfileError for a COPY from a URL or a repository."""
        from reconstruct.dockerfile.errors import DockerfileError

        if step.instruction.keyword == "COPY" and any(file.startswith(_REMOTE) for file in files):
            raise DockerfileError("source can't be a URL or a git ref for COPY")

    def _files_flags(self, step: Writing, files: Sequence[str]) -> list[str]:
        """The flags that history keeps. Raises DockerfileError for values that BuildKit rejects."""
        from reconstruct.dockerfile.unknown import is_unknown

        shown = ["--parents"] if step.flag("parents") == "true" else []
        for name in ("chown", "chmod"):
            value = step.expand(step.flag(name))
            if name == "chmod" and value and not is_unknown(value):
                _check_mode(value)
            if value:
                shown.append(f"--{name}={value}")
        checksum = step.expand(step.flag("checksum"))
        if checksum:
            _check_checksum(checksum, files)
        return shown


def _check_checksum(checksum: str, files: Sequence[str]) -> None:
    """Raises DockerfileError if ADD's --checksum isn't possible for its source."""
    from reconstruct.dockerfile.errors import DockerfileError
    from reconstruct.dockerfile.unknown import is_unknown
    from reconstruct.reference import is_digest

    repository = len(files) == 1 and _GIT.match(files[0])
    if len(files) != 1 or not (repository or _URL.match(files[0])):
        raise DockerfileError("ADD: checksum requires one HTTP(S) or Git source")
    if not (repository or is_unknown(checksum) or is_digest(checksum)):
        raise DockerfileError(f"ADD: invalid checksum {checksum!r}")


def _bare_instruction(text: str) -> bool:
    keyword, separator, _ = text[:_LONGEST_KEYWORD].partition(" ")
    return bool(separator) and keyword in KEYWORDS and "#(nop) " not in text


_LONGEST_KEYWORD = max(map(len, KEYWORDS)) + 1


def _arguments(body: str, state: State) -> build_args.Prefix | None:
    """The `|N` list of a RUN."""
    head = build_args.count(body)
    if head is None:
        return None
    # A new build stage drops the earlier arguments, so any suffix of the declarations may be in force.
    names = [pair.key for pair in state.declared[-_MOST_ARGUMENTS:]]
    candidates: list[Sequence[str]] = []
    distinct: set[str] = set()
    for start in range(len(names) - 1, -1, -1):
        distinct.add(names[start])
        if not body.startswith(names[start] + "=", head[1]):
            continue
        if len(distinct) == head[0]:
            candidates.append(tuple(dict.fromkeys(names[start:])))
        elif len(names) - start == head[0]:
            candidates.append(names[start:])
        if len(candidates) > _MOST_CANDIDATES:
            break
    candidates.reverse()
    recent = state.declared[-_MOST_ARGUMENTS:]
    expected = {pair.key: pair.value for pair in recent if pair.value is not None}
    return build_args.read_counted(
        body,
        candidates=candidates,
        declared=set(names),
        expected=expected | {name: state.env[name] for name in names if name in state.env},
        shells=state.shell_texts(),
    )


def _listed(args: Sequence[tuple[str, str | None]], env: Mapping[str, str], once: bool = False) -> list[str]:
    """The `|N` list before RUN; with `once`, an argument declared twice is shown once, in its first position."""
    names = [key for key, _ in args]
    values = {key: env.get(key, value or "") for key, value in args}
    shown = [f"{key}={values[key]}" for key in (dict.fromkeys(names) if once else names)]
    return [f"|{len(shown)}", *shown] if shown else []


def _script(instruction: Instruction, command: str, windows: bool) -> str:
    """The shell's input for a RUN with here-documents."""
    from reconstruct.dockerfile.parser import heredoc_mark, strip_tabs

    files = instruction.heredocs
    if heredoc_mark(command) is None:
        return command + "".join(f"\n{file.text}{file.name}" for file in files)
    content = strip_tabs(files[0].text) if files[0].strip_tabs else files[0].text
    if content.startswith("#!") and not windows:
        return paths.join("/dev/pipes/", files[0].name)
    return content


def _check_mode(value: str) -> None:
    from reconstruct.dockerfile.errors import DockerfileError

    octal = re.fullmatch(r"[0-7]{1,11}", value)
    if octal and int(value, 8) <= 0o7777:
        return
    if octal or not _SYMBOLIC_MODE.match(value):
        raise DockerfileError(f"invalid chmod parameter: {golang.quote(value)}")


BUILDER = BuildKit()
