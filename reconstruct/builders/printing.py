"""What the classic builder and BuildKit print into history: the instruction's parsed values, with Go's fmt.

Each instruction's two directions are next to each other: how it is written (`write_…`, with its effect on the config) and
how it is read back (`read_…`). Where the two builders differ is in their modules (classic.py, buildkit.py).
Facts: Docker 20.10 `builder/dockerfile/dispatchers.go`, BuildKit `frontend/dockerfile/dockerfile2llb/convert.go`, older
Dockers' `builder/dispatchers.go`, and the project's recordings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from reconstruct import golang
from reconstruct.builders import build_args
from reconstruct.builders.base import KEYWORDS, Builder
from reconstruct.builders.pairs import split_args, split_pairs
from reconstruct.builders.shells import exec_words
from reconstruct.builders.state import Reading, State
from reconstruct.syntax import (
    Arg,
    Certainty,
    Cmd,
    Command,
    Entrypoint,
    Env,
    ExecForm,
    Expose,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Pair,
    Run,
    Shell,
    ShellForm,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from reconstruct.typed import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from reconstruct.builders.build import Writing
    from reconstruct.image import HistoryEntry

# Limits on the part of a RUN searched for its arguments, and on the number of RUNs.
_ENOUGH = 1 << 16
_ENOUGH_RUNS = 32
_ENOUGH_SHOWN = 1 << 18
# Nobody writes a path with more words than this.
_MOST_WORDS = 32

BORDERS = "the boundaries between words or pairs: neither the text nor the config shows them"
_WORDS = "the exec form's word boundaries: the builder joined the words with spaces"
ARGUMENTS_END = "where the build arguments end and the command begins"


_READERS = {keyword: f"read_{keyword.lower()}" for keyword in KEYWORDS}


def _inferred(certainty: Certainty) -> tuple[str, ...]:
    return () if certainty is Certainty.EXACT else (BORDERS,)


class Printing(Builder):
    """A builder that prints values."""

    lists_args: ClassVar[bool] = True

    def settle(self, step: Writing, text: str, also: Sequence[str] = ()) -> None:
        """Adds the entry of an instruction that changes no file: `text` in the builder's wrapper, `also` as its older
        versions wrote it."""
        raise NotImplementedError

    def in_shell(self, step: Writing) -> list[str]:
        """The words to run: those of an exec form, or the shell's and the command."""
        raise NotImplementedError

    def prepare(self, entry: HistoryEntry, state: State) -> None:
        """Collects the names, and the first texts, of the `|N` lists before RUN."""
        if not entry.created_by.startswith(("|", "RUN |")):
            return
        text = entry.created_by[:_ENOUGH].removeprefix("RUN ")
        if build_args.count(text) is not None:
            state.arg_names |= build_args.names_in(text)
            if len(state.shown) < _ENOUGH_RUNS and sum(map(len, state.shown)) < _ENOUGH_SHOWN:
                state.shown.append(text)

    def read_body(self, keyword: str, body: str, state: State) -> Reading | None:
        """The instruction from `keyword` and the text after it; None if the text doesn't have that instruction's form."""
        reader = getattr(self, _READERS.get(keyword) or f"read_{keyword.lower()}", None)
        return reader(body, state) if reader else None

    # -- ENV, LABEL: `K=v K2=v v2`, expanded, without quotes ---------------------------------------------------------

    def set_variable(self, step: Writing, key: str, value: str) -> None:
        """What ENV does with a pair."""
        step.config.set_env(key, value)

    def write_env(self, step: Writing) -> None:
        """`ENV a=1 b=2`, without quotes."""
        pairs = step.pairs()
        for key, value in pairs:
            self.set_variable(step, key, value)
        self.settle(step, "ENV " + " ".join(f"{key}={value}" for key, value in pairs))

    def read_env(self, body: str, state: State) -> Reading | None:
        """ENV; boundaries of values with blanks come from the config, else they are inferred."""
        pairs, certainty = split_pairs(body, state.hints.env, state.hints.env_spaced, complete=state.hints.complete)
        if not pairs or not pairs[0].key:
            return None
        for pair in pairs:
            state.env[pair.key] = pair.value or ""
        return Reading(Env(pairs=pairs), inferred=_inferred(certainty))

    def write_label(self, step: Writing) -> None:
        """`LABEL a=1 b=2`, without quotes."""
        pairs = step.pairs()
        step.config.labels.update(pairs)
        self.settle(step, "LABEL " + " ".join(f"{key}={value}" for key, value in pairs))

    def read_label(self, body: str, state: State) -> Reading | None:
        """LABEL; boundaries of values with blanks come from the config, else they are inferred."""
        pairs, certainty = split_pairs(
            body, state.hints.labels, state.hints.labels_spaced, complete=state.hints.complete
        )
        if not pairs or not pairs[0].key:
            return None
        return Reading(Label(pairs=pairs), inferred=_inferred(certainty))

    # -- ARG: `A=1 B`, several on a line; the builders differ in which value they show -------------------------------

    def read_arg(self, body: str, state: State) -> Reading | None:
        """ARG; if a line may declare several, the `|N` lists of later RUNs show the names."""
        counts = state.names_shown_of_next_arg() if " " in body else ()
        pairs, certainty = split_args(body, state.arg_names, state.shown, counts)
        if not pairs[0].key:
            return None
        state.declared.extend(pairs)
        return Reading(Arg(pairs=pairs), inferred=_inferred(certainty))

    # -- CMD, ENTRYPOINT: `["a" "b c"]`, the shell form with the shell's words in front ------------------------------

    # The value that CMD and ENTRYPOINT set in config.ArgsEscaped (None leaves it unchanged).
    escapes_args: ClassVar[bool] = False

    def older_lists(self, words: Sequence[str]) -> list[str]:
        """How older versions printed a command's words."""
        return []

    def write_cmd(self, step: Writing) -> None:
        """`CMD ["sh" "-c" "x"]`, the words after the shell's, quoted and without commas."""
        words = self.in_shell(step)
        step.config.cmd = words
        step.config.args_escaped = self.escapes_args
        step.state.cmd_set = True
        self.settle(step, f"CMD {golang.quote_list(words)}", [f"CMD {text}" for text in self.older_lists(words)])

    def read_cmd(self, body: str, state: State) -> Reading | None:
        """CMD in shell or exec form; None if the words can't be read."""
        command, inferred = self._command(body, state)
        return Reading(Cmd(command=command), inferred=inferred) if command is not None else None

    def write_entrypoint(self, step: Writing) -> None:
        """`ENTRYPOINT ["x"]`; drops the base's CMD if the stage has set none."""
        words = self.in_shell(step)
        step.config.entrypoint = words
        if not step.state.cmd_set:
            step.config.cmd = None
        older = [f"ENTRYPOINT {text}" for text in self.older_lists(words)]
        self.settle(step, f"ENTRYPOINT {golang.quote_list(words)}", older)

    def read_entrypoint(self, body: str, state: State) -> Reading | None:
        """ENTRYPOINT in shell or exec form; None if the words can't be read."""
        command, inferred = self._command(body, state)
        return Reading(Entrypoint(command=command), inferred=inferred) if command is not None else None

    @staticmethod
    def _command(body: str, state: State) -> tuple[Command | None, tuple[str, ...]]:
        """`["a" "b c"]`, `&{["a"]}` (Docker up to 1.12), or `[/bin/bash -l]` without quotes (up to 1.9)."""
        words = golang.quoted_list(body)
        if words is None:
            words = golang.quoted_struct(body)
        if words is not None:
            if len(words) == len(state.shell) + 1 and words[:-1] == state.shell:
                return ShellForm(words[-1]), ()
            return ExecForm(words), ()
        if body.startswith("[") and body.endswith("]"):
            return ExecForm(tuple(body[1:-1].split())), (BORDERS,)
        return None, ()

    # -- SHELL: `[a b c]`, no quotes ---------------------------------------------------------------------------------

    def write_shell(self, step: Writing) -> None:
        """`SHELL [/bin/bash -c]`, without quotes."""
        step.config.shell = step.args
        self.settle(step, f"SHELL {golang.show_list(step.args)}")

    def read_shell(self, body: str, state: State) -> Reading | None:
        """SHELL, which is in force from here on; word boundaries are inferred if nothing shows them."""
        if not (body.startswith("[") and body.endswith("]")) or body == "[]":
            return None
        words, sure = state.shell_words(body[1:-1])
        state.shell = words
        return Reading(Shell(words=words), inferred=() if sure else (BORDERS,))

    # -- HEALTHCHECK: `&{["CMD-SHELL" "…"] "5s" "0s" "0s" '\x03'}`, later with a start interval, then `{Test:[…] …}` ---

    def read_healthcheck(self, body: str, state: State) -> Reading | None:
        """HEALTHCHECK from Go's `%q` or `%+v` of the check; the config shows the word boundaries."""
        health = golang.health(body)
        if health is None:
            return None
        test = health.test
        inferred: tuple[str, ...] = ()
        if health.joined and test and test[0] == "CMD":
            test, sure = _health_words(test, state.hints.health_test)
            inferred = () if sure else (BORDERS,)
        command: Command | None
        if not test or test[0] == "NONE":
            command = None
        elif test[0] == "CMD-SHELL":
            command = ShellForm(" ".join(test[1:]))
        else:
            command = ExecForm(test[1:])
        return Reading(
            Healthcheck(
                command=command,
                interval=health.interval,
                timeout=health.timeout,
                start_period=health.start_period,
                start_interval=health.start_interval,
                retries=health.retries,
            ),
            inferred=inferred,
        )

    # -- EXPOSE: `443/udp 80`, `map[443/udp:{} 80/tcp:{}]` or `[443/udp 80/tcp]` --------------------------------------

    def read_expose(self, body: str, state: State) -> Reading | None:
        """EXPOSE from a set (`map[80/tcp:{}]`), a list in brackets, or bare words."""
        ports = golang.port_map(body) if body.startswith("map[") else None
        if ports is None:
            inner = body[1:-1] if body.startswith("[") and body.endswith("]") else body
            ports = tuple(inner.split())
        # An empty list is written too: `EXPOSE $UNSET`.
        return Reading(Expose(ports=ports))

    # -- VOLUME: `[/a b /c]` (Docker 1.0: a map) ------------------------------------------------------------------------

    def write_volume(self, step: Writing) -> None:
        """`VOLUME [/a /b]`. DockerfileError for an empty path."""
        from reconstruct.dockerfile.errors import DockerfileError

        volumes = [step.expand(path.strip()) for path in step.args]
        if "" in volumes:
            raise DockerfileError("VOLUME specified can not be an empty string")
        step.config.volumes.update(dict.fromkeys(volumes))
        self.settle(step, f"VOLUME {golang.show_list(volumes)}")

    def read_volume(self, body: str, state: State) -> Reading | None:
        """VOLUME from a list or a set; the config's volumes show where a path with blanks ends."""
        if body.startswith("[") and body.endswith("]"):
            body = body[1:-1]
        elif body.startswith("map["):
            ports = golang.port_map(body)
            return Reading(Volume(paths=ports)) if ports else None
        if not body:
            return None
        paths, sure = _split_paths(body, state.hints.volumes)
        return Reading(Volume(paths=paths), inferred=() if sure else (BORDERS,))

    # -- one value: USER, STOPSIGNAL, MAINTAINER, ONBUILD, WORKDIR -----------------------------------------------------

    def older_word(self, keyword: str, value: str) -> list[str]:
        """How older versions printed an instruction of one word."""
        return []

    def write_user(self, step: Writing) -> None:
        """`USER name`, expanded."""
        step.config.user = step.expand(step.args[0])
        self.settle(step, f"USER {step.config.user}", self.older_word("USER", step.config.user))

    def read_user(self, body: str, state: State) -> Reading | None:
        """USER, with or without brackets."""
        # An empty one is written too: `USER $UNSET`.
        return Reading(User(user=_unbracketed(body)))

    def write_stopsignal(self, step: Writing) -> None:
        """`STOPSIGNAL name`, expanded and checked."""
        step.config.stop_signal = step.signal(step.expand(step.args[0]))
        signal = step.config.stop_signal
        self.settle(step, f"STOPSIGNAL {signal}", self.older_word("STOPSIGNAL", signal))

    def read_stopsignal(self, body: str, state: State) -> Reading | None:
        """STOPSIGNAL, with or without brackets; None for an empty one."""
        return Reading(Stopsignal(signal=_unbracketed(body))) if body else None

    def write_maintainer(self, step: Writing) -> None:
        """`MAINTAINER name`, which becomes the config's author."""
        step.config.author = step.args[0]
        self.settle(step, f"MAINTAINER {step.args[0]}")

    def read_maintainer(self, body: str, state: State) -> Reading | None:
        """MAINTAINER; None for an empty one."""
        return Reading(Maintainer(name=body)) if body else None

    def write_onbuild(self, step: Writing) -> None:
        """`ONBUILD <instruction>`, if the builder keeps it in history; the config has it anyway."""
        from reconstruct.dockerfile.parser import onbuild_text

        text = onbuild_text(step.instruction)
        step.config.onbuild.append(text)
        if self.keeps_onbuild:
            self.settle(step, f"ONBUILD {text}")

    def read_onbuild(self, body: str, state: State) -> Reading | None:
        """ONBUILD, with its trigger as written; None for an empty one."""
        return Reading(Onbuild(trigger=body)) if body else None

    def read_workdir(self, body: str, state: State) -> Reading | None:
        """WORKDIR; None for an empty path."""
        return Reading(Workdir(path=body)) if body else None

    # -- COPY, ADD ---------------------------------------------------------------------------------------------------

    def write_copy(self, step: Writing) -> None:
        """COPY as in `write_files`."""
        self.write_files(step)

    def write_add(self, step: Writing) -> None:
        """ADD as in `write_files`."""
        self.write_files(step)

    def write_files(self, step: Writing) -> None:
        """COPY and ADD."""
        raise NotImplementedError

    # -- RUN: `|N A=1 <shell> <text>` ----------------------------------------------------------------------------------

    def read_command(
        self, text: str, pairs: tuple[Pair, ...] | None, state: State, inferred: tuple[str, ...]
    ) -> Reading:
        """RUN's command after its arguments: shell form if it starts with the shell in force, else exec form."""
        in_force = state.shell_text
        for shell in state.shell_texts():
            if text.startswith(shell + " "):
                if shell != in_force and shell == " ".join(state.hints.shell) and not state.shells_seen:
                    state.shell = state.hints.shell
                elif shell != in_force:
                    continue
                return Reading(Run(command=ShellForm(text[len(shell) + 1 :]), build_args=pairs), inferred=inferred)
        return Reading(
            Run(command=ExecForm(exec_words(text)), build_args=pairs),
            inferred=(*inferred, _WORDS) if " " in text else inferred,
        )


def _unbracketed(body: str) -> str:
    """Docker up to 1.9 wrote `USER [name]`."""
    old = re.fullmatch(r"\[([^\[\]\s]+)\]", body) if body.startswith("[") else None
    return old.group(1) if old else body


def _split_paths(text: str, known: frozenset[str]) -> tuple[tuple[str, ...], bool]:
    """Paths separated by blanks: the config's volumes show the boundaries; the longest match wins."""
    words = text.split(" ")
    paths: list[str] = []
    sure = True
    index = 0
    while index < len(words):
        for end in range(min(len(words), index + _MOST_WORDS), index, -1):
            candidate = " ".join(words[index:end])
            if candidate in known:
                break
        else:
            end, sure = index + 1, len(words) == 1
        path = " ".join(words[index:end])
        if path:
            paths.append(path)
        index = end
    return tuple(paths) or (text,), sure


def _health_words(test: tuple[str, ...], known: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """The exec form's words: the config's if they join to the same text, else split at blanks."""
    joined = " ".join(test)
    if " ".join(known) == joined:
        return known, True
    return tuple(joined.split(" ")), False


def quoted_health(health: Mapping[str, Any], *, start_interval: bool = False, old: bool = False) -> str:
    """Go's `%q` of the check, as the classic builder and older BuildKit print it; later with a start interval, before
    Docker 17.05 (`old`) without a start period."""
    keys = ("Interval", "Timeout", *(() if old else ("StartPeriod",)), *(("StartInterval",) if start_interval else ()))
    times = [golang.quote(golang.show_duration(health.get(key, 0))) for key in keys]
    return f"&{{{golang.quote_list(health.get('Test', ()))} {' '.join(times)} {golang.quote_rune(health.get('Retries', 0))}}}"


def plain_health(health: Mapping[str, Any]) -> str:
    """Go's `%+v` of the check, as BuildKit prints it since 0.13."""
    keys = ("Interval", "Timeout", "StartPeriod", "StartInterval")
    fields = [f"Test:{golang.show_list(health.get('Test', ()))}"]
    fields += [f"{key}:{golang.show_duration(health.get(key, 0))}" for key in keys]
    return "{" + " ".join([*fields, f"Retries:{health.get('Retries', 0)}"]) + "}"
